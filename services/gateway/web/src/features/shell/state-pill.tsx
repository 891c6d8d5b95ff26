import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";

import { statusOptions } from "@/api/status";
import { StateGlyph } from "@/components/state";
import { pillText } from "@/features/status/words";
import { SERVICE, TEXT_TONE } from "@/lib/states";

/** The whole state in one line, on every page. */
export function StatePill({ small }: { small?: boolean }) {
  const { data } = useQuery(statusOptions);
  const look = SERVICE[data?.headline.health ?? "unknown"];
  const text = data ? pillText(data) : { title: "Looking…", detail: "Asking for the state" };
  if (small) {
    return (
      <Link to="/status" aria-label={`Services: ${text.title}`} className="grid size-11 shrink-0 place-items-center rounded-control hover:bg-raised [--glyph-cut:var(--bg)]">
        <StateGlyph name={look.glyph} className={`size-6 ${TEXT_TONE[look.tone]}`} />
      </Link>
    );
  }
  return (
    <Link
      to="/status"
      className="flex flex-col items-center gap-1 rounded-control border border-line bg-surface p-2 text-center text-micro hover:border-control desk:flex-row desk:gap-2.5 desk:px-3 desk:py-2.5 desk:text-left desk:text-sm"
    >
      <StateGlyph name={look.glyph} className={`size-5 ${TEXT_TONE[look.tone]}`} />
      <span className="min-w-0">
        <span className="block leading-tight desk:leading-normal">{text.title}</span>
        <span className="hidden text-meta text-text-3 desk:block">{text.detail}</span>
      </span>
    </Link>
  );
}
