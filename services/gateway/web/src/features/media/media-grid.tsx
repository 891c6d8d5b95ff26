import { Link } from "@tanstack/react-router";

import type { MediaSummary } from "@/api/models";
import { Poster } from "@/components/poster";
import { Button } from "@/components/ui/button";
import { AVAILABILITY } from "@/lib/states";

function Ask({ media }: { media: MediaSummary }) {
  if (!media.allowed.request.ok) return null;
  return (
    <Button asChild size="small" className="w-full">
      <Link to={media.media_type === "tv" ? "/tv/$id" : "/movie/$id"} params={{ id: String(media.tmdb_id) }} search={{ ask: true }} aria-label={`Ask for ${media.title}`}>
        Ask
      </Link>
    </Button>
  );
}

export function MediaGrid({ items, eager = 6 }: { items: MediaSummary[]; eager?: number }) {
  return (
    <ul className="posters">
      {items.map((media, index) => (
        <Poster
          key={`${media.media_type} ${media.tmdb_id}`}
          title={media.title}
          meta={[media.year, media.media_type === "tv" ? "Series" : "Film"].filter(Boolean).join(" · ")}
          url={media.poster_url}
          type={media.media_type}
          tmdbId={media.tmdb_id}
          look={AVAILABILITY[media.request && media.availability === "unknown" ? "requested" : media.availability]}
          eager={index < eager}
          action={<Ask media={media} />}
        />
      ))}
    </ul>
  );
}
