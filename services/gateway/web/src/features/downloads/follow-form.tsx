import { type FormEvent, useRef, useState } from "react";

import { downloadKeys } from "@/api/downloads";
import { createFollow, followKeys } from "@/api/follows";
import { ProblemLine } from "@/components/notes";
import { Button } from "@/components/ui/button";
import { Choice } from "@/components/ui/field";
import { useAct } from "@/lib/act";

import { FollowRules } from "./follow-rules";
import { ruleFields, type Rules } from "./follow-words";
import { type Options, wishesOf } from "./options";

interface FollowFormProps {
  url: string;
  title: string;
  options: Options;
  onDone: () => void;
  onCancel: () => void;
}

/** Have new videos of a channel or playlist come by themselves, fetched as is set above. */
export function FollowForm({ url, title, options, onDone, onCancel }: FollowFormProps) {
  const [rules, setRules] = useState<Rules>({ everyHours: 6, keepLast: "", keepDays: options.keepDays > 0 ? String(options.keepDays) : "" });
  const [start, setStart] = useState<"new" | "all">("new");
  const key = useRef(crypto.randomUUID());
  const follow = useAct({
    act: () => createFollow({ url, start, ...wishesOf(options), ...ruleFields(rules) }, key.current),
    says: () => `${title}: followed. It is looked at now.`,
    rereads: [followKeys.all, downloadKeys.all],
    done: onDone,
    inline: true,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    follow.mutate();
  };
  return (
    <form onSubmit={submit} className="grid gap-4 border-t border-line pt-4">
      <div className="max-w-80">
        <Choice
          label="Take"
          value={start}
          onChange={(event) => setStart(event.target.value as "new" | "all")}
          options={[
            { value: "new", label: "What appears from now on" },
            { value: "all", label: "What is there already too" },
          ]}
        />
      </div>
      <FollowRules rules={rules} onChange={setRules} />
      {follow.error && <ProblemLine error={follow.error} />}
      <div className="flex flex-wrap justify-end gap-2">
        <Button variant="quiet" onClick={onCancel}>
          Back
        </Button>
        <Button type="submit" variant="primary" off={follow.isPending}>
          {follow.isPending ? "Sending…" : "Follow"}
        </Button>
      </div>
    </form>
  );
}
