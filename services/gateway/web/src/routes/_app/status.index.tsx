import { createFileRoute } from "@tanstack/react-router";

import { statusOptions } from "@/api/status";
import { StatusPage } from "@/features/status/status-page";

export const Route = createFileRoute("/_app/status/")({
  loader: ({ context: { queryClient } }) => void queryClient.prefetchQuery(statusOptions),
  component: StatusPage,
});
