import type { Bucket } from "@/api/models";
import { cn } from "@/lib/cn";
import { BAR } from "@/lib/states";

import { barsSentence, mergeBuckets } from "./buckets";

interface UptimeBarsProps {
  buckets: Bucket[];
  name: string;
  most?: number;
  className?: string;
}

/** One bar a span of time: a silent hour shows as one. */
export function UptimeBars({ buckets, name, most = 60, className }: UptimeBarsProps) {
  const bars = mergeBuckets(buckets, most);
  return (
    <div role="img" aria-label={`${name}: ${barsSentence(bars)}`} className={cn("flex h-7 items-end gap-[2px]", className)}>
      {bars.map((bucket) => (
        <i key={bucket.at} className={cn("uptime-bar block min-w-px flex-1 rounded-[2px]", BAR[bucket.health])} />
      ))}
    </div>
  );
}
