/** Prints what each first page costs, gzipped, and fails the build when one costs too much. */
import { gzipSync } from "node:zlib";

import type { Plugin } from "vite";

const WARN_KIB = 185;
const FAIL_KIB = 200;
const CSS_FAIL_KIB = 16;

export interface Chunk {
  fileName: string;
  code: string;
  imports: string[];
  isEntry: boolean;
  facadeModuleId: string | null;
}

const gzipKib = (text: string) => gzipSync(text, { level: 9 }).length / 1024;

/** Everything the browser must load before `fileName` runs, itself included; what loads on a click is not counted. */
export function closure(chunks: Map<string, Chunk>, fileNames: string[]): Set<string> {
  const seen = new Set<string>();
  const queue = [...fileNames];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    const chunk = chunks.get(name);
    if (seen.has(name) || !chunk) continue;
    seen.add(name);
    queue.push(...chunk.imports);
  }
  return seen;
}

/** The layouts that stand around a route's own chunk: `_app/requests.tsx` needs `_app.tsx` too. */
export function layoutsOf(route: string, routes: string[]): string[] {
  return routes.filter((other) => route.startsWith(`${other}/`));
}

function routeOf(chunk: Chunk): string | null {
  const match = /\/src\/routes\/(.+)\.tsx\?tsr-split=component$/.exec(chunk.facadeModuleId ?? "");
  return match?.[1] ?? null;
}

export function firstPages(chunks: Chunk[]): { route: string; kib: number }[] {
  const byName = new Map(chunks.map((chunk) => [chunk.fileName, chunk]));
  const sizes = new Map(chunks.map((chunk) => [chunk.fileName, gzipKib(chunk.code)]));
  const entries = chunks.filter((chunk) => chunk.isEntry).map((chunk) => chunk.fileName);
  const routes = new Map<string, string>();
  for (const chunk of chunks) {
    const route = routeOf(chunk);
    if (route) routes.set(route, chunk.fileName);
  }
  return [...routes].map(([route, fileName]) => {
    const layouts = layoutsOf(route, [...routes.keys()]).map((layout) => routes.get(layout) ?? "");
    const files = [...closure(byName, [...entries, ...layouts, fileName])];
    return { route, kib: files.reduce((sum, file) => sum + (sizes.get(file) ?? 0), 0) };
  });
}

export function budget(): Plugin {
  return {
    name: "medianest-budget",
    apply: "build",
    generateBundle(_options, bundle) {
      const outputs = Object.values(bundle);
      const chunks = outputs.filter((output) => output.type === "chunk");
      const css = outputs.filter((output) => output.type === "asset" && output.fileName.endsWith(".css"));
      const cssKib = css.reduce((sum, asset) => sum + gzipKib(String("source" in asset ? asset.source : "")), 0);
      const pages = firstPages(chunks).sort((one, other) => other.kib - one.kib);
      if (pages.length === 0) this.error("No route chunks found: the budget cannot be checked.");
      const lines = pages.map(({ route, kib }) => `  ${kib.toFixed(1).padStart(6)} KiB  ${route}`);
      this.info(`JavaScript of each first page, gzipped:\n${lines.join("\n")}\n  ${cssKib.toFixed(1).padStart(6)} KiB  CSS`);
      for (const { route, kib } of pages) {
        if (kib > FAIL_KIB) this.error(`${route} needs ${kib.toFixed(1)} KiB of JavaScript, more than ${FAIL_KIB}.`);
        if (kib > WARN_KIB) this.warn(`${route} needs ${kib.toFixed(1)} KiB of JavaScript, more than ${WARN_KIB}.`);
      }
      if (cssKib > CSS_FAIL_KIB) this.error(`The style sheets have ${cssKib.toFixed(1)} KiB, more than ${CSS_FAIL_KIB}.`);
    },
  };
}
