import { describe, expect, it } from "vitest";

import type { Lane } from "@/api/models";

import { checkName, laneLine, laneLook, laneReason, letterWords, readinessTitle } from "./system-words";

const makeLane = (fields: Partial<Lane> = {}): Lane => ({
  egress: "home",
  in_flight: 1,
  slots: 4,
  workers: 2,
  paused: false,
  slow: false,
  reason: null,
  until: null,
  versions: { yt_dlp: "2026.11.01" },
  ...fields,
});

describe("a way out", () => {
  it("says how busy it is and with what", () => {
    expect(laneLine(makeLane())).toBe("1 of 4 places busy · 2 workers · yt-dlp 2026.11.01");
  });

  it("that is paused says why and whether it goes on by itself", () => {
    expect(laneReason(makeLane())).toBeNull();
    expect(laneReason(makeLane({ paused: true, reason: "YouTube asks us to slow down" }))).toBe("YouTube asks us to slow down. It stays so until you resume it.");
    expect(laneReason(makeLane({ paused: true, reason: "Flagged.", until: new Date().toISOString() }))).toMatch(/^Flagged\. Goes on by itself about \d\d:\d\d\.$/);
  });

  it("differs in word and glyph by what it does", () => {
    const looks = [makeLane(), makeLane({ slow: true }), makeLane({ paused: true, slow: true })].map(laneLook);
    expect(new Set(looks.map((look) => look.word)).size).toBe(3);
    expect(new Set(looks.map((look) => look.glyph)).size).toBe(3);
  });
});

describe("readiness", () => {
  const check = (name: string, ok: boolean) => ({ name, ok, detail: "" });

  it("counts what is to be mended", () => {
    expect(readinessTitle([check("ffmpeg", true)])).toBe("Ready for YouTube");
    expect(readinessTitle([check("ffmpeg", false), check("ejs", true)])).toBe("1 thing to mend before YouTube works well");
  });

  it("names a check it does not know by its own name", () => {
    expect(checkName(check("new_thing", true))).toBe("new thing");
  });
});

it("a message is called by what it says, not by its subject", () => {
  expect(letterWords({ subject: "medianest.evt.auth.user.deleted.v1" })).toBe("User deleted");
  expect(letterWords({ subject: "odd" })).toBe("odd");
});
