/** The one WebSocket of the page: opens, subscribes, and comes back by itself after every loss. */
import { backoff, connectionStore, livenessAfter, LOST_AFTER_MS, MENTION_AFTER_MS } from "./connection";
import { type LiveMessage, parseMessage } from "./messages";
import { Place } from "./place";

const OPEN_DEADLINE_MS = 10_000;
/** Closes from this code on are the gateway's own words, not the network's. */
const OWN_CODES_FROM = 4000;

export interface LiveSocketOptions {
  url: string;
  topics: string[];
  onMessage: (message: LiveMessage) => void;
  /** Called after each new connection but the first. Facts that were missed come by themselves; passing signs do not. */
  onReturn: () => void;
  /** Called when the session may be the reason that there is no connection: worth asking who is signed in. */
  onDoubt: () => void;
}

export class LiveSocket {
  private socket: WebSocket | null = null;
  private tries = 0;
  private connectedBefore = false;
  private readonly place = new Place();
  private stopped = false;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private silence: ReturnType<typeof setTimeout>[] = [];
  private readonly options: LiveSocketOptions;

  constructor(options: LiveSocketOptions) {
    this.options = options;
  }

  start() {
    this.stopped = false;
    window.addEventListener("online", this.now);
    document.addEventListener("visibilitychange", this.whenVisible);
    this.connect();
  }

  stop() {
    this.stopped = true;
    window.removeEventListener("online", this.now);
    document.removeEventListener("visibilitychange", this.whenVisible);
    clearTimeout(this.retry);
    this.endSilence();
    this.leave();
  }

  /** Try at once instead of waiting for the next turn. */
  readonly now = () => {
    if (this.stopped || this.socket) return; // open, or on its way
    clearTimeout(this.retry);
    this.connect();
  };

  private readonly whenVisible = () => {
    if (!document.hidden) this.now();
  };

  private connect() {
    const socket = new WebSocket(this.options.url);
    this.socket = socket;
    const deadline = setTimeout(() => socket.close(), OPEN_DEADLINE_MS);
    socket.onopen = () => {
      clearTimeout(deadline);
      socket.send(JSON.stringify({ action: "subscribe", topics: this.options.topics, ...this.place.asked() }));
    };
    socket.onmessage = (event) => this.hear(parseMessage(event.data));
    socket.onclose = (event) => {
      clearTimeout(deadline);
      this.lose(event.code);
    };
  }

  private hear(message: LiveMessage | null) {
    if (!message) return;
    if (connectionStore.get().liveness !== "live" || this.tries > 0) this.arrive();
    connectionStore.set((now) => ({ ...now, heardAt: Date.now() }));
    this.place.note(message);
    this.options.onMessage(message);
  }

  private arrive() {
    this.tries = 0;
    this.endSilence();
    connectionStore.set({ liveness: "live", heardAt: Date.now(), nextTryAt: null });
    if (this.connectedBefore) this.options.onReturn();
    this.connectedBefore = true;
  }

  private lose(code: number) {
    this.socket = null;
    if (this.stopped) return;
    if (code >= OWN_CODES_FROM || this.tries === 1) this.options.onDoubt();
    const wait = backoff(this.tries);
    this.tries += 1;
    connectionStore.set((now) => ({ ...now, nextTryAt: Date.now() + wait }));
    if (this.tries === 1) this.watchSilence();
    this.retry = setTimeout(() => this.connect(), wait);
  }

  private watchSilence() {
    for (const after of [MENTION_AFTER_MS, LOST_AFTER_MS]) {
      const tell = () => connectionStore.set((now) => ({ ...now, liveness: livenessAfter(after) }));
      this.silence.push(setTimeout(tell, after));
    }
  }

  private endSilence() {
    for (const timer of this.silence) clearTimeout(timer);
    this.silence = [];
  }

  private leave() {
    const socket = this.socket;
    this.socket = null;
    if (!socket) return;
    socket.onclose = null;
    socket.onmessage = null;
    socket.close(1000);
  }
}
