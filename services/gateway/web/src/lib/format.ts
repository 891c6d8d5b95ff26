/** Times, sizes, shares and counts as people say them. */

const LOCALE = "en-GB";
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const clockFormat = new Intl.DateTimeFormat(LOCALE, { hour: "2-digit", minute: "2-digit" });
const weekdayFormat = new Intl.DateTimeFormat(LOCALE, { weekday: "long" });
const dateFormat = new Intl.DateTimeFormat(LOCALE, { day: "numeric", month: "short" });
const dateYearFormat = new Intl.DateTimeFormat(LOCALE, { day: "numeric", month: "short", year: "numeric" });
const exactFormat = new Intl.DateTimeFormat(LOCALE, { dateStyle: "full", timeStyle: "medium" });
const numberFormat = new Intl.NumberFormat(LOCALE);

/** Clock times under twelve hours away, weekdays under a week, dates after. */
export function when(at: string | Date, now = Date.now()): string {
  const date = new Date(at);
  const distance = Math.abs(now - date.getTime());
  if (distance < 12 * HOUR) return clockFormat.format(date);
  if (distance < 6 * DAY) return weekdayFormat.format(date);
  const sameYear = date.getFullYear() === new Date(now).getFullYear();
  return (sameYear ? dateFormat : dateYearFormat).format(date);
}

/** `when`, and for a weekday the clock time too: for a moment that is to come. */
export function moment(at: string | Date, now = Date.now()): string {
  const word = when(at, now);
  const clock = clockFormat.format(new Date(at));
  return word === clock ? clock : `${word} ${clock}`;
}

export function clock(at: string | Date): string {
  return clockFormat.format(new Date(at));
}

export function exact(at: string | Date): string {
  return exactFormat.format(new Date(at));
}

/** A length of time: "40 s", "12 min", "4 h 10 min", "3 days". */
export function span(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const minutes = Math.round(whole / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  return count(Math.round(hours / 24), "day");
}

export function ago(at: string | Date, now = Date.now()): string {
  const seconds = (now - new Date(at).getTime()) / 1000;
  return seconds < 60 ? "just now" : `${span(seconds)} ago`;
}

/** What remains, in whole minutes: nobody can use the seconds. */
export function remaining(seconds: number): string {
  return seconds < 60 ? "under a minute left" : `about ${span(Math.ceil(seconds / 60) * 60)} left`;
}

/** "412 MB", "6.2 GB": decimal units, as disks are sold. */
export function size(bytes: number): string {
  if (bytes < 1e6) return `${Math.max(bytes > 0 ? 1 : 0, Math.round(bytes / 1e3))} kB`;
  if (bytes < 1e9) return `${Math.round(bytes / 1e6)} MB`;
  return `${(bytes / 1e9).toFixed(bytes < 1e11 ? 1 : 0)} GB`;
}

export function speed(bytesPerSecond: number): string {
  if (bytesPerSecond < 1e6) return `${Math.round(bytesPerSecond / 1e3)} kB/s`;
  return `${(bytesPerSecond / 1e6).toFixed(1)} MB/s`;
}

/** A share as whole percent; only the whole is 100 %, only nothing is 0 %. */
export function percent(share: number): string {
  const whole = Math.round(share * 100);
  if (share < 1 && whole === 100) return "99 %";
  if (share > 0 && whole === 0) return "1 %";
  return `${whole} %`;
}

/** Uptime keeps two places and is never rounded up to 100. */
export function uptime(share: number): string {
  if (share >= 1) return "100 %";
  return `${(Math.floor(share * 10_000) / 100).toFixed(2)} %`;
}

export function count(number: number, one: string, many = `${one}s`): string {
  return `${numberFormat.format(number)} ${number === 1 ? one : many}`;
}

/** "a, b and c". */
export function listed(parts: string[]): string {
  if (parts.length < 2) return parts.join("");
  return `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}

/** Season numbers as people say them: "season 2", "seasons 1–3 and 5". */
export function seasons(numbers: number[]): string {
  const sorted = [...numbers].sort((one, other) => one - other);
  const runs: [number, number][] = [];
  for (const number of sorted) {
    const last = runs.at(-1);
    if (last && number === last[1] + 1) last[1] = number;
    else runs.push([number, number]);
  }
  const words = runs.map(([from, to]) => (from === to ? `${from}` : `${from}–${to}`));
  return `${sorted.length === 1 ? "season" : "seasons"} ${listed(words)}`;
}
