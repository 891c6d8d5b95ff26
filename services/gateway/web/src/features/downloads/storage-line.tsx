import { useQuery } from "@tanstack/react-query";

import { totalsOptions } from "@/api/operations";
import { Progress } from "@/components/progress";
import { count, size } from "@/lib/format";

/** How much room one's own downloads take. */
export function StorageLine() {
  const { data } = useQuery(totalsOptions("mine"));
  if (!data) return null;
  const { used, limit } = data.quota;
  const words = `${size(used)} of ${size(limit)} used`;
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-1 text-sm text-text-2">
      <span className="font-medium text-text">Storage</span>
      <Progress role="meter" share={limit > 0 ? Math.min(1, used / limit) : 1} label="Storage" text={words} calm className="w-40 max-w-full" />
      <span>
        {words} · {count(data.items_completed, "video")}
      </span>
    </div>
  );
}
