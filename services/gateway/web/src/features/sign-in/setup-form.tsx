/** The first start: the one-time code, then the owner's account. */
import { type FormEvent, useState } from "react";

import { setUp } from "@/api/session";
import { ProblemLine } from "@/components/notes";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { asProblem, type Problem } from "@/lib/problem";

const SHORTEST = 12;

function CodeStep({ code, problem, onNext }: { code: string; problem: Problem | null; onNext: (code: string) => void }) {
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    onNext(String(new FormData(event.currentTarget).get("code")).trim());
  };
  return (
    <form onSubmit={submit} className="grid gap-4">
      <Field
        label="Set-up code"
        name="code"
        defaultValue={code}
        autoComplete="one-time-code"
        autoCapitalize="none"
        spellCheck={false}
        required
        autoFocus
        problem={problem?.detail}
        hint="It is on the screen where you started MediaNest, or in its file .run/setup-code."
      />
      <Button type="submit" variant="primary" size="large">
        Go on
      </Button>
    </form>
  );
}

interface AccountStepProps {
  busy: boolean;
  problem: Problem | null;
  onSubmit: (account: { username: string; password: string }) => void;
  onBack: () => void;
}

function AccountStep({ busy, problem, onSubmit, onBack }: AccountStepProps) {
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    onSubmit({ username: String(form.get("username")), password: String(form.get("password")) });
  };
  const fields = problem?.fields ?? {};
  return (
    <form onSubmit={submit} className="grid gap-4">
      <Field label="Your name" name="username" autoComplete="username" autoCapitalize="none" maxLength={64} required autoFocus problem={fields.username} />
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
      <div className="flex gap-2">
        <Button onClick={onBack} size="large" variant="quiet">
          Back
        </Button>
        <Button type="submit" variant="primary" size="large" className="flex-1" off={busy}>
          Set up MediaNest
        </Button>
      </div>
    </form>
  );
}

export function SetupForm({ onDone }: { onDone: () => void }) {
  const [code, setCode] = useState("");
  const [step, setStep] = useState<"code" | "account">("code");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const make = async (account: { username: string; password: string }) => {
    setBusy(true);
    setProblem(null);
    try {
      await setUp({ code, ...account });
      onDone();
    } catch (error) {
      const found = asProblem(error);
      setProblem(found);
      if (found.code === "SETUP_CODE_WRONG" || found.fields.code) setStep("code");
    } finally {
      setBusy(false);
    }
  };
  if (step === "account") return <AccountStep busy={busy} problem={problem} onSubmit={(account) => void make(account)} onBack={() => setStep("code")} />;
  const next = (typed: string) => {
    setCode(typed);
    setProblem(null);
    setStep("account");
  };
  return <CodeStep code={code} problem={problem} onNext={next} />;
}
