import type { Measured } from "#ir/estimate";

/** Order parameters below this many standard errors do not count as coherence. */
const significant = 5;
/** Points above the onset that its fit uses. */
const fitPoints = 4;
/** Part of the largest order parameter below which a point may not have settled within the evolution. */
const settled = 0.25;

/**
 * Onset J₀ from the order parameter: R²J² grows linearly in J − J₀ above the threshold (exact for the spin-1
 * ladder at γ₊ = γ₋, |⟨S⁺⟩|² = |K|(V − V_c)/4V²; good to a per cent of J₀ for a boson). A weighted straight line
 * through the lowest few points that clearly show coherence, extrapolated to zero; just above the threshold
 * coherence grows too slowly to have settled.
 *
 * @returns null when fewer than two points show coherence beyond 5σ
 */
export function fitOnset(
  exchange_hz: readonly number[],
  order_parameter: readonly Measured[],
): Measured | null {
  const largest = Math.max(...exchange_hz.map(Math.abs));
  const strongest = Math.max(...order_parameter.map((r) => r.value));
  const points = exchange_hz
    .map((j, k) => ({ x: Math.abs(j) / largest, ...order_parameter[k]! }))
    .filter((point) => point.value > significant * point.error && point.value > settled * strongest)
    .toSorted((a, b) => a.x - b.x)
    .slice(0, fitPoints)
    .map(({ x, value, error }) => ({
      x,
      y: (value * x) ** 2,
      sigma: Math.max(2 * value * x * x * error, 1e-12),
    }));
  if (points.length < 2) return null;
  let [s, sx, sy, sxx, sxy] = [0, 0, 0, 0, 0];
  for (const { x, y, sigma } of points) {
    const w = 1 / sigma ** 2;
    s += w;
    sx += w * x;
    sy += w * y;
    sxx += w * x * x;
    sxy += w * x * y;
  }
  const determinant = s * sxx - sx * sx;
  const slope = (s * sxy - sx * sy) / determinant;
  const intercept = (sxx * sy - sx * sxy) / determinant;
  if (!(slope > 0)) return null;
  const onset = -intercept / slope;
  // Propagated through −intercept/slope with the fit's covariance.
  const variance =
    (sxx / determinant + (onset * onset * s) / determinant - (2 * onset * sx) / determinant) / slope ** 2;
  return { value: onset * largest, error: Math.sqrt(Math.max(0, variance)) * largest };
}
