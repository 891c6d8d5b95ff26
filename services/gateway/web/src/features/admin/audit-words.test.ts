import { describe, expect, it } from "vitest";

import { actionWords, csvOf, detailWords, partyWords } from "./audit-words";

const ENTRY = { id: "1", at: "2026-11-25T12:00:00Z", action: "session.started", actor: "u1", target: null, address: "192.0.2.1", detail: {} };

describe("a CSV export", () => {
  it("has a heading and one line an entry", () => {
    const csv = csvOf(`${JSON.stringify(ENTRY)}\n${JSON.stringify(ENTRY)}\n`);
    expect(csv.split("\r\n")).toHaveLength(4);
    expect(csv.split("\r\n")[1]).toBe('"2026-11-25T12:00:00Z","session.started","u1","","192.0.2.1",""');
  });

  it("of nothing is the heading alone", () => {
    expect(csvOf("")).toBe("at,action,actor,target,address,detail\r\n");
  });

  it("runs nothing in a spreadsheet and breaks no cell", () => {
    const csv = csvOf(JSON.stringify({ ...ENTRY, actor: '=HYPERLINK("x")', target: 'a,"b"' }));
    expect(csv).toContain(`"'=HYPERLINK(""x"")"`);
    expect(csv).toContain('"a,""b"""');
  });
});

it("an action nobody named is still readable", () => {
  expect(actionWords("user.hat_changed")).toBe("User hat changed");
});

it("a party is a name, or a short id", () => {
  const names = new Map([["0197a000-0000-7000-8000-000000000001", "alice"]]);
  expect(partyWords("0197a000-0000-7000-8000-000000000001", names)).toBe("alice");
  expect(partyWords("0197b000-0000-7000-8000-000000000001", names)).toBe("0197b000");
  expect(partyWords("system", names)).toBe("MediaNest itself");
});

it("details are pairs", () => {
  expect(detailWords({ role: "admin", created: 2 })).toBe("role: admin, created: 2");
  expect(detailWords({ by: "plex_code" })).toBe("by: a Plex code");
});
