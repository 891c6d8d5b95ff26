/**
 * How a change alters what is already read: pure functions from the old value to the new one.
 * A version at or below the known one changes nothing, and then the very same object is given back.
 */
import type { InfiniteData } from "@tanstack/react-query";

import type { Bucket, Download, DownloadPage, MediaRequest, RequestPage, Service, StatusDocument } from "@/api/models";

import type { Beat, DownloadChange, ItemChange, RequestChange, ServiceChange } from "./messages";

const MOST_BUCKETS = 60;
const DEFAULT_BUCKET_MS = 45_000;

function replaced<T>(items: T[], index: number, item: T): T[] {
  return items[index] === item ? items : items.with(index, item);
}

function withService(document: StatusDocument, id: string, change: (service: Service) => Service): StatusDocument {
  const index = document.items.findIndex((service) => service.service_id === id);
  const known = document.items[index];
  if (!known) return document;
  const items = replaced(document.items, index, change(known));
  return items === document.items ? document : { ...document, items };
}

export function changeService(document: StatusDocument, change: ServiceChange): StatusDocument {
  return withService(document, change.service_id, (known) => {
    if (change.version <= known.version) return known;
    const { name, health, since, checked_at, response_ms, version } = change;
    return { ...known, name, health, since, checked_at, response_ms, version, message: change.message ?? null, behind: change.behind ?? null };
  });
}

function bucketLength(recent: Bucket[]): number {
  const [before, last] = [recent.at(-2), recent.at(-1)];
  return before && last ? Date.parse(last.at) - Date.parse(before.at) : DEFAULT_BUCKET_MS;
}

const RANK = { no_data: 0, unknown: 1, up: 2, maintenance: 3, degraded: 4, down: 5 } as const;

export function worst<H extends keyof typeof RANK>(one: H, other: H): H {
  return RANK[one] >= RANK[other] ? one : other;
}

/** The newest bucket takes the beat, or a new one begins and the oldest leaves. */
function withBeat(recent: Bucket[], beat: Beat): Bucket[] {
  const last = recent.at(-1);
  const length = bucketLength(recent);
  if (last && Date.parse(beat.checked_at) < Date.parse(last.at) + length) {
    return recent.with(-1, { ...last, health: worst(last.health, beat.health), response_ms: beat.response_ms ?? last.response_ms });
  }
  const at = last ? new Date(Date.parse(last.at) + length).toISOString() : beat.checked_at;
  const up = beat.health === "up" || beat.health === "degraded" ? 1 : 0;
  return [...recent, { at, health: beat.health, response_ms: beat.response_ms, uptime: up }].slice(-MOST_BUCKETS);
}

/** A probe's result: it moves the figures, never the verdict, which comes as a change of its own. */
export function beatService(document: StatusDocument, beat: Beat): StatusDocument {
  return withService(document, beat.service_id, (known) => {
    if (beat.version < known.version || (known.checked_at && beat.checked_at <= known.checked_at)) return known;
    return { ...known, response_ms: beat.response_ms, checked_at: beat.checked_at, recent: withBeat(known.recent, beat) };
  });
}

export function changeRequest(request: MediaRequest, change: RequestChange): MediaRequest {
  if (request.id !== change.request_id || change.version <= request.version) return request;
  return { ...request, status: change.status, version: change.version };
}

export function changeDownload(download: Download, change: DownloadChange): Download {
  if (download.id !== change.download_id || change.version <= download.version) return download;
  const { status, in_plex, items_total, items_completed, items_failed, version } = change;
  return { ...download, status, in_plex, items_total, items_completed, items_failed, version };
}

export function changeItem(download: Download, change: ItemChange): Download {
  const items = download.items;
  const index = items?.findIndex((item) => item.id === change.item_id) ?? -1;
  const known = items?.[index];
  if (!items || !known || download.id !== change.download_id || change.version <= known.version) return download;
  const { status, attempt, version } = change;
  return { ...download, items: items.with(index, { ...known, status, attempt, version }) };
}

/** Apply `change` to each row of a list read page by page. */
export function changePages<Row, Page extends { items: Row[] }>(
  list: InfiniteData<Page, string | null>,
  change: (row: Row) => Row,
): InfiniteData<Page, string | null> {
  let changed = false;
  const pages = list.pages.map((page) => {
    const items = page.items.map(change);
    if (items.every((row, index) => row === page.items[index])) return page;
    changed = true;
    return { ...page, items };
  });
  return changed ? { ...list, pages } : list;
}

export type RequestList = InfiniteData<RequestPage, string | null>;
export type DownloadList = InfiniteData<DownloadPage, string | null>;
