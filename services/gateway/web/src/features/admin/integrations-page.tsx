/** The outside systems: how each is, and how it is reached. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";

import { changeIntegration, deleteIntegration, integrationKeys, integrationsOptions, testIntegration } from "@/api/integrations";
import type { Integration, IntegrationKind } from "@/api/models";
import { statusKeys } from "@/api/status";
import { ProblemLine } from "@/components/notes";
import { PageTitle, Section, usePageTitle } from "@/components/page";
import { Panel, RowSkeletons } from "@/components/panel";
import { StateWord } from "@/components/state";
import { TestSteps } from "@/components/test-steps";
import { Button } from "@/components/ui/button";
import { RowCard } from "@/components/ui/card";
import { Confirm } from "@/components/ui/confirm";
import { Menu } from "@/components/ui/menu";
import { useAct } from "@/lib/act";
import { SERVICE } from "@/lib/states";

import { IntegrationForm } from "./integration-form";
import { addable, KINDS } from "./integration-words";

const Sheet = lazy(() => import("@/components/ui/sheet"));
const REREADS = [integrationKeys.all, statusKeys.all];

function useTest({ kind, url, id }: Integration) {
  return useMutation({ mutationFn: () => testIntegration({ kind, url, id }) });
}

function Actions({ integration }: { integration: Integration }) {
  const { id, name, enabled, version } = integration;
  const [removing, setRemoving] = useState(false);
  const turn = useAct({ act: () => changeIntegration(id, { enabled: !enabled, version }), says: () => (enabled ? `${name} is not looked at any more.` : `${name} is looked at again.`), rereads: REREADS });
  const remove = useAct({ act: () => deleteIntegration(id), says: () => `Removed: ${name}.`, rereads: REREADS, done: () => setRemoving(false) });
  const actions = [
    { label: enabled ? "Switch off" : "Switch on", run: () => turn.mutate() },
    { label: "Remove…", run: () => setRemoving(true), danger: true },
  ];
  return (
    <>
      <Menu label={`More for ${name}`} actions={actions} />
      {removing && (
        <Confirm title={`Remove ${name}?`} verb={`Remove ${name}`} busy={remove.isPending} onClose={() => setRemoving(false)} onConfirm={() => remove.mutate()}>
          Its address and key are forgotten, and what needs it stops working. Its history stays until it is too old.
        </Confirm>
      )}
    </>
  );
}

function IntegrationRow({ integration, onEdit }: { integration: Integration; onEdit: () => void }) {
  const { name, kind, url, health, message, enabled } = integration;
  const test = useTest(integration);
  return (
    <li className="grid gap-3 py-3.5">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <div className="min-w-48 flex-1">
          <p className="font-[550]">{name}</p>
          <p className="text-meta break-all text-text-3">{url}</p>
          {enabled && message && health !== "up" && <p className="text-sm text-text-2">{message}</p>}
        </div>
        <StateWord look={enabled ? SERVICE[health] : { ...SERVICE.unknown, word: "Switched off" }} />
        <div className="flex items-center gap-1 max-wide:w-full max-wide:justify-end">
          <Button size="small" off={test.isPending} onClick={() => test.mutate()} aria-label={`Test ${name}`}>
            {test.isPending ? "Testing…" : "Test"}
          </Button>
          <Button size="small" onClick={onEdit} aria-label={`Edit ${name}`}>
            Edit
          </Button>
          <Actions integration={integration} />
        </div>
      </div>
      {test.data && <TestSteps steps={test.data.steps} ms={test.data.response_ms} />}
      {test.error && <ProblemLine error={test.error} />}
      <span className="sr-only">{KINDS[kind].what}</span>
    </li>
  );
}

type Editing = { kind: IntegrationKind; known?: Integration };

function Adding({ kinds, onAdd }: { kinds: IntegrationKind[]; onAdd: (kind: IntegrationKind) => void }) {
  return (
    <Section title="Connect more">
      <RowCard>
        {addable(kinds).map((kind) => (
          <li key={kind} className="flex items-center gap-4 py-3">
            <div className="min-w-0 flex-1">
              <p className="font-[550]">{KINDS[kind].name}</p>
              <p className="text-meta text-text-3">{KINDS[kind].what}</p>
            </div>
            <Button size="small" onClick={() => onAdd(kind)} aria-label={`Add ${KINDS[kind].name}`}>
              Add
            </Button>
          </li>
        ))}
      </RowCard>
    </Section>
  );
}

export function IntegrationsPage() {
  const query = useQuery(integrationsOptions);
  const [editing, setEditing] = useState<Editing | null>(null);
  const close = () => setEditing(null);
  usePageTitle("Integrations");
  return (
    <div className="grid gap-8">
      <div>
        <PageTitle>Integrations</PageTitle>
        <p className="mt-1 text-sm text-text-2">What MediaNest stands on. A change is tested before it is kept.</p>
      </div>
      <Panel query={query} failed="The integrations could not be read." skeleton={<RowSkeletons rows={3} className="h-20" />}>
        {({ items }) => (
          <>
            {items.length > 0 && (
              <RowCard>
                {items.map((integration) => (
                  <IntegrationRow key={integration.id} integration={integration} onEdit={() => setEditing({ kind: integration.kind, known: integration })} />
                ))}
              </RowCard>
            )}
            <Adding kinds={items.map((one) => one.kind)} onAdd={(kind) => setEditing({ kind })} />
          </>
        )}
      </Panel>
      {editing && (
        <Suspense>
          <Sheet title={editing.known ? editing.known.name : `Connect ${KINDS[editing.kind].name}`} description={KINDS[editing.kind].what} onClose={close}>
            <div className="py-2 pb-5">
              <IntegrationForm {...editing} onDone={close} onCancel={close} />
            </div>
          </Sheet>
        </Suspense>
      )}
    </div>
  );
}
