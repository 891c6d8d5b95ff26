/** Videos being fetched into the library. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { basePath } from "@/lib/base-path";

import { api, take } from "./client";
import type { DownloadOrder, DownloadStatus } from "./models";
import { allNamed, named } from "./titles";

const PAGE = 50;

export const downloadKeys = {
  all: ["downloads"] as const,
  lists: ["downloads", "list"] as const,
  list: (statuses: DownloadStatus[]) => ["downloads", "list", statuses] as const,
  details: ["downloads", "detail"] as const,
  detail: (id: string) => ["downloads", "detail", id] as const,
};

/** One's own, the newest first: those that stand like this. */
export const downloadsLike = (statuses: DownloadStatus[]) =>
  infiniteQueryOptions({
    queryKey: downloadKeys.list(statuses),
    queryFn: async ({ pageParam, signal }) => {
      const query = { limit: PAGE, status: statuses, cursor: pageParam ?? undefined };
      return allNamed(await take(api.GET("/api/v1/downloads", { params: { query }, signal })));
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor ?? null,
  });

export const downloadsOptions = downloadsLike([]);

export const downloadOptions = (id: string) =>
  queryOptions({
    queryKey: downloadKeys.detail(id),
    queryFn: async ({ signal }) => named(await take(api.GET("/api/v1/downloads/{download_id}", { params: { path: { download_id: id } }, signal }))),
  });

/** What is behind a link, before anything is fetched. Looking takes a while for a long playlist. */
export const previewLink = (url: string, asPlaylist: boolean) =>
  take(api.POST("/api/v1/downloads/preview", { body: { url, as_playlist: asPlaylist } }));

/** Start a download. The same `key` again is the same order, however often it is sent. */
export function createDownload(order: DownloadOrder, key: string) {
  return take(api.POST("/api/v1/downloads", { body: order, headers: { "Idempotency-Key": key } }));
}

const at = (id: string) => ({ params: { path: { download_id: id } } });

export const cancelDownload = (id: string) => take(api.POST("/api/v1/downloads/{download_id}/cancel", at(id)));
export const retryDownload = (id: string) => take(api.POST("/api/v1/downloads/{download_id}/retry", at(id)));
export const pauseDownload = (id: string) => take(api.POST("/api/v1/downloads/{download_id}/pause", at(id)));
export const resumeDownload = (id: string) => take(api.POST("/api/v1/downloads/{download_id}/resume", at(id)));
export const deleteDownload = (id: string) => take(api.DELETE("/api/v1/downloads/{download_id}", at(id)));

/** Where the file of one item can be saved from. */
export function fileUrl(downloadId: string, itemId: string): string {
  return `${basePath}/api/v1/downloads/${downloadId}/items/${itemId}/file`;
}
