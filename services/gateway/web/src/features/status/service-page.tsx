import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ArrowLeft } from "lucide-react";

import type { Abilities, Incident, Service } from "@/api/models";
import { historyOptions, type Range, RANGES, serviceOptions, statusOptions } from "@/api/status";
import { uptimeText } from "@/components/charts/buckets";
import { Curve, CurveTable } from "@/components/charts/curve";
import { UptimeBars } from "@/components/charts/uptime-bars";
import { EmptyNote } from "@/components/notes";
import { PageTitle, Section, usePageTitle } from "@/components/page";
import { Panel } from "@/components/panel";
import { StateWord } from "@/components/state";
import { Time } from "@/components/time";
import { Card, RowCard } from "@/components/ui/card";
import { tabLook } from "@/components/ui/tabs";
import { LiveWord } from "@/features/shell/connection-bar";
import { clock, span } from "@/lib/format";
import { SERVICE } from "@/lib/states";

import { responseText, serviceNote } from "./words";

const LABELS: Record<Range, string> = { "24h": "24 hours", "7d": "7 days", "30d": "30 days", "90d": "90 days" };

/** What the service's state means for a person; null while it means nothing. */
function meaning(service: Service, abilities: Abilities): string | null {
  const ability = { plex: abilities.watch, overseerr: abilities.request }[service.service_id];
  return ability && !ability.ok ? (ability.because ?? null) : service.message;
}

function Head({ service }: { service: Service }) {
  const { data } = useQuery(statusOptions);
  const says = data ? meaning(service, data.abilities) : null;
  return (
    <div className="grid gap-2">
      <div className="flex flex-wrap items-baseline justify-between gap-x-6 gap-y-1">
        <PageTitle>{service.name}</PageTitle>
        <span className="flex gap-3 text-meta text-text-3">
          <LiveWord /> {service.checked_at && <span>checked {clock(service.checked_at)}</span>} <span>{responseText(service)}</span>
        </span>
      </div>
      <StateWord look={SERVICE[service.health]} note={serviceNote(service, data?.items ?? [])} className="text-base" />
      {says && service.health !== "up" && <p className="text-text-2">{says}</p>}
    </div>
  );
}

function Shares({ service }: { service: Service }) {
  return (
    <dl className="grid grid-cols-2 gap-3 wide:grid-cols-4">
      {RANGES.map((range) => (
        <Card key={range} className="px-4 py-3">
          <dt className="text-meta text-text-3">{LABELS[range]}</dt>
          <dd className="text-section font-semibold">{uptimeText(service.uptime[range])}</dd>
        </Card>
      ))}
    </dl>
  );
}

function History({ service, range }: { service: Service; range: Range }) {
  const query = useQuery(historyOptions(service.service_id, range));
  return (
    <Section title="How it has been" aside={query.data ? `${uptimeText(query.data.uptime)} up` : undefined}>
      <nav aria-label="Range" className="mb-4 flex flex-wrap gap-2">
        {RANGES.map((one) => (
          <Link
            key={one}
            to="/status/$service"
            params={{ service: service.service_id }}
            search={{ range: one }}
            replace
            resetScroll={false}
            aria-current={one === range ? "page" : undefined}
            className={tabLook}
          >
            {LABELS[one]}
          </Link>
        ))}
      </nav>
      <Panel query={query} failed="Its history could not be read." skeleton={<div className="skeleton h-80" />}>
        {({ buckets, bucket_seconds }) => (
          <Card className="grid gap-6">
            <div>
              <UptimeBars buckets={buckets} name={service.name} most={90} className="h-10" />
              <p className="mt-1 flex justify-between text-micro text-text-3">
                <span>{LABELS[range]} ago</span>
                <span>one bar about {span(bucket_seconds * Math.ceil(buckets.length / 90))}</span>
                <span>now</span>
              </p>
            </div>
            <div>
              <Curve buckets={buckets} name={service.name} />
              <CurveTable buckets={buckets} />
            </div>
          </Card>
        )}
      </Panel>
    </Section>
  );
}

function IncidentRow({ incident }: { incident: Incident }) {
  const length = incident.ended_at ? span((Date.parse(incident.ended_at) - Date.parse(incident.started_at)) / 1000) : "still going on";
  return (
    <li className="py-3">
      <p className="flex flex-wrap items-baseline gap-x-3 font-medium">
        {incident.title}
        <span className="text-meta font-normal text-text-3">
          <Time at={incident.started_at} soon /> · {length}
        </span>
      </p>
      {incident.text && <p className="mt-0.5 max-w-[68ch] text-sm text-text-2">{incident.text}</p>}
    </li>
  );
}

export function ServicePage({ id, range }: { id: string; range: Range }) {
  const query = useQuery(serviceOptions(id));
  const live = useQuery(statusOptions).data?.items.find((service) => service.service_id === id);
  usePageTitle(query.data?.name ?? "Service");
  return (
    <>
      <Link to="/status" className="mb-2 inline-flex items-center gap-1.5 py-2 text-sm text-link hover:underline">
        <ArrowLeft aria-hidden className="size-4" /> Services
      </Link>
      <Panel query={query} failed="This service could not be read." skeleton={<div className="skeleton h-96" />}>
        {(service) => (
          <div className="grid gap-7">
            <Head service={live ?? service} />
            <Shares service={live ?? service} />
            <History service={service} range={range} />
            <Section title="Incidents">
              {service.incidents.length === 0 ? (
                <EmptyNote title="None so far">When it fails, you read here when, for how long and why.</EmptyNote>
              ) : (
                <RowCard>
                  {service.incidents.map((incident) => (
                    <IncidentRow key={incident.id} incident={incident} />
                  ))}
                </RowCard>
              )}
            </Section>
          </div>
        )}
      </Panel>
    </>
  );
}
