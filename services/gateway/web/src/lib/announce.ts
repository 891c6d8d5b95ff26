/** Sentences for screen readers: at most one in five seconds, what piles up meanwhile is merged. */
import { createStore } from "./store";

const QUIET_MS = 5000;
const MOST = 2;

export const politeStore = createStore("");

let waiting: string[] = [];
let timer: ReturnType<typeof setTimeout> | null = null;

export function merged(sentences: string[]): string {
  const unique = [...new Set(sentences)];
  if (unique.length <= MOST) return unique.join(" ");
  return `${unique.slice(0, MOST).join(" ")} And ${unique.length - MOST} more changes.`;
}

function flush() {
  timer = null;
  if (waiting.length === 0) return;
  politeStore.set(merged(waiting));
  waiting = [];
  timer = setTimeout(flush, QUIET_MS);
}

export function announce(sentence: string) {
  waiting.push(sentence);
  if (timer === null) flush();
}
