import { createFileRoute } from "@tanstack/react-router";

import { devicesOptions } from "@/api/session";
import { ProfilePage } from "@/features/profile/profile-page";

export const Route = createFileRoute("/_app/profile")({
  loader: ({ context: { queryClient } }) => void queryClient.prefetchQuery(devicesOptions),
  component: ProfilePage,
});
