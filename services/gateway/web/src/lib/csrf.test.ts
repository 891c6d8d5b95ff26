import { describe, expect, it } from "vitest";

import { csrfToken, isUnsafe } from "./csrf";

describe("the token", () => {
  it("is read from its cookie", () => {
    expect(csrfToken("theme=dark; medianest_csrf=abc%3D; other=1")).toBe("abc=");
  });

  it("is taken from the name that nobody else can plant, whatever the order", () => {
    expect(csrfToken("medianest_csrf=planted; __Host-medianest_csrf=ours")).toBe("ours");
  });

  it("is null without a cookie, and no look-alike will do", () => {
    expect(csrfToken("")).toBeNull();
    expect(csrfToken("xmedianest_csrf=1; medianest_csrf_2=2")).toBeNull();
  });
});

it("only changes need it", () => {
  expect(["GET", "head", "POST", "DELETE", "PATCH"].map(isUnsafe)).toEqual([false, false, true, true, true]);
});
