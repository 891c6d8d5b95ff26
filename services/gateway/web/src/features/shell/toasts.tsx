import { X } from "lucide-react";

import { politeStore } from "@/lib/announce";
import { cn } from "@/lib/cn";
import { useStore } from "@/lib/store";
import { dismiss, toastStore } from "@/lib/toast";

const EDGE = { plain: "border-line", good: "border-up", bad: "border-down" } as const;

export function Toasts() {
  const toasts = useStore(toastStore);
  return (
    <section aria-label="Notes" className="pointer-events-none fixed inset-x-4 bottom-20 z-60 grid justify-items-center gap-2 wide:inset-x-auto wide:right-6 wide:bottom-6">
      {toasts.map(({ id, text, tone, action }) => (
        <div key={id} className={cn("pointer-events-auto flex w-full max-w-md animate-rise items-center gap-2 rounded-card border bg-raised py-1.5 pr-1.5 pl-4 text-sm shadow-lift", EDGE[tone])}>
          <p className="flex-1 py-1.5">{text}</p>
          {action && (
            <button
              type="button"
              className="h-10 rounded-control px-3 font-semibold text-link hover:bg-accent-soft"
              onClick={() => {
                action.run();
                dismiss(id);
              }}
            >
              {action.label}
            </button>
          )}
          <button type="button" aria-label="Dismiss" className="grid size-10 shrink-0 place-items-center rounded-control text-text-2 hover:bg-accent-soft" onClick={() => dismiss(id)}>
            <X aria-hidden className="size-4" />
          </button>
        </div>
      ))}
    </section>
  );
}

/** The one polite region of the page. */
export function Announcer() {
  return (
    <div aria-live="polite" className="sr-only">
      {useStore(politeStore)}
    </div>
  );
}
