import { createFileRoute } from "@tanstack/react-router";

import { historyOptions, type Range, RANGES, serviceOptions } from "@/api/status";
import { ServicePage } from "@/features/status/service-page";

interface ServiceSearch {
  range?: Range;
}

export const Route = createFileRoute("/_app/status/$service")({
  validateSearch: (search): ServiceSearch => ({ range: RANGES.find((one) => one === search.range) }),
  loaderDeps: ({ search }) => ({ range: search.range ?? "24h" }),
  loader: ({ context: { queryClient }, params, deps }) => {
    void queryClient.prefetchQuery(serviceOptions(params.service));
    void queryClient.prefetchQuery(historyOptions(params.service, deps.range));
  },
  component: Service,
});

function Service() {
  return <ServicePage id={Route.useParams().service} range={Route.useSearch().range ?? "24h"} />;
}
