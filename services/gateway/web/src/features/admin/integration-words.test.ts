import { describe, expect, it } from "vitest";

import { readProblem } from "@/lib/problem";

import { addable, draftOf, stepsOf } from "./integration-words";

const STEP = { name: "reach", label: "Reachable", ok: false, detail: "Nobody answers.", fix: "Check the address." };

describe("a refused saving", () => {
  it("shows the steps of its test", () => {
    const problem = readProblem(422, { code: "INTEGRATION_TEST_FAILED", detail: "no", steps: [STEP, "not a step"] }, null);
    expect(stepsOf(problem)).toEqual([STEP]);
  });

  it("for another reason has no steps", () => {
    expect(stepsOf(readProblem(422, { code: "VALIDATION_FAILED", steps: [STEP] }, null))).toBeNull();
    expect(stepsOf(readProblem(422, { code: "INTEGRATION_TEST_FAILED" }, null))).toBeNull();
  });
});

it("a new one sends no empty secret and no empty name", () => {
  const form = { name: " ", url: " http://plex:32400 ", secret: "", isPrivate: false };
  expect(draftOf("plex", form, false)).toEqual({ kind: "plex", url: "http://plex:32400", force: false, private: false });
});

it("one of each can be added, and any number of web addresses", () => {
  expect(addable(["plex", "http"])).toEqual(["overseerr", "uptime_kuma", "http"]);
});
