import { createFileRoute } from "@tanstack/react-router";

import { discoverOptions, type List, LISTS } from "@/api/media";
import { DiscoverPage } from "@/features/media/discover-page";

interface DiscoverSearch {
  list?: List;
}

export const Route = createFileRoute("/_app/discover")({
  validateSearch: (search): DiscoverSearch => ({ list: LISTS.find((one) => one === search.list) }),
  loaderDeps: ({ search }) => ({ list: search.list ?? "trending" }),
  loader: ({ context: { queryClient }, deps }) => void queryClient.prefetchInfiniteQuery(discoverOptions(deps.list)),
  component: Discover,
});

function Discover() {
  return <DiscoverPage list={Route.useSearch().list ?? "trending"} />;
}
