import { createFileRoute } from "@tanstack/react-router";

import { downloadsOptions } from "@/api/downloads";
import { followsOptions } from "@/api/follows";
import { DownloadsPage } from "@/features/downloads/downloads-page";
import { type Filter, FILTERS } from "@/features/downloads/words";

const isFilter = (value: unknown): value is Filter => typeof value === "string" && value in FILTERS;

export const Route = createFileRoute("/_app/downloads/")({
  validateSearch: (search): { show?: Filter } => ({ show: isFilter(search.show) && search.show !== "all" ? search.show : undefined }),
  loader: ({ context: { queryClient } }) => {
    void queryClient.prefetchInfiniteQuery(downloadsOptions);
    void queryClient.prefetchInfiniteQuery(followsOptions);
  },
  component: Downloads,
});

function Downloads() {
  return <DownloadsPage show={Route.useSearch().show ?? "all"} />;
}
