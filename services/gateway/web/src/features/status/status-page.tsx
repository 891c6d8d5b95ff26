import { useQuery } from "@tanstack/react-query";

import type { Service } from "@/api/models";
import { statusOptions } from "@/api/status";
import { AsOf, EmptyNote } from "@/components/notes";
import { Section, usePageTitle } from "@/components/page";
import { Panel, RowSkeletons } from "@/components/panel";
import { Headline } from "@/features/home/headline";
import { LiveWord } from "@/features/shell/connection-bar";

import { ServiceGrid, ServiceRows } from "./service-card";
import { isOwn } from "./words";

function Groups({ services }: { services: Service[] }) {
  const own = services.filter(isOwn);
  const others = services.filter((service) => !isOwn(service));
  if (services.length === 0) {
    return <EmptyNote title="Nothing is connected yet">The owner connects Plex, Overseerr and Uptime Kuma.</EmptyNote>;
  }
  return (
    <div className="grid gap-7">
      <ServiceGrid services={own} all={services} />
      {others.length > 0 && (
        <Section title="Also watched" aside="by Uptime Kuma" className="max-w-4xl">
          <ServiceRows services={others} all={services} />
        </Section>
      )}
    </div>
  );
}

export function StatusPage() {
  const query = useQuery(statusOptions);
  usePageTitle("Services");
  return (
    <div className="grid gap-7">
      <Headline />
      <Section title="Services" aside={<><LiveWord /> <AsOf at={query.data?.as_of} stale={query.data?.stale ?? false} /></>}>
        <Panel query={query} failed="The services could not be read." skeleton={<RowSkeletons rows={3} className="h-24" />}>
          {({ items }) => <Groups services={items} />}
        </Panel>
      </Section>
    </div>
  );
}
