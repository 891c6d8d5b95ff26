/** The people of this server, for who may see them. */
import { queryOptions } from "@tanstack/react-query";

import { api, take } from "./client";

export const peopleOptions = queryOptions({
  queryKey: ["people"],
  queryFn: ({ signal }) => take(api.GET("/api/v1/users", { params: { query: { limit: 100 } }, signal })),
  staleTime: 10 * 60_000,
});
