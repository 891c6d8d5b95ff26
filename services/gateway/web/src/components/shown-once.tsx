import { Copy } from "lucide-react";
import { useId } from "react";

import { toast } from "@/lib/toast";

import { Button } from "./ui/button";
import { inputLook } from "./ui/field";

/** A secret that cannot be looked up again: to be copied now. */
export function ShownOnce({ label, text, children }: { label: string; text: string; children: string }) {
  const id = useId();
  const copy = () =>
    void navigator.clipboard?.writeText(text).then(
      () => toast("Copied."),
      () => toast("Copying is not allowed here. Mark the text and copy it."),
    );
  return (
    <div className="grid gap-1.5 rounded-card bg-accent-soft p-4">
      <label htmlFor={id} className="text-sm font-semibold">
        {label}
      </label>
      <div className="flex gap-2">
        <input id={id} readOnly value={text} onFocus={(event) => event.target.select()} aria-describedby={`${id}-note`} className={`${inputLook} min-w-0 font-mono text-meta`} />
        <Button onClick={copy}>
          <Copy aria-hidden /> Copy
        </Button>
      </div>
      <p id={`${id}-note`} className="text-meta text-text-2">
        {children}
      </p>
    </div>
  );
}
