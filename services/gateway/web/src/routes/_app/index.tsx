import { createFileRoute } from "@tanstack/react-router";

import { downloadsOptions } from "@/api/downloads";
import { recentOptions } from "@/api/library";
import { requestsOptions } from "@/api/requests";
import { statusOptions } from "@/api/status";
import { HomePage } from "@/features/home/home-page";

export const Route = createFileRoute("/_app/")({
  loader: ({ context: { queryClient } }) => {
    void queryClient.prefetchQuery(statusOptions);
    void queryClient.prefetchInfiniteQuery(requestsOptions("mine"));
    void queryClient.prefetchInfiniteQuery(downloadsOptions);
    void queryClient.prefetchQuery(recentOptions);
  },
  component: HomePage,
});
