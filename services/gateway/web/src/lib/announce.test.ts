import { describe, expect, it } from "vitest";

import { merged } from "./announce";

describe("sentences for the ear", () => {
  it("are said once", () => {
    expect(merged(["A download is done.", "A download is done."])).toBe("A download is done.");
  });

  it("are merged when there are many", () => {
    expect(merged(["One.", "Two.", "Three.", "Four."])).toBe("One. Two. And 2 more changes.");
  });
});
