/** After the first account: Plex, the server, requests, the rest. Anything here can be done later in Admin. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";

import { integrationsOptions } from "@/api/integrations";
import type { Integration, IntegrationKind } from "@/api/models";
import { PageTitle, usePageTitle } from "@/components/page";
import { Panel, RowSkeletons } from "@/components/panel";
import { StateGlyph, StateWord } from "@/components/state";
import { Button } from "@/components/ui/button";
import { IntegrationForm } from "@/features/admin/integration-form";
import { KINDS } from "@/features/admin/integration-words";
import { useMe } from "@/features/session/me";
import { Frame } from "@/features/sign-in/frame";
import { LinkPlex } from "@/features/sign-in/link-plex";
import { cn } from "@/lib/cn";
import { SERVICE } from "@/lib/states";

import { around, type SetupStep, STEPS, TITLES } from "./steps";

interface StepProps {
  onNext: () => void;
}

function PlexStep({ onNext }: StepProps) {
  const me = useMe();
  if (me?.plex_linked) return <p className="flex items-center gap-2"><StateWord look={{ ...SERVICE.up, word: "Your Plex account is linked." }} /></p>;
  return (
    <>
      <p className="text-text-2">Link the Plex account that owns your server. Then you sign in with Plex as your guests do, and the password is only for emergencies.</p>
      <LinkPlex onDone={onNext} />
    </>
  );
}

const LEADS: Record<IntegrationKind, string> = {
  plex: "Where is your Plex server? Who it is shared with may come in here.",
  overseerr: "Overseerr, Jellyseerr or Seerr finds films and takes requests on. Without it nobody can ask for anything; the rest works.",
  uptime_kuma: "Uptime Kuma's monitors can show beside what MediaNest looks at itself.",
  http: "",
};

function Connect({ kind, onNext }: StepProps & { kind: IntegrationKind }) {
  const query = useQuery(integrationsOptions);
  return (
    <Panel query={query} failed="What is connected could not be read." skeleton={<RowSkeletons rows={2} />}>
      {({ items }) => <Connected kind={kind} known={items.find((one) => one.kind === kind)} onNext={onNext} />}
    </Panel>
  );
}

function Connected({ kind, known, onNext }: StepProps & { kind: IntegrationKind; known?: Integration }) {
  return (
    <div className="grid gap-4">
      <p className="text-text-2">{LEADS[kind]}</p>
      {known && <StateWord look={SERVICE[known.health]} note={`${KINDS[kind].name} is connected at ${known.url}`} className="[&>span]:whitespace-normal" />}
      <IntegrationForm kind={kind} known={known} onDone={onNext} />
    </div>
  );
}

function Done() {
  return (
    <>
      <p className="flex items-start gap-2.5">
        <StateGlyph name="check-filled" className="mt-0.5 size-5 text-up" />
        MediaNest is set up. Invite your people, or import who your Plex server is shared with.
      </p>
      <div className="mt-5 flex flex-wrap gap-2">
        <Button asChild variant="primary">
          <Link to="/">Go to Home</Link>
        </Button>
        <Button asChild>
          <Link to="/admin/users">Users</Link>
        </Button>
      </div>
    </>
  );
}

function body(step: SetupStep, onNext: () => void): ReactNode {
  if (step === "plex") return <PlexStep onNext={onNext} />;
  if (step === "done") return <Done />;
  const kind = ({ server: "plex", requests: "overseerr", status: "uptime_kuma" } as const)[step];
  return <Connect key={kind} kind={kind} onNext={onNext} />;
}

function Trail({ step }: { step: SetupStep }) {
  const now = STEPS.indexOf(step);
  return (
    <ol aria-label="Steps" className="mb-5 flex gap-1.5">
      {STEPS.map((one, index) => (
        <li key={one} aria-current={index === now ? "step" : undefined} className={cn("h-1.5 flex-1 rounded-full", index <= now ? "bg-accent" : "bg-raised inset-ring inset-ring-line")}>
          <span className="sr-only">{TITLES[one]}</span>
        </li>
      ))}
    </ol>
  );
}

export function SetupPage({ step, onStep }: { step: SetupStep; onStep: (step: SetupStep) => void }) {
  const { before, after } = around(step);
  const next = () => after && onStep(after);
  usePageTitle(`Set up: ${TITLES[step]}`);
  return (
    <Frame>
      <Trail step={step} />
      <PageTitle className="mb-3">{TITLES[step]}</PageTitle>
      {body(step, next)}
      {after && (
        <div className="mt-6 flex justify-between gap-2 border-t border-line pt-4">
          {before ? (
            <Button variant="quiet" onClick={() => onStep(before)}>
              Back
            </Button>
          ) : (
            <span />
          )}
          <Button variant="quiet" onClick={next}>
            Next
          </Button>
        </div>
      )}
    </Frame>
  );
}
