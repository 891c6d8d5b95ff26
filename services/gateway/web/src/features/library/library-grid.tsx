import type { LibraryItem, MediaType } from "@/api/models";
import { EmptyNote } from "@/components/notes";
import { Poster } from "@/components/poster";
import { count } from "@/lib/format";
import { AVAILABILITY } from "@/lib/states";

const SERIES = new Set(["show", "season", "episode"]);

export function mediaTypeOf(item: Pick<LibraryItem, "type">): MediaType {
  return SERIES.has(item.type) ? "tv" : "movie";
}

/** The small line under a title: "2024", "Series · 2 seasons", "Season 3". */
export function itemMeta({ type, year, child_count, parent_title, title }: LibraryItem): string {
  if (type === "season" || type === "episode") return parent_title === null ? (year?.toString() ?? "") : title;
  if (type !== "show") return year?.toString() ?? "";
  const parts = ["Series", child_count ? count(child_count, "season") : year?.toString()];
  return parts.filter(Boolean).join(" · ");
}

export function itemTitle({ type, title, parent_title }: LibraryItem): string {
  return (type === "season" || type === "episode") && parent_title ? parent_title : title;
}

interface LibraryGridProps {
  items: LibraryItem[];
  /** How many of the first pictures are fetched at once. */
  eager?: number;
  badge?: boolean;
}

export function LibraryGrid({ items, eager = 0, badge }: LibraryGridProps) {
  if (items.length === 0) {
    return <EmptyNote title="Nothing is here yet">What the owner adds to Plex shows here by itself.</EmptyNote>;
  }
  return (
    <ul className="posters">
      {items.map((item, index) => (
        <Poster
          key={item.id}
          title={itemTitle(item)}
          meta={itemMeta(item)}
          url={item.thumb_url}
          type={mediaTypeOf(item)}
          tmdbId={item.tmdb_id}
          look={badge ? AVAILABILITY.available : null}
          eager={index < eager}
        />
      ))}
    </ul>
  );
}
