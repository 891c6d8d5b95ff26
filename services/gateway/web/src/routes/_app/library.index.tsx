import { createFileRoute } from "@tanstack/react-router";

import { recentOptions, sectionsOptions } from "@/api/library";
import { RecentPage } from "@/features/library/library-page";

export const Route = createFileRoute("/_app/library/")({
  loader: ({ context: { queryClient } }) => {
    void queryClient.prefetchQuery(sectionsOptions);
    void queryClient.prefetchQuery(recentOptions);
  },
  component: RecentPage,
});
