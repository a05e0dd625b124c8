import { fullTurn } from "#core/units";
import { type ComplexSeries, type FourierTransform, fourierTransform } from "./fourier-transform.ts";

/** P(ω) = |FT ⟨S⁺⟩(t)| on the bins of the transform, ω ascending; ⟨S⁺⟩ ∝ e^{iωt} stands at +ω. */
export interface Spectrum {
  readonly frequency: Float64Array;
  readonly weight: Float64Array;
}

const transforms = new Map<number, FourierTransform>();

/**
 * Amplitude spectrum of an evenly sampled complex signal behind a Hann window, as the paper's Figs. 3, S2, S3.
 *
 * @param series - at least 4 samples
 * @param spacing - time between samples
 * @returns N bins, 2π/(N·spacing) apart, over the sum of the window: a steady rotation a·e^{iωt} on a bin has
 *   weight |a| there, a/2 on the two beside it
 */
export function amplitudeSpectrum(series: ComplexSeries, spacing: number): Spectrum {
  const count = series.re.length;
  const windowed = { re: new Float64Array(count), im: new Float64Array(count) };
  let total = 0;
  for (let n = 0; n < count; n++) {
    const weight = 0.5 - 0.5 * Math.cos((fullTurn * n) / count);
    total += weight;
    windowed.re[n] = weight * series.re[n]!;
    windowed.im[n] = weight * series.im[n]!;
  }
  let transform = transforms.get(count);
  if (!transform) {
    transform = fourierTransform(count);
    transforms.set(count, transform);
  }
  const { re, im } = transform(windowed);
  const lowest = -Math.floor(count / 2);
  const frequency = new Float64Array(count);
  const weight = new Float64Array(count);
  for (let k = 0; k < count; k++) {
    const bin = lowest + k;
    const place = (bin + count) % count;
    frequency[k] = (fullTurn * bin) / (count * spacing);
    weight[k] = Math.hypot(re[place]!, im[place]!) / total;
  }
  return { frequency, weight };
}

/** Frequency of the highest bin, good to one bin; null when the highest is below `silent`. */
export function dominantFrequency({ frequency, weight }: Spectrum, silent = 0): number | null {
  let best = 0;
  for (let k = 1; k < weight.length; k++) if (weight[k]! > weight[best]!) best = k;
  return weight[best]! > silent ? frequency[best]! : null;
}

/**
 * Mean rotation rate of an evenly sampled signal: advances of its phase, weighted with the smooth bump
 * exp(−1/(u(1−u))), which averages a quasi-periodic motion far better than an even weight.
 *
 * @param series - turning by less than half a turn between samples
 */
export function windingRate({ re, im }: ComplexSeries, spacing: number): number {
  const cells = re.length - 1;
  let sum = 0;
  let total = 0;
  for (let n = 0; n < cells; n++) {
    const u = (n + 0.5) / cells;
    const weight = Math.exp(-1 / (u * (1 - u)));
    const advance = Math.atan2(
      re[n]! * im[n + 1]! - im[n]! * re[n + 1]!,
      re[n]! * re[n + 1]! + im[n]! * im[n + 1]!,
    );
    sum += weight * advance;
    total += weight;
  }
  return sum / (total * spacing);
}
