/** State → word, glyph and colour. Nothing else in this client says how a state looks. */
import type { Availability, BucketHealth, Download, DownloadStatus, Follow, Health, ItemStatus, RequestStatus, User } from "@/api/models";

export type GlyphName =
  | "check-filled"
  | "triangle"
  | "octagon"
  | "square"
  | "dashed"
  | "clock"
  | "check"
  | "arrow"
  | "ring"
  | "slash"
  | "dash"
  | "pause";

export type Tone = "up" | "degraded" | "down" | "maint" | "unknown" | "accent" | "quiet";

export interface Look {
  word: string;
  glyph: GlyphName;
  tone: Tone;
  /** For where there is room for one word only. */
  short?: string;
}

const look = (word: string, glyph: GlyphName, tone: Tone): Look => ({ word, glyph, tone });

export const SERVICE: Record<Health, Look> = {
  up: look("Up", "check-filled", "up"),
  degraded: look("Limited", "triangle", "degraded"),
  down: look("Down", "octagon", "down"),
  maintenance: look("Maintenance", "square", "maint"),
  unknown: look("Not known", "dashed", "unknown"),
};

/** Heights and colours of the uptime bars: trouble is taller than calm, and silence is a tick. */
export const BAR: Record<BucketHealth, string> = {
  up: "h-[60%] bg-bar-up",
  degraded: "h-[82%] bg-bar-degraded",
  down: "h-full bg-bar-down",
  maintenance: "h-[60%] hatch",
  unknown: "h-[3px] bg-control",
  no_data: "h-[3px] bg-control",
};

export const REQUEST: Record<RequestStatus, Look> = {
  pending: look("Waits for the owner", "clock", "quiet"),
  approved: look("Approved", "check", "accent"),
  submitted: look("Sent", "arrow", "accent"),
  processing: look("Being fetched", "ring", "accent"),
  partially_available: look("Partly in Plex", "ring", "up"),
  available: look("In Plex", "check-filled", "up"),
  removed: look("No longer in Plex", "dash", "unknown"),
  declined: look("Declined", "slash", "quiet"),
  failed: look("Did not work", "octagon", "down"),
  cancelled: look("Cancelled", "dash", "unknown"),
};

const APPROVED_WAITING = look("Waits for Overseerr", "clock", "degraded");

/** A request's look; one that waits says for whom or what: for `decider`, that is themselves. */
export function requestLook(status: RequestStatus, canSend: boolean, decider = false): Look {
  if (status === "pending" && decider) return { ...REQUEST.pending, word: "Waits for you" };
  return status === "approved" && !canSend ? APPROVED_WAITING : REQUEST[status];
}

export const DOWNLOAD: Record<DownloadStatus, Look> = {
  waiting_approval: look("Waits for the owner", "clock", "quiet"),
  queued: look("In line", "clock", "quiet"),
  running: look("Running", "ring", "accent"),
  paused: look("Paused", "pause", "quiet"),
  completed: look("Done", "check-filled", "up"),
  partially_completed: look("Partly done", "triangle", "degraded"),
  failed: look("Failed", "octagon", "down"),
  cancelled: look("Cancelled", "dash", "unknown"),
};

const IN_PLEX = look("In Plex", "check-filled", "up");
const SAVED = look("Saved, waits for Plex", "clock", "quiet");
const SAVED_ONLY = look("Saved, not in Plex", "triangle", "degraded");

/** A download's look; what is fetched says whether Plex has it too. */
export function downloadLook({ status, in_plex }: Pick<Download, "status" | "in_plex">): Look {
  if (status !== "completed") return DOWNLOAD[status];
  if (in_plex === "done") return IN_PLEX;
  if (in_plex === "waiting") return SAVED;
  return in_plex === "failed" ? SAVED_ONLY : DOWNLOAD.completed;
}

export const FOLLOW: Record<Follow["status"], Look> = {
  active: look("Following", "check", "up"),
  paused: look("Paused", "pause", "quiet"),
  failing: look("Nothing comes", "triangle", "degraded"),
};

export const ITEM: Record<ItemStatus, Look> = {
  queued: look("In line", "clock", "quiet"),
  running: look("Running", "ring", "accent"),
  waiting: look("Tries again", "clock", "degraded"),
  completed: look("Done", "check-filled", "up"),
  failed: look("Failed", "octagon", "down"),
  cancelled: look("Cancelled", "dash", "unknown"),
};

const ACTIVE = look("Active", "check-filled", "up");
const SUSPENDED = look("Suspended", "slash", "down");
const ENDED = look("No access in Plex any more", "dash", "degraded");
const DELETED = look("Deleted", "dash", "unknown");

/** An account's look; one whose share of the server ended is not one that somebody suspended. */
export function userLook({ status, suspended_because }: Pick<User, "status" | "suspended_because">): Look {
  if (status === "erased") return DELETED;
  if (status === "active") return ACTIVE;
  return suspended_because === "access_ended" ? ENDED : SUSPENDED;
}

/** One thing that was looked at; null for what was not tried. */
export function checkLook(ok: boolean | null): Look {
  if (ok === null) return look("Not tried", "dashed", "unknown");
  return ok ? look("Works", "check-filled", "up") : look("Does not work", "octagon", "down");
}

export const LANE = { open: look("Open", "check-filled", "up"), slow: look("One at a time", "triangle", "degraded"), paused: look("Paused", "pause", "degraded") };

/** Null for what nobody has or asked for. */
export const AVAILABILITY: Record<Availability, Look | null> = {
  unknown: null,
  requested: look("Asked", "clock", "quiet"),
  processing: { ...REQUEST.processing, short: "Coming" },
  partially_available: { ...REQUEST.partially_available, short: "Partly" },
  available: look("In Plex", "check-filled", "up"),
};

export const TEXT_TONE: Record<Tone, string> = {
  up: "text-up",
  degraded: "text-degraded",
  down: "text-down",
  maint: "text-maint",
  unknown: "text-unknown",
  accent: "text-accent",
  quiet: "text-text-2",
};

/** Tones on pictures: the dark colours in both themes. */
export const BADGE_TONE: Record<Tone, string> = {
  up: "text-badge-up",
  degraded: "text-badge-quiet",
  down: "text-badge-quiet",
  maint: "text-badge-quiet",
  unknown: "text-badge-quiet",
  accent: "text-badge-accent",
  quiet: "text-badge-quiet",
};
