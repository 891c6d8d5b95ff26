/** The contrasts of the look, computed from the style sheet itself. */
import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

type Rgb = [number, number, number];

interface Colour {
  rgb: Rgb;
  alpha: number;
}

const css = readFileSync(new URL("./styles.css", import.meta.url), "utf8");

function toLinear(lightness: number, chroma: number, hue: number): Rgb {
  const angle = (hue * Math.PI) / 180;
  const [a, b] = [chroma * Math.cos(angle), chroma * Math.sin(angle)];
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const clip = (value: number) => Math.min(1, Math.max(0, value));
  return [
    clip(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    clip(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    clip(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}

function colours(block: string): Record<string, Colour> {
  const found = block.matchAll(/--([\w-]+):\s*oklch\(([\d.]+) ([\d.]+) ([\d.]+)(?: \/ ([\d.]+))?\)/g);
  return Object.fromEntries([...found].map(([, name, l, c, h, alpha]) => [name, { rgb: toLinear(Number(l), Number(c), Number(h)), alpha: Number(alpha ?? 1) }]));
}

function block(selector: string): string {
  const start = css.indexOf(`${selector} {`);
  return css.slice(start, css.indexOf("\n}", start));
}

const luminance = ([r, g, b]: Rgb) => 0.2126 * r + 0.7152 * g + 0.0722 * b;

function contrast(one: Rgb, other: Rgb): number {
  const [high, low] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

const dark = colours(block(":root"));
const themes: Record<string, Record<string, Colour>> = { dark, light: { ...dark, ...colours(block(".light")) } };

const surfaces = ["bg", "sunken", "surface", "raised"];
const states = ["up", "degraded", "down", "maint", "unknown"];

const text: [string, string[]][] = [
  ["text", [...surfaces, "accent-soft", "degraded-soft", "down-soft"]],
  ["text-2", [...surfaces, "accent-soft", "degraded-soft", "down-soft"]],
  ["text-3", surfaces],
  ["link", [...surfaces, "accent-soft"]],
  ["accent", [...surfaces, "accent-soft"]],
  ["on-accent", ["accent", "accent-hi"]],
  ["on-danger", ["danger"]],
  ["on-plex", ["plex"]],
  ...states.map((state): [string, string[]] => [state, surfaces]),
];

const shapes: [string, string[]][] = [
  ["control", ["bg", "surface", "raised"]],
  ["focus", surfaces],
  ["bar-up", ["surface"]],
  ["bar-degraded", ["surface"]],
  ["bar-down", ["surface"]],
  ["degraded", ["degraded-soft"]],
  ["down", ["down-soft"]],
];

function lowest(theme: Record<string, Colour>, role: string, on: string[]): number {
  return Math.min(...on.map((surface) => contrast(theme[role]!.rgb, theme[surface]!.rgb)));
}

describe.each(Object.entries(themes))("the %s theme", (_name, theme) => {
  it.each(text)("shows %s with at least 4.5 to 1", (role, on) => {
    expect(lowest(theme, role, on)).toBeGreaterThanOrEqual(4.5);
  });

  it.each(shapes)("shows %s with at least 3 to 1", (role, on) => {
    expect(lowest(theme, role, on)).toBeGreaterThanOrEqual(3);
  });
});

describe("badges on pictures", () => {
  const encode = (value: number) => (value <= 0.0031308 ? value * 12.92 : 1.055 * value ** (1 / 2.4) - 0.055);
  const decode = (value: number) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  const { rgb, alpha } = dark.badge!;
  /** The badge over white, blended as the browser does: in encoded values. */
  const overWhite = rgb.map((value) => decode(encode(value) * alpha + (1 - alpha))) as Rgb;

  it.each(["badge-text", "badge-up", "badge-accent", "badge-quiet"])("shows %s over the brightest picture with at least 4.5 to 1", (role) => {
    expect(contrast(dark[role]!.rgb, overWhite)).toBeGreaterThanOrEqual(4.5);
  });
});

describe("the computation", () => {
  it("gives 21 to 1 for black on white", () => {
    expect(contrast(toLinear(0, 0, 0), toLinear(1, 0, 0))).toBeCloseTo(21, 1);
  });

  it("reads every colour of both themes", () => {
    expect(Object.keys(dark).length).toBeGreaterThan(35);
    expect(Object.keys(colours(block(".light"))).length).toBeGreaterThan(28);
  });
});
