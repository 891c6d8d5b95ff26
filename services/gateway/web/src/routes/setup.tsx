import { createFileRoute, redirect, useNavigate } from "@tanstack/react-router";

import { meOptions } from "@/api/session";
import { SetupPage } from "@/features/setup/setup-page";
import { isStep, type SetupStep } from "@/features/setup/steps";

interface SetupSearch {
  step?: SetupStep;
}

export const Route = createFileRoute("/setup")({
  validateSearch: (search): SetupSearch => ({ step: isStep(search.step) ? search.step : undefined }),
  beforeLoad: async ({ context }) => {
    const me = await context.queryClient.ensureQueryData(meOptions).catch(() => null);
    if (!me) throw redirect({ to: "/sign-in" });
    if (!me.permissions.includes("services:configure")) throw redirect({ to: "/" });
  },
  component: SetUp,
});

function SetUp() {
  const navigate = useNavigate({ from: Route.fullPath });
  return <SetupPage step={Route.useSearch().step ?? "plex"} onStep={(step) => void navigate({ search: { step } })} />;
}
