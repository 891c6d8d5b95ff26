/** Tokens for scripts, of whoever is signed in. */
import { queryOptions } from "@tanstack/react-query";

import { api, take } from "./client";
import type { TokenWish } from "./models";

export const tokenKeys = { all: ["tokens"] as const };

export const tokensOptions = queryOptions({
  queryKey: tokenKeys.all,
  queryFn: ({ signal }) => take(api.GET("/api/v1/auth/tokens", { signal })),
});

export const createToken = (body: TokenWish) => take(api.POST("/api/v1/auth/tokens", { body }));
export const revokeToken = (id: string) => take(api.DELETE("/api/v1/auth/tokens/{token_id}", { params: { path: { token_id: id } } }));
