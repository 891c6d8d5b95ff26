import { createFileRoute, useNavigate } from "@tanstack/react-router";

import { detailOptions } from "@/api/media";
import { DetailPage } from "@/features/media/detail-page";
import { type AskSearch, askSearch } from "@/features/media/ask-search";

export const Route = createFileRoute("/_app/tv/$id")({
  validateSearch: (search): AskSearch => askSearch(search),
  loader: ({ context: { queryClient }, params }) => void queryClient.prefetchQuery(detailOptions("tv", Number(params.id))),
  component: Series,
});

function Series() {
  const { id } = Route.useParams();
  const { ask } = Route.useSearch();
  const navigate = useNavigate({ from: Route.fullPath });
  const close = () => void navigate({ search: {}, replace: true });
  return <DetailPage type="tv" id={Number(id)} asking={ask ?? false} onAsk={() => void navigate({ search: { ask: true } })} onClose={close} />;
}
