import { describe, expect, it } from "vitest";

import type { Service, StatusDocument } from "@/api/models";
import { clock } from "@/lib/format";

import { foremostServices, headlineDetail, headlineTitle, pillText, responseText, serviceNote } from "./words";

const NOW = Date.now();
const since = new Date(NOW - 27 * 60_000).toISOString();
const fine = { ok: true, because: null, since: null, until: null };

function makeDocument(fields: Partial<StatusDocument> = {}): StatusDocument {
  const headline = { health: "up", title: "Everything is up.", detail: "", since: null, until: null } as const;
  return { items: [], abilities: { watch: fine, browse: fine, request: fine, download: fine }, headline, as_of: since, stale: false, ...fields };
}

const makeService = (fields: Partial<Service>) => ({ service_id: "plex", name: "Plex", health: "up", since, response_ms: 42, message: null, behind: null, ...fields }) as Service;

describe("the headline", () => {
  it("has the time put into its first sentence", () => {
    expect(headlineTitle({ title: "Plex is down. You cannot watch now.", since, until: null })).toBe(`Plex is down since ${clock(since)}. You cannot watch now.`);
  });

  it("says until when downloads pause", () => {
    expect(headlineTitle({ title: "Plex is up. Downloads pause.", since, until: since })).toBe(`Plex is up. Downloads pause until about ${clock(since)}.`);
  });

  it("stays as it is without a time", () => {
    expect(headlineTitle({ title: "Everything is up.", since: null, until: null })).toBe("Everything is up.");
  });

  it("tells the cause of waiting requests in its second line", () => {
    const headline = { health: "down", title: "Plex is up. New requests wait.", detail: "Watch and browse as usual.", since, until: null } as const;
    const request = { ok: false, because: "Overseerr is down. New requests wait.", since, until: null };
    const document = makeDocument({ headline, abilities: { ...makeDocument().abilities, request } });
    expect(headlineDetail(document)).toBe(`Overseerr is down since ${clock(since)}. Watch and browse as usual.`);
  });
});

describe("a service's note", () => {
  it("counts how long it has been up and since when it is not", () => {
    expect(serviceNote(makeService({}), [], NOW)).toBe("for 27 min");
    expect(serviceNote(makeService({ health: "down" }), [], NOW)).toBe(`since ${clock(since)}`);
  });

  it("calls the cause by its name", () => {
    const plex = makeService({ health: "down" });
    expect(serviceNote(makeService({ service_id: "kuma.1", health: "down", behind: "plex" }), [plex], NOW)).toBe("because of Plex");
  });

  it("has no figure where there was no answer", () => {
    expect(responseText(makeService({ health: "down", response_ms: null }))).toBe("no answer");
    expect(responseText(makeService({ health: "unknown", response_ms: null }))).toBe("–");
  });
});

describe("the pill", () => {
  it("says what one cannot do before it counts", () => {
    const items = [makeService({}), makeService({ service_id: "overseerr", health: "down" })];
    const request = { ...fine, ok: false };
    expect(pillText(makeDocument({ items, abilities: { ...makeDocument().abilities, request } }))).toEqual({ title: "Requests wait", detail: "1 of 2 services up" });
    expect(pillText(makeDocument({ items: [makeService({})] })).title).toBe("All 1 up");
  });
});

describe("the first page's services", () => {
  const ids = (services: Service[]) => foremostServices(services).map((service) => service.service_id);

  it("are our own, and others only in trouble of their own", () => {
    const services = [
      makeService({ service_id: "kuma.1", health: "down" }),
      makeService({ service_id: "kuma.2", health: "up" }),
      makeService({ service_id: "kuma.3", health: "down", behind: "plex" }),
      makeService({ service_id: "kuma.4", health: "maintenance" }),
      makeService({ service_id: "plex" }),
    ];
    expect(ids(services)).toEqual(["plex", "kuma.1"]);
  });

  it("are few, however much fails", () => {
    const services = Array.from({ length: 40 }, (_, index) => makeService({ service_id: `kuma.${index}`, health: "down" }));
    expect(ids(services)).toHaveLength(8);
  });
});
