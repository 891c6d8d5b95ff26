import type { IntegrationStep } from "@/api/models";
import { StateGlyph } from "@/components/state";
import { checkLook, TEXT_TONE } from "@/lib/states";

/** What was tried, step by step, and how to mend what failed. */
export function TestSteps({ steps, ms }: { steps: IntegrationStep[]; ms?: number | null }) {
  const passed = steps.every((step) => step.ok);
  return (
    <div role="status" className="rounded-card border border-line p-3">
      <p className="mb-1 text-sm font-semibold">
        {passed ? "It works." : "It does not work yet."}
        {passed && ms !== null && ms !== undefined && <span className="ml-2 font-normal text-text-3">{ms} ms</span>}
      </p>
      <ol className="grid gap-1">
        {steps.map((step) => {
          const look = checkLook(step.ok);
          return (
            <li key={step.name} className="flex gap-2 text-sm">
              <StateGlyph name={look.glyph} className={`mt-0.5 ${TEXT_TONE[look.tone]}`} />
              <span className="min-w-0">
                {step.label}
                <span className="sr-only">: {look.word}</span>
                {step.detail && <span className="block text-meta text-text-3">{step.detail}</span>}
                {step.ok === false && step.fix && <span className="block text-meta text-text-2">{step.fix}</span>}
              </span>
            </li>
          );
        })}
      </ol>
    </div>
  );
}
