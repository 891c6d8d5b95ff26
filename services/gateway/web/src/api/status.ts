/** Health of what the suite stands on. */
import { queryOptions } from "@tanstack/react-query";

import { api, take } from "./client";

export const RANGES = ["24h", "7d", "30d", "90d"] as const;
export type Range = (typeof RANGES)[number];

export const statusKeys = {
  all: ["status"] as const,
  document: ["status", "document"] as const,
  service: (service: string) => ["status", "service", service] as const,
  history: (service: string, range: Range) => ["status", "history", service, range] as const,
};

export const statusOptions = queryOptions({
  queryKey: statusKeys.document,
  queryFn: ({ signal }) => take(api.GET("/api/v1/status", { signal })),
  refetchInterval: 60_000,
});

export const historyOptions = (service: string, range: Range) =>
  queryOptions({
    queryKey: statusKeys.history(service, range),
    queryFn: ({ signal }) =>
      take(api.GET("/api/v1/status/{service_id}/history", { params: { path: { service_id: service }, query: { range } }, signal })),
    staleTime: 60_000,
  });

/** One service with its incidents. */
export const serviceOptions = (service: string) =>
  queryOptions({
    queryKey: statusKeys.service(service),
    queryFn: ({ signal }) => take(api.GET("/api/v1/status/{service_id}", { params: { path: { service_id: service } }, signal })),
  });
