import { describe, expect, it } from "vitest";

import type { Bucket, Download, MediaRequest, StatusDocument } from "@/api/models";

import type { Beat, DownloadChange, ServiceChange } from "./messages";
import { beatService, changeDownload, changeItem, changePages, changeRequest, changeService, type RequestList } from "./reducer";

const bucket = (at: string, health: Bucket["health"] = "up"): Bucket => ({ at, health, response_ms: 40, uptime: 1 });

function makeDocument(version = 3): StatusDocument {
  return {
    items: [
      {
        service_id: "plex",
        name: "Plex",
        kind: "plex",
        health: "up",
        since: "2026-11-20T10:00:00Z",
        checked_at: "2026-11-22T12:01:00Z",
        response_ms: 42,
        message: null,
        behind: null,
        uptime_30d: 0.99,
        incident_id: null,
        version,
        uptime: { "24h": 1, "7d": 1, "30d": 0.99, "90d": null },
        recent: [bucket("2026-11-22T12:00:00Z"), bucket("2026-11-22T12:00:45Z")],
      },
    ],
    abilities: {
      watch: { ok: true, because: null, since: null, until: null },
      browse: { ok: true, because: null, since: null, until: null },
      request: { ok: true, because: null, since: null, until: null },
      download: { ok: true, because: null, since: null, until: null },
    },
    headline: { health: "up", title: "Everything is up.", detail: "", since: null, until: null },
    as_of: "2026-11-22T12:01:00Z",
    stale: false,
  };
}

function makeChange(fields: Partial<ServiceChange> = {}): ServiceChange {
  return { service_id: "plex", name: "Plex", health: "down", since: "2026-11-22T12:02:00Z", checked_at: "2026-11-22T12:02:00Z", response_ms: null, version: 4, ...fields };
}

function makeBeat(fields: Partial<Beat> = {}): Beat {
  return { service_id: "plex", health: "up", response_ms: 55, checked_at: "2026-11-22T12:01:10Z", version: 3, ...fields };
}

const makeRequest = (fields: Partial<MediaRequest> = {}) => ({ id: "r1", status: "pending", version: 2, title: "Quiet River", ...fields }) as MediaRequest;
const makeDownload = (fields: Partial<Download> = {}) => ({ id: "d1", status: "running", version: 5, items_total: 5, items_completed: 1, items_failed: 0, ...fields }) as Download;

function makeDownloadChange(fields: Partial<DownloadChange> = {}): DownloadChange {
  return { download_id: "d1", user_id: "u1", status: "running", in_plex: "waiting", items_total: 5, items_completed: 2, items_failed: 0, version: 6, ...fields };
}

describe("a change of a service", () => {
  it("moves the state and keeps what only the document knows", () => {
    const [plex] = changeService(makeDocument(), makeChange()).items;
    expect(plex).toMatchObject({ health: "down", version: 4, response_ms: null, uptime: { "24h": 1 } });
    expect(plex?.recent).toHaveLength(2);
  });

  it.each([3, 2])("is dropped at version %i, which is not news", (version) => {
    const before = makeDocument(3);
    expect(changeService(before, makeChange({ version }))).toBe(before);
  });

  it("of an unknown service leaves everything as it is", () => {
    const before = makeDocument();
    expect(changeService(before, makeChange({ service_id: "kuma.7" }))).toBe(before);
  });
});

describe("a beat", () => {
  it("falls into the newest bucket while that lasts", () => {
    const [plex] = beatService(makeDocument(), makeBeat()).items;
    expect(plex?.recent).toHaveLength(2);
    expect(plex?.recent.at(-1)).toMatchObject({ at: "2026-11-22T12:00:45Z", response_ms: 55 });
    expect(plex?.response_ms).toBe(55);
  });

  it("begins a new bucket afterwards", () => {
    const [plex] = beatService(makeDocument(), makeBeat({ checked_at: "2026-11-22T12:01:31Z" })).items;
    expect(plex?.recent.map((one) => Date.parse(one.at))).toEqual(["2026-11-22T12:00:00Z", "2026-11-22T12:00:45Z", "2026-11-22T12:01:30Z"].map(Date.parse));
  });

  it("never makes a bucket look better than its worst moment", () => {
    const down = beatService(makeDocument(), makeBeat({ health: "down", response_ms: null }));
    const [plex] = beatService(down, makeBeat({ checked_at: "2026-11-22T12:01:20Z" })).items;
    expect(plex?.recent.at(-1)?.health).toBe("down");
  });

  it("does not change the verdict", () => {
    expect(beatService(makeDocument(), makeBeat({ health: "down" })).items[0]?.health).toBe("up");
  });

  it("from before the last one is dropped", () => {
    const before = makeDocument();
    expect(beatService(before, makeBeat({ checked_at: "2026-11-22T12:00:59Z" }))).toBe(before);
    expect(beatService(before, makeBeat({ version: 2 }))).toBe(before);
  });

  it("keeps at most sixty buckets", () => {
    let document = makeDocument();
    const start = Date.parse("2026-11-22T12:02:00Z");
    for (let turn = 0; turn < 80; turn += 1) document = beatService(document, makeBeat({ checked_at: new Date(start + turn * 45_000).toISOString() }));
    expect(document.items[0]?.recent).toHaveLength(60);
  });
});

describe("a change of a request", () => {
  const list: RequestList = { pages: [{ items: [makeRequest(), makeRequest({ id: "r2" })], next_cursor: null }], pageParams: [null] };
  const apply = (version: number, id = "r1") => changePages(list, (row: MediaRequest) => changeRequest(row, { request_id: id, user_id: "u1", status: "approved", version }));

  it("changes its row alone", () => {
    const rows = apply(3).pages[0]?.items;
    expect(rows?.[0]).toMatchObject({ status: "approved", version: 3 });
    expect(rows?.[1]).toBe(list.pages[0]?.items[1]);
  });

  it("gives the same list back when there is nothing to change", () => {
    expect(apply(2)).toBe(list);
    expect(apply(9, "unknown")).toBe(list);
  });

  it("twice is the same as once", () => {
    const once = apply(3);
    expect(changePages(once, (row: MediaRequest) => changeRequest(row, { request_id: "r1", user_id: "u1", status: "approved", version: 3 }))).toBe(once);
  });
});

describe("a change of a download", () => {
  it("moves its counts", () => {
    expect(changeDownload(makeDownload(), makeDownloadChange())).toMatchObject({ items_completed: 2, version: 6 });
  });

  it("that is old changes nothing", () => {
    const before = makeDownload();
    expect(changeDownload(before, makeDownloadChange({ version: 5 }))).toBe(before);
  });

  it("reaches an item by the item's own version", () => {
    const items = [{ id: "i1", status: "running", version: 1, attempt: 1 }] as Download["items"];
    const before = makeDownload({ items });
    const change = { item_id: "i1", download_id: "d1", status: "completed", attempt: 1, version: 2 } as const;
    expect(changeItem(before, change).items?.[0]).toMatchObject({ status: "completed", version: 2 });
    expect(changeItem(before, { ...change, version: 1 })).toBe(before);
    expect(changeItem(makeDownload(), change)).toEqual(makeDownload());
  });
});
