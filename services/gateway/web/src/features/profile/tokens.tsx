/** Tokens for scripts: made with what they may do and until when, shown once, ended at once. */
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import type { ApiToken, Permission } from "@/api/models";
import { createToken, revokeToken, tokenKeys, tokensOptions } from "@/api/tokens";
import { EmptyNote, ProblemLine } from "@/components/notes";
import { Section } from "@/components/page";
import { Panel, RowSkeletons } from "@/components/panel";
import { ShownOnce } from "@/components/shown-once";
import { Time } from "@/components/time";
import { Button } from "@/components/ui/button";
import { Card, RowCard } from "@/components/ui/card";
import { Confirm } from "@/components/ui/confirm";
import { Choice, Field, Tick } from "@/components/ui/field";
import { useMe } from "@/features/session/me";
import { useAct } from "@/lib/act";

import { offered, PERMISSIONS, scopeWords } from "./token-words";

const DAYS = [7, 30, 90, 365];

function TokenForm({ onCancel, onMade }: { onCancel: () => void; onMade: (token: string) => void }) {
  const me = useMe();
  const [name, setName] = useState("");
  const [days, setDays] = useState(90);
  const [chosen, setChosen] = useState<Permission[]>(["dashboard:read"]);
  const make = useAct({
    act: () => createToken({ name: name.trim(), permissions: chosen, expires_in_days: days }),
    rereads: [tokenKeys.all],
    done: ({ token }) => onMade(token),
    inline: true,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (chosen.length > 0) make.mutate();
  };
  const toggle = (permission: Permission) => setChosen(chosen.includes(permission) ? chosen.filter((one) => one !== permission) : [...chosen, permission]);
  return (
    <Card>
      <form onSubmit={submit} className="grid gap-4">
        <div className="grid gap-3 wide:grid-cols-[minmax(0,1fr)_auto] wide:items-end">
          <Field label="What it is for" value={name} maxLength={100} required autoFocus onChange={(event) => setName(event.target.value)} />
          <Choice
            label="Good for"
            value={String(days)}
            onChange={(event) => setDays(Number(event.target.value))}
            options={DAYS.map((value) => ({ value: String(value), label: value === 365 ? "1 year" : `${value} days` }))}
          />
        </div>
        <fieldset className="grid wide:grid-cols-2">
          <legend className="mb-1 text-sm font-medium">It may</legend>
          {offered(me?.permissions ?? []).map((permission) => (
            <Tick key={permission} label={PERMISSIONS[permission]} checked={chosen.includes(permission)} onChange={() => toggle(permission)} />
          ))}
        </fieldset>
        {make.error && <ProblemLine error={make.error} />}
        <div className="flex flex-wrap items-center justify-end gap-2">
          {chosen.length === 0 && (
            <p id="no-scope" className="mr-auto text-meta text-text-3">
              Choose at least one thing it may do.
            </p>
          )}
          <Button variant="quiet" onClick={onCancel}>
            Cancel
          </Button>
          <Button type="submit" variant="primary" off={make.isPending || chosen.length === 0} aria-describedby={chosen.length === 0 ? "no-scope" : undefined}>
            Make the token
          </Button>
        </div>
      </form>
    </Card>
  );
}

function TokenRow({ token }: { token: ApiToken }) {
  const [asking, setAsking] = useState(false);
  const revoke = useAct({ act: () => revokeToken(token.id), says: () => `Revoked: ${token.name}.`, rereads: [tokenKeys.all], done: () => setAsking(false) });
  return (
    <li className="flex flex-wrap items-center gap-3 py-3">
      <div className="min-w-48 flex-1">
        <p className="font-[550]">{token.name}</p>
        <p className="text-meta text-text-3">{scopeWords(token.permissions)}</p>
        <p className="text-meta text-text-3">
          {token.last_used_at ? (
            <>
              last used <Time at={token.last_used_at} soon />
            </>
          ) : (
            "never used"
          )}{" "}
          · good until <Time at={token.expires_at} />
        </p>
      </div>
      <Button size="small" onClick={() => setAsking(true)} aria-label={`Revoke ${token.name}`}>
        Revoke…
      </Button>
      {asking && (
        <Confirm title={`Revoke ${token.name}?`} verb={`Revoke ${token.name}`} busy={revoke.isPending} onClose={() => setAsking(false)} onConfirm={() => revoke.mutate()}>
          What uses it stops working within a second. It cannot be brought back; a new one can be made.
        </Confirm>
      )}
    </li>
  );
}

export function Tokens() {
  const query = useQuery(tokensOptions);
  const [making, setMaking] = useState(false);
  const [made, setMade] = useState<string | null>(null);
  const begin = () => {
    setMade(null);
    setMaking(true);
  };
  const finish = (token: string) => {
    setMade(token);
    setMaking(false);
  };
  return (
    <Section title="API tokens" aside="for scripts">
      <div className="grid gap-3">
        <Panel query={query} failed="Your tokens could not be read." skeleton={<RowSkeletons rows={1} />}>
          {({ items }) =>
            items.length === 0 ? (
              !making && made === null && <EmptyNote title="No tokens">A token lets a script of yours do some of what you may. See the API at /docs.</EmptyNote>
            ) : (
              <RowCard>
                {items.map((token) => (
                  <TokenRow key={token.id} token={token} />
                ))}
              </RowCard>
            )
          }
        </Panel>
        {made !== null && (
          <ShownOnce label="Your new token" text={made}>
            Shown this once. Send it as “Authorization: Bearer …”; keep it as you would a password.
          </ShownOnce>
        )}
        {making ? (
          <TokenForm onCancel={() => setMaking(false)} onMade={finish} />
        ) : (
          <Button className="justify-self-start" onClick={begin}>
            Make a token
          </Button>
        )}
      </div>
    </Section>
  );
}
