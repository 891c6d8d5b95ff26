/** Results that come page by page, as one list. */
import type { MediaPage, MediaSummary } from "@/api/models";

/** One title may move from page to page between two readings; it is shown once. */
export function titlesOf(pages: MediaPage[]): MediaSummary[] {
  const seen = new Map<string, MediaSummary>();
  for (const item of pages.flatMap((page) => page.items)) {
    const key = `${item.media_type} ${item.tmdb_id}`;
    if (!seen.has(key)) seen.set(key, item);
  }
  return [...seen.values()];
}

/** What can be watched at once stands first; else the order of the source stays. */
export function inPlexFirst(items: MediaSummary[]): MediaSummary[] {
  const there = (item: MediaSummary) => item.availability === "available" || item.availability === "partially_available";
  return [...items.filter(there), ...items.filter((item) => !there(item))];
}
