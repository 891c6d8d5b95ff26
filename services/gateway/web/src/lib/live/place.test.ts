import { describe, expect, it } from "vitest";

import type { LiveMessage } from "./messages";
import { Place } from "./place";

const snapshot = (sequence: number): LiveMessage => ({ type: "requests.snapshot", topic: "requests", data: { sequence } });
const fact = (id: number): LiveMessage => ({ type: "request.approved", topic: "requests", id, data: {} });

function placeAfter(...messages: LiveMessage[]) {
  const place = new Place();
  for (const message of messages) place.note(message);
  return place.asked();
}

describe("our place in the stream", () => {
  it("is nowhere before anything was heard", () => {
    expect(placeAfter()).toEqual({});
  });

  it("begins with the first snapshot and moves with each fact", () => {
    expect(placeAfter(snapshot(10))).toEqual({ after: 10 });
    expect(placeAfter(snapshot(10), fact(12), fact(15))).toEqual({ after: 15 });
  });

  it("does not jump over what was missed when a later snapshot comes first", () => {
    expect(placeAfter(snapshot(10), fact(12), snapshot(30), fact(20))).toEqual({ after: 20 });
  });

  it("jumps when the gap cannot be filled", () => {
    expect(placeAfter(snapshot(10), snapshot(30), { type: "resync", topic: "requests" })).toEqual({ after: 30 });
  });

  it("never goes back, and ignores signs without a number and the state of services", () => {
    const live: LiveMessage = { type: "item.progress", topic: "downloads", id: null, data: {} };
    const state: LiveMessage = { type: "service.changed", topic: "status", id: 900, data: {} };
    expect(placeAfter(snapshot(10), fact(15), fact(12), live, state)).toEqual({ after: 15 });
  });
});
