/** Waits for a Plex sign-in to be confirmed elsewhere: in a pop-up, in this tab, or on another device. */
import { useEffect, useRef, useState } from "react";

import type { Pin } from "@/api/models";
import { readPin } from "@/api/session";
import { asProblem } from "@/lib/problem";

const POLL_MS = 1000;
const SLOW_POLL_MS = 4000;

export type PinOutcome = { kind: "waiting" } | { kind: "done" } | { kind: "expired" } | { kind: "refused"; reason: string };

const REFUSED = "This Plex account has no access to this server. Ask its owner to share it with you.";

async function ask(id: string, signal: AbortSignal): Promise<PinOutcome> {
  try {
    const { status, reason } = await readPin(id, signal);
    if (status === "authorized") return { kind: "done" };
    if (status === "refused") return { kind: "refused", reason: reason ?? REFUSED };
    return { kind: status };
  } catch (error) {
    const problem = asProblem(error);
    if (problem.passing || signal.aborted) return { kind: "waiting" };
    return problem.status === 404 ? { kind: "expired" } : { kind: "refused", reason: problem.detail };
  }
}

/** Asks until the PIN is settled; `onDone` is called once. */
export function usePinOutcome(pin: Pick<Pin, "id" | "expires_at"> | null, onDone: () => void): PinOutcome {
  const [outcome, setOutcome] = useState<PinOutcome>({ kind: "waiting" });
  const done = useRef(onDone);
  done.current = onDone;
  const id = pin?.id;
  const expiresAt = pin ? Date.parse(pin.expires_at) : 0;
  useEffect(() => {
    if (!id) return;
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout>;
    setOutcome({ kind: "waiting" });
    const turn = async () => {
      const next = Date.now() > expiresAt ? ({ kind: "expired" } as const) : await ask(id, stop.signal);
      if (stop.signal.aborted) return;
      setOutcome(next);
      if (next.kind === "done") done.current();
      if (next.kind === "waiting") timer = setTimeout(() => void turn(), document.hidden ? SLOW_POLL_MS : POLL_MS);
    };
    timer = setTimeout(() => void turn(), POLL_MS);
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [id, expiresAt]);
  return outcome;
}

const KEPT = "medianest-pin";

/** Keep the PIN over a journey of this tab to Plex and back. */
export function keepPin(pin: Pin) {
  sessionStorage.setItem(KEPT, JSON.stringify({ id: pin.id, expires_at: pin.expires_at }));
}

export function takeKeptPin(): Pick<Pin, "id" | "expires_at"> | null {
  const kept = sessionStorage.getItem(KEPT);
  sessionStorage.removeItem(KEPT);
  if (!kept) return null;
  try {
    const pin = JSON.parse(kept) as Pick<Pin, "id" | "expires_at">;
    return Date.parse(pin.expires_at) > Date.now() ? pin : null;
  } catch {
    return null;
  }
}
