/** Who may come in: the policy, and invitations. */
import { queryOptions } from "@tanstack/react-query";

import { api, take } from "./client";
import type { PolicyChange } from "./models";

export const accessKeys = { policy: ["access", "policy"] as const, invitations: ["access", "invitations"] as const };

export const policyOptions = queryOptions({
  queryKey: accessKeys.policy,
  queryFn: ({ signal }) => take(api.GET("/api/v1/auth/policy", { signal })),
});

export const invitationsOptions = queryOptions({
  queryKey: accessKeys.invitations,
  queryFn: ({ signal }) => take(api.GET("/api/v1/auth/invitations", { params: { query: { limit: 100 } }, signal })),
});

export const changePolicy = (body: PolicyChange) => take(api.PATCH("/api/v1/auth/policy", { body }));

export function invite(note: string, days: number) {
  return take(api.POST("/api/v1/auth/invitations", { body: { note: note || null, expires_in_days: days } }));
}

export function withdrawInvitation(id: string) {
  return take(api.DELETE("/api/v1/auth/invitations/{invitation_id}", { params: { path: { invitation_id: id } } }));
}
