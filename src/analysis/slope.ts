import { fullTurn } from "#core/units";
import type { Measured } from "#ir/estimate";

/**
 * Slope of a straight line by weighted least squares.
 *
 * @param phase - values are phases in rad, followed from point to point by less than half a turn; the slope is in turns
 * @returns null for fewer than two places, or where a phase is not known to a quarter turn
 */
export function fitSlope(
  points: readonly (Measured & { readonly x: number })[],
  phase: boolean,
): Measured | null {
  const used = phase ? points.filter(({ error }) => error < Math.PI / 4) : points;
  if (new Set(used.map(({ x }) => x)).size < 2) return null;
  let before = used[0]!.value;
  const values = used.map(({ value }) => {
    if (!phase) return value;
    before = value - fullTurn * Math.round((value - before) / fullTurn);
    return before;
  });
  const scale = phase ? 1 / fullTurn : 1;
  let [s, sx, sy, sxx, sxy] = [0, 0, 0, 0, 0];
  used.forEach(({ x, error }, k) => {
    const weight = 1 / Math.max(error * scale, 1e-9) ** 2;
    const y = values[k]! * scale;
    s += weight;
    sx += weight * x;
    sy += weight * y;
    sxx += weight * x * x;
    sxy += weight * x * y;
  });
  const determinant = s * sxx - sx * sx;
  return { value: (s * sxy - sx * sy) / determinant, error: Math.sqrt(s / determinant) };
}
