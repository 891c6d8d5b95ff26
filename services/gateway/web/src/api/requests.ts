/** What people asked for. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { api, take } from "./client";
import type { MediaType, RequestStatus } from "./models";

export type Scope = "mine" | "all";
const PAGE = 50;

export const requestKeys = {
  all: ["requests"] as const,
  lists: ["requests", "list"] as const,
  list: (scope: Scope, statuses: RequestStatus[]) => ["requests", "list", scope, statuses] as const,
  details: ["requests", "detail"] as const,
  detail: (id: string) => ["requests", "detail", id] as const,
};

export const requestsOptions = (scope: Scope, statuses: RequestStatus[] = []) =>
  infiniteQueryOptions({
    queryKey: requestKeys.list(scope, statuses),
    queryFn: ({ pageParam, signal }) =>
      take(
        api.GET("/api/v1/requests", {
          params: { query: { scope, limit: PAGE, status: statuses, cursor: pageParam ?? undefined } },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor ?? null,
  });

export const requestOptions = (id: string) =>
  queryOptions({
    queryKey: requestKeys.detail(id),
    queryFn: ({ signal }) => take(api.GET("/api/v1/requests/{request_id}", { params: { path: { request_id: id } }, signal })),
  });

export interface Wish {
  media_type: MediaType;
  tmdb_id: number;
  title: string;
  seasons?: number[];
  is_4k: boolean;
}

/** Ask for a title. The same `key` again is the same wish, however often it is sent. */
export function createRequest(wish: Wish, key: string) {
  return take(api.POST("/api/v1/requests", { body: wish, headers: { "Idempotency-Key": key } }));
}

const at = (id: string) => ({ params: { path: { request_id: id } } });

export const cancelRequest = (id: string) => take(api.DELETE("/api/v1/requests/{request_id}", at(id)));
export const approveRequest = (id: string) => take(api.POST("/api/v1/requests/{request_id}/approve", at(id)));
export const retryRequest = (id: string) => take(api.POST("/api/v1/requests/{request_id}/retry", at(id)));

export function declineRequest(id: string, reason: string) {
  return take(api.POST("/api/v1/requests/{request_id}/decline", { ...at(id), body: { reason: reason || null } }));
}
