import { createFileRoute } from "@tanstack/react-router";

import { SearchPage } from "@/features/media/search-page";

export const Route = createFileRoute("/_app/search")({
  validateSearch: (search): { q: string } => ({ q: String(search.q ?? "").slice(0, 200) }),
  component: Search,
});

function Search() {
  return <SearchPage words={Route.useSearch().q.trim()} />;
}
