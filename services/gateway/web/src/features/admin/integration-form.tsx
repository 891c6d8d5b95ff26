/** The address and key of an outside system: tried before they are kept. */
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import { addIntegration, changeIntegration, integrationKeys, testIntegration } from "@/api/integrations";
import type { Integration, IntegrationKind } from "@/api/models";
import { statusKeys } from "@/api/status";
import { ProblemLine } from "@/components/notes";
import { TestSteps } from "@/components/test-steps";
import { Button } from "@/components/ui/button";
import { Field, Tick } from "@/components/ui/field";
import { useAct } from "@/lib/act";

import { draftOf, type IntegrationForm as Form, KINDS, stepsOf } from "./integration-words";

interface IntegrationFormProps {
  kind: IntegrationKind;
  /** The one to change; without it a new one is made. */
  known?: Integration;
  onDone: () => void;
  onCancel?: () => void;
}

function useSave({ kind, known, onDone }: IntegrationFormProps, form: Form) {
  return useAct({
    act: (force: boolean) => {
      if (!known) return addIntegration(draftOf(kind, form, force));
      const { id, version } = known;
      const { name, url, secret, private: isPrivate } = draftOf(kind, form, force);
      return changeIntegration(id, { name, url, secret, force, version, ...(kind === "http" ? { private: isPrivate } : {}) });
    },
    says: () => `${KINDS[kind].name}: saved.`,
    rereads: [integrationKeys.all, statusKeys.all],
    done: onDone,
    inline: true,
  });
}

export function IntegrationForm(props: IntegrationFormProps) {
  const { kind, known, onCancel } = props;
  const words = KINDS[kind];
  const [form, setForm] = useState<Form>({ name: known?.name ?? "", url: known?.url ?? "", secret: "", isPrivate: known?.private ?? false });
  const save = useSave(props, form);
  const test = useMutation({
    mutationFn: () => testIntegration({ kind, url: form.url.trim(), secret: form.secret.trim() || null, id: known?.id ?? null }),
  });
  const steps = test.data?.steps ?? stepsOf(save.error);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    test.reset();
    save.mutate(false);
  };
  const busy = test.isPending || save.isPending;
  return (
    <form onSubmit={submit} className="grid gap-4">
      {(kind === "http" || known) && (
        <Field label="Name" value={form.name} maxLength={80} required={kind === "http"} onChange={(event) => setForm({ ...form, name: event.target.value })} />
      )}
      <Field
        label="Address"
        inputMode="url"
        spellCheck={false}
        autoComplete="off"
        required
        maxLength={500}
        placeholder={words.address}
        value={form.url}
        onChange={(event) => setForm({ ...form, url: event.target.value })}
      />
      {words.secret && (
        <Field
          label={words.secret}
          type="password"
          autoComplete="off"
          maxLength={500}
          required={!known?.has_secret}
          placeholder={known?.has_secret ? "•••••••• kept; type to replace it" : undefined}
          hint={known?.has_secret ? "It is kept sealed and never shown. Another server's address needs it again." : words.secretHint}
          value={form.secret}
          onChange={(event) => setForm({ ...form, secret: event.target.value })}
        />
      )}
      {kind === "http" && (
        <Tick label="Only administrators see it" checked={form.isPrivate} onChange={(event) => setForm({ ...form, isPrivate: event.target.checked })} />
      )}
      {steps && <TestSteps steps={steps} ms={test.data?.response_ms} />}
      {test.error && <ProblemLine error={test.error} />}
      {save.error && !stepsOf(save.error) && <ProblemLine error={save.error} />}
      <div className="flex flex-wrap justify-end gap-2">
        {onCancel && (
          <Button variant="quiet" onClick={onCancel}>
            Cancel
          </Button>
        )}
        {stepsOf(save.error) && (
          <Button variant="quiet" off={busy} onClick={() => save.mutate(true)}>
            Save all the same
          </Button>
        )}
        <Button off={busy || form.url.trim() === ""} onClick={() => test.mutate()}>
          {test.isPending ? "Testing…" : "Test"}
        </Button>
        <Button type="submit" variant="primary" off={busy}>
          {save.isPending ? "Testing and saving…" : "Save"}
        </Button>
      </div>
    </form>
  );
}
