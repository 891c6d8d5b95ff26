import { describe, expect, it } from "vitest";

import type { Bucket, BucketHealth } from "@/api/models";

import { barsSentence, mergeBuckets, uptimeText } from "./buckets";
import { areaPath, linePath, quantile, roundTop, runs } from "./scale";

function makeBuckets(healths: BucketHealth[]): Bucket[] {
  return healths.map((health, index) => ({ at: `2026-11-22T12:${String(index).padStart(2, "0")}:00Z`, health, response_ms: health === "up" ? 40 : null, uptime: health === "up" ? 1 : 0 }));
}

describe("merging bars for a narrow screen", () => {
  it("keeps the worst of what a bar stands for", () => {
    const merged = mergeBuckets(makeBuckets(["up", "down", "up", "up", "no_data", "up"]), 3);
    expect(merged.map((one) => one.health)).toEqual(["down", "up", "up"]);
  });

  it("lets silence show when nothing else was there", () => {
    expect(mergeBuckets(makeBuckets(["no_data", "no_data", "up", "up"]), 2).map((one) => one.health)).toEqual(["no_data", "up"]);
  });

  it("never makes more bars than asked for, and keeps the newest whole", () => {
    const merged = mergeBuckets(makeBuckets(Array.from({ length: 50 }, () => "up" as const)), 18);
    expect(merged.length).toBeLessThanOrEqual(18);
    expect(merged.at(-1)?.at).toBe("2026-11-22T12:47:00Z");
  });
});

describe("the bars in words", () => {
  it("say when all was up", () => {
    expect(barsSentence(makeBuckets(["up", "up"]))).toBe("Up in all 2 spans of time.");
  });

  it("say what was not", () => {
    expect(barsSentence(makeBuckets(["up", "down", "no_data", "degraded"]))).toBe("Of 4 spans of time: down in 1 span, limited in 1, not known in 1, else up.");
  });

  it("say that nothing is known", () => {
    expect(barsSentence(makeBuckets(["no_data"]))).toBe("Nothing was measured in this time.");
  });

  it("show a dash for an unknown share", () => {
    expect([uptimeText(null), uptimeText(0.9921)]).toEqual(["–", "99.21 %"]);
  });
});

describe("the curve", () => {
  it("leaves a gap where nothing was measured", () => {
    const found = runs([10, 20, null, 30], 100, 300, 100);
    expect(found.map((run) => run.length)).toEqual([2, 1]);
    expect(found[1]?.[0]?.x).toBe(300);
  });

  it("cuts a spike at its top", () => {
    expect(runs([500], 100, 10, 100)[0]?.[0]?.y).toBe(0);
  });

  it("draws a lone point as a dot", () => {
    expect(linePath([{ x: 1, y: 2 }])).toBe("M1.0 2.0h0.01");
    expect(areaPath([], 10)).toBe("");
  });

  it("has a round top", () => {
    expect([0, 1, 42, 51, 310, 1000].map(roundTop)).toEqual([1, 1, 50, 100, 500, 1000]);
  });

  it("knows its quantiles", () => {
    expect([quantile([], 0.5), quantile([3, 1, 2], 0.5), quantile([1, 2, 3, 4], 1)]).toEqual([null, 2, 4]);
  });
});
