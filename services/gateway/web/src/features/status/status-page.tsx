import { useQuery } from "@tanstack/react-query";

import { statusOptions } from "@/api/status";
import { AsOf, EmptyNote } from "@/components/notes";
import { Section, usePageTitle } from "@/components/page";
import { Panel, RowSkeletons } from "@/components/panel";
import { Headline } from "@/features/home/headline";
import { LiveWord } from "@/features/shell/connection-bar";

import { ServiceGrid } from "./service-card";

export function StatusPage() {
  const query = useQuery(statusOptions);
  usePageTitle("Services");
  return (
    <div className="grid gap-7">
      <Headline />
      <Section title="Services" aside={<><LiveWord /> <AsOf at={query.data?.as_of} stale={query.data?.stale ?? false} /></>}>
        <Panel query={query} failed="The services could not be read." skeleton={<RowSkeletons rows={3} className="h-24" />}>
          {({ items }) =>
            items.length > 0 ? <ServiceGrid services={items} /> : <EmptyNote title="Nothing is connected yet">The owner connects Plex, Overseerr and Uptime Kuma.</EmptyNote>
          }
        </Panel>
      </Section>
    </div>
  );
}
