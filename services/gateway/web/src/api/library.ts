/** What is in Plex. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { api, take } from "./client";

const PAGE = 60;

export const libraryKeys = {
  all: ["library"] as const,
  sections: ["library", "sections"] as const,
  recent: ["library", "recent"] as const,
  items: (section: string) => ["library", "items", section] as const,
};

export const sectionsOptions = queryOptions({
  queryKey: libraryKeys.sections,
  queryFn: ({ signal }) => take(api.GET("/api/v1/library/sections", { signal })),
  staleTime: 5 * 60_000,
});

export const recentOptions = queryOptions({
  queryKey: libraryKeys.recent,
  queryFn: ({ signal }) => take(api.GET("/api/v1/library/recently-added", { signal })),
  staleTime: 60_000,
});

export const itemsOptions = (section: string) =>
  infiniteQueryOptions({
    queryKey: libraryKeys.items(section),
    queryFn: ({ pageParam, signal }) =>
      take(
        api.GET("/api/v1/library/sections/{key}/items", {
          params: { path: { key: section }, query: { limit: PAGE, cursor: pageParam ?? undefined } },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor ?? null,
  });
