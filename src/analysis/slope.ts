import { Matrix, solve } from "ml-matrix";
import { fullTurn } from "#core/units";
import type { Measured } from "#ir/estimate";

/** Places from which on errors are smoothed: those of a parabola and as many again. */
const enough = 6;

/**
 * Errors along x by a parabola through their logarithms, for six places and more. An error estimated from the same
 * counts as its value is small where the value came out low; weights that follow it favour such values, and the spread
 * of the result is understated.
 */
export function smoothErrors<T extends { readonly error: number }>(
  points: readonly T[],
  place: (point: T) => number,
): T[] {
  const places = points.map(place);
  const [low, high] = [Math.min(...places), Math.max(...places)];
  if (new Set(places).size < enough || points.some(({ error }) => !(error > 0))) return [...points];
  const rows = new Matrix(
    places.map((x) => {
      const t = (x - low) / (high - low);
      return [1, t, t * t];
    }),
  );
  const coefficients = solve(rows, Matrix.columnVector(points.map(({ error }) => Math.log(error))), true);
  const smooth = rows.mmul(coefficients);
  return points.map((point, k) => ({ ...point, error: Math.exp(smooth.get(k, 0)) }));
}

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
  const known = phase ? points.filter(({ error }) => error < Math.PI / 4) : points;
  const used = smoothErrors(known, ({ x }) => x);
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
