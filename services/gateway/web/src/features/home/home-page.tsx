/** The first second: can I watch, does anything of mine move, what is new. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";

import { downloadsOptions } from "@/api/downloads";
import { recentOptions } from "@/api/library";
import type { Download, MediaRequest } from "@/api/models";
import { requestsOptions } from "@/api/requests";
import { statusOptions } from "@/api/status";
import { AsOf, EmptyNote } from "@/components/notes";
import { Section, usePageTitle } from "@/components/page";
import { Loading, Panel, RowSkeletons } from "@/components/panel";
import { PosterSkeletons } from "@/components/poster";
import { Button } from "@/components/ui/button";
import { RowCard } from "@/components/ui/card";
import { DownloadRow } from "@/features/downloads/download-row";
import { LibraryGrid } from "@/features/library/library-grid";
import { RequestRow } from "@/features/requests/request-row";
import { LiveWord } from "@/features/shell/connection-bar";
import { ServiceGrid } from "@/features/status/service-card";
import { foremostServices } from "@/features/status/words";

import { foremost } from "./foremost";
import { Headline } from "./headline";
import { OwnerLine } from "./owner-line";

const UNDER_WAY = new Set(["running", "queued", "paused", "waiting_approval"]);
const OVER = new Set(["cancelled", "removed"]);

function MyRequests() {
  const query = useInfiniteQuery(requestsOptions("mine"));
  return (
    <Section title="Your requests" link={<Link to="/requests">All</Link>}>
      <Panel query={query} failed="Your requests could not be read." skeleton={<RowSkeletons rows={2} className="h-20" />}>
        {({ pages }) => <RequestRows rows={pages.flatMap((page) => page.items).filter((one) => !OVER.has(one.status))} />}
      </Panel>
    </Section>
  );
}

function RequestRows({ rows }: { rows: MediaRequest[] }) {
  if (rows.length === 0) {
    return (
      <EmptyNote
        title="You have not asked for anything yet"
        action={
          <Button asChild size="small">
            <Link to="/discover">Ask for something</Link>
          </Button>
        }
      >
        Find a film or a series; we tell you when it is in Plex.
      </EmptyNote>
    );
  }
  return (
    <RowCard>
      {foremost(rows, (row) => !["available", "declined", "failed"].includes(row.status)).map((request) => (
        <RequestRow key={request.id} request={request} brief />
      ))}
    </RowCard>
  );
}

function MyDownloads() {
  const query = useInfiniteQuery(downloadsOptions);
  return (
    <Section title="Your downloads" link={<Link to="/downloads">All</Link>}>
      <Panel query={query} failed="Your downloads could not be read." skeleton={<RowSkeletons rows={2} className="h-20" />}>
        {({ pages }) => <DownloadRows rows={pages.flatMap((page) => page.items)} />}
      </Panel>
    </Section>
  );
}

function DownloadRows({ rows }: { rows: Download[] }) {
  if (rows.length === 0) {
    return (
      <EmptyNote
        title="Nothing is being downloaded"
        action={
          <Button asChild size="small">
            <Link to="/downloads">Paste a link</Link>
          </Button>
        }
      >
        Paste a link from YouTube and it lands in Plex, in your own folder.
      </EmptyNote>
    );
  }
  return (
    <RowCard>
      {foremost(rows, (row) => UNDER_WAY.has(row.status)).map((download) => (
        <DownloadRow key={download.id} download={download} brief />
      ))}
    </RowCard>
  );
}

function Services() {
  const query = useQuery(statusOptions);
  const skeleton = (
    <div className="grid gap-3 wide:grid-cols-[repeat(auto-fill,minmax(264px,1fr))]">
      {[1, 2, 3].map((key) => (
        <div key={key} className="skeleton h-16 wide:h-52" />
      ))}
    </div>
  );
  return (
    <Section title="Services" aside={<LiveWord />} link={<Link to="/status">All services</Link>}>
      {query.data ? (
        <ServiceGrid services={foremostServices(query.data.items)} all={query.data.items} />
      ) : (
        !query.error && <Loading>{skeleton}</Loading>
      )}
    </Section>
  );
}

function NewInLibrary() {
  const query = useQuery(recentOptions);
  return (
    <Section title="New in the library" aside={<AsOf at={query.data?.as_of} stale={query.data?.stale ?? false} />} link={<Link to="/library">Library</Link>}>
      <Panel query={query} failed="The library could not be read." skeleton={<PosterSkeletons count={6} />}>
        {({ items }) => <LibraryGrid items={items} eager={4} badge />}
      </Panel>
    </Section>
  );
}

export function HomePage() {
  usePageTitle("");
  return (
    <>
      <Headline />
      <OwnerLine />
      <div className="mt-7 grid gap-8 hall:grid-cols-[minmax(0,1fr)_520px] hall:items-start">
        <div className="grid gap-8 wide:max-hall:order-2 wide:grid-cols-2 wide:gap-6 hall:col-start-2 hall:row-span-3 hall:row-start-1 hall:grid-cols-1">
          <MyRequests />
          <MyDownloads />
        </div>
        <div className="min-w-0 wide:max-hall:order-1">
          <Services />
        </div>
        <div className="min-w-0 order-3">
          <NewInLibrary />
        </div>
      </div>
    </>
  );
}
