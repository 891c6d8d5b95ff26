import { lazy, Suspense } from "react";

import { queryClient } from "@/api/query-client";
import { PlexSignIn } from "@/features/sign-in/plex-sign-in";
import { sessionEndedStore } from "@/lib/session-end";
import { useStore } from "@/lib/store";

const Sheet = lazy(() => import("@/components/ui/sheet"));

/** Over the page, which stays: what was typed is kept until one is back. */
export function SessionDialog() {
  const ended = useStore(sessionEndedStore);
  if (!ended) return null;
  const back = () => {
    sessionEndedStore.set(false);
    void queryClient.invalidateQueries();
  };
  return (
    <Suspense>
      <Sheet firm title="Your session has ended" description="Sign in again to go on; what you typed is kept." onClose={() => undefined}>
        <div className="pt-2 pb-5">
          <PlexSignIn onDone={back} stay />
          <a href="sign-in" className="mt-3 inline-block py-2 text-sm text-link hover:underline">
            Go to the sign-in page
          </a>
        </div>
      </Sheet>
    </Suspense>
  );
}
