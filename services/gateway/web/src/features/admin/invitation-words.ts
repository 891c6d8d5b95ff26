import type { Invitation } from "@/api/models";

export type InvitationState = "open" | "used" | "over";

export function invitationState({ used_at, expires_at }: Pick<Invitation, "used_at" | "expires_at">, now = Date.now()): InvitationState {
  if (used_at !== null) return "used";
  return Date.parse(expires_at) <= now ? "over" : "open";
}
