import { type ComponentProps, useId } from "react";

import { cn } from "@/lib/cn";

export const inputLook =
  "h-11 w-full rounded-control border border-control bg-surface px-3.5 text-base text-text placeholder:text-text-3 aria-invalid:border-down";

interface FieldProps extends Omit<ComponentProps<"input">, "id"> {
  label: string;
  hint?: string;
  problem?: string;
}

export function Field({ label, hint, problem, className, ...rest }: FieldProps) {
  const id = useId();
  const said = problem ?? hint;
  return (
    <div className="grid grid-cols-1 gap-1.5">
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      <input
        id={id}
        className={cn(inputLook, className)}
        aria-invalid={problem ? true : undefined}
        aria-describedby={said ? `${id}-said` : undefined}
        {...rest}
      />
      {said && (
        <p id={`${id}-said`} className={cn("text-meta", problem ? "text-down" : "text-text-3")}>
          {said}
        </p>
      )}
    </div>
  );
}

interface ChoiceProps extends Omit<ComponentProps<"select">, "id"> {
  label: string;
  options: { value: string; label: string }[];
}

export function Choice({ label, options, className, ...rest }: ChoiceProps) {
  const id = useId();
  return (
    <div className="grid grid-cols-1 gap-1.5">
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      <select id={id} className={cn(inputLook, "pr-8", className)} {...rest}>
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </div>
  );
}

interface ToggleProps {
  label: string;
  hint?: string;
  checked: boolean;
  /** Not possible now; the hint says why. */
  off?: boolean;
  onChange: (checked: boolean) => void;
}

/** A switch that takes effect at once. */
export function Toggle({ label, hint, checked, off, onChange }: ToggleProps) {
  const id = useId();
  return (
    <div className="flex min-h-11 items-center justify-between gap-4 py-1.5">
      <label htmlFor={id} className={cn("min-w-0 flex-1", !off && "cursor-pointer")}>
        <span className="block text-sm font-medium">{label}</span>
        {hint && <span className="block text-meta text-text-3">{hint}</span>}
      </label>
      <input
        id={id}
        type="checkbox"
        role="switch"
        checked={checked}
        aria-disabled={off || undefined}
        onChange={() => !off && onChange(!checked)}
        className="relative h-6 w-10 shrink-0 cursor-pointer appearance-none rounded-full border border-control bg-raised transition-colors duration-120 before:absolute before:top-[3px] before:left-[3px] before:size-4 before:rounded-full before:bg-text-2 before:transition-transform before:duration-120 checked:border-accent checked:bg-accent checked:before:translate-x-4 checked:before:bg-on-accent aria-disabled:cursor-not-allowed aria-disabled:opacity-55"
      />
    </div>
  );
}

interface TickProps extends Omit<ComponentProps<"input">, "type"> {
  label: string;
  hint?: string;
}

/** A box to tick in a form. */
export function Tick({ label, hint, className, ...rest }: TickProps) {
  return (
    <label className={cn("flex min-h-11 cursor-pointer items-center gap-3 py-1", className)}>
      <input type="checkbox" className="size-5 shrink-0 accent-(--accent)" {...rest} />
      <span className="min-w-0">
        <span className="block text-sm">{label}</span>
        {hint && <span className="block text-meta text-text-3">{hint}</span>}
      </span>
    </label>
  );
}
