import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Download } from "lucide-react";

import { type AuditFilter, auditOptions, exportAudit } from "@/api/audit";
import type { AuditEntry } from "@/api/models";
import { peopleOptions } from "@/api/people";
import { EmptyNote } from "@/components/notes";
import { PageTitle, usePageTitle } from "@/components/page";
import { Panel, RowSkeletons } from "@/components/panel";
import { Time } from "@/components/time";
import { Button } from "@/components/ui/button";
import { RowCard } from "@/components/ui/card";
import { Choice, Field } from "@/components/ui/field";
import { useAct } from "@/lib/act";

import { ACTIONS, actionWords, csvOf, detailWords, partyWords } from "./audit-words";

/** The filter as the address holds it: days, not moments. */
export interface AuditSearch {
  action?: string;
  actor?: string;
  from?: string;
  to?: string;
}

function startOf(day: string, later = 0): string {
  const date = new Date(`${day}T00:00:00`);
  date.setDate(date.getDate() + later);
  return date.toISOString();
}

function filterOf({ action, actor, from, to }: AuditSearch): AuditFilter {
  return { ...(action && { action }), ...(actor && { actor }), ...(from && { since: startOf(from) }), ...(to && { until: startOf(to, 1) }) };
}

function useNames(): Map<string, string> {
  const { data } = useQuery(peopleOptions);
  return new Map(data?.items.map((person) => [person.id, person.username]));
}

function save(csv: string) {
  const url = URL.createObjectURL(new Blob([csv], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = "medianest-audit.csv";
  link.click();
  URL.revokeObjectURL(url);
}

function Filters({ search, onChange }: { search: AuditSearch; onChange: (search: AuditSearch) => void }) {
  const names = useNames();
  const set = (field: keyof AuditSearch) => (event: { target: { value: string } }) => onChange({ ...search, [field]: event.target.value || undefined });
  const actions = Object.entries(ACTIONS)
    .map(([value, label]) => ({ value, label }))
    .sort((one, other) => one.label.localeCompare(other.label));
  const actors = [...names].map(([value, label]) => ({ value, label }));
  return (
    <div className="grid items-end gap-3 min-[24rem]:grid-cols-2 wide:grid-cols-4">
      <Choice label="What" value={search.action ?? ""} onChange={set("action")} options={[{ value: "", label: "Anything" }, ...actions]} />
      <Choice
        label="Who"
        value={search.actor ?? ""}
        onChange={set("actor")}
        options={[{ value: "", label: "Anybody" }, { value: "system", label: "MediaNest itself" }, { value: "anonymous", label: "Nobody known" }, ...actors]}
      />
      <Field label="From" type="date" value={search.from ?? ""} onChange={set("from")} />
      <Field label="To" type="date" value={search.to ?? ""} onChange={set("to")} />
    </div>
  );
}

function Entry({ entry, names }: { entry: AuditEntry; names: Map<string, string> }) {
  const target = entry.target !== null && entry.target !== entry.actor ? partyWords(entry.target, names) : null;
  const detail = detailWords(entry.detail);
  return (
    <li className="grid gap-x-4 py-2.5 text-sm [content-visibility:auto] [contain-intrinsic-size:auto_60px] wide:grid-cols-[minmax(0,1fr)_auto]">
      <p className="min-w-0 wrap-anywhere">
        <span className="font-[550]">{actionWords(entry.action)}</span>
        <span className="text-text-2">
          {" "}
          · {partyWords(entry.actor, names)}
          {target && <> → {target}</>}
        </span>
        {detail && <span className="block text-meta text-text-3">{detail}</span>}
      </p>
      <p className="text-meta wrap-anywhere text-text-3 wide:text-right">
        <Time at={entry.at} soon />
        {entry.address && <span className="wide:block"> <span className="wide:hidden">· </span>{entry.address}</span>}
      </p>
    </li>
  );
}

export function AuditPage({ search, onChange }: { search: AuditSearch; onChange: (search: AuditSearch) => void }) {
  const query = useInfiniteQuery(auditOptions(filterOf(search)));
  const names = useNames();
  const take = useAct({ act: async () => save(csvOf(await exportAudit(filterOf(search)))), says: () => "The file is saved.", rereads: [] });
  usePageTitle("Audit");
  return (
    <div className="grid gap-5">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <PageTitle>Audit</PageTitle>
        <Button off={take.isPending} onClick={() => take.mutate()}>
          <Download aria-hidden /> {take.isPending ? "Gathering…" : "Save as CSV"}
        </Button>
      </div>
      <Filters search={search} onChange={onChange} />
      <Panel query={query} failed="The log could not be read." skeleton={<RowSkeletons rows={6} className="h-12" />}>
        {({ pages }) => {
          const entries = pages.flatMap((page) => page.items);
          if (entries.length === 0) return <EmptyNote title="Nothing of the kind happened">Widen the filter to see more.</EmptyNote>;
          return (
            <div className="min-w-0">
              <RowCard>
                {entries.map((entry) => (
                  <Entry key={entry.id} entry={entry} names={names} />
                ))}
              </RowCard>
              {query.hasNextPage && (
                <Button className="mt-4" off={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
                  {query.isFetchingNextPage ? "Loading…" : "Load more"}
                </Button>
              )}
            </div>
          );
        }}
      </Panel>
    </div>
  );
}
