import { Choice, Field } from "@/components/ui/field";

import { EVERY, everyWords, type Rules } from "./follow-words";

/** How often a followed channel is looked at, and what of it stays. */
export function FollowRules({ rules, onChange }: { rules: Rules; onChange: (rules: Rules) => void }) {
  const hours = EVERY.includes(rules.everyHours) ? EVERY : [...EVERY, rules.everyHours].sort((one, other) => one - other);
  return (
    <div className="grid grid-cols-2 items-end gap-3 wide:grid-cols-3">
      <Choice
        label="Look for new videos"
        value={String(rules.everyHours)}
        onChange={(event) => onChange({ ...rules, everyHours: Number(event.target.value) })}
        options={hours.map((value) => ({ value: String(value), label: everyWords(value) }))}
      />
      <Field
        label="Keep the newest"
        type="number"
        inputMode="numeric"
        min={1}
        max={1000}
        placeholder="all"
        value={rules.keepLast}
        onChange={(event) => onChange({ ...rules, keepLast: event.target.value })}
      />
      <Field
        label="Keep for days"
        type="number"
        inputMode="numeric"
        min={1}
        max={3650}
        placeholder="for good"
        value={rules.keepDays}
        onChange={(event) => onChange({ ...rules, keepDays: event.target.value })}
      />
    </div>
  );
}
