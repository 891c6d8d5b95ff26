import { createFileRoute } from "@tanstack/react-router";

import { requestOptions } from "@/api/requests";
import { RequestPage } from "@/features/requests/request-page";

export const Route = createFileRoute("/_app/requests/$id")({
  loader: ({ context: { queryClient }, params }) => void queryClient.prefetchQuery(requestOptions(params.id)),
  component: Request,
});

function Request() {
  return <RequestPage id={Route.useParams().id} />;
}
