import { createFileRoute, useNavigate } from "@tanstack/react-router";

import { detailOptions } from "@/api/media";
import { DetailPage } from "@/features/media/detail-page";
import { type AskSearch, askSearch } from "@/features/media/ask-search";

export const Route = createFileRoute("/_app/movie/$id")({
  validateSearch: (search): AskSearch => askSearch(search),
  loader: ({ context: { queryClient }, params }) => void queryClient.prefetchQuery(detailOptions("movie", Number(params.id))),
  component: Film,
});

function Film() {
  const { id } = Route.useParams();
  const { ask } = Route.useSearch();
  const navigate = useNavigate({ from: Route.fullPath });
  const close = () => void navigate({ search: {}, replace: true });
  return <DetailPage type="movie" id={Number(id)} asking={ask ?? false} onAsk={() => void navigate({ search: { ask: true } })} onClose={close} />;
}
