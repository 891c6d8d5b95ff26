/** A state as people see it: glyph, word and colour, in this order of weight. */
import type { ReactElement } from "react";

import { cn } from "@/lib/cn";
import { type GlyphName, type Look, TEXT_TONE } from "@/lib/states";

const filled = { fill: "currentColor", stroke: "none" };
const cut = { stroke: "var(--glyph-cut, var(--surface))" };

const SHAPES: Record<Exclude<GlyphName, "ring">, ReactElement> = {
  "check-filled": (
    <>
      <circle cx="12" cy="12" r="10" {...filled} />
      <path d="m7.5 12.5 3 3 6-7" strokeWidth="2.4" {...cut} />
    </>
  ),
  triangle: (
    <>
      <path d="M12 2.5 23 21.5H1z" {...filled} />
      <path d="M12 10v5M12 18v.01" strokeWidth="2.6" {...cut} />
    </>
  ),
  octagon: (
    <>
      <path d="M7.5 1.5h9l6 6v9l-6 6h-9l-6-6v-9z" {...filled} />
      <path d="m8 8 8 8M16 8l-8 8" strokeWidth="2.6" {...cut} />
    </>
  ),
  square: (
    <>
      <rect x="2" y="2" width="20" height="20" rx="5" {...filled} />
      <path d="M8 12h8" strokeWidth="2.8" {...cut} />
    </>
  ),
  dashed: (
    <>
      <circle cx="12" cy="12" r="9.5" strokeDasharray="4 3.4" />
      <path d="M9.6 9.6a2.5 2.5 0 1 1 3.6 2.3c-.8.4-1.2.8-1.2 1.7M12 16.8v.01" />
    </>
  ),
  clock: (
    <>
      <circle cx="12" cy="12" r="9" />
      <path d="M12 7v5l3 2" />
    </>
  ),
  check: <path d="m5 12.5 4.5 4.5L19 7.5" strokeWidth="2.4" />,
  arrow: <path d="M4 12h15M13 6l6 6-6 6" strokeWidth="2.2" />,
  slash: (
    <>
      <circle cx="12" cy="12" r="9" />
      <path d="m6 18 12-12" />
    </>
  ),
  dash: <path d="M6 12h12" strokeWidth="2.6" />,
  pause: <path d="M8.5 5.5v13M15.5 5.5v13" strokeWidth="2.6" />,
};

function Ring({ share }: { share: number }) {
  return (
    <>
      <circle cx="12" cy="12" r="8.5" className="opacity-30" strokeWidth="3.4" />
      <circle cx="12" cy="12" r="8.5" strokeWidth="3.4" pathLength={100} strokeDasharray={`${share * 100} 100`} transform="rotate(-90 12 12)" strokeLinecap="butt" />
    </>
  );
}

interface GlyphProps {
  name: GlyphName;
  /** For the ring: how much of it is full, 0 to 1. */
  share?: number;
  className?: string;
}

export function StateGlyph({ name, share = 0.33, className }: GlyphProps) {
  return (
    <svg
      viewBox="0 0 24 24"
      aria-hidden
      className={cn("size-[18px] shrink-0", className)}
      fill="none"
      stroke="currentColor"
      strokeWidth="2"
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      {name === "ring" ? <Ring share={share} /> : SHAPES[name]}
    </svg>
  );
}

export function StateWord({ look, share, note, className }: { look: Look; share?: number; note?: string | null; className?: string }) {
  return (
    <span className={cn("inline-flex min-w-0 items-center gap-1.5 text-sm font-semibold", TEXT_TONE[look.tone], className)}>
      <StateGlyph name={look.glyph} share={share} />
      <span className="min-w-0 truncate">
        {look.word}
        {note && <span className="font-normal text-text-2"> · {note}</span>}
      </span>
    </span>
  );
}
