import { type FormEvent, useState } from "react";

import { accessKeys, invite } from "@/api/access";
import { ProblemLine } from "@/components/notes";
import { ShownOnce } from "@/components/shown-once";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Choice, Field } from "@/components/ui/field";
import { useAct } from "@/lib/act";

const DAYS = [1, 7, 30, 90];

export function InviteForm() {
  const [note, setNote] = useState("");
  const [days, setDays] = useState(7);
  const make = useAct({ act: () => invite(note.trim(), days), rereads: [accessKeys.invitations], done: () => setNote(""), inline: true });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    make.mutate();
  };
  return (
    <Card>
      <form onSubmit={submit} className="flex flex-wrap items-end gap-3">
        <div className="min-w-48 flex-1">
          <Field label="For whom (only you see this)" value={note} maxLength={200} onChange={(event) => setNote(event.target.value)} />
        </div>
        <Choice
          label="Good for"
          value={String(days)}
          onChange={(event) => setDays(Number(event.target.value))}
          options={DAYS.map((value) => ({ value: String(value), label: value === 1 ? "1 day" : `${value} days` }))}
        />
        <Button type="submit" variant="primary" off={make.isPending}>
          Make a link
        </Button>
      </form>
      {make.error && <ProblemLine error={make.error} />}
      {make.data && (
        <div className="mt-4">
          <ShownOnce label="Invitation link" text={make.data.url}>
            Shown this once. Whoever opens it first and signs in with Plex uses it up.
          </ShownOnce>
        </div>
      )}
    </Card>
  );
}
