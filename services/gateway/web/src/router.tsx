import { createRouter } from "@tanstack/react-router";

import { queryClient } from "./api/query-client";
import { NotFound, PageFailed } from "./features/shell/fallbacks";
import { basePath } from "./lib/base-path";
import { routeTree } from "./routeTree.gen";

export const router = createRouter({
  routeTree,
  basepath: basePath || "/",
  context: { queryClient },
  defaultPreload: "intent",
  defaultPreloadStaleTime: 0,
  scrollRestoration: true,
  defaultNotFoundComponent: NotFound,
  defaultErrorComponent: PageFailed,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
