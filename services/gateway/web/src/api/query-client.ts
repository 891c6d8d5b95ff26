/** The cache of everything read from the API, and how often a failed call is tried again. */
import { QueryClient } from "@tanstack/react-query";

import { asProblem } from "@/lib/problem";

const TRIES = 2;

export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 30_000,
        gcTime: 30 * 60_000,
        retry: (failures, error) => failures < TRIES && asProblem(error).passing && asProblem(error).retryAfter === null,
        refetchOnWindowFocus: false,
      },
      mutations: { retry: false },
    },
  });
}

export const queryClient = makeQueryClient();
