import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";

import { downloadsLike, downloadsOptions } from "@/api/downloads";
import type { Download } from "@/api/models";
import { statusOptions } from "@/api/status";
import { Banner, EmptyNote } from "@/components/notes";
import { PageTitle, Section, usePageTitle } from "@/components/page";
import { Panel, RowSkeletons } from "@/components/panel";
import { Button } from "@/components/ui/button";
import { RowCard } from "@/components/ui/card";
import { tabLook } from "@/components/ui/tabs";
import { LiveWord } from "@/features/shell/connection-bar";
import { moment } from "@/lib/format";

import { DownloadRow } from "./download-row";
import { Follows } from "./follows";
import { LinkBox } from "./link-box";
import { StorageLine } from "./storage-line";
import { type Filter, FILTERS, groupNote, isUnderWay } from "./words";

function PauseBanner() {
  const { data } = useQuery(statusOptions);
  const ability = data?.abilities.download;
  if (!ability || ability.ok) return null;
  return (
    <Banner tone="limited" title={ability.until ? `Downloads pause until about ${moment(ability.until)}` : "Downloads pause"}>
      {ability.because}
    </Banner>
  );
}

function Rows({ downloads }: { downloads: Download[] }) {
  return (
    <RowCard>
      {downloads.map((download) => (
        <DownloadRow key={download.id} download={download} />
      ))}
    </RowCard>
  );
}

function Filters({ show }: { show: Filter }) {
  return (
    <nav aria-label="Which downloads" className="-mx-4 flex gap-2 overflow-x-auto px-4 py-1 wide:mx-0 wide:flex-wrap wide:px-0">
      {Object.entries(FILTERS).map(([key, { label }]) => (
        <Link key={key} to="/downloads" search={{ show: key as Filter }} aria-current={show === key ? "page" : undefined} className={tabLook}>
          {label}
        </Link>
      ))}
    </nav>
  );
}

function Lists({ downloads, show }: { downloads: Download[]; show: Filter }) {
  const running = downloads.filter(isUnderWay);
  const over = downloads.filter((download) => !isUnderWay(download));
  if (downloads.length === 0) {
    if (show !== "all") return <EmptyNote title="Nothing here">No download stands like this right now.</EmptyNote>;
    return <EmptyNote title="Nothing has been downloaded yet">Paste a link above: a video, a playlist or a channel. It lands in Plex, in your own folder.</EmptyNote>;
  }
  return (
    <>
      {running.length > 0 && (
        <Section title="Running" aside={<span className="inline-flex flex-wrap gap-x-3">{groupNote(running)} <LiveWord /></span>}>
          <Rows downloads={running} />
        </Section>
      )}
      {over.length > 0 && (
        <Section title="Done">
          <Rows downloads={over} />
        </Section>
      )}
    </>
  );
}

const rowsOf = (data: { pages: { items: Download[] }[] } | undefined) => data?.pages.flatMap((page) => page.items) ?? [];

export function DownloadsPage({ show }: { show: Filter }) {
  const query = useInfiniteQuery(downloadsLike([...FILTERS[show].statuses]));
  const all = rowsOf(useInfiniteQuery(downloadsOptions).data);
  const running = all.filter((one) => one.status === "running").length;
  usePageTitle(running > 0 ? `Downloads (${running})` : "Downloads");
  return (
    <div className="grid gap-6">
      <div>
        <PageTitle>Downloads</PageTitle>
        <p className="mt-1 text-sm text-text-2">Paste a link from YouTube. It lands in Plex, in your own folder.</p>
      </div>
      <LinkBox />
      <PauseBanner />
      {(show !== "all" || all.length > 0) && <Filters show={show} />}
      <Panel query={query} failed="Your downloads could not be read." skeleton={<RowSkeletons rows={3} className="h-20" />}>
        {(data) => (
          <>
            <Lists downloads={rowsOf(data)} show={show} />
            {query.hasNextPage && (
              <Button className="justify-self-start" off={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
                {query.isFetchingNextPage ? "Loading…" : "Load more"}
              </Button>
            )}
          </>
        )}
      </Panel>
      <Follows />
      <StorageLine />
    </div>
  );
}
