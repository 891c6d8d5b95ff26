/** What a download says of itself. */
import type { Download, DownloadItem, DownloadStatus, Preset, Preview } from "@/api/models";
import { clock, count, percent, remaining, size, span, speed, when } from "@/lib/format";
import type { ItemProgress } from "@/lib/live/messages";
import { ITEM } from "@/lib/states";

export const PRESETS: Record<Preset, string> = {
  best: "Best there is",
  "2160p": "Up to 4K",
  "1080p": "Up to 1080p",
  "720p": "Up to 720p",
  mp3: "Sound only, MP3",
  m4a: "Sound only, M4A",
  opus: "Sound only, Opus",
};

const UNDER_WAY = new Set(["waiting_approval", "queued", "running", "paused"]);

export function isUnderWay(download: Pick<Download, "status">): boolean {
  return UNDER_WAY.has(download.status);
}

/** Which downloads stand behind each filter. */
export const FILTERS = {
  all: { label: "All", statuses: [] },
  moving: { label: "Under way", statuses: ["waiting_approval", "queued", "running", "paused"] },
  done: { label: "Done", statuses: ["completed", "partially_completed"] },
  "not-done": { label: "Not done", statuses: ["failed", "cancelled"] },
} as const satisfies Record<string, { label: string; statuses: readonly DownloadStatus[] }>;

export type Filter = keyof typeof FILTERS;

/** The share that is done, live items included; never less than what the list said. */
export function shareOf(download: Download, live: readonly ItemProgress[]): number {
  if (live.length === 0 || download.items_total === 0) return download.progress;
  const settled = download.items_completed + download.items_failed;
  const running = live.reduce((sum, item) => sum + (item.progress ?? 0), 0);
  return Math.min(1, (settled + running) / download.items_total);
}

/** What a worker does besides fetching picture and sound, which figures tell better. */
const PHASES: Record<string, string> = {
  preparing: "Looking at the video",
  merging: "Putting sound and picture together",
  finishing: "Finishing the file",
};

/** "62 % · 4.1 MB/s · about 1 min left". Without a known size: what has come so far. */
export function progressText(at: Pick<ItemProgress, "progress" | "speed" | "eta" | "downloaded_bytes"> & { phase?: string }): string {
  const phase = PHASES[at.phase ?? ""];
  if (phase) return phase;
  const done = at.progress !== null ? percent(at.progress) : at.downloaded_bytes ? size(at.downloaded_bytes) : "Begins";
  return [done, at.speed ? speed(at.speed) : null, at.eta !== null ? remaining(at.eta) : null].filter(Boolean).join(" · ");
}

/** The line under a download's title. */
export function statusLine(download: Download, live: readonly ItemProgress[], now: string | null): string {
  const { status, items_total, items_completed, items_failed } = download;
  const many = items_total > 1;
  const counts = many ? `${items_completed} of ${items_total} done` : null;
  const failed = many && items_failed > 0 ? `${items_failed} failed` : null;
  const [first] = live;
  if (status === "running" && first) {
    const line = many && now ? `Now: ${now} · ${progressText(first)}` : progressText(first);
    return [counts, failed, line].filter(Boolean).join(" · ");
  }
  if (download.error_message) return download.error_message;
  const waits = download.waiting_for ?? download.in_plex_reason;
  const bytes = download.bytes > 0 ? size(download.bytes) : null;
  const until = download.expires_at ? `kept until ${when(download.expires_at)}` : null;
  return [counts, failed, waits, ...(isUnderWay(download) ? [] : [bytes, until])].filter(Boolean).join(" · ");
}

/** The same in a few words, for the first page. */
export function briefLine(download: Download, live: readonly ItemProgress[], now: string | null): string {
  const { status, items_total, items_completed } = download;
  if (status !== "running" || items_total === 1 || live.length === 0) return statusLine(download, live, now);
  return [`${items_completed} of ${items_total}`, now && `Now: ${now}`].filter(Boolean).join(" · ");
}

/** The line under an item's title: where it stands, or what happened to it. */
export function itemLine(item: DownloadItem, live: ItemProgress | undefined): string {
  if (item.status === "running") return progressText(live ?? item);
  if (item.status === "waiting") return [item.reason, item.due_at && `Tries again ${clock(item.due_at)}.`].filter(Boolean).join(" ");
  if (item.status === "completed") {
    const subtitles = item.subtitles?.length ? `subtitles: ${item.subtitles.join(", ")}` : null;
    return [item.bytes !== null && size(item.bytes), item.duration !== null && span(item.duration), subtitles, item.note].filter(Boolean).join(" · ");
  }
  return item.reason ?? ITEM[item.status].word;
}

export function groupNote(downloads: Download[]): string {
  const running = downloads.filter((one) => one.status === "running").length;
  const waiting = downloads.filter((one) => one.status === "queued").length;
  return [running > 0 && `${running} running`, waiting > 0 && `${waiting} in line`].filter(Boolean).join(" · ");
}

export function kindWord(kind: string): string {
  return { video: "Video", playlist: "Playlist", channel: "Channel" }[kind] ?? kind;
}

/** "Playlist · 20 videos · 4 h 10 min · about 6.2 GB". */
export function previewFacts({ kind, total, duration, estimated_bytes, uploader }: Preview): string {
  return [
    kindWord(kind),
    uploader,
    total > 1 && count(total, "video"),
    duration !== null && duration > 0 && span(duration),
    estimated_bytes !== null && `about ${size(estimated_bytes)}`,
  ]
    .filter(Boolean)
    .join(" · ");
}

/** What will be left out of a preview, in one sentence, or null. */
export function leftOut({ entries }: Preview): string | null {
  const broken = entries.filter((entry) => entry.problem !== null).length;
  const already = entries.filter((entry) => entry.already && entry.problem === null).length;
  const parts = [
    broken > 0 && `${broken} cannot be fetched and ${broken === 1 ? "is" : "are"} left out`,
    already > 0 && `${already} you already have`,
  ].filter(Boolean);
  return parts.length > 0 ? `${parts.join(" · ")}.` : null;
}
