import { expect, it } from "vitest";

import { offered, PERMISSIONS, scopeWords } from "./token-words";

it("nobody is offered what they do not hold", () => {
  expect(offered(["youtube:download", "dashboard:read"])).toEqual(["dashboard:read", "youtube:download"]);
});

it("scopes are one sentence", () => {
  expect(scopeWords(["dashboard:read", "youtube:download"])).toBe("See what is up, download videos");
});

it("no two permissions read alike", () => {
  expect(new Set(Object.values(PERMISSIONS)).size).toBe(Object.keys(PERMISSIONS).length);
});
