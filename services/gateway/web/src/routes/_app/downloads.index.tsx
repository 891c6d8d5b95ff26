import { createFileRoute } from "@tanstack/react-router";

import { downloadsOptions } from "@/api/downloads";
import { followsOptions } from "@/api/follows";
import { DownloadsPage } from "@/features/downloads/downloads-page";

export const Route = createFileRoute("/_app/downloads/")({
  loader: ({ context: { queryClient } }) => {
    void queryClient.prefetchInfiniteQuery(downloadsOptions);
    void queryClient.prefetchInfiniteQuery(followsOptions);
  },
  component: DownloadsPage,
});
