import { describe, expect, it } from "vitest";

import { REQUEST } from "@/lib/states";

import { FILTERS, requestTitle, stepStates, stepWord } from "./way";

describe("the four steps", () => {
  it.each([
    ["pending", ["done", "now", "ahead", "ahead"]],
    ["approved", ["done", "done", "now", "ahead"]],
    ["available", ["done", "done", "done", "done"]],
    ["declined", ["done", "ahead", "ahead", "ahead"]],
    ["failed", ["done", "done", "ahead", "ahead"]],
  ] as const)("of a %s request", (status, states) => {
    expect(stepStates(status)).toEqual(states);
  });
});

it("every status is behind exactly one filter", () => {
  const filtered = Object.values(FILTERS).flatMap((filter) => [...filter.statuses]);
  expect(filtered.sort()).toEqual(Object.keys(REQUEST).sort());
});

it("a title names its seasons and its kind", () => {
  expect(requestTitle({ title: "Winter Signal", seasons: [2], is_4k: true })).toBe("Winter Signal, season 2 · 4K");
});

it("a step nobody knows is still readable", () => {
  expect([stepWord("partly_in_plex"), stepWord("brand_new_step")]).toEqual(["Partly in Plex", "brand new step"]);
});
