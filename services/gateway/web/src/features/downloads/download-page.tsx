import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ArrowLeft } from "lucide-react";

import { downloadOptions } from "@/api/downloads";
import type { Download } from "@/api/models";
import { PageTitle, Section, usePageTitle } from "@/components/page";
import { Panel } from "@/components/panel";
import { Time } from "@/components/time";
import { RowCard } from "@/components/ui/card";

import { DownloadRow } from "./download-row";
import { ItemRows } from "./item-rows";
import { LogEnd } from "./log-end";
import { extrasLine } from "./options";
import { PRESETS } from "./words";

function Body({ download }: { download: Download }) {
  const items = download.items ?? [];
  const { preset, subtitles = [], sponsorblock = [], keep_days } = download;
  const extras = extrasLine({ preset, subtitles, sponsorblock, keepDays: keep_days ?? 0 });
  return (
    <div className="grid gap-6">
      <div>
        <PageTitle>{download.title}</PageTitle>
        <p className="mt-1 flex flex-wrap gap-x-2 text-sm text-text-2">
          <span>{PRESETS[download.preset]}</span>
          {download.collection && <span>· Collection “{download.collection}”</span>}
          {download.playlist && <span>· your own playlist in Plex</span>}
          {download.range && <span>· videos {download.range}</span>}
          {extras && <span>· {extras}</span>}
          <span>
            · asked <Time at={download.created_at} soon />
          </span>
          <a href={download.url} target="_blank" rel="noreferrer noopener" className="text-link hover:underline">
            The original
          </a>
        </p>
      </div>
      <div>
        <RowCard>
          <DownloadRow download={download} />
        </RowCard>
        <LogEnd log={download.log_tail} />
      </div>
      {items.length > 0 && (
        <Section title="Videos" aside={String(items.length)}>
          <ItemRows download={download} items={items} className="rounded-card border border-line bg-surface px-4" />
        </Section>
      )}
    </div>
  );
}

export function DownloadPage({ id }: { id: string }) {
  const query = useQuery(downloadOptions(id));
  usePageTitle(query.data?.title ?? "Download");
  return (
    <>
      <Link to="/downloads" className="mb-2 inline-flex items-center gap-1.5 py-2 text-sm text-link hover:underline">
        <ArrowLeft aria-hidden className="size-4" /> Downloads
      </Link>
      <Panel query={query} failed="This download could not be read." skeleton={<div className="skeleton h-64" />}>
        {(download) => <Body download={download} />}
      </Panel>
    </>
  );
}
