import { Link } from "@tanstack/react-router";

import type { Service } from "@/api/models";
import { uptimeText } from "@/components/charts/buckets";
import { Sparkline } from "@/components/charts/sparkline";
import { UptimeBars } from "@/components/charts/uptime-bars";
import { StateWord } from "@/components/state";
import { SERVICE } from "@/lib/states";

import { responseText, serviceNote } from "./words";

interface ServiceProps {
  service: Service;
  note: string;
}

/** A service on a desk: its state, the last 45 minutes, and how it has been. */
export function ServiceCard({ service, note }: ServiceProps) {
  return (
    <Link
      to="/status/$service"
      params={{ service: service.service_id }}
      className="flex min-w-0 flex-col rounded-card border border-line bg-surface px-4 py-3.5 transition-colors duration-120 hover:border-control"
    >
      <span className="flex items-baseline justify-between gap-3">
        <strong className="truncate font-semibold">{service.name}</strong>
        <span className="shrink-0 text-meta text-text-3">{responseText(service)}</span>
      </span>
      <StateWord look={SERVICE[service.health]} note={note} className="mt-1" />
      <UptimeBars buckets={service.recent} name={service.name} most={30} className="mt-3" />
      <span className="mt-1 flex justify-between text-micro text-text-3">
        <span>45 min ago</span>
        <span>now</span>
      </span>
      <span className="mt-1.5 text-meta text-text-3">{uptimeText(service.uptime["30d"])} in 30 days</span>
      <Sparkline buckets={service.recent} className="mt-auto pt-2" />
    </Link>
  );
}

/** The same on a phone: one row of one card. */
export function ServiceRow({ service, note }: ServiceProps) {
  return (
    <li>
      <Link to="/status/$service" params={{ service: service.service_id }} className="grid min-h-15 grid-cols-[minmax(0,1fr)_96px] items-center gap-3 py-2.5">
        <span className="grid min-w-0 gap-0.5">
          <strong className="truncate font-semibold">{service.name}</strong>
          <StateWord look={SERVICE[service.health]} note={note} />
        </span>
        <UptimeBars buckets={service.recent} name={service.name} most={20} />
      </Link>
    </li>
  );
}

interface ServiceListProps {
  services: Service[];
  /** All there are, so that a cause can be called by its name. */
  all: Service[];
}

/** Rows of one card: for a phone, and for what is only looked at when it matters. */
export function ServiceRows({ services, all }: ServiceListProps) {
  return (
    <ul className="divide-y divide-line rounded-card border border-line bg-surface px-3.5">
      {services.map((service) => (
        <ServiceRow key={service.service_id} service={service} note={serviceNote(service, all)} />
      ))}
    </ul>
  );
}

export function ServiceGrid({ services, all }: ServiceListProps) {
  return (
    <>
      <ul className="hidden grid-cols-[repeat(auto-fill,minmax(264px,1fr))] gap-3 wide:grid">
        {services.map((service) => (
          <li key={service.service_id} className="grid">
            <ServiceCard service={service} note={serviceNote(service, all)} />
          </li>
        ))}
      </ul>
      <div className="wide:hidden">
        <ServiceRows services={services} all={all} />
      </div>
    </>
  );
}
