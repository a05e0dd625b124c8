import type { Waveform } from "#ir/sequence";

/** Decimals of a sample; the converters have 16 bits. */
const decimals = 6;
const halfStep = 0.5 / 10 ** decimals;

/** exp[−(t − T/2)²/2σ²] at the middle of each sample, to six decimals. */
export function gaussianSamples(duration_ns: number, sigma_ns: number): number[] {
  return Array.from({ length: duration_ns }, (_, k) =>
    Number(Math.exp(-((k + 0.5 - duration_ns / 2) ** 2) / (2 * sigma_ns ** 2)).toFixed(decimals)),
  );
}

/** Smallest σ whose samples still tell it, ns. */
export const minSigma_ns = 0.5;

/**
 * What samples are: a constant, or a Gaussian centred in its window, and its height; undefined for anything else.
 * Of all σ with these samples, the one with the shortest decimal; for heights other than 1, fitted to 1e-5.
 */
export function shapeOfSamples(
  samples: readonly number[],
): { readonly waveform: Waveform; readonly height: number } | undefined {
  const duration_ticks = samples.length;
  const first = samples[0]!;
  if (samples.every((s) => s === first))
    return { waveform: { kind: "constant", duration_ticks }, height: first };
  const sigma = sigmaOf(samples);
  if (sigma !== undefined) {
    return { waveform: { kind: "gaussian", duration_ticks, sigma_ticks: sigma }, height: 1 };
  }
  return scaledShape(samples);
}

const offCentre = (samples: readonly number[], k: number): number => Math.abs(k + 0.5 - samples.length / 2);

/** σ of a Gaussian of height 1: every sample bounds it from both sides. */
function sigmaOf(samples: readonly number[]): number | undefined {
  let low = 0;
  let high = Number.POSITIVE_INFINITY;
  samples.forEach((sample, k) => {
    const x = offCentre(samples, k);
    const sigma = (s: number) =>
      s <= 0 ? 0 : s >= 1 ? Number.POSITIVE_INFINITY : x / Math.sqrt(-2 * Math.log(s));
    if (x === 0) {
      if (sample !== 1) high = 0;
      return;
    }
    low = Math.max(low, sigma(sample - halfStep));
    high = Math.min(high, sigma(sample + halfStep));
  });
  if (!(low <= high) || high === 0 || !Number.isFinite(low)) return undefined;
  const middle = Number.isFinite(high) ? (low + high) / 2 : low * 2;
  for (let digits = 1; digits <= 17; digits++) {
    const candidate = Number(middle.toPrecision(digits));
    if (candidate < low || candidate > high || candidate === 0) continue;
    if (gaussianSamples(samples.length, candidate).every((s, k) => s === samples[k])) return candidate;
  }
  return undefined;
}

/** A Gaussian of another height: ln(d1/d2) = (x2² − x1²)/2σ² between the centre and half height. */
function scaledShape(samples: readonly number[]): ReturnType<typeof shapeOfSamples> {
  const centre = Math.floor((samples.length - 1) / 2);
  const top = samples[centre]!;
  let half = centre;
  for (let k = 0; k < centre; k++) {
    if (Math.abs(samples[k]! - top / 2) < Math.abs(samples[half]! - top / 2)) half = k;
  }
  const ratio = top / samples[half]!;
  if (!(ratio > 1) || !Number.isFinite(ratio)) return undefined;
  const variance = (offCentre(samples, half) ** 2 - offCentre(samples, centre) ** 2) / (2 * Math.log(ratio));
  const height = top * Math.exp(offCentre(samples, centre) ** 2 / (2 * variance));
  const fits = samples.every(
    (s, k) => Math.abs(s - height * Math.exp(-(offCentre(samples, k) ** 2) / (2 * variance))) < 1e-5,
  );
  const waveform = {
    kind: "gaussian" as const,
    duration_ticks: samples.length,
    sigma_ticks: Math.sqrt(variance),
  };
  return fits ? { waveform, height } : undefined;
}
