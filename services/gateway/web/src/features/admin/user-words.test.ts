import { describe, expect, it } from "vitest";

import type { User } from "@/api/models";
import { userLook } from "@/lib/states";

import { missingWords, quotaChange, quotaTexts, userLine } from "./user-words";

const NOW = Date.parse("2026-11-25T12:00:00Z");

const makeUser = (fields: Partial<User> = {}) =>
  ({
    role: "user",
    plex_linked: true,
    local_sign_in: false,
    last_login_at: "2026-11-25T09:00:00Z",
    switches: { auto_approve: false, downloads_need_approval: false },
    quotas: { movie_quota: null, series_quota: 2, download_quota_bytes: 20_000_000_000 },
    ...fields,
  }) as User;

describe("a user's line", () => {
  it("says the role, the way in, when they came last, and their limit", () => {
    expect(userLine(makeUser(), NOW)).toBe("Guest · Plex · signed in 3 h ago · 20.0 GB of downloads");
  });

  it("says what is switched for them alone", () => {
    const user = makeUser({ last_login_at: null, switches: { auto_approve: true, downloads_need_approval: true } });
    expect(userLine(user, NOW)).toContain("never signed in · approved at once · downloads need a yes");
  });
});

describe("quotas", () => {
  it("are empty where the suite's own hold, and come back as they went", () => {
    const texts = quotaTexts(makeUser());
    expect(texts).toEqual({ movie: "", series: "2", gigabytes: "20" });
    expect(quotaChange(texts)).toEqual(makeUser().quotas);
  });

  it("of zero is not the suite's own", () => {
    expect(quotaChange({ movie: "0", series: " ", gigabytes: "0.5" })).toEqual({ movie_quota: 0, series_quota: null, download_quota_bytes: 500_000_000 });
  });
});

it("somebody whose share ended is not called suspended", () => {
  expect(userLook({ status: "suspended", suspended_because: "access_ended" }).word).not.toBe(userLook({ status: "suspended", suspended_because: "admin" }).word);
});

it("an erasure names who is missing", () => {
  expect(missingWords(["downloads", "status"])).toContain("downloads, status");
  expect(missingWords([])).toBe("Forgotten everywhere.");
});
