import { argument, type Complex, modulus } from "#core/complex";
import { fullTurn } from "#core/units";

/**
 * Deviation of a phase distribution from the flat one, 1/2π subtracted: s(φ) = Re[z₁e^{−iφ}] + Re[z₂e^{−2iφ}].
 * Every Husimi phase distribution of one spin 1, and of the relative phase of two, has this form.
 */
export interface PhaseHarmonics {
  readonly first: Complex;
  readonly second: Complex;
}

/** A sampled s(φ), φ in rad over (−π, π]. */
export interface SampledDistribution {
  readonly phi: number[];
  readonly s: number[];
}

export interface Peak {
  readonly phi: number;
  readonly s: number;
}

const samples = 256;

/** Harmonics below this are rounding: the distribution is flat. */
const flat = 1e-15;

/** s at one angle. */
export function distributionAt({ first, second }: PhaseHarmonics, phi: number): number {
  const c1 = Math.cos(phi);
  const s1 = Math.sin(phi);
  return first.re * c1 + first.im * s1 + second.re * (c1 * c1 - s1 * s1) + second.im * 2 * s1 * c1;
}

/** s on `count` equal steps over (−π, π]. */
export function sampleDistribution(harmonics: PhaseHarmonics, count = samples): SampledDistribution {
  const phi = Array.from({ length: count }, (_, k) => (fullTurn * (k + 1)) / count - Math.PI);
  return { phi, s: phi.map((angle) => distributionAt(harmonics, angle)) };
}

/** n-th derivative of s. */
function derivative({ first, second }: PhaseHarmonics, phi: number, n: number): number {
  const shift = (n * Math.PI) / 2;
  const a = phi + shift;
  const b = 2 * phi + shift;
  return (
    first.re * Math.cos(a) +
    first.im * Math.sin(a) +
    2 ** n * (second.re * Math.cos(b) + second.im * Math.sin(b))
  );
}

/** Zero of a continuous function with a sign change in [low, high], to rounding. */
function bracketedZero(f: (x: number) => number, low: number, high: number): number {
  const sign = Math.sign(f(low));
  let a = low;
  let b = high;
  for (let step = 0; step < 60; step++) {
    const middle = (a + b) / 2;
    if (middle === a || middle === b) break;
    if (Math.sign(f(middle)) === sign) a = middle;
    else b = middle;
  }
  return (a + b) / 2;
}

/** Angle in (−π, π]; −π within rounding counts as π. */
function principal(phi: number): number {
  const turned = phi - fullTurn * Math.ceil((phi - Math.PI) / fullTurn);
  return turned + Math.PI < 1e-12 ? Math.PI : turned;
}

/**
 * All local maxima of s(φ), highest first; equal heights (within 1e-12 of the harmonics) in the order of |φ|.
 *
 * @returns one or two peaks; none when the distribution is flat
 * @accuracy φ to about 1e-15/√(curvature) (test/unit/simulators-microscopic/phase-distribution.test.ts)
 */
export function findPeaks(harmonics: PhaseHarmonics): Peak[] {
  const size = modulus(harmonics.first) + modulus(harmonics.second);
  if (!(size > flat)) return [];
  const slope = (phi: number) => derivative(harmonics, phi, 1);
  // A derivative is monotone between the zeros of the next one: with those as stops, from the fourth down, no pair of
  // extrema is overlooked however close, for not all four can vanish together. The grid starts off the axes, where
  // the extrema of symmetric distributions lie.
  let stops = Array.from({ length: 257 }, (_, k) => -Math.PI + 0.0123 + (fullTurn * k) / 256);
  for (const n of [4, 3, 2]) {
    const f = (phi: number) => derivative(harmonics, phi, n);
    stops = stops.flatMap((phi, k) => {
      const next = stops[k + 1];
      return next === undefined || f(phi) * f(next) >= 0 ? [phi] : [phi, bracketedZero(f, phi, next)];
    });
  }
  const peaks: Peak[] = [];
  for (let k = 1; k < stops.length; k++) {
    const low = stops[k - 1]!;
    const high = stops[k]!;
    if (!(slope(low) > 0 && slope(high) <= 0)) continue;
    const phi = bracketedZero(slope, low, high);
    peaks.push({ phi: principal(phi), s: distributionAt(harmonics, phi) });
  }
  return peaks.sort((a, b) =>
    Math.abs(a.s - b.s) > 1e-12 * size ? b.s - a.s : Math.abs(a.phi) - Math.abs(b.phi),
  );
}

/** The one harmonic's peak at arg z₁. */
export function firstHarmonicPeak(first: Complex): Peak {
  return { phi: principal(argument(first)), s: modulus(first) };
}
