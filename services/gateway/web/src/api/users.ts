/** Accounts, for administrators: who there is, what they may do, and forgetting them. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { api, take } from "./client";
import type { Role, UserChange, UserStatus } from "./models";

const PAGE = 50;

export interface UserFilter {
  q?: string;
  role?: Role;
  status?: UserStatus;
}

export const userKeys = {
  all: ["users"] as const,
  list: (filter: UserFilter) => ["users", "list", filter] as const,
  one: (id: string) => ["users", "one", id] as const,
  sessions: (id: string) => ["users", "sessions", id] as const,
  erasures: ["users", "erasures"] as const,
};

export const usersOptions = (filter: UserFilter) =>
  infiniteQueryOptions({
    queryKey: userKeys.list(filter),
    queryFn: ({ pageParam, signal }) =>
      take(api.GET("/api/v1/users", { params: { query: { ...filter, limit: PAGE, cursor: pageParam ?? undefined } }, signal })),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor ?? null,
  });

const at = (id: string) => ({ params: { path: { user_id: id } } });

export const userOptions = (id: string) =>
  queryOptions({ queryKey: userKeys.one(id), queryFn: ({ signal }) => take(api.GET("/api/v1/users/{user_id}", { ...at(id), signal })) });

export const userSessionsOptions = (id: string) =>
  queryOptions({
    queryKey: userKeys.sessions(id),
    queryFn: ({ signal }) => take(api.GET("/api/v1/users/{user_id}/sessions", { ...at(id), signal })),
  });

/** Who was deleted, and which parts have not said yet that nothing is left. */
export const erasuresOptions = queryOptions({
  queryKey: userKeys.erasures,
  queryFn: ({ signal }) => take(api.GET("/api/v1/users/erasures", { params: { query: { limit: 100 } }, signal })),
});

export const changeUser = (id: string, body: UserChange) => take(api.PATCH("/api/v1/users/{user_id}", { ...at(id), body }));
export const deleteUser = (id: string) => take(api.DELETE("/api/v1/users/{user_id}", at(id)));
export const importUsers = () => take(api.POST("/api/v1/users/import"));

export function revokeUserSession(userId: string, sessionId: string) {
  return take(api.DELETE("/api/v1/users/{user_id}/sessions/{session_id}", { params: { path: { user_id: userId, session_id: sessionId } } }));
}
