import { StateGlyph } from "@/components/state";
import { Button } from "@/components/ui/button";

export function Refused({ reason, onAgain }: { reason: string; onAgain: () => void }) {
  return (
    <div role="alert" className="grid gap-4 rounded-card bg-down-soft p-4">
      <p className="flex gap-2.5">
        <StateGlyph name="slash" className="mt-0.5 size-5 text-down" />
        {reason}
      </p>
      <Button onClick={onAgain}>Try another account</Button>
    </div>
  );
}
