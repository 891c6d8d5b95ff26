import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ChevronDown, Film, ListVideo, Play, X } from "lucide-react";
import { useState } from "react";

import { downloadOptions } from "@/api/downloads";
import type { Download } from "@/api/models";
import { ProblemLine } from "@/components/notes";
import { Loading } from "@/components/panel";
import { Progress } from "@/components/progress";
import { StateGlyph, StateWord } from "@/components/state";
import { Time } from "@/components/time";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { Menu, type MenuAction } from "@/components/ui/menu";
import { cn } from "@/lib/cn";
import { count, percent, size } from "@/lib/format";
import { useProgress } from "@/lib/live/progress";
import { plateStyle } from "@/lib/plate";
import { downloadLook } from "@/lib/states";

import { saveFile, useCancel, useDelete, usePause, useResume, useRetry } from "./actions";
import { ItemRows } from "./item-rows";
import { briefLine, isUnderWay, shareOf, statusLine } from "./words";

const FOLDED_ABOVE = 5;

interface DownloadRowProps {
  download: Download;
  /** For the first page: no items, only the one button. */
  brief?: boolean;
}

function Plate({ download }: { download: Download }) {
  const Icon = download.kind === "video" ? Film : ListVideo;
  return (
    <span aria-hidden className="grid aspect-video w-16 place-items-center self-start rounded-[6px] text-badge-text/70 wide:row-span-2 wide:w-24" style={plateStyle(download.title)}>
      <Icon className="size-5 wide:size-6" strokeWidth={1.6} />
    </span>
  );
}

/** The title of the item that is being fetched; known once the items were read. */
function useNow(download: Download, itemId: string | undefined): string | null {
  const running = download.status === "running" && download.items_total > 1;
  const { data } = useQuery({ ...downloadOptions(download.id), enabled: running && itemId !== undefined });
  return data?.items?.find((item) => item.id === itemId)?.title ?? null;
}

export function DownloadRow({ download, brief }: DownloadRowProps) {
  const live = useProgress(download.id);
  const now = useNow(download, live[0]?.item_id);
  const many = download.items_total > 1;
  const [open, setOpen] = useState(() => !brief && many && isUnderWay(download) && download.items_total <= FOLDED_ABOVE);
  const share = shareOf(download, live);
  const line = brief ? briefLine(download, live, now) : statusLine(download, live, now);
  const under = isUnderWay(download);
  const unknown = download.status === "running" && !many && live[0]?.progress === null;
  return (
    <li className="py-3 [content-visibility:auto] [contain-intrinsic-size:auto_84px]">
      <div className="grid grid-cols-[auto_minmax(0,1fr)_auto] items-center gap-x-3">
        <Plate download={download} />
        <p className="line-clamp-2 self-center leading-snug font-[550] wide:self-end">
          <Link to="/downloads/$id" params={{ id: download.id }} className="hover:text-link">
            {download.title}
          </Link>
        </p>
        <div className="flex items-center wide:row-span-2">
          <MainAction download={download} />
          {!brief && <MoreActions download={download} />}
          {!brief && many && (
            <Button
              variant="quiet"
              size="icon"
              className="max-wide:hidden"
              aria-expanded={open}
              aria-label={`${count(download.items_total, "video")} of ${download.title}`}
              onClick={() => setOpen(!open)}
            >
              <ChevronDown aria-hidden className={cn("transition-transform duration-180", open && "rotate-180")} />
            </Button>
          )}
        </div>
        <div className="col-span-full min-w-0 max-wide:mt-1 wide:col-span-1 wide:self-start">
          {under && <Progress share={unknown ? null : share} calm={download.status !== "running"} label={download.title} text={line || percent(share)} className="my-1.5" />}
          <div className="flex min-w-0 flex-wrap items-center gap-x-2 text-meta text-text-3">
            {!(download.status === "running" && live.length > 0) && <StateWord look={downloadLook(download)} share={share} />}
            <span className="min-w-0">{line}</span>
            {!under && download.completed_at && <Time at={download.completed_at} />}
          </div>
        </div>
      </div>
      {open && <Items download={download} />}
    </li>
  );
}

function Items({ download }: { download: Download }) {
  const { data, error } = useQuery(downloadOptions(download.id));
  if (data?.items) return <ItemRows download={data} items={data.items} className="mt-2 ml-2 border-l-2 border-line pl-4 wide:ml-8" />;
  if (error) return <ProblemLine error={error} />;
  return (
    <Loading>
      <div className="skeleton mt-2 h-24" />
    </Loading>
  );
}

function MainAction({ download }: { download: Download }) {
  const [pause, resume, retry] = [usePause(), useResume(), useRetry()];
  const { allowed, title } = download;
  if (allowed.pause.ok && (download.status === "running" || download.status === "queued")) {
    return (
      <Button variant="quiet" size="icon" aria-label={`Pause ${title}`} onClick={() => pause.mutate(download)}>
        <StateGlyph name="pause" />
      </Button>
    );
  }
  if (download.status === "paused") {
    return (
      <Button variant="quiet" size="icon" aria-label={`Go on with ${title}`} onClick={() => resume.mutate(download)}>
        <Play aria-hidden />
      </Button>
    );
  }
  const onlyPlex = download.status === "completed" && download.in_plex === "failed";
  if (!allowed.retry.ok || (download.status === "completed" && !onlyPlex)) return null;
  return (
    <Button size="small" onClick={() => retry.mutate(download)} aria-label={onlyPlex ? `Plex: try ${title} again` : `Try ${title} again`}>
      {onlyPlex ? "Plex: try again" : "Try again"}
    </Button>
  );
}

function MoreActions({ download }: { download: Download }) {
  const [asking, setAsking] = useState<"cancel" | "delete" | null>(null);
  const [cancel, remove, retry] = [useCancel(), useDelete(), useRetry()];
  const client = useQueryClient();
  const { allowed, title, items_total } = download;
  const many = items_total > 1 ? count(items_total, "video") : "the video";
  if (isUnderWay(download)) {
    return (
      <>
        <Button variant="quiet" size="icon" off={!allowed.cancel.ok} aria-label={`Cancel ${title}`} onClick={() => setAsking("cancel")}>
          <X aria-hidden />
        </Button>
        {asking === "cancel" && (
          <Confirm
            title={`Cancel ${title}?`}
            verb="Cancel the download"
            onClose={() => setAsking(null)}
            onConfirm={() => {
              cancel.mutate(download);
              setAsking(null);
            }}
          >
            What is fetched already stays; the rest is not fetched. You can try again later.
          </Confirm>
        )}
      </>
    );
  }
  const because = allowed.delete.ok ? undefined : (allowed.delete.because ?? "This is not possible now.");
  const actions: MenuAction[] = [{ label: "Delete…", run: () => setAsking("delete"), because, danger: true }];
  const isRefill = download.status === "completed" && download.in_plex === "done" && allowed.retry.ok;
  if (isRefill) actions.unshift({ label: "Put into Plex again", run: () => retry.mutate(download) });
  if (items_total === 1 && download.status === "completed") actions.unshift({ label: "Save file", run: () => void saveFile(client, download) });
  return (
    <>
      <Menu label={`More for ${title}`} actions={actions} />
      {asking === "delete" && (
        <Confirm
          title={`Delete ${title}?`}
          verb={items_total > 1 ? `Delete ${many}` : "Delete the video"}
          onClose={() => setAsking(null)}
          onConfirm={() => {
            remove.mutate(download);
            setAsking(null);
          }}
        >
          {download.bytes > 0 ? `${size(download.bytes)} of files` : "The files"} go, and {many} can no longer be watched in Plex. This cannot be undone.
        </Confirm>
      )}
    </>
  );
}
