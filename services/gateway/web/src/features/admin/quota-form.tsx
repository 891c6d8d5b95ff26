import { type FormEvent, useState } from "react";

import type { User } from "@/api/models";
import { changeUser, userKeys } from "@/api/users";
import { ProblemLine } from "@/components/notes";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { useAct } from "@/lib/act";

import { quotaChange, type QuotaText, quotaTexts } from "./user-words";

const FIELDS: { name: keyof QuotaText; label: string; most: number; step: string }[] = [
  { name: "movie", label: "Films a week", most: 10_000, step: "1" },
  { name: "series", label: "Seasons a week", most: 10_000, step: "1" },
  { name: "gigabytes", label: "Downloads, GB", most: 1_000_000, step: "any" },
];

export function QuotaForm({ user }: { user: User }) {
  const [texts, setTexts] = useState(() => quotaTexts(user));
  const save = useAct({ act: () => changeUser(user.id, quotaChange(texts)), says: () => `Saved the limits of ${user.username}.`, rereads: [userKeys.all], inline: true });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <form onSubmit={submit} className="grid gap-3">
      <div className="grid grid-cols-2 items-end gap-3 wide:grid-cols-3">
        {FIELDS.map(({ name, label, most, step }) => (
          <Field
            key={name}
            label={label}
            type="number"
            inputMode="decimal"
            min={0}
            max={most}
            step={step}
            placeholder="as usual"
            value={texts[name]}
            onChange={(event) => setTexts({ ...texts, [name]: event.target.value })}
          />
        ))}
      </div>
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="text-meta text-text-3">Empty: as for everybody. 0: none.</p>
        <Button type="submit" size="small" off={save.isPending}>
          Save the limits
        </Button>
      </div>
      {save.error && <ProblemLine error={save.error} />}
    </form>
  );
}
