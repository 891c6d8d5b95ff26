import { describe, expect, it } from "vitest";

import { backoff, livenessAfter } from "./connection";
import { parseMessage } from "./messages";

describe("the wait before the next try", () => {
  it("doubles from one second to thirty", () => {
    expect([0, 1, 2, 3, 9, 99].map((tries) => backoff(tries, () => 1))).toEqual([1000, 2000, 4000, 8000, 30_000, 30_000]);
  });

  it("is spread over the upper half, so that not all come back at once", () => {
    expect(backoff(3, () => 0)).toBe(4000);
  });
});

describe("a silence", () => {
  it.each([
    [2_999, "live"],
    [3_000, "reconnecting"],
    [14_999, "reconnecting"],
    [15_000, "lost"],
  ] as const)("of %i ms is called %s", (ms, name) => {
    expect(livenessAfter(ms)).toBe(name);
  });
});

describe("a frame", () => {
  it("is read when it is one of ours", () => {
    expect(parseMessage('{"type":"resync","topic":"requests"}')).toEqual({ type: "resync", topic: "requests" });
  });

  it.each(["", "{", "[]", "null", '{"type":7}', '"text"'])("like %s is left alone", (frame) => {
    expect(parseMessage(frame)).toBeNull();
  });

  it("that is not text is left alone", () => {
    expect(parseMessage(new ArrayBuffer(2))).toBeNull();
  });
});
