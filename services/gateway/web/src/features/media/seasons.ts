import type { Season } from "@/api/models";

/** The seasons one may still ask for: neither here, nor asked for, nor the specials. */
export function openSeasons(seasons: Season[]): Season[] {
  return seasons.filter((season) => season.season_number > 0 && !season.requested && (season.availability === "unknown" || season.availability === "partially_available"));
}
