// @vitest-environment jsdom
import { expect, it } from "vitest";

import { type Letter, type Letters, merged } from "./dead-letters";

const makeLetter = (fields: Partial<Letter>): Letter => ({ id: 1, subject: "s", consumer: "c", failed_at: "2026-11-25T12:00:00Z", attempts: 5, why: "w", domain: "auth", ...fields });
const makePart = (fields: Partial<Letters>): Letters => ({ items: [], total: 0, silent: [], ...fields });

it("letters of all parts are one list, the longest waiting first", () => {
  const late = makeLetter({ id: 1, domain: "auth", failed_at: "2026-11-25T13:00:00Z" });
  const early = makeLetter({ id: 1, domain: "downloads", failed_at: "2026-11-25T11:00:00+00:00" });
  const all = merged([makePart({ items: [late], total: 3 }), makePart({ items: [early], total: 1 })]);
  expect(all.items).toEqual([early, late]);
  expect(all.total).toBe(4);
});

it("a part that does not answer hides none of the others", () => {
  const all = merged([makePart({ silent: [{ domain: "status", because: "It does not answer." }] }), makePart({ items: [makeLetter({})], total: 1 })]);
  expect(all.items).toHaveLength(1);
  expect(all.silent[0]?.domain).toBe("status");
});
