import "./styles.css";

import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { watchUnauthorized } from "./api/client";
import { queryClient } from "./api/query-client";
import { sessionKeys } from "./api/session";
import { Announcer, Toasts } from "./features/shell/toasts";
import { renewWhenReplaced } from "./lib/renewal";
import { sessionEndedStore } from "./lib/session-end";
import { followSystemTheme } from "./lib/theme";
import { router } from "./router";

followSystemTheme();
renewWhenReplaced();
watchUnauthorized(() => {
  // Only who was signed in can lose a session; anybody else is led to the sign-in page.
  if (queryClient.getQueryData(sessionKeys.me)) sessionEndedStore.set(true);
});

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router} />
      <Toasts />
      <Announcer />
    </QueryClientProvider>
  </StrictMode>,
);
