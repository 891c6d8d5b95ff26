/** Search, discovery and details of titles. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { api, take } from "./client";
import type { MediaPage, MediaType } from "./models";

export const LISTS = ["trending", "movies", "series", "upcoming-movies", "upcoming-series"] as const;
export type List = (typeof LISTS)[number];

export const mediaKeys = {
  all: ["media"] as const,
  search: (words: string) => ["media", "search", words] as const,
  discover: (list: List) => ["media", "discover", list] as const,
  detail: (type: MediaType, id: number) => ["media", "detail", type, id] as const,
};

const following = (page: MediaPage) => (page.page < page.total_pages ? page.page + 1 : null);

export const searchOptions = (words: string) =>
  infiniteQueryOptions({
    queryKey: mediaKeys.search(words),
    queryFn: ({ pageParam, signal }) =>
      take(api.GET("/api/v1/media/search", { params: { query: { query: words, page: pageParam } }, signal })),
    initialPageParam: 1,
    getNextPageParam: following,
    enabled: words !== "",
    staleTime: 5 * 60_000,
  });

export const discoverOptions = (list: List) =>
  infiniteQueryOptions({
    queryKey: mediaKeys.discover(list),
    queryFn: ({ pageParam, signal }) =>
      take(
        api.GET("/api/v1/media/discover/{list}", {
          params: { path: { list }, query: { page: pageParam } },
          signal,
        }),
      ),
    initialPageParam: 1,
    getNextPageParam: following,
    staleTime: 5 * 60_000,
  });

export const detailOptions = (type: MediaType, id: number) =>
  queryOptions({
    queryKey: mediaKeys.detail(type, id),
    queryFn: ({ signal }) =>
      take(api.GET("/api/v1/media/{media_type}/{tmdb_id}", { params: { path: { media_type: type, tmdb_id: id } }, signal })),
  });
