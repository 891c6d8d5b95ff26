// @vitest-environment jsdom
import { QueryClient } from "@tanstack/react-query";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { downloadKeys } from "@/api/downloads";
import { followKeys } from "@/api/follows";
import type { MediaRequest, StatusDocument } from "@/api/models";
import { requestKeys } from "@/api/requests";
import { sessionKeys } from "@/api/session";
import { statusKeys } from "@/api/status";

import { LiveCache } from "./apply";
import { newsStore } from "./news";
import { progressBoard } from "./progress";

const ME = { id: "u1" };

function makeRequest(fields: Partial<MediaRequest> = {}) {
  return { id: "r1", user_id: "u1", status: "pending", version: 1, title: "Quiet River", ...fields } as MediaRequest;
}

function setUp() {
  const client = new QueryClient();
  client.setQueryData(sessionKeys.me, ME);
  client.setQueryData(requestKeys.list("mine", []), { pages: [{ items: [makeRequest()], next_cursor: null }], pageParams: [null] });
  const plex = { service_id: "plex", name: "Plex", health: "up", version: 1, recent: [], checked_at: null };
  client.setQueryData(statusKeys.document, { items: [plex] } as unknown as StatusDocument);
  const invalidate = vi.spyOn(client, "invalidateQueries").mockResolvedValue();
  const read = () => {
    vi.runAllTimers();
    return invalidate.mock.calls.map(([filters]) => JSON.stringify(filters?.queryKey));
  };
  return { client, cache: new LiveCache(client), invalidate, read };
}

const requestChange = (fields: object = {}) => ({ request_id: "r1", user_id: "u1", status: "approved", version: 2, ...fields });

describe("a live message", () => {
  beforeEach(() => {
    vi.useFakeTimers();
    newsStore.set({ requests: 0 });
    progressBoard.clear();
  });
  afterEach(() => vi.useRealTimers());

  it("about a request patches its row at once and has the rest read again", () => {
    const { client, cache, read } = setUp();
    cache.take({ type: "request.approved", topic: "requests", data: requestChange() });
    expect(client.getQueryData(requestKeys.list("mine", []))).toMatchObject({ pages: [{ items: [{ status: "approved", version: 2 }] }] });
    expect(read()).toContain(JSON.stringify(requestKeys.all));
  });

  it("in a burst causes one reading, not many", () => {
    const { cache, read } = setUp();
    for (let version = 2; version < 12; version += 1) cache.take({ type: "request.approved", topic: "requests", data: requestChange({ version }) });
    expect(read().filter((key) => key === JSON.stringify(requestKeys.all))).toHaveLength(1);
  });

  it("again and again causes ten readings a minute, the last after the last of them", () => {
    const { cache, invalidate } = setUp();
    const readings = () => invalidate.mock.calls.filter(([filters]) => filters?.queryKey === requestKeys.all).length;
    for (let version = 2; version < 122; version += 1) {
      cache.take({ type: "request.approved", topic: "requests", data: requestChange({ version }) });
      vi.advanceTimersByTime(500);
    }
    expect(readings()).toBe(10);
    vi.runAllTimers();
    expect(readings()).toBe(11);
  });

  it("of somebody else's new request is counted, not put under the pointer", () => {
    const { cache, read } = setUp();
    cache.take({ type: "request.created", topic: "requests", data: requestChange({ request_id: "r9", user_id: "u2", status: "pending" }) });
    expect(newsStore.get().requests).toBe(1);
    expect(read()).not.toContain(JSON.stringify(requestKeys.all));
  });

  it("of one's own new request, made on another device, shows it", () => {
    const { cache, read } = setUp();
    cache.take({ type: "request.created", topic: "requests", data: requestChange({ request_id: "r9", status: "pending" }) });
    expect(newsStore.get().requests).toBe(0);
    expect(read()).toContain(JSON.stringify(requestKeys.all));
  });

  it("with a service's new state changes it, and an old snapshot does not change it back", () => {
    const { client, cache } = setUp();
    const change = { service_id: "plex", name: "Plex", health: "down", since: "2026-11-22T12:00:00Z", checked_at: null, response_ms: null, version: 2 };
    cache.take({ type: "service.changed", topic: "status", data: change });
    cache.take({ type: "status.snapshot", topic: "status", data: { items: [{ ...change, health: "up", version: 1 }] } });
    expect(client.getQueryData<StatusDocument>(statusKeys.document)?.items[0]?.health).toBe("down");
  });

  it("with progress reaches the board until the item is settled", () => {
    const { cache } = setUp();
    cache.take({ type: "item.progress", topic: "downloads", data: { item_id: "i1", download_id: "d1", attempt: 1, progress: 0.4 } });
    expect(progressBoard.ofDownload("d1")).toHaveLength(1);
    cache.take({ type: "item.completed", topic: "downloads", data: { item_id: "i1", download_id: "d1", status: "completed", attempt: 1, version: 2 } });
    expect(progressBoard.ofDownload("d1")).toHaveLength(0);
  });

  it("that asks to read again does so for its topic alone", () => {
    const { cache, read } = setUp();
    cache.take({ type: "resync", topic: "downloads" });
    expect(read()).toEqual([downloadKeys.all, followKeys.all].map((key) => JSON.stringify(key)));
  });

  it("that asks to read again without a topic does so for everything", () => {
    const { cache, read } = setUp();
    cache.take({ type: "resync" });
    expect(read()).toHaveLength(5);
  });

  it.each(["requests.snapshot", "worker.slots", "something.new"])("of the type %s changes nothing", (type) => {
    const { cache, read } = setUp();
    cache.take({ type, topic: "admin", data: {} });
    expect(read()).toEqual([]);
  });
});
