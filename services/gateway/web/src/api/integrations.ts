/** The outside systems and how they are reached; their secrets never come out again. */
import { queryOptions } from "@tanstack/react-query";

import { api, take } from "./client";
import type { IntegrationChange, IntegrationDraft, IntegrationTry } from "./models";

export const integrationKeys = { all: ["integrations"] as const };

export const integrationsOptions = queryOptions({
  queryKey: integrationKeys.all,
  queryFn: ({ signal }) => take(api.GET("/api/v1/integrations", { signal })),
});

const at = (id: string) => ({ params: { path: { integration_id: id } } });

export const testIntegration = (body: IntegrationTry) => take(api.POST("/api/v1/integrations/test", { body }));
export const addIntegration = (body: IntegrationDraft) => take(api.POST("/api/v1/integrations", { body }));
export const deleteIntegration = (id: string) => take(api.DELETE("/api/v1/integrations/{integration_id}", at(id)));

export function changeIntegration(id: string, body: IntegrationChange) {
  return take(api.PATCH("/api/v1/integrations/{integration_id}", { ...at(id), body }));
}
