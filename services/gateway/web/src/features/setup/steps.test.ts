import { expect, it } from "vitest";

import { around, isStep, STEPS, TITLES } from "./steps";

it("every step but the ends has a way back and a way on", () => {
  expect(around("plex").before).toBeNull();
  expect(around("done").after).toBeNull();
  for (const step of STEPS.slice(1)) expect(around(around(step).before!).after).toBe(step);
});

it("every step has a title, and nothing else is one", () => {
  expect(STEPS.every((step) => TITLES[step] !== "" && isStep(step))).toBe(true);
  expect(isStep("elsewhere")).toBe(false);
});
