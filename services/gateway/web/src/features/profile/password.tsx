import { type FormEvent, useRef } from "react";

import { changePassword, sessionKeys } from "@/api/session";
import { ProblemLine } from "@/components/notes";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { useAct } from "@/lib/act";
import { asProblem } from "@/lib/problem";

const SHORTEST = 12;

/** For who signs in with a name and a password. */
export function PasswordChange() {
  const form = useRef<HTMLFormElement>(null);
  const change = useAct({
    act: (body: { current_password: string; new_password: string }) => changePassword(body),
    says: () => "Your password is changed; your other devices are signed out.",
    rereads: [sessionKeys.devices],
    done: () => form.current?.reset(),
    inline: true,
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    change.mutate({ current_password: String(data.get("password")), new_password: String(data.get("newPassword")) });
  };
  const problem = change.error ? asProblem(change.error) : null;
  return (
    <form ref={form} onSubmit={submit} className="grid max-w-md gap-3">
      <Field label="Password now" name="password" type="password" autoComplete="current-password" required />
      <Field
        label="New password"
        name="newPassword"
        type="password"
        autoComplete="new-password"
        minLength={SHORTEST}
        required
        hint={`At least ${SHORTEST} characters. Your other devices are signed out.`}
        problem={problem?.fields.new_password}
      />
      {problem && !problem.fields.new_password && <ProblemLine error={problem} />}
      <Button type="submit" className="justify-self-start" off={change.isPending}>
        Change the password
      </Button>
    </form>
  );
}
