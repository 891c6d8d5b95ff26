import { createFileRoute } from "@tanstack/react-router";

import { downloadOptions } from "@/api/downloads";
import { DownloadPage } from "@/features/downloads/download-page";

export const Route = createFileRoute("/_app/downloads/$id")({
  loader: ({ context: { queryClient }, params }) => void queryClient.prefetchQuery(downloadOptions(params.id)),
  component: Download,
});

function Download() {
  return <DownloadPage id={Route.useParams().id} />;
}
