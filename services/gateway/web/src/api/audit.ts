/** Who did what to whom, when and from where. */
import { infiniteQueryOptions } from "@tanstack/react-query";

import { api, take } from "./client";

const PAGE = 50;

export interface AuditFilter {
  action?: string;
  actor?: string;
  target?: string;
  since?: string;
  until?: string;
}

export const auditOptions = (filter: AuditFilter) =>
  infiniteQueryOptions({
    queryKey: ["audit", filter],
    queryFn: ({ pageParam, signal }) =>
      take(api.GET("/api/v1/audit", { params: { query: { ...filter, limit: PAGE, cursor: pageParam ?? undefined } }, signal })),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor ?? null,
  });

/** All entries that fit, as lines of JSON. */
export const exportAudit = (filter: AuditFilter) =>
  take(api.GET("/api/v1/audit/export", { params: { query: filter }, parseAs: "text" })) as Promise<string>;
