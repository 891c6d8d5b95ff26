/** Whether downloads can work, what waits for a yes, and what could not be handled. */
import { useQuery } from "@tanstack/react-query";

import { asideOptions, lanesOptions, readinessOptions } from "@/api/operations";
import { peopleOptions } from "@/api/people";
import { EmptyNote } from "@/components/notes";
import { PageTitle, Section, usePageTitle } from "@/components/page";
import { Panel, RowSkeletons } from "@/components/panel";
import { StateGlyph } from "@/components/state";
import { Time } from "@/components/time";
import { Button } from "@/components/ui/button";
import { RowCard } from "@/components/ui/card";
import { clock, count } from "@/lib/format";
import { checkLook, TEXT_TONE } from "@/lib/states";

import { Approvals } from "./approvals";
import { DeadLetters } from "./dead-letters";
import { LaneRow } from "./lane-row";
import { useLetGoOn } from "./put-aside";
import { checkName, readinessTitle } from "./system-words";

function Readiness() {
  const query = useQuery(readinessOptions);
  return (
    <Section title="YouTube readiness" aside={query.data && `as of ${clock(query.data.as_of)}`}>
      <Panel query={query} failed="The check could not be made." skeleton={<RowSkeletons rows={4} className="h-12" />}>
        {({ checks }) => (
          <div className="rounded-card border border-line bg-surface p-4">
            <div className="mb-2 flex flex-wrap items-center justify-between gap-2">
              <p className="font-semibold">{readinessTitle(checks)}</p>
              <Button size="small" off={query.isFetching} onClick={() => void query.refetch()}>
                {query.isFetching ? "Looking…" : "Look again"}
              </Button>
            </div>
            <ul className="grid gap-x-6 gap-y-2 wide:grid-cols-2">
              {checks.map((check) => {
                const look = checkLook(check.ok);
                return (
                  <li key={check.name} className="flex gap-2.5 text-sm">
                    <StateGlyph name={look.glyph} className={`mt-0.5 ${TEXT_TONE[look.tone]}`} />
                    <span className="min-w-0">
                      <span className="font-medium">{checkName(check)}</span>
                      <span className="sr-only">: {look.word}</span>
                      <span className="block text-meta wrap-anywhere text-text-3">{check.detail}</span>
                    </span>
                  </li>
                );
              })}
            </ul>
          </div>
        )}
      </Panel>
    </Section>
  );
}

function Lanes() {
  const query = useQuery(lanesOptions);
  const backlog = query.data?.backlog ?? 0;
  return (
    <Section title="Ways out" aside={query.data && (backlog > 0 ? `${count(backlog, "video")} in line` : "nothing in line")}>
      <Panel query={query} failed="The ways out could not be read." skeleton={<RowSkeletons rows={1} className="h-20" />}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyNote title="No worker has announced itself">Downloads wait until one does. Start one with: medianest-downloader worker</EmptyNote>
          ) : (
            <RowCard>
              {items.map((lane) => (
                <LaneRow key={lane.egress} lane={lane} />
              ))}
            </RowCard>
          )
        }
      </Panel>
    </Section>
  );
}

function Aside() {
  const { data } = useQuery(asideOptions);
  const people = useQuery(peopleOptions);
  const resume = useLetGoOn();
  if (!data || data.items.length === 0) return null;
  const nameOf = (id: string) => people.data?.items.find((person) => person.id === id)?.username ?? "Somebody";
  return (
    <Section title="Put aside" aside={String(data.items.length)}>
      <RowCard>
        {data.items.map((one) => (
          <li key={one.user_id} className="flex flex-wrap items-center gap-3 py-3">
            <div className="min-w-0 flex-1">
              <p className="font-[550]">{nameOf(one.user_id)}</p>
              <p className="text-meta text-text-3">
                “{one.reason}” · since <Time at={one.since} soon />
              </p>
            </div>
            <Button size="small" off={resume.isPending} onClick={() => resume.mutate(one.user_id)} aria-label={`Let go on: ${nameOf(one.user_id)}`}>
              Let go on
            </Button>
          </li>
        ))}
      </RowCard>
    </Section>
  );
}

export function SystemPage() {
  usePageTitle("System");
  return (
    <div className="grid gap-8">
      <PageTitle>System</PageTitle>
      <Approvals />
      <DeadLetters />
      <Readiness />
      <Lanes />
      <Aside />
    </div>
  );
}
