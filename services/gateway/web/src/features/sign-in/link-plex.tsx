/** Join one's Plex account to the local one, so that both lead to the same place. */
import { lazy, Suspense, useState } from "react";

import { queryClient } from "@/api/query-client";
import { sessionKeys } from "@/api/session";
import { Loading } from "@/components/panel";
import { Button } from "@/components/ui/button";
import { toast } from "@/lib/toast";

import { PlexSignIn } from "./plex-sign-in";

const CodeSignIn = lazy(() => import("./code-sign-in"));

export function LinkPlex({ onDone }: { onDone?: () => void }) {
  const [code, setCode] = useState(false);
  const done = () => {
    toast("Your Plex account is linked.", { tone: "good" });
    void queryClient.invalidateQueries({ queryKey: sessionKeys.me });
    onDone?.();
  };
  if (code) {
    return (
      <Suspense fallback={<Loading><div className="skeleton h-40" /></Loading>}>
        <CodeSignIn link onDone={done} onBack={() => setCode(false)} />
      </Suspense>
    );
  }
  return (
    <div className="grid max-w-sm gap-2 pt-2">
      <PlexSignIn link stay onDone={done} />
      <Button variant="quiet" className="h-auto min-h-11 py-2 whitespace-normal" onClick={() => setCode(true)}>
        Use a code on another device
      </Button>
    </div>
  );
}
