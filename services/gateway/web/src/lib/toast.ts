/** Short notes at the edge of the screen, each gone by itself or by its button. */
import { announce } from "./announce";
import { createStore } from "./store";

export interface Toast {
  id: number;
  text: string;
  tone: "plain" | "good" | "bad";
  action?: { label: string; run: () => void };
}

const LIVES_MS = 8000;
const MOST = 3;

export const toastStore = createStore<Toast[]>([]);

let lastId = 0;

export function dismiss(id: number) {
  toastStore.set((toasts) => toasts.filter((toast) => toast.id !== id));
}

export function toast(text: string, options: Partial<Pick<Toast, "tone" | "action">> = {}) {
  lastId += 1;
  const id = lastId;
  toastStore.set((toasts) => [...toasts, { id, text, tone: options.tone ?? "plain", action: options.action }].slice(-MOST));
  announce(text);
  setTimeout(() => dismiss(id), LIVES_MS);
}
