import { cn } from "@/lib/cn";

import type { RequestStatus } from "@/api/models";

import { stepStates, STEPS } from "./way";

const LOOK = { done: "bg-accent", now: "bg-accent opacity-40", ahead: "bg-raised inset-ring inset-ring-line" } as const;

/** Four small marks: how far it is. The state's words stand beside it, so readers skip it. */
export function StepBar({ status, className }: { status: RequestStatus; className?: string }) {
  const states = stepStates(status);
  const ended = status === "available" ? "bg-bar-up" : null;
  return (
    <span aria-hidden className={cn("flex gap-1", className)}>
      {STEPS.map((step, index) => (
        <i key={step} className={cn("h-1 flex-1 rounded-full", ended ?? LOOK[states[index] ?? "ahead"])} />
      ))}
    </span>
  );
}
