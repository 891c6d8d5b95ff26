import { describe, expect, it } from "vitest";

import type { Follow } from "@/api/models";

import { checkLine, everyWords, ruleFields, ruleLine, rulesOf } from "./follow-words";

const NOW = Date.parse("2026-11-25T12:00:00Z");
const makeFollow = (fields: Partial<Follow> = {}) =>
  ({ status: "active", every_hours: 6, keep_last: null, keep_days: null, videos_kept: 0, bytes: 0, last_checked_at: null, next_check_at: null, ...fields }) as Follow;

describe("a follow's rule", () => {
  it("is a line that leaves out what it does not limit", () => {
    expect(ruleLine(makeFollow())).toBe("Every 6 h");
    expect(ruleLine(makeFollow({ keep_last: 10, keep_days: 1, videos_kept: 2, bytes: 2e9 }))).toBe("Every 6 h · keeps the last 10, for 1 day · 2 videos, 2.0 GB");
  });

  it("comes back from the form as it went in", () => {
    const follow = makeFollow({ keep_last: 3 });
    expect(ruleFields(rulesOf(follow))).toEqual({ every_hours: 6, keep_last: 3, keep_days: null });
  });

  it("says hours as people do", () => {
    expect([1, 3, 24, 72, 168].map(everyWords)).toEqual(["every hour", "every 3 h", "every day", "every 3 days", "every week"]);
  });
});

describe("its checks", () => {
  it("say what is to come only while it is followed", () => {
    const next = new Date(NOW + 3_600_000).toISOString();
    expect(checkLine(makeFollow({ next_check_at: next }), NOW)).toMatch(/^not checked yet · again \d\d:\d\d$/);
    expect(checkLine(makeFollow({ next_check_at: next, status: "paused" }), NOW)).toBe("not checked yet");
  });

  it("that are due are under way", () => {
    expect(checkLine(makeFollow({ next_check_at: new Date(NOW - 1).toISOString() }), NOW)).toContain("is being checked");
  });
});
