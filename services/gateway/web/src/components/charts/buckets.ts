/** Fewer bars on a narrow screen tell the same story: each wider one takes the worst of those it stands for. */
import type { Bucket } from "@/api/models";
import { count, uptime } from "@/lib/format";
import { worst } from "@/lib/live/reducer";

function joined(group: [Bucket, ...Bucket[]]): Bucket {
  const health = group.reduce((sofar, bucket) => worst(sofar, bucket.health), group[0].health);
  const times = group.map((bucket) => bucket.response_ms).filter((ms) => ms !== null);
  const shares = group.map((bucket) => bucket.uptime).filter((share) => share !== null);
  const mean = (values: number[]) => (values.length ? values.reduce((sum, value) => sum + value, 0) / values.length : null);
  const response = mean(times);
  return { at: group[0].at, health, response_ms: response === null ? null : Math.round(response), uptime: mean(shares) };
}

export function mergeBuckets(buckets: Bucket[], most: number): Bucket[] {
  const width = Math.ceil(buckets.length / most);
  if (width <= 1) return buckets;
  const groups: Bucket[] = [];
  for (let end = buckets.length; end > 0; end -= width) {
    const [first, ...rest] = buckets.slice(Math.max(0, end - width), end);
    if (first) groups.unshift(joined([first, ...rest]));
  }
  return groups;
}

/** The bars in one sentence, for who does not see them. */
export function barsSentence(buckets: Bucket[]): string {
  const of = (...healths: string[]) => buckets.filter((bucket) => healths.includes(bucket.health)).length;
  const measured = buckets.length - of("no_data");
  if (measured === 0) return "Nothing was measured in this time.";
  const parts = [
    of("down") > 0 && `down in ${count(of("down"), "span")}`,
    of("degraded") > 0 && `limited in ${of("degraded")}`,
    of("maintenance") > 0 && `in maintenance in ${of("maintenance")}`,
    of("unknown", "no_data") > 0 && `not known in ${of("unknown", "no_data")}`,
  ].filter((part) => part !== false);
  const whole = `${count(buckets.length, "span")} of time`;
  return parts.length === 0 ? `Up in all ${whole}.` : `Of ${whole}: ${parts.join(", ")}, else up.`;
}

/** The share of the measured time that was up, in words, or a dash. */
export function uptimeText(share: number | null | undefined): string {
  return share === null || share === undefined ? "–" : uptime(share);
}
