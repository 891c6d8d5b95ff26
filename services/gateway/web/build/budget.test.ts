import { describe, expect, it } from "vitest";

import { type Chunk, closure, firstPages, layoutsOf } from "./budget.ts";

function makeChunk(fileName: string, fields: Partial<Chunk> = {}): Chunk {
  return { fileName, code: fileName.repeat(40), imports: [], isEntry: false, facadeModuleId: null, ...fields };
}

const route = (name: string) => ({ facadeModuleId: `/src/routes/${name}.tsx?tsr-split=component` });

describe("the budget", () => {
  const chunks = [
    makeChunk("main.js", { isEntry: true, imports: ["react.js"] }),
    makeChunk("react.js"),
    makeChunk("layout.js", { ...route("_app"), imports: ["react.js"] }),
    makeChunk("home.js", { ...route("_app/index"), imports: ["chart.js"] }),
    makeChunk("chart.js", { imports: ["react.js"] }),
    makeChunk("dialog.js"),
  ];

  it("counts what a page must load, each file once, and nothing that waits for a click", () => {
    const byName = new Map(chunks.map((chunk) => [chunk.fileName, chunk]));
    expect(closure(byName, ["main.js", "home.js"])).toEqual(new Set(["main.js", "react.js", "home.js", "chart.js"]));
  });

  it("adds the layout around a page", () => {
    const pages = Object.fromEntries(firstPages(chunks).map(({ route: name, kib }) => [name, kib]));
    expect(Object.keys(pages)).toEqual(["_app", "_app/index"]);
    expect(pages["_app/index"]).toBeGreaterThan(pages._app ?? Infinity);
    expect(layoutsOf("_app/index", ["_app", "_app/index", "sign-in"])).toEqual(["_app"]);
  });
});
