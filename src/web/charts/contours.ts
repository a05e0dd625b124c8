/**
 * Lines along which a plane takes a level, by marching squares: segments in units of its points, column and row.
 * Cells with a corner that is not finite have none.
 */
export function contour(
  plane: ArrayLike<number>,
  columns: number,
  rows: number,
  level: number,
): (readonly [x1: number, y1: number, x2: number, y2: number])[] {
  const segments: (readonly [number, number, number, number])[] = [];
  for (let row = 0; row + 1 < rows; row++) {
    for (let column = 0; column + 1 < columns; column++) {
      const at = row * columns + column;
      const corners = [plane[at]!, plane[at + 1]!, plane[at + columns + 1]!, plane[at + columns]!];
      if (!corners.every(Number.isFinite)) continue;
      const crossings = crossingsOf(corners as [number, number, number, number], level).map(
        ([x, y]) => [column + x, row + y] as const,
      );
      for (let k = 0; k + 1 < crossings.length; k += 2) {
        segments.push([...crossings[k]!, ...crossings[k + 1]!]);
      }
    }
  }
  return segments;
}

/** Where the level crosses the edges of a unit cell, in the order around it. */
function crossingsOf(
  [a, b, c, d]: readonly [number, number, number, number],
  level: number,
): [number, number][] {
  const share = (from: number, to: number) => (level - from) / (to - from);
  const crosses = (from: number, to: number) => from > level !== to > level;
  const found: [number, number][] = [];
  if (crosses(a, b)) found.push([share(a, b), 0]);
  if (crosses(b, c)) found.push([1, share(b, c)]);
  if (crosses(c, d)) found.push([1 - share(c, d), 1]);
  if (crosses(d, a)) found.push([0, 1 - share(d, a)]);
  return found;
}

/** SVG path of segments, after a transformation of their ends. */
export function pathOf(
  segments: readonly (readonly [number, number, number, number])[],
  x: (column: number) => number,
  y: (row: number) => number,
): string {
  const text = (value: number) => value.toFixed(1);
  return segments
    .map(([x1, y1, x2, y2]) => `M${text(x(x1))} ${text(y(y1))}L${text(x(x2))} ${text(y(y2))}`)
    .join("");
}
