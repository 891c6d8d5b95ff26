/** How live the page is: a short gap is nobody's business, a longer one is said, a long one is said loudly. */
import { createStore } from "../store";

export type Liveness = "starting" | "live" | "reconnecting" | "lost";

export interface Connection {
  liveness: Liveness;
  /** When the last message came, in ms since the epoch. */
  heardAt: number | null;
  nextTryAt: number | null;
}

export const MENTION_AFTER_MS = 3_000;
export const LOST_AFTER_MS = 15_000;

export const connectionStore = createStore<Connection>({ liveness: "starting", heardAt: null, nextTryAt: null });

/** The wait before the next try: doubling from one second to thirty, with jitter so that not all come back at once. */
export function backoff(tries: number, random: () => number = Math.random): number {
  const ceiling = Math.min(30_000, 1_000 * 2 ** Math.min(tries, 10));
  return ceiling / 2 + (random() * ceiling) / 2;
}

/** What to call a silence that has lasted `ms`. */
export function livenessAfter(ms: number): Liveness {
  if (ms < MENTION_AFTER_MS) return "live";
  return ms < LOST_AFTER_MS ? "reconnecting" : "lost";
}
