import { type FormEvent, useState } from "react";

import { logIn } from "@/api/session";
import { ProblemLine } from "@/components/notes";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";

/** For the owner's local account; guests have Plex. */
export default function PasswordForm({ onDone, onBack }: { onDone: () => void; onBack: () => void }) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    setError(null);
    try {
      await logIn({ username: String(form.get("username")), password: String(form.get("password")) });
      onDone();
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)} className="grid gap-4">
      <Field label="Name" name="username" autoComplete="username" autoCapitalize="none" required autoFocus />
      <Field label="Password" name="password" type="password" autoComplete="current-password" required />
      {error !== null && <ProblemLine error={error} />}
      <div className="flex gap-2">
        <Button type="submit" variant="primary" off={busy}>
          Sign in
        </Button>
        <Button variant="quiet" onClick={onBack}>
          Back
        </Button>
      </div>
    </form>
  );
}
