import { createFileRoute, redirect } from "@tanstack/react-router";

import { meOptions } from "@/api/session";
import { AppShell } from "@/features/shell/app-shell";
import { asProblem } from "@/lib/problem";

export const Route = createFileRoute("/_app")({
  beforeLoad: async ({ context, location }) => {
    try {
      await context.queryClient.ensureQueryData(meOptions);
    } catch (error) {
      if (asProblem(error).status !== 401) throw error;
      throw redirect({ to: "/sign-in", search: { next: location.href === "/" ? undefined : location.href } });
    }
  },
  component: AppShell,
});
