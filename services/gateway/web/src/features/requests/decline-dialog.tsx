import { lazy, Suspense, useId, useState } from "react";

import type { MediaRequest } from "@/api/models";
import { ProblemLine } from "@/components/notes";
import { Button } from "@/components/ui/button";

import { useDecline } from "./actions";

const Sheet = lazy(() => import("@/components/ui/sheet"));

const READY_MADE = ["We have it in another version already.", "It is not out yet.", "There is no room for it right now."];
const LONGEST = 500;

interface DeclineSheetProps {
  title: string;
  busy: boolean;
  error: unknown;
  onDecline: (reason: string) => void;
  onClose: () => void;
}

/** The reason is shown to who asked, as it is written here. */
export function DeclineSheet({ title, busy, error, onDecline, onClose }: DeclineSheetProps) {
  const [reason, setReason] = useState("");
  const id = useId();
  const foot = (
    <>
      <Button onClick={onClose}>Keep it</Button>
      <Button variant="danger" off={busy} onClick={() => onDecline(reason.trim())}>
        Decline
      </Button>
    </>
  );
  return (
    <Suspense>
      <Sheet title={`Decline ${title}?`} description="Who asked sees the reason as you write it." onClose={onClose} foot={foot}>
        <div className="grid gap-3 pb-4">
          <div className="flex flex-wrap gap-2">
            {READY_MADE.map((text) => (
              <Button key={text} size="small" aria-pressed={reason === text} onClick={() => setReason(text)} className="h-auto min-h-9 py-1.5 text-left whitespace-normal aria-pressed:bg-accent-soft">
                {text}
              </Button>
            ))}
          </div>
          <label htmlFor={id} className="text-sm font-medium">
            Reason
          </label>
          <textarea
            id={id}
            rows={3}
            maxLength={LONGEST}
            value={reason}
            onChange={(event) => setReason(event.target.value)}
            className="rounded-control border border-control bg-surface px-3.5 py-2.5"
          />
          {error !== null && <ProblemLine error={error} />}
        </div>
      </Sheet>
    </Suspense>
  );
}

export function DeclineDialog({ request, onClose }: { request: MediaRequest; onClose: () => void }) {
  const decline = useDecline();
  const submit = (reason: string) => decline.mutate({ request, reason }, { onSuccess: onClose });
  return <DeclineSheet title={request.title} busy={decline.isPending} error={decline.error} onDecline={submit} onClose={onClose} />;
}
