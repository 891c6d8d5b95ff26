/** What an administrator sees and does about everybody's downloads: tools, ways out, who waits or is put aside. */
import { queryOptions } from "@tanstack/react-query";

import { api, take } from "./client";
import type { Download } from "./models";
import { named } from "./titles";

const MOST_PAGES = 20;
const PAGE = 100;

export const operationKeys = {
  readiness: ["operations", "readiness"] as const,
  lanes: ["operations", "lanes"] as const,
  aside: ["operations", "aside"] as const,
  totals: ["operations", "totals"] as const,
  approvals: ["downloads", "approvals"] as const,
};

export const readinessOptions = queryOptions({
  queryKey: operationKeys.readiness,
  queryFn: ({ signal }) => take(api.GET("/api/v1/downloads/readiness", { signal })),
});

export const lanesOptions = queryOptions({
  queryKey: operationKeys.lanes,
  queryFn: ({ signal }) => take(api.GET("/api/v1/downloads/lanes", { signal })),
  refetchInterval: 15_000,
});

export const totalsOptions = (scope: "mine" | "all") =>
  queryOptions({
    queryKey: ["downloads", "totals", scope],
    queryFn: ({ signal }) => take(api.GET("/api/v1/downloads/totals", { params: { query: { scope } }, signal })),
  });

/** Everybody's downloads that wait for a yes, the newest first. */
export const approvalsOptions = queryOptions({
  queryKey: operationKeys.approvals,
  queryFn: async ({ signal }): Promise<Download[]> => {
    const found: Download[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const { items, next_cursor } = await take(
        api.GET("/api/v1/downloads", { params: { query: { scope: "all", status: ["waiting_approval"], limit: PAGE, cursor } }, signal }),
      );
      found.push(...items.map(named));
      if (!next_cursor) break;
      cursor = next_cursor;
    }
    return found;
  },
});

export const asideOptions = queryOptions({
  queryKey: operationKeys.aside,
  queryFn: ({ signal }) => take(api.GET("/api/v1/downloads/paused-users", { signal })),
});

const lane = (egress: string) => ({ params: { path: { egress } } });

export function pauseLane(egress: string, reason: string) {
  return take(api.POST("/api/v1/downloads/lanes/{egress}/pause", { ...lane(egress), body: reason ? { reason } : {} }));
}

export const resumeLane = (egress: string) => take(api.POST("/api/v1/downloads/lanes/{egress}/resume", lane(egress)));

export function putAside(userId: string, reason: string) {
  return take(api.PUT("/api/v1/downloads/paused-users/{user_id}", { params: { path: { user_id: userId } }, body: reason ? { reason } : {} }));
}

export const letGoOn = (userId: string) => take(api.DELETE("/api/v1/downloads/paused-users/{user_id}", { params: { path: { user_id: userId } } }));

const one = (id: string) => ({ params: { path: { download_id: id } } });

export const approveDownload = (id: string) => take(api.POST("/api/v1/downloads/{download_id}/approve", one(id)));

export function declineDownload(id: string, reason: string) {
  return take(api.POST("/api/v1/downloads/{download_id}/decline", { ...one(id), body: { reason: reason || null } }));
}
