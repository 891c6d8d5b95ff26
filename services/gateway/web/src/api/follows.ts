/** Channels and playlists whose new videos come by themselves. */
import { infiniteQueryOptions } from "@tanstack/react-query";

import { api, take } from "./client";
import type { FollowChange, FollowOrder } from "./models";
import { allNamed } from "./titles";

const PAGE = 50;

export const followKeys = { all: ["follows"] as const };

export const followsOptions = infiniteQueryOptions({
  queryKey: followKeys.all,
  queryFn: async ({ pageParam, signal }) =>
    allNamed(await take(api.GET("/api/v1/downloads/follows", { params: { query: { limit: PAGE, cursor: pageParam ?? undefined } }, signal }))),
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.next_cursor ?? null,
});

const at = (id: string) => ({ params: { path: { follow_id: id } } });

export function createFollow(order: FollowOrder, key: string) {
  return take(api.POST("/api/v1/downloads/follows", { body: order, headers: { "Idempotency-Key": key } }));
}

export const changeFollow = (id: string, body: FollowChange) => take(api.PATCH("/api/v1/downloads/follows/{follow_id}", { ...at(id), body }));
export const checkFollow = (id: string) => take(api.POST("/api/v1/downloads/follows/{follow_id}/check", at(id)));

export function unfollow(id: string, files: "keep" | "delete") {
  return take(api.DELETE("/api/v1/downloads/follows/{follow_id}", { params: { path: { follow_id: id }, query: { files } } }));
}
