/** What could not be handled: run again once the cause is gone, or given up. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { dropLetter, type Letter, letterKeys, lettersOptions, rerunLetter } from "@/api/dead-letters";
import { Banner, EmptyNote } from "@/components/notes";
import { Section } from "@/components/page";
import { Panel, RowSkeletons } from "@/components/panel";
import { Time } from "@/components/time";
import { Button } from "@/components/ui/button";
import { RowCard } from "@/components/ui/card";
import { Confirm } from "@/components/ui/confirm";
import { useAct } from "@/lib/act";
import { count } from "@/lib/format";

import { letterWords } from "./system-words";

const REREADS = [letterKeys.all];

function Row({ letter }: { letter: Letter }) {
  const [dropping, setDropping] = useState(false);
  const words = letterWords(letter);
  const rerun = useAct({ act: () => rerunLetter(letter), says: () => `Handled: ${words}.`, rereads: REREADS });
  const drop = useAct({ act: () => dropLetter(letter), says: () => `Given up: ${words}.`, rereads: REREADS, done: () => setDropping(false) });
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 py-3">
      <div className="min-w-48 flex-1">
        <p className="font-[550]">{words}</p>
        <p className="text-sm wrap-anywhere text-text-2">{letter.why}</p>
        <p className="text-meta text-text-3">
          {letter.domain} · {letter.consumer} · tried {count(letter.attempts, "time")} · <Time at={letter.failed_at} soon />
        </p>
      </div>
      <div className="flex gap-2">
        <Button size="small" off={rerun.isPending} onClick={() => rerun.mutate()} aria-label={`Run again: ${words}`}>
          {rerun.isPending ? "Running…" : "Run again"}
        </Button>
        <Button size="small" variant="quiet" onClick={() => setDropping(true)} aria-label={`Drop: ${words}`}>
          Drop…
        </Button>
      </div>
      {dropping && (
        <Confirm title="Drop this message?" verb="Drop it" busy={drop.isPending} onClose={() => setDropping(false)} onConfirm={() => drop.mutate()}>
          “{words}” of {letter.domain} is given up for good: what it would have changed there stays as it is.
        </Confirm>
      )}
    </li>
  );
}

export function DeadLetters() {
  const query = useQuery(lettersOptions);
  const total = query.data?.total ?? 0;
  return (
    <Section title="Not handled" aside={total > 0 ? String(total) : undefined}>
      <Panel query={query} failed="What was not handled could not be read." skeleton={<RowSkeletons rows={1} />}>
        {({ items, silent }) => (
          <div className="grid gap-3">
            {silent.length > 0 && (
              <Banner tone="limited" title={`Without ${silent.map((one) => one.domain).join(", ")}`}>
                {silent[0]?.because}
              </Banner>
            )}
            {items.length === 0 ? (
              <EmptyNote title="Everything was handled">A message that fails again and again is kept here, with why, until somebody decides.</EmptyNote>
            ) : (
              <RowCard>
                {items.map((letter) => (
                  <Row key={`${letter.domain} ${letter.id}`} letter={letter} />
                ))}
              </RowCard>
            )}
          </div>
        )}
      </Panel>
    </Section>
  );
}
