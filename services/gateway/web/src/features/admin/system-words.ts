/** What the checks, ways out and kept-back messages are called. */
import type { Lane, ReadinessCheck } from "@/api/models";
import { count, moment } from "@/lib/format";
import { LANE, type Look } from "@/lib/states";

const CHECKS: Record<string, string> = {
  yt_dlp: "yt-dlp",
  ejs: "yt-dlp's JavaScript part",
  js_runtime: "JavaScript runtime",
  ffmpeg: "ffmpeg",
  ffprobe: "ffprobe",
  egress_guard: "Egress guard",
  cookies: "Cookies",
  workers: "Workers",
};

export function checkName({ name }: Pick<ReadinessCheck, "name">): string {
  return CHECKS[name] ?? name.replaceAll("_", " ");
}

export function readinessTitle(checks: ReadinessCheck[]): string {
  const open = checks.filter((check) => !check.ok).length;
  return open === 0 ? "Ready for YouTube" : `${count(open, "thing")} to mend before YouTube works well`;
}

export function laneLook({ paused, slow }: Pick<Lane, "paused" | "slow">): Look {
  if (paused) return LANE.paused;
  return slow ? LANE.slow : LANE.open;
}

/** "2 of 4 places busy · 2 workers · yt-dlp 2026.11.01". */
export function laneLine({ in_flight, slots, workers, versions }: Lane): string {
  const tool = versions.yt_dlp ? `yt-dlp ${versions.yt_dlp}` : null;
  return [`${in_flight} of ${count(slots, "place")} busy`, count(workers, "worker"), tool].filter(Boolean).join(" · ");
}

/** Why a way out is closed, and until when. */
export function laneReason({ paused, reason, until }: Pick<Lane, "paused" | "reason" | "until">): string | null {
  if (!paused) return null;
  const words = reason?.replace(/\.?$/, ".") ?? "Paused.";
  return until ? `${words} Goes on by itself about ${moment(until)}.` : `${words} It stays so until you resume it.`;
}

/** "User deleted" from "medianest.evt.auth.user.deleted.v1". */
export function letterWords({ subject }: { subject: string }): string {
  const words = subject
    .split(".")
    .filter((part) => !/^v\d+$/.test(part))
    .slice(3)
    .join(" ")
    .replace(/[._]/g, " ");
  return words === "" ? subject : words.charAt(0).toUpperCase() + words.slice(1);
}
