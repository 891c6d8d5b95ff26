/** The way of a request in four steps, and its timeline in words. */
import type { MediaRequest, RequestStatus } from "@/api/models";
import { seasons } from "@/lib/format";

export const STEPS = ["Asked", "Approved", "Being fetched", "In Plex"] as const;

export type StepState = "done" | "now" | "ahead";

const REACHED: Record<RequestStatus, number> = {
  pending: 1,
  approved: 2,
  submitted: 2,
  processing: 2,
  partially_available: 3,
  available: 4,
  removed: 4,
  declined: 1,
  failed: 2,
  cancelled: 1,
};

const ENDED = new Set<RequestStatus>(["declined", "failed", "cancelled", "removed"]);

/** Where each of the four steps stands; a way that ended early has none ahead that is "now". */
export function stepStates(status: RequestStatus): StepState[] {
  const reached = REACHED[status];
  return STEPS.map((_step, index) => {
    if (index < reached) return "done";
    return index === reached && !ENDED.has(status) ? "now" : "ahead";
  });
}

const WORDS: Record<string, string> = {
  asked: "Asked",
  approved: "Approved",
  declined: "Declined",
  cancelled: "Cancelled",
  sent: "Sent to Overseerr",
  fetching: "Being fetched",
  partly_in_plex: "Partly in Plex",
  in_plex: "In Plex",
  removed: "No longer in Plex",
  failed: "Did not work",
  retried: "Tried again",
};

export function stepWord(step: string): string {
  return WORDS[step] ?? step.replaceAll("_", " ");
}

/** "Winter Signal, season 2 · 4K". */
export function requestTitle({ title, seasons: numbers, is_4k }: Pick<MediaRequest, "title" | "seasons" | "is_4k">): string {
  const named = numbers.length > 0 ? `${title}, ${seasons(numbers)}` : title;
  return is_4k ? `${named} · 4K` : named;
}

/** Which requests stand behind each filter. */
export const FILTERS = {
  all: { label: "All", statuses: [] },
  waiting: { label: "Waiting", statuses: ["pending"] },
  moving: { label: "Moving", statuses: ["approved", "submitted", "processing", "partially_available"] },
  "in-plex": { label: "In Plex", statuses: ["available"] },
  "not-done": { label: "Not done", statuses: ["declined", "failed", "cancelled", "removed"] },
} as const satisfies Record<string, { label: string; statuses: readonly RequestStatus[] }>;

export type Filter = keyof typeof FILTERS;
