/** Signing in by a code that is typed on another device, with the picture of its address. */
import { Copy } from "lucide-react";
import { useCallback, useEffect, useRef, useState } from "react";

import type { Pin } from "@/api/models";
import { type PinMore, startPin } from "@/api/session";
import { ProblemNote } from "@/components/notes";
import { Loading } from "@/components/panel";
import { Button } from "@/components/ui/button";
import { basePath } from "@/lib/base-path";
import { toast } from "@/lib/toast";

import { usePinOutcome } from "./pin";
import { Refused } from "./refused";

/** Where the code is typed, as one would say it: no scheme, no code in it. */
function spoken(address: string): string {
  const { host, pathname } = new URL(address, location.href);
  return `${host}${pathname}`.replace(/\/$/, "");
}

function TimeLeft({ until }: { until: string }) {
  const left = useCallback(() => Math.max(0, Math.floor((Date.parse(until) - Date.now()) / 1000)), [until]);
  const [seconds, setSeconds] = useState(left);
  useEffect(() => {
    const timer = setInterval(() => setSeconds(left()), 1000);
    return () => clearInterval(timer);
  }, [left]);
  return <>{`${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")} left`}</>;
}

/** A fresh code now, and one more by itself when the first runs out. */
function useCode(more: PinMore) {
  const wish = useRef(more);
  const [pin, setPin] = useState<Pin | null>(null);
  const [error, setError] = useState<unknown>(null);
  const renew = useCallback(() => {
    setPin(null);
    setError(null);
    startPin("code", wish.current).then(setPin, setError);
  }, []);
  const begun = useRef(false);
  useEffect(() => {
    if (begun.current) return;
    begun.current = true;
    renew();
  }, [renew]);
  return { pin, error, renew };
}

interface CodeSignInProps extends Pick<PinMore, "invitation" | "link"> {
  onDone: () => void;
  onBack: () => void;
}

export default function CodeSignIn({ onDone, onBack, invitation, link }: CodeSignInProps) {
  const { pin, error, renew } = useCode({ invitation, link });
  const outcome = usePinOutcome(pin, onDone);
  const renewed = useRef(false);
  useEffect(() => {
    if (outcome.kind !== "expired" || renewed.current) return;
    renewed.current = true;
    renew();
  }, [outcome.kind, renew]);

  if (outcome.kind === "refused") return <Refused reason={outcome.reason} onAgain={renew} />;
  if (error) return <ProblemNote what="There is no code right now." error={error} onRetry={renew} />;
  if (!pin?.code) return <Loading><div className="skeleton h-48" /></Loading>;
  const { code } = pin;
  const copy = () => void navigator.clipboard?.writeText(code).then(() => toast("The code is copied."), () => undefined);
  return (
    <div className="grid gap-4">
      <p className="text-sm text-text-2">
        On your phone or computer open{" "}
        <a href={pin.auth_url} target="_blank" rel="noreferrer" className="text-link underline">
          {spoken(pin.auth_url)}
        </a>{" "}
        and type
      </p>
      <div className="flex flex-wrap items-center justify-between gap-4">
        <p role="img" aria-label={[...code].join(", ")} className="font-mono text-code font-bold tracking-[0.18em]">
          {code}
        </p>
        <img src={`${basePath}${pin.qr_url}`} alt={`Picture code that leads to ${spoken(pin.auth_url)}`} width={128} height={128} className="size-32 rounded-control bg-badge-text p-1" />
      </div>
      <p role="status" className="text-sm text-text-2">
        {outcome.kind === "expired" ? "This code has run out." : <>Waiting … <TimeLeft until={pin.expires_at} /></>}
      </p>
      <div className="flex flex-wrap gap-2">
        <Button size="small" onClick={copy}>
          <Copy aria-hidden /> Copy code
        </Button>
        <Button size="small" onClick={renew}>
          New code
        </Button>
        <Button size="small" variant="quiet" onClick={onBack}>
          Back
        </Button>
      </div>
    </div>
  );
}
