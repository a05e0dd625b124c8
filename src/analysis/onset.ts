import type { Measured, OnsetEstimates } from "#ir/estimate";
import type { Measurement } from "#ir/plan";
import type { CountTable } from "./frequencies.ts";
import { evaluate, type Functional, siteEstimators, varianceOf } from "./tomography.ts";

/** Order parameters below this many standard errors do not count as coherence. */
const significant = 5;
/** Points above the onset that its fit uses. */
const fitPoints = 4;
/** Part of the largest order parameter below which a point may not have settled within the evolution. */
const settled = 0.25;

/**
 * Amplitudes, order parameter, populations and onset from counts.
 *
 * Errors are 1σ by linear propagation of multinomial counting noise, sites independent. The order parameter is
 * corrected for the positive bias of a modulus: R² = |Z|² − Var(Z).
 */
export function estimateOnset(
  table: CountTable,
  measurement: Measurement,
  exchange_hz: readonly number[],
): OnsetEstimates {
  const estimators = measurement.sites.map((_, s) => siteEstimators(measurement, s));
  const count = estimators.length;
  const frequencies = (k: number, site: number) =>
    table.counts[k]!.map((setting) => setting[site]!.map((n) => n / table.shots));
  const measured = (functional: Functional, k: number, site: number): Measured => {
    const f = frequencies(k, site);
    return {
      value: evaluate(functional, f),
      error: Math.sqrt(Math.max(0, varianceOf(functional, f, table.shots))),
    };
  };
  const mean = (values: readonly Measured[]): Measured => ({
    value: values.reduce((sum, m) => sum + m.value, 0) / count,
    error: Math.sqrt(values.reduce((sum, m) => sum + m.error ** 2, 0)) / count,
  });
  const amplitudes = exchange_hz.map((_, k) =>
    estimators.map((e, s) => ({ re: measured(e.re, k, s), im: measured(e.im, k, s) })),
  );
  const order_parameter = amplitudes.map((sites) =>
    modulus(mean(sites.map((a) => a.re)), mean(sites.map((a) => a.im))),
  );
  const population = (level: 0 | 1 | 2, k: number) =>
    mean(estimators.map((e, s) => measured(e.populations[level], k, s)));
  return {
    exchange_hz: [...exchange_hz],
    order_parameter,
    amplitudes,
    populations: exchange_hz.map((_, k) => [population(0, k), population(1, k), population(2, k)]),
    onset_hz: fitOnset(exchange_hz, order_parameter),
  };
}

/** |re + i·im| with its bias removed; the error is that along the measured direction. */
function modulus(re: Measured, im: Measured): Measured {
  const squared = re.value ** 2 + im.value ** 2;
  const noise = re.error ** 2 + im.error ** 2;
  const value = Math.sqrt(Math.max(0, squared - noise));
  const along =
    squared === 0 ? noise / 2 : (re.value ** 2 * re.error ** 2 + im.value ** 2 * im.error ** 2) / squared;
  return { value, error: Math.sqrt(along) };
}

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
