/** The audit log in words, and as a table for a spreadsheet. */
import type { AuditEntry } from "@/api/models";

export const ACTIONS: Record<string, string> = {
  "session.started": "Signed in",
  "session.ended": "Signed out",
  "session.ended_everywhere": "Signed out everywhere",
  "session.revoked": "Signed a device out",
  "session.superseded": "Signed in again",
  "session.replayed": "A used-up session token came back",
  "sign_in.refused": "Sign-in refused",
  "login.failed": "Wrong name or password",
  "password.changed": "Changed the password",
  "password.refused": "Wrong current password",
  "plex.linked": "Linked a Plex account",
  "plex_token.read": "A service read a Plex token",
  "user.created": "New user",
  "user.changed": "Changed a user",
  "user.role_changed": "Became an administrator as the server's owner",
  "user.access_ended": "Access to the Plex server ended",
  "user.access_returned": "Access to the Plex server is back",
  "user.deleted": "Deleted a user",
  "user.erased": "Forgotten everywhere",
  "users.imported": "Imported from Plex",
  "access_sweep.stopped": "The daily check stopped itself",
  "invitation.created": "Made an invitation",
  "invitation.used": "Used an invitation",
  "invitation.withdrawn": "Took an invitation back",
  "policy.changed": "Changed who may come in",
  "api_token.created": "Made an API token",
  "api_token.revoked": "Revoked an API token",
  "setup.done": "Set MediaNest up",
  "setup.failed": "Wrong set-up code",
  "setup_code.made": "Made a set-up code",
  "admin.reset": "Reset an administrator from the command line",
  "request.approved": "Approved a request",
  "request.declined": "Declined a request",
  "request.retried": "Sent a request again",
  "download.approved": "Approved a download",
  "download.declined": "Declined a download",
  "download.cancelled": "Cancelled a download",
  "download.paused": "Put a download aside",
  "download.resumed": "Let a download go on",
  "download.retried": "Tried a download again",
  "download.deleted": "Deleted a download",
  "follow.changed": "Changed a follow",
  "follow.checked": "Checked a follow",
  "follow.ended": "Ended a follow",
  "user_downloads.paused": "Put somebody's downloads aside",
  "user_downloads.resumed": "Let somebody's downloads go on",
  "lane.paused": "Closed a way out",
  "lane.resumed": "Opened a way out",
  "incident.written": "Wrote an incident",
  "incident.changed": "Changed an incident",
  "maintenance.planned": "Announced maintenance",
  "maintenance.cancelled": "Called maintenance off",
  "integration.created": "Connected a service",
  "integration.changed": "Changed a service",
  "integration.deleted": "Removed a service",
  "integration.tested": "Tried a service's settings",
  "dead_letter.rerun": "Ran a failed message again",
  "dead_letter.dropped": "Dropped a failed message",
  "keys.rotated": "New signing key",
  "sealing.renewed": "Sealed secrets anew",
};

export function actionWords(action: string): string {
  const known = ACTIONS[action];
  if (known) return known;
  const words = action.replace(/[._]/g, " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

const ACTORS: Record<string, string> = {
  system: "MediaNest itself",
  anonymous: "Somebody",
  cli: "The command line",
  "svc:requests": "Requests",
  "svc:downloader": "Downloads",
};

/** A person's name where it is known, else what the log holds, ids short. */
export function partyWords(party: string, names: ReadonlyMap<string, string>): string {
  const name = names.get(party) ?? ACTORS[party];
  if (name) return name;
  return /^[0-9a-f]{8}-/.test(party) ? party.slice(0, 8) : party;
}

/** How somebody came in. */
const WAYS: Record<string, string> = { plex_code: "a Plex code", plex_redirect: "Plex", password: "a password", setup: "the set-up code" };

/** "role: admin, by: a Plex code". */
export function detailWords(detail: AuditEntry["detail"]): string {
  return Object.entries(detail)
    .map(([name, value]) => `${name.replaceAll("_", " ")}: ${(name === "by" && WAYS[String(value)]) || value}`)
    .join(", ");
}

const COLUMNS = ["at", "action", "actor", "target", "address", "detail"] as const;

/** Quoted, and never a formula: a spreadsheet would run what a stranger typed as a name. */
function cell(value: string): string {
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return `"${safe.replaceAll('"', '""')}"`;
}

function row(entry: AuditEntry): string {
  const detail = Object.keys(entry.detail).length > 0 ? JSON.stringify(entry.detail) : "";
  return [entry.at, entry.action, entry.actor, entry.target ?? "", entry.address ?? "", detail].map(cell).join(",");
}

/** A CSV file (RFC 4180) from lines of JSON. */
export function csvOf(lines: string): string {
  const entries = lines
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => JSON.parse(line) as AuditEntry);
  return [COLUMNS.join(","), ...entries.map(row), ""].join("\r\n");
}
