import { createFileRoute, Link } from "@tanstack/react-router";
import { useEffect } from "react";

import { PageTitle, usePageTitle } from "@/components/page";
import { Brand } from "@/features/shell/brand";

export const Route = createFileRoute("/signed-in")({ component: SignedIn });

/** Where Plex leads the pop-up back to: it closes itself, and says so where that is not allowed. */
function SignedIn() {
  usePageTitle("Signed in");
  useEffect(() => window.close(), []);
  return (
    <main className="grid min-h-dvh place-content-center justify-items-center gap-4 p-6 text-center">
      <Brand />
      <PageTitle>Plex has answered</PageTitle>
      <p className="text-text-2">
        You can close this window, or <Link to="/" className="text-link underline">go on here</Link>.
      </p>
    </main>
  );
}
