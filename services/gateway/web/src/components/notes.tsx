/** What stands in a panel that has nothing to show: empty, failed, or not fresh. No dead end. */
import { Copy, RotateCw } from "lucide-react";
import { type ReactNode, useEffect, useState } from "react";

import { clock } from "@/lib/format";
import { asProblem, shortId } from "@/lib/problem";
import { toast } from "@/lib/toast";

import { StateGlyph } from "./state";
import { Button } from "./ui/button";

export function EmptyNote({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className="grid justify-items-start gap-1 rounded-card border border-dashed border-line px-5 py-6">
      <p className="font-medium">{title}</p>
      {children && <div className="max-w-[68ch] text-sm text-text-2">{children}</div>}
      {action && <div className="mt-3">{action}</div>}
    </div>
  );
}

function useCountdown(seconds: number | null): number {
  const [left, setLeft] = useState(seconds ?? 0);
  useEffect(() => {
    setLeft(seconds ?? 0);
    if (!seconds) return;
    const timer = setInterval(() => setLeft((now) => Math.max(0, now - 1)), 1000);
    return () => clearInterval(timer);
  }, [seconds]);
  return left;
}

function copyId(id: string) {
  void navigator.clipboard?.writeText(id).then(
    () => toast("The id is copied."),
    () => toast(`Copying is not allowed here. The id is ${id}`),
  );
}

export function CorrelationId({ id }: { id: string }) {
  return (
    <span className="inline-flex items-center text-meta text-text-3">
      id <code className="mx-1 font-mono">{shortId(id)}</code>
      <button type="button" onClick={() => copyId(id)} className="inline-grid size-8 place-items-center rounded-control hover:bg-raised" aria-label="Copy the id">
        <Copy aria-hidden className="size-4" />
      </button>
    </span>
  );
}

/** What failed, in words, with a way to try again and the id the owner can look up. */
export function ProblemNote({ error, what, onRetry }: { error: unknown; what?: string; onRetry?: () => void }) {
  const problem = asProblem(error);
  const left = useCountdown(problem.retryAfter);
  return (
    <div role="alert" className="flex gap-3 rounded-card bg-down-soft px-4 py-3.5">
      <StateGlyph name="octagon" className="mt-0.5 text-down [--glyph-cut:var(--down-soft)]" />
      <div className="min-w-0 flex-1">
        {what && <p className="font-semibold">{what}</p>}
        <p className="max-w-[68ch] text-sm text-text-2">{problem.detail}</p>
        <div className="mt-2 flex flex-wrap items-center gap-x-4 gap-y-1 empty:hidden">
          {onRetry && (
            <Button size="small" off={left > 0} onClick={onRetry}>
              <RotateCw aria-hidden /> {left > 0 ? `Try again in ${left} s` : "Try again"}
            </Button>
          )}
          {problem.correlationId && <CorrelationId id={problem.correlationId} />}
        </div>
      </div>
    </div>
  );
}

/** A problem of one field or button, small and beside it. */
export function ProblemLine({ error }: { error: unknown }) {
  const problem = asProblem(error);
  return (
    <div role="alert" className="flex flex-wrap items-center gap-x-3 text-sm text-down">
      <span className="flex items-start gap-1.5">
        <StateGlyph name="octagon" className="mt-px" /> {problem.detail}
      </span>
      {problem.correlationId && problem.status >= 500 && <CorrelationId id={problem.correlationId} />}
    </div>
  );
}

/** How old what is shown is; nothing when it is fresh. */
export function AsOf({ at, stale }: { at: string | null | undefined; stale: boolean }) {
  if (!stale || !at) return null;
  return <span className="rounded-bar bg-degraded-soft px-1.5 py-0.5 text-meta text-text-2">as of {clock(at)}</span>;
}

export type BannerTone = "info" | "limited" | "down";

const BANNER = {
  info: { box: "bg-accent-soft [--glyph-cut:var(--accent-soft)]", glyph: "clock", text: "text-accent" },
  limited: { box: "bg-degraded-soft [--glyph-cut:var(--degraded-soft)]", glyph: "triangle", text: "text-degraded" },
  down: { box: "bg-down-soft [--glyph-cut:var(--down-soft)]", glyph: "octagon", text: "text-down" },
} as const;

/** One cause, told once on a screen, where it hinders. */
export function Banner({ tone, title, children }: { tone: BannerTone; title: string; children?: ReactNode }) {
  const { box, glyph, text } = BANNER[tone];
  return (
    <div className={`flex gap-3 rounded-card px-4 py-3.5 ${box}`}>
      <StateGlyph name={glyph} className={`mt-0.5 size-5 ${text}`} />
      <div>
        <p className="font-semibold">{title}</p>
        {children && <p className="max-w-[68ch] text-sm text-text-2">{children}</p>}
      </div>
    </div>
  );
}
