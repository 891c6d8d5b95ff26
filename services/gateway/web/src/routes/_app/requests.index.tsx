import { createFileRoute } from "@tanstack/react-router";

import type { Scope } from "@/api/requests";
import { RequestsPage } from "@/features/requests/requests-page";
import { type Filter, FILTERS } from "@/features/requests/way";

interface RequestsSearch {
  show?: Filter;
  who?: Scope;
}

const isFilter = (value: unknown): value is Filter => typeof value === "string" && value in FILTERS;

export const Route = createFileRoute("/_app/requests/")({
  validateSearch: (search): RequestsSearch => ({
    show: isFilter(search.show) && search.show !== "all" ? search.show : undefined,
    who: search.who === "mine" || search.who === "all" ? search.who : undefined,
  }),
  component: Requests,
});

function Requests() {
  const { show, who } = Route.useSearch();
  return <RequestsPage show={show ?? "all"} who={who} />;
}
