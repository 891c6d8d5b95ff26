/** What an account's row and its limits say. */
import type { User, UserChange } from "@/api/models";
import { ago, size } from "@/lib/format";

export const ROLES = { admin: "Administrator", user: "Guest" } as const;

const GB = 1e9;

/** "Guest · Plex · seen 3 h ago · approved at once". */
export function userLine(user: User, now = Date.now()): string {
  const ways = [user.plex_linked && "Plex", user.local_sign_in && "password"].filter(Boolean).join(" and ");
  return [
    ROLES[user.role],
    ways,
    user.last_login_at ? `signed in ${ago(user.last_login_at, now)}` : "never signed in",
    user.switches.auto_approve && user.role !== "admin" && "approved at once",
    user.switches.downloads_need_approval && "downloads need a yes",
    user.quotas.download_quota_bytes !== null && `${size(user.quotas.download_quota_bytes)} of downloads`,
  ]
    .filter(Boolean)
    .join(" · ");
}

export interface QuotaText {
  movie: string;
  series: string;
  gigabytes: string;
}

/** The limits as the form holds them; an empty field is the suite's own limit. */
export function quotaTexts({ quotas }: Pick<User, "quotas">): QuotaText {
  const { movie_quota, series_quota, download_quota_bytes } = quotas;
  return {
    movie: movie_quota === null ? "" : String(movie_quota),
    series: series_quota === null ? "" : String(series_quota),
    gigabytes: download_quota_bytes === null ? "" : String(download_quota_bytes / GB),
  };
}

function number(text: string): number | null {
  return text.trim() === "" ? null : Number(text);
}

export function quotaChange({ movie, series, gigabytes }: QuotaText): UserChange {
  const bytes = number(gigabytes);
  return { movie_quota: number(movie), series_quota: number(series), download_quota_bytes: bytes === null ? null : Math.round(bytes * GB) };
}

/** Which parts have not yet said that nothing of a deleted user is left. */
export function missingWords(missing: string[]): string {
  return missing.length === 0 ? "Forgotten everywhere." : `Not forgotten yet by: ${missing.join(", ")}. It is asked again by itself.`;
}
