/** From response times to points on a drawing; a gap in the measurements stays a gap in the line. */

export interface Point {
  x: number;
  y: number;
}

/** A round number at or above `value`: 1, 2 or 5 times a power of ten. */
export function roundTop(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= value) ?? 10;
  return step * power;
}

/** The value below which `share` of them lie. */
export function quantile(values: number[], share: number): number | null {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? null;
}

/** Runs of points without a gap. Values above `top` are drawn at it, so that one spike does not bend the axis. */
export function runs(values: (number | null)[], top: number, width: number, height: number): Point[][] {
  const found: Point[][] = [];
  let run: Point[] = [];
  const step = values.length > 1 ? width / (values.length - 1) : 0;
  values.forEach((value, index) => {
    if (value !== null) run.push({ x: index * step, y: height - (Math.min(value, top) / top) * height });
    else if (run.length > 0) {
      found.push(run);
      run = [];
    }
  });
  if (run.length > 0) found.push(run);
  return found;
}

const at = ({ x, y }: Point) => `${x.toFixed(1)} ${y.toFixed(1)}`;

export function linePath(run: Point[]): string {
  // A lone point is drawn as a dot: a line of no length with round ends.
  return `M${run.map(at).join("L")}${run.length === 1 ? "h0.01" : ""}`;
}

export function areaPath(run: Point[], height: number): string {
  const [first, last] = [run[0], run.at(-1)];
  if (!first || !last) return "";
  return `${linePath(run)}L${last.x.toFixed(1)} ${height}L${first.x.toFixed(1)} ${height}Z`;
}
