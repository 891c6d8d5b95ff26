import type { Quota } from "@/api/models";
import { moment } from "@/lib/format";

/** "2 of 3 left", or for a used-up allowance when the next is free. */
export function quotaText({ used, limit, resets_at }: Quota): string | null {
  if (limit === null || limit === undefined) return null;
  const left = Math.max(0, limit - used);
  if (left > 0) return `${left} of ${limit} left`;
  const next = resets_at ? ` The next is free ${moment(resets_at)}.` : "";
  return `You have used ${used} of ${limit}.${next}`;
}

export function QuotaLine({ quota, id }: { quota: Quota; id?: string }) {
  const text = quotaText(quota);
  return text === null ? null : (
    <p id={id} className="text-meta text-text-3">
      {text}
    </p>
  );
}
