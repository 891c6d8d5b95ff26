import { describe, expect, it } from "vitest";

import type { Download, Preview } from "@/api/models";
import type { ItemProgress } from "@/lib/live/messages";
import { DOWNLOAD } from "@/lib/states";

import { briefLine, FILTERS, leftOut, progressText, shareOf, statusLine } from "./words";

const makeDownload = (fields: Partial<Download> = {}) =>
  ({ status: "running", progress: 0.2, items_total: 20, items_completed: 12, items_failed: 1, bytes: 0, waiting_for: null, in_plex_reason: null, error_message: null, ...fields }) as Download;

const makeProgress = (fields: Partial<ItemProgress> = {}): ItemProgress => ({
  item_id: "i1",
  download_id: "d1",
  attempt: 1,
  phase: "video",
  progress: 0.5,
  downloaded_bytes: 50_000_000,
  total_bytes: 100_000_000,
  speed: 4_100_000,
  eta: 61,
  ...fields,
});

it("every status is behind exactly one filter", () => {
  const filtered = Object.values(FILTERS).flatMap((filter) => [...filter.statuses]);
  expect(filtered.sort()).toEqual(Object.keys(DOWNLOAD).sort());
});

describe("the share that is done", () => {
  it("is what the list said while nothing is heard", () => {
    expect(shareOf(makeDownload(), [])).toBe(0.2);
  });

  it("adds running items to settled ones, failed ones too", () => {
    expect(shareOf(makeDownload(), [makeProgress(), makeProgress({ item_id: "i2", progress: null })])).toBeCloseTo(13.5 / 20);
  });
});

describe("progress in words", () => {
  it("has share, speed and what remains", () => {
    expect(progressText(makeProgress())).toBe("50 % · 4.1 MB/s · about 2 min left");
  });

  it("of unknown size says how much has come", () => {
    expect(progressText(makeProgress({ progress: null, eta: null }))).toBe("50 MB · 4.1 MB/s");
  });

  it("names what is done besides downloading", () => {
    expect(progressText(makeProgress({ phase: "merging" }))).toBe("Putting sound and picture together");
    expect(progressText(makeProgress({ phase: "audio", eta: null }))).toBe("50 % · 4.1 MB/s");
  });
});

describe("a download's line", () => {
  it("names the item that is being fetched", () => {
    expect(statusLine(makeDownload(), [makeProgress()], "Sourdough")).toBe("12 of 20 done · 1 failed · Now: Sourdough · 50 % · 4.1 MB/s · about 2 min left");
    expect(briefLine(makeDownload(), [makeProgress()], "Sourdough")).toBe("12 of 20 · Now: Sourdough");
  });

  it("says why it failed", () => {
    expect(statusLine(makeDownload({ status: "failed", items_total: 1, error_message: "This video is private." }), [], null)).toBe("This video is private.");
  });

  it("says for what it waits", () => {
    expect(statusLine(makeDownload({ status: "queued", items_total: 1, waiting_for: "Starts after 3 more." }), [], null)).toBe("Starts after 3 more.");
  });
});

it("a preview says what is left out", () => {
  const entry = { index: 1, title: "a", duration: 1, url: "", problem: null, already: false };
  const preview = { entries: [{ ...entry, problem: "Private" }, { ...entry, already: true }, entry] } as Preview;
  expect(leftOut(preview)).toBe("1 cannot be fetched and is left out · 1 you already have.");
  expect(leftOut({ entries: [entry] } as Preview)).toBeNull();
});
