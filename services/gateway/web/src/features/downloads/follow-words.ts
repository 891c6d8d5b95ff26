/** What a followed channel says of itself, and the rules in a form. */
import type { Follow } from "@/api/models";
import { count, moment, size, span } from "@/lib/format";

export interface Rules {
  everyHours: number;
  /** Empty: all. */
  keepLast: string;
  /** Empty: for good. */
  keepDays: string;
}

export const EVERY = [1, 3, 6, 12, 24, 72, 168];

export function everyWords(hours: number): string {
  return hours === 1 ? "every hour" : hours === 24 ? "every day" : hours === 168 ? "every week" : `every ${span(hours * 3600)}`;
}

const number = (text: string) => (text.trim() === "" ? null : Number(text));

export function ruleFields({ everyHours, keepLast, keepDays }: Rules) {
  return { every_hours: everyHours, keep_last: number(keepLast), keep_days: number(keepDays) };
}

export function rulesOf({ every_hours, keep_last, keep_days }: Pick<Follow, "every_hours" | "keep_last" | "keep_days">): Rules {
  return { everyHours: every_hours, keepLast: keep_last === null ? "" : String(keep_last), keepDays: keep_days === null ? "" : String(keep_days) };
}

/** "Every 6 h · keeps the last 10, for 30 days · 4 videos, 1.2 GB". */
export function ruleLine({ every_hours, keep_last, keep_days, videos_kept, bytes }: Follow): string {
  const keeps = [keep_last !== null && `the last ${keep_last}`, keep_days !== null && `for ${count(keep_days, "day")}`].filter(Boolean).join(", ");
  const every = everyWords(every_hours);
  return [every.charAt(0).toUpperCase() + every.slice(1), keeps && `keeps ${keeps}`, videos_kept > 0 && `${count(videos_kept, "video")}, ${size(bytes)}`].filter(Boolean).join(" · ");
}

/** When it was looked at, and when it is again. */
export function checkLine({ status, last_checked_at, next_check_at }: Pick<Follow, "status" | "last_checked_at" | "next_check_at">, now = Date.now()): string {
  const last = last_checked_at ? `checked ${moment(last_checked_at, now)}` : "not checked yet";
  if (status === "paused" || !next_check_at) return last;
  const due = Date.parse(next_check_at) <= now ? "is being checked" : `again ${moment(next_check_at, now)}`;
  return `${last} · ${due}`;
}
