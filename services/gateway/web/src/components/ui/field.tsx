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
    <div className="grid gap-1.5">
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
    <div className="grid gap-1">
      <label htmlFor={id} className="text-meta text-text-3">
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
