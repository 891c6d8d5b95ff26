import { WifiOff } from "lucide-react";
import { useEffect, useState, useSyncExternalStore } from "react";

import { Button } from "@/components/ui/button";
import { clock } from "@/lib/format";
import { connectNow } from "@/lib/live";
import { connectionStore } from "@/lib/live/connection";
import { useStore } from "@/lib/store";

function subscribeOnline(listener: () => void) {
  window.addEventListener("online", listener);
  window.addEventListener("offline", listener);
  return () => {
    window.removeEventListener("online", listener);
    window.removeEventListener("offline", listener);
  };
}

export const useOnline = () => useSyncExternalStore(subscribeOnline, () => navigator.onLine);

function useNow(everyMs: number): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

function NextTry({ at }: { at: number }) {
  const left = Math.max(0, Math.ceil((at - useNow(1000)) / 1000));
  return <>{left > 0 ? `Next try in ${left} s.` : "Trying…"}</>;
}

/** Said loudly only when it lasts: a page that is not live shows since when. */
export function ConnectionBar() {
  const { liveness, heardAt, nextTryAt } = useStore(connectionStore);
  const online = useOnline();
  if (online && liveness !== "lost") return null;
  const shown = heardAt === null ? "" : ` Shown as of ${clock(new Date(heardAt))}.`;
  return (
    <div role="status" className="flex flex-wrap items-center gap-x-3 gap-y-1 bg-degraded-soft px-4 py-2 text-sm wide:px-7">
      <WifiOff aria-hidden className="size-4 text-degraded" />
      <span>
        {online ? "Not live." : "You are offline."}
        {shown} {online && nextTryAt !== null && <NextTry at={nextTryAt} />}
      </span>
      {online && (
        <Button size="small" variant="outline" onClick={connectNow}>
          Try now
        </Button>
      )}
    </div>
  );
}

/** Beside a heading whose figures change by themselves. */
export function LiveWord() {
  const { liveness } = useStore(connectionStore);
  if (liveness === "live") {
    return (
      <span className="inline-flex items-center gap-1.5">
        <span aria-hidden className="size-1.5 rounded-full bg-up" />
        live
      </span>
    );
  }
  return <>{liveness === "starting" ? "" : "reconnecting…"}</>;
}
