/** The button that signs in with Plex' own page: in a pop-up opened inside the click, or else in this tab. */
import { useRef, useState } from "react";

import type { Pin } from "@/api/models";
import { startPin } from "@/api/session";
import { ProblemLine } from "@/components/notes";
import { Button } from "@/components/ui/button";
import { basePath } from "@/lib/base-path";
import { wantsFreshSignIn } from "@/lib/fresh";

import { keepPin, takeKeptPin, usePinOutcome } from "./pin";
import { Refused } from "./refused";

const LANDING = `${basePath}/signed-in`;

interface PlexSignInProps {
  onDone: () => void;
  /** Never leave this page, even when the pop-up is blocked: what is typed on it would be lost. */
  stay?: boolean;
  /** The secret of an invitation that is to be used up. */
  invitation?: string;
  /** Join the account to who is signed in already. */
  link?: boolean;
}

type WaitingPin = Pick<Pin, "id" | "expires_at"> & Partial<Pick<Pin, "auth_url">>;

export function PlexSignIn({ onDone, stay, invitation, link }: PlexSignInProps) {
  const [pin, setPin] = useState<WaitingPin | null>(() => (stay ? null : takeKeptPin()));
  const [error, setError] = useState<unknown>(null);
  const [starting, setStarting] = useState(false);
  const popup = useRef<Window | null>(null);
  const outcome = usePinOutcome(pin, () => {
    popup.current?.close();
    onDone();
  });

  const begin = async () => {
    setError(null);
    setStarting(true);
    // Opened inside the click, before anything is awaited: later it would be blocked.
    const opened = window.open("about:blank", "medianest-plex", "popup,width=620,height=720");
    popup.current = opened;
    opened?.focus();
    try {
      const fresh = await startPin("redirect", { forwardUrl: opened || stay ? LANDING : `${basePath}/sign-in`, invitation, link });
      if (opened) opened.location.replace(fresh.auth_url);
      else if (!stay) {
        keepPin(fresh);
        window.location.assign(fresh.auth_url);
      }
      setPin(fresh);
    } catch (problem) {
      opened?.close();
      if (!link || !wantsFreshSignIn(problem, () => void begin())) setError(problem);
    } finally {
      setStarting(false);
    }
  };

  if (pin && outcome.kind === "refused") return <Refused reason={outcome.reason} onAgain={() => setPin(null)} />;
  const waiting = pin !== null && outcome.kind === "waiting";
  return (
    <div className="grid gap-2">
      <Button variant="plex" size="large" className="w-full" off={starting} onClick={() => void begin()}>
        <svg viewBox="0 0 24 24" aria-hidden fill="currentColor">
          <path d="M6.5 3h5.2l6 9-6 9H6.5l6-9z" />
        </svg>
        Continue with Plex
      </Button>
      <p role="status" className="text-center text-sm text-text-2">
        {waiting && "Waiting for Plex. Confirm in its window."}
        {outcome.kind === "expired" && "That took too long. Please try again."}
      </p>
      {waiting && stay && pin.auth_url && (
        <a href={pin.auth_url} target="_blank" rel="noreferrer" className="text-center text-sm text-link underline">
          No window? Open Plex here.
        </a>
      )}
      {error !== null && <ProblemLine error={error} />}
    </div>
  );
}
