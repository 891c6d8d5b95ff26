/** Response times over a range: a line with gaps, outages shaded, and a cursor that the arrow keys move. */
import { type KeyboardEvent, type PointerEvent, useState } from "react";

import type { Bucket } from "@/api/models";
import { cn } from "@/lib/cn";
import { moment } from "@/lib/format";
import { SERVICE } from "@/lib/states";

import { areaPath, linePath, quantile, roundTop, runs } from "./scale";

const WIDTH = 960;
const HEIGHT = 200;

const wordOf = (bucket: Bucket) => (bucket.health === "no_data" ? "nothing measured" : SERVICE[bucket.health].word);

function reading(bucket: Bucket): string {
  const figure = bucket.response_ms === null ? "no answer" : `${bucket.response_ms} ms`;
  return bucket.health === "no_data" ? `${moment(bucket.at)} · nothing measured` : `${moment(bucket.at)} · ${figure} · ${wordOf(bucket)}`;
}

function Outages({ buckets }: { buckets: Bucket[] }) {
  const width = WIDTH / Math.max(1, buckets.length);
  return buckets.map((bucket, index) =>
    bucket.health === "down" ? <rect key={bucket.at} x={index * width} width={width} y={0} height={HEIGHT} className="fill-down-soft" shapeRendering="crispEdges" /> : null,
  );
}

function useCursor(length: number) {
  const [cursor, setCursor] = useState<number | null>(null);
  const clamp = (index: number) => Math.max(0, Math.min(length - 1, index));
  const onPointerMove = (event: PointerEvent<SVGSVGElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    setCursor(clamp(Math.round(((event.clientX - box.left) / box.width) * (length - 1))));
  };
  const onKeyDown = (event: KeyboardEvent<SVGSVGElement>) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10 }[event.key];
    if (step === undefined && event.key !== "Home" && event.key !== "End") return;
    event.preventDefault();
    if (event.key === "Home") setCursor(0);
    else if (event.key === "End") setCursor(length - 1);
    else setCursor((now) => clamp((now ?? length - 1) + (step ?? 0)));
  };
  return { cursor, onPointerMove, onKeyDown, onPointerLeave: () => setCursor(null) };
}

function Lines({ values, top }: { values: (number | null)[]; top: number }) {
  return runs(values, top, WIDTH, HEIGHT).map((run) => (
    <g key={run[0]?.x} className="text-accent">
      <path d={areaPath(run, HEIGHT)} fill="currentColor" className="opacity-12" />
      <path d={linePath(run)} fill="none" stroke="currentColor" strokeWidth="2" strokeLinejoin="round" strokeLinecap="round" vectorEffect="non-scaling-stroke" />
    </g>
  ));
}

export function Curve({ buckets, name }: { buckets: Bucket[]; name: string }) {
  const { cursor, ...handlers } = useCursor(buckets.length);
  const values = buckets.map((bucket) => bucket.response_ms);
  const measured = values.filter((value) => value !== null);
  const top = roundTop((quantile(measured, 0.98) ?? 1) * 1.15);
  const shown = cursor === null ? undefined : buckets[cursor];
  const latest = buckets.at(-1);
  const sentence = measured.length ? `usual ${quantile(measured, 0.5)} ms, slowest 5 % ${quantile(measured, 0.95)} ms` : "nothing measured";
  const x = cursor === null ? 0 : (cursor / Math.max(1, buckets.length - 1)) * WIDTH;
  return (
    <figure>
      <figcaption className="mb-2 flex flex-wrap justify-between gap-x-4 text-sm">
        <span className="text-text-2">{sentence.replace(/^./, (letter) => letter.toUpperCase())}</span>
        <output className={cn("text-text", !shown && "text-text-3")}>{shown ? reading(shown) : latest ? reading(latest) : ""}</output>
      </figcaption>
      <div className="relative">
        <svg
          viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
          preserveAspectRatio="none"
          role="img"
          aria-label={`Response time of ${name}: ${sentence}. Arrow keys read single values.`}
          tabIndex={0}
          className="h-44 w-full rounded-control wide:h-52"
          {...handlers}
        >
          <Outages buckets={buckets} />
          {[0, 0.5, 1].map((share) => (
            <line key={share} x1={0} x2={WIDTH} y1={HEIGHT * share} y2={HEIGHT * share} className="stroke-line" vectorEffect="non-scaling-stroke" />
          ))}
          <Lines values={values} top={top} />
          {shown && <line x1={x} x2={x} y1={0} y2={HEIGHT} className="stroke-text-3" vectorEffect="non-scaling-stroke" />}
        </svg>
        <span className="pointer-events-none absolute top-1 left-2 text-micro text-text-3">{top} ms</span>
        <span className="pointer-events-none absolute bottom-1 left-2 text-micro text-text-3">0</span>
      </div>
    </figure>
  );
}

/** The same as figures. */
export function CurveTable({ buckets }: { buckets: Bucket[] }) {
  return (
    <details className="mt-3 text-sm">
      <summary className="inline-block py-2 text-link hover:underline">Show as table</summary>
      <div className="mt-1 max-h-80 overflow-y-auto rounded-card border border-line">
        <table className="w-full text-left">
          <thead className="sticky top-0 bg-raised text-meta text-text-2">
            <tr>
              <th className="px-3 py-2 font-medium">From</th>
              <th className="px-3 py-2 font-medium">State</th>
              <th className="px-3 py-2 text-right font-medium">Response</th>
            </tr>
          </thead>
          <tbody className="divide-y divide-line">
            {buckets.map((bucket) => (
              <tr key={bucket.at}>
                <td className="px-3 py-1.5">{moment(bucket.at)}</td>
                <td className="px-3 py-1.5">{wordOf(bucket)}</td>
                <td className="px-3 py-1.5 text-right">{bucket.response_ms === null ? "–" : `${bucket.response_ms} ms`}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
