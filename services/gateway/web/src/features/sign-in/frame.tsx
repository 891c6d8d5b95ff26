import type { ReactNode } from "react";

import { Brand } from "@/features/shell/brand";

/** A card in the middle: for whoever is not in yet. */
export function Frame({ children }: { children: ReactNode }) {
  return (
    <main className="grid min-h-dvh place-items-center bg-[radial-gradient(70rem_36rem_at_50%_-8rem,var(--accent-soft),transparent)] px-4 py-10">
      <div className="w-full max-w-md">
        <div className="mx-auto mb-7 w-fit scale-125">
          <Brand />
        </div>
        <div className="rounded-card border border-line bg-surface p-6 shadow-lift wide:p-8">{children}</div>
      </div>
    </main>
  );
}
