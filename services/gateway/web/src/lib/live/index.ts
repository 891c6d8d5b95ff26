/** Starts and stops the live connection of the signed-in page. */
import type { QueryClient } from "@tanstack/react-query";

import { sessionKeys } from "@/api/session";

import { basePath } from "../base-path";
import { LiveCache } from "./apply";
import { connectionStore } from "./connection";
import { progressBoard } from "./progress";
import { LiveSocket } from "./socket";

const POLL_MS = 30_000;

let current: LiveSocket | null = null;

export function connectNow() {
  current?.now();
}

/** Be live until the returned function is called. Without a connection what is shown is read again every 30 s. */
export function goLive(client: QueryClient, topics: string[]): () => void {
  const cache = new LiveCache(client);
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  const socket = new LiveSocket({
    url: `${scheme}//${location.host}${basePath}/api/v1/events/ws`,
    topics,
    onMessage: (message) => cache.take(message),
    onReturn: () => cache.reread("status"),
    onDoubt: () => void client.invalidateQueries({ queryKey: sessionKeys.me }),
  });
  const poll = setInterval(() => {
    if (connectionStore.get().liveness === "lost") cache.reread();
  }, POLL_MS);
  const wake = () => {
    if (!document.hidden) progressBoard.wake();
  };
  document.addEventListener("visibilitychange", wake);
  current = socket;
  socket.start();
  return () => {
    clearInterval(poll);
    document.removeEventListener("visibilitychange", wake);
    socket.stop();
    cache.stop();
    progressBoard.clear();
    current = null;
  };
}
