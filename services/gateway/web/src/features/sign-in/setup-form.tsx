import { type FormEvent, useState } from "react";

import { setUp } from "@/api/session";
import { ProblemLine } from "@/components/notes";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { asProblem, type Problem } from "@/lib/problem";

const SHORTEST = 12;

/** The first start: the one-time code makes the owner's account. */
export function SetupForm({ onDone }: { onDone: () => void }) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const value = (name: string) => String(form.get(name));
    setBusy(true);
    setProblem(null);
    try {
      await setUp({ code: value("code").trim(), username: value("username"), password: value("password") });
      onDone();
    } catch (error) {
      setProblem(asProblem(error));
    } finally {
      setBusy(false);
    }
  };
  const fields = problem?.fields ?? {};
  return (
    <form onSubmit={(event) => void submit(event)} className="grid gap-4">
      <Field
        label="Set-up code"
        name="code"
        autoComplete="one-time-code"
        autoCapitalize="none"
        spellCheck={false}
        required
        autoFocus
        problem={fields.code}
        hint="It is on the screen where you started MediaNest, or in its file .run/setup-code."
      />
      <Field label="Your name" name="username" autoComplete="username" autoCapitalize="none" maxLength={64} required problem={fields.username} />
      <Field
        label="A password for this account"
        name="password"
        type="password"
        autoComplete="new-password"
        minLength={SHORTEST}
        required
        problem={fields.password}
        hint={`At least ${SHORTEST} characters. You can link your Plex account afterwards.`}
      />
      {problem && Object.keys(fields).length === 0 && <ProblemLine error={problem} />}
      <Button type="submit" variant="primary" size="large" off={busy}>
        Set up MediaNest
      </Button>
    </form>
  );
}
