/** Signing in and out, and who is signed in. */
import { type QueryClient, queryOptions } from "@tanstack/react-query";

import { api, take } from "./client";

export const sessionKeys = { me: ["me"] as const, setup: ["setup"] as const, devices: ["devices"] as const };

export const meOptions = queryOptions({
  queryKey: sessionKeys.me,
  queryFn: ({ signal }) => take(api.GET("/api/v1/auth/me", { signal })),
  staleTime: 5 * 60_000,
});

export const setupOptions = queryOptions({
  queryKey: sessionKeys.setup,
  queryFn: ({ signal }) => take(api.GET("/api/v1/auth/setup", { signal })),
  staleTime: Infinity,
});

export const devicesOptions = queryOptions({
  queryKey: sessionKeys.devices,
  queryFn: ({ signal }) => take(api.GET("/api/v1/auth/sessions", { signal })),
});

export interface PinMore {
  forwardUrl?: string;
  /** The secret of an invitation link. */
  invitation?: string;
  /** Join the Plex account to who is signed in, instead of signing in. */
  link?: boolean;
}

/** Begin a sign-in with Plex: by a code typed elsewhere, or by Plex' own page, which leads back to `forwardUrl`. */
export function startPin(form: "code" | "redirect", more: PinMore = {}) {
  const { forwardUrl, invitation, link } = more;
  return take(api.POST("/api/v1/auth/plex/pin", { body: { form, forward_url: forwardUrl, invitation, link } }));
}

export function readPin(id: string, signal?: AbortSignal) {
  return take(api.GET("/api/v1/auth/plex/pin/{pin_id}", { params: { path: { pin_id: id } }, signal }));
}

export function setUp(body: { code: string; username: string; password: string }) {
  return take(api.POST("/api/v1/auth/setup", { body }));
}

export function logIn(body: { username: string; password: string }) {
  return take(api.POST("/api/v1/auth/login", { body }));
}

export function signOut(everywhere: boolean) {
  return take(api.POST("/api/v1/auth/logout", { body: { everywhere } }));
}

export function revokeDevice(id: string) {
  return take(api.DELETE("/api/v1/auth/sessions/{session_id}", { params: { path: { session_id: id } } }));
}

/** Nothing that one person read may be seen by the next: keep only what belongs to nobody. */
export function forgetPerson(client: QueryClient) {
  client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== sessionKeys.setup[0] });
}

export function changePassword(body: { current_password: string; new_password: string }) {
  return take(api.PUT("/api/v1/auth/password", { body }));
}
