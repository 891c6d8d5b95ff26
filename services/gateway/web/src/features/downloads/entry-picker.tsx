/** Which videos of a playlist: one by one, or as a range. */
import type { PreviewEntry } from "@/api/models";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { cn } from "@/lib/cn";
import { count, span } from "@/lib/format";

import { parseRange } from "./options";

export const canTake = (entry: PreviewEntry) => entry.problem === null && !entry.already;

export interface Choice {
  chosen: Set<number>;
  range: string;
}

function EntryLine({ entry, chosen, onToggle }: { entry: PreviewEntry; chosen: boolean; onToggle: () => void }) {
  const note = entry.problem ?? (entry.already ? "You have it already." : null);
  return (
    <label className="flex min-h-11 items-center gap-3 py-1.5 text-sm [content-visibility:auto] [contain-intrinsic-size:auto_44px]">
      <input type="checkbox" className="size-5 shrink-0 accent-(--accent)" checked={chosen} disabled={!canTake(entry)} onChange={onToggle} />
      <span className="min-w-0 flex-1">
        <span className={cn("block truncate", !canTake(entry) && "text-text-3")}>
          {entry.index}. {entry.title}
        </span>
        {note && <span className="block text-meta text-text-3">{note}</span>}
      </span>
      {entry.duration !== null && <span className="text-meta text-text-3">{span(entry.duration)}</span>}
    </label>
  );
}

interface EntryPickerProps {
  entries: PreviewEntry[];
  choice: Choice;
  onChange: (choice: Choice) => void;
}

export function EntryPicker({ entries, choice, onChange }: EntryPickerProps) {
  const { chosen, range } = choice;
  const takeable = entries.filter(canTake).map((entry) => entry.index);
  const pick = (next: Set<number>) => onChange({ chosen: next, range: "" });
  const toggle = (index: number) => {
    const next = new Set(chosen);
    if (!next.delete(index)) next.add(index);
    pick(next);
  };
  const type = (text: string) => {
    if (text.trim() === "") return pick(new Set(takeable));
    onChange({ chosen: parseRange(text, takeable) ?? chosen, range: text });
  };
  const wrong = range !== "" && parseRange(range, takeable) === null;
  return (
    <details>
      <summary className="inline-flex h-11 items-center rounded-control border border-control px-4 text-sm font-medium hover:bg-raised">
        {chosen.size} of {count(entries.length, "video")} · choose
      </summary>
      <div className="mt-3 flex flex-wrap items-end gap-2">
        <div className="min-w-44 flex-1 wide:max-w-72">
          <Field
            label="As a range"
            placeholder="1-20,25,30-"
            value={range}
            maxLength={500}
            spellCheck={false}
            problem={wrong ? "Positions and ranges, like 1-20,25,30-" : undefined}
            onChange={(event) => type(event.target.value)}
          />
        </div>
        <div className="flex">
          <Button variant="quiet" onClick={() => pick(new Set(takeable))}>
            All
          </Button>
          <Button variant="quiet" onClick={() => pick(new Set())}>
            None
          </Button>
        </div>
      </div>
      <div className="mt-2 max-h-80 divide-y divide-line overflow-y-auto" tabIndex={0} role="group" aria-label="Videos">
        {entries.map((entry) => (
          <EntryLine key={entry.index} entry={entry} chosen={chosen.has(entry.index)} onToggle={() => toggle(entry.index)} />
        ))}
      </div>
    </details>
  );
}

/** Whether a typed range can be sent. */
export function rangeHolds({ range }: Choice, entries: PreviewEntry[]): boolean {
  return range === "" || parseRange(range, entries.map((entry) => entry.index)) !== null;
}
