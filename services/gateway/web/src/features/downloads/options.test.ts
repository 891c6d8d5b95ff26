import { describe, expect, it } from "vitest";

import { extrasLine, type Options, orderOf, parseLanguages, parseRange } from "./options";

const URL = "https://videos.example/list";
const POSITIONS = [1, 2, 3, 4, 5];
const makeOptions = (fields: Partial<Options> = {}): Options => ({ preset: "1080p", into: "collection", collection: " Bread ", subtitles: ["en"], sponsorblock: ["sponsor"], keepDays: 0, ...fields });

describe("a range", () => {
  it("names positions, spans, and everything from one on", () => {
    expect([...parseRange("1-2, 4-", POSITIONS)!]).toEqual([1, 2, 4, 5]);
    expect([...parseRange("3", POSITIONS)!]).toEqual([3]);
  });

  it("beyond the end names nothing", () => {
    expect(parseRange("9-12", POSITIONS)!.size).toBe(0);
  });

  it.each(["", "a", "1-2-3", "3-1", "0", "1,,2"])("%j cannot be read", (text) => {
    expect(parseRange(text, POSITIONS)).toBeNull();
  });
});

describe("languages", () => {
  it("are codes, each once", () => {
    expect(parseLanguages("en, de  en pt-BR")).toEqual(["en", "de", "pt-BR"]);
    expect(parseLanguages(" ")).toEqual([]);
  });

  it("are not words", () => {
    expect(parseLanguages("English")).toBeNull();
  });
});

describe("an order", () => {
  const all = { all: true, range: "", positions: POSITIONS };

  it("of everything names no positions and is kept for good", () => {
    expect(orderOf(URL, true, makeOptions(), all)).toEqual({
      url: URL,
      as_playlist: true,
      preset: "1080p",
      playlist: false,
      collection: "Bread",
      subtitles: ["en"],
      sponsorblock: ["sponsor"],
    });
  });

  it("sends a range or positions, never both", () => {
    expect(orderOf(URL, false, makeOptions(), { all: false, range: "2-", positions: [2] })).not.toHaveProperty("items");
    expect(orderOf(URL, false, makeOptions(), { all: false, range: "", positions: [3, 1] }).items).toEqual([1, 3]);
  });

  it("goes into both, or into none", () => {
    expect(orderOf(URL, false, makeOptions({ into: "both" }), all)).toMatchObject({ playlist: true, collection: "Bread" });
    expect(orderOf(URL, false, makeOptions({ into: "nowhere" }), all)).toMatchObject({ playlist: false, collection: "" });
  });

  it("of sound alone has no subtitles", () => {
    expect(orderOf(URL, false, makeOptions({ preset: "mp3" }), all).subtitles).toEqual([]);
  });
});

it("what is set besides is one line", () => {
  expect(extrasLine(makeOptions({ keepDays: 30 }))).toBe("subtitles: en · cut out: sponsors · kept 30 days");
  expect(extrasLine(makeOptions({ subtitles: [], sponsorblock: [] }))).toBe("");
});
