import { describe, expect, it } from "vitest";

import { asProblem, Problem, readProblem, retryAfterSeconds, shortId } from "./problem";

const NOW = Date.parse("2026-11-22T12:00:00Z");

describe("a refused answer", () => {
  it("keeps the words, the code and the id", () => {
    const problem = readProblem(409, { detail: "It is asked for already.", code: "DUPLICATE", correlation_id: "7f3a91c2aa" }, null, NOW);
    expect(problem).toMatchObject({ status: 409, code: "DUPLICATE", detail: "It is asked for already.", correlationId: "7f3a91c2aa", passing: false });
  });

  it.each([[undefined], [null], ["<html>"], [[]], [{ detail: 7 }]])("with the body %j still has a sentence", (body) => {
    const problem = readProblem(502, body, null, NOW);
    expect(problem.detail).toMatch(/our fault/);
    expect(problem.code).toBe("HTTP_502");
    expect(problem.passing).toBe(true);
  });

  it("names the fields of a form", () => {
    const problem = readProblem(422, { detail: "x", errors: [{ path: "body.password", message: "too short" }, { path: 1 }, "?"] }, null, NOW);
    expect(problem.fields).toEqual({ password: "too short" });
  });
});

describe("Retry-After", () => {
  it.each([
    ["30", 30],
    ["Sun, 22 Nov 2026 12:00:45 GMT", 45],
    ["Sun, 22 Nov 2026 11:00:00 GMT", 0],
    ["soon", null],
    [null, null],
  ])("%s is %s", (header, seconds) => {
    expect(retryAfterSeconds(header, NOW)).toBe(seconds);
  });
});

describe("a thrown thing", () => {
  it("that is a problem already stays itself", () => {
    const problem = new Problem({ detail: "x" });
    expect(asProblem(problem)).toBe(problem);
  });

  it("of a call without an answer is a passing one", () => {
    expect(asProblem(new TypeError("Failed to fetch"))).toMatchObject({ code: "NO_ANSWER", status: 0, passing: true });
  });

  it("of a call that took too long says so", () => {
    expect(asProblem(new DOMException("", "TimeoutError")).code).toBe("TIMEOUT");
  });

  it("of our own page is our fault", () => {
    expect(asProblem(new Error("x is undefined")).detail).toMatch(/our fault/);
  });
});

it("an id is short enough to read out", () => {
  expect(shortId("7f3a91c2aa5544e1")).toBe("7f3a-91c2");
});
