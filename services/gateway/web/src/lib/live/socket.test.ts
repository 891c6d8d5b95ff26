// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { connectionStore } from "./connection";
import { LiveSocket } from "./socket";

class FakeWebSocket {
  static all: FakeWebSocket[] = [];
  sent: string[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;

  constructor(readonly url: string) {
    FakeWebSocket.all.push(this);
  }

  send(text: string) {
    this.sent.push(text);
  }

  close(code = 1000) {
    this.onclose?.({ code });
  }

  answer() {
    this.onopen?.();
    this.onmessage?.({ data: '{"type":"status.snapshot","topic":"status","data":{"items":[]}}' });
  }
}

const newest = () => FakeWebSocket.all.at(-1)!;

function setUp() {
  const options = { url: "ws://here/api", topics: ["status"], onMessage: vi.fn(), onReturn: vi.fn(), onDoubt: vi.fn() };
  const socket = new LiveSocket(options);
  socket.start();
  return { socket, ...options };
}

describe("the live socket", () => {
  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal("WebSocket", FakeWebSocket);
    vi.spyOn(Math, "random").mockReturnValue(1);
    FakeWebSocket.all = [];
    connectionStore.set({ liveness: "starting", heardAt: null, nextTryAt: null });
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
    vi.unstubAllGlobals();
  });

  it("subscribes once open, and is live with the first message", () => {
    const { onMessage, onReturn, socket } = setUp();
    newest().answer();
    expect(newest().sent).toEqual(['{"action":"subscribe","topics":["status"]}']);
    expect(connectionStore.get().liveness).toBe("live");
    expect(onMessage).toHaveBeenCalledOnce();
    expect(onReturn).not.toHaveBeenCalled();
    socket.stop();
  });

  it("comes back by itself and says so", () => {
    const { onReturn, socket } = setUp();
    newest().answer();
    newest().close(1012);
    vi.advanceTimersByTime(1000);
    expect(FakeWebSocket.all).toHaveLength(2);
    newest().answer();
    expect(onReturn).toHaveBeenCalledOnce();
    expect(connectionStore.get().liveness).toBe("live");
    socket.stop();
  });

  it("asks for what came after the last fact it heard", () => {
    const { socket } = setUp();
    newest().answer();
    newest().onmessage?.({ data: '{"type":"requests.snapshot","topic":"requests","data":{"sequence":41}}' });
    newest().onmessage?.({ data: '{"type":"request.approved","id":44,"topic":"requests","data":{}}' });
    newest().close(1012);
    vi.advanceTimersByTime(1000);
    newest().answer();
    expect(newest().sent).toEqual(['{"action":"subscribe","topics":["status"],"after":44}']);
    socket.stop();
  });

  it("says nothing of a short gap, mentions a longer one, and says a long one loudly", () => {
    const { socket } = setUp();
    newest().answer();
    newest().close(1006);
    vi.advanceTimersByTime(900);
    expect(connectionStore.get().liveness).toBe("live");
    for (let turn = 0; turn < 30; turn += 1) {
      vi.advanceTimersByTime(500);
      if (FakeWebSocket.all.length > 1) newest().close(1006);
    }
    expect(connectionStore.get().liveness).toBe("lost");
    socket.stop();
  });

  it("tries at once when the network is back", () => {
    const { socket } = setUp();
    newest().close(1006);
    window.dispatchEvent(new Event("online"));
    expect(FakeWebSocket.all).toHaveLength(2);
    socket.stop();
  });

  it("asks who is signed in when the gateway closes it, or it is refused twice", () => {
    const { onDoubt, socket } = setUp();
    newest().close(1006);
    expect(onDoubt).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1000);
    newest().close(1006);
    expect(onDoubt).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(2000);
    newest().close(4401);
    expect(onDoubt).toHaveBeenCalledTimes(2);
    socket.stop();
  });

  it("gives up on a connection that never opens", () => {
    const { socket } = setUp();
    vi.advanceTimersByTime(10_000);
    vi.advanceTimersByTime(1_000);
    expect(FakeWebSocket.all).toHaveLength(2);
    socket.stop();
  });

  it("stays closed when it is stopped", () => {
    const { socket } = setUp();
    newest().answer();
    socket.stop();
    vi.advanceTimersByTime(60_000);
    window.dispatchEvent(new Event("online"));
    expect(FakeWebSocket.all).toHaveLength(1);
  });
});
