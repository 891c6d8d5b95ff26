import type { Bucket } from "@/api/models";
import { cn } from "@/lib/cn";

import { areaPath, linePath, quantile, roundTop, runs } from "./scale";

const WIDTH = 240;
const HEIGHT = 36;

/** Response times as a small curve beside the figure that says the newest one: decoration, hence hidden from readers. */
export function Sparkline({ buckets, className }: { buckets: Bucket[]; className?: string }) {
  const values = buckets.map((bucket) => bucket.response_ms);
  const measured = values.filter((value) => value !== null);
  const usual = quantile(measured, 0.5);
  if (usual === null) return null;
  const top = roundTop(Math.max(usual * 3, quantile(measured, 0.95) ?? usual));
  return (
    <svg viewBox={`0 -2 ${WIDTH} ${HEIGHT + 2}`} preserveAspectRatio="none" aria-hidden className={cn("h-9 w-full overflow-visible text-accent", className)}>
      {runs(values, top, WIDTH, HEIGHT).map((run) => (
        <g key={run[0]?.x}>
          <path d={areaPath(run, HEIGHT)} fill="currentColor" className="opacity-15" />
          <path d={linePath(run)} fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinejoin="round" strokeLinecap="round" vectorEffect="non-scaling-stroke" />
        </g>
      ))}
    </svg>
  );
}
