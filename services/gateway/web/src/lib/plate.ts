/** A colour of its own for a title without a picture: always the same one, so that rows can be told apart. */

export function hueOf(text: string): number {
  let hash = 0;
  for (const sign of text) hash = (hash * 31 + (sign.codePointAt(0) ?? 0)) % 100_003;
  return (hash * 137) % 360;
}

export function plateStyle(text: string): { background: string } {
  const hue = hueOf(text);
  return { background: `linear-gradient(150deg, oklch(0.5 0.1 ${hue}), oklch(0.26 0.07 ${(hue + 60) % 360}))` };
}
