import { coordinateCount } from "#model/generator";
import { type IntegrationOptions, integrate, type RightHandSide } from "../kernel/dormand-prince.ts";
import { type Network, raisingAmplitude } from "./network.ts";

/** Time averages of one site over a window. */
export interface SiteAverages {
  /** Mean |⟨A†⟩|. */
  readonly amplitude: number;
  /** Standard deviation of |⟨A†⟩| over the window. */
  readonly spread: number;
  /** Mean rotation rate of ⟨A†⟩. */
  readonly frequency: number;
  /** Mean [p₀, p₁, p₂]. */
  readonly populations: readonly [number, number, number];
  /** Mean [|ρ₀₁|, |ρ₁₂|, |ρ₀₂|]. */
  readonly coherences: readonly [number, number, number];
}

export interface WindowAverages {
  readonly sites: readonly SiteAverages[];
  /** Mean |Σ⟨A†⟩|/M. */
  readonly orderParameter: number;
  /** Mean of ⟨A⟩₀⟨A†⟩_s as [re, im] per site; its argument is the phase relative to site 0. */
  readonly alignment: readonly (readonly [number, number])[];
  /** Steps that the integration took. */
  readonly steps: number;
}

/** How a window is weighted: evenly, or by the smooth bump exp(−1/(u(1−u))). */
export type Weighting = "even" | "bump";

/**
 * A rate that no frequency of the equations much exceeds: rates, detunings, asymmetry and the largest field.
 */
export function frequencyBound(network: Network): number {
  const { sites, coupling } = network;
  let bound = 0;
  sites.forEach((site, i) => {
    const { channels, ladder } = site;
    let field = 0;
    for (let k = coupling.start[i]!; k < coupling.start[i + 1]!; k++) {
      const [b1, b2] = sites[coupling.column[k]!]!.ladder;
      field += Math.hypot(coupling.re[k]!, coupling.im[k]!) * Math.hypot(b1, b2);
    }
    const rates =
      site.gain +
      site.loss +
      channels.relaxation10 +
      channels.relaxation21 +
      channels.heating01 +
      channels.heating12 +
      channels.dephasing;
    const levels = Math.max(Math.abs(site.detuning), Math.abs(site.detuning + site.asymmetry));
    bound = Math.max(bound, rates / 2 + levels + 0.5 * field * Math.hypot(...ladder));
  });
  return bound;
}

/**
 * Integrates over a window and averages.
 *
 * The bump weighting makes averages of a quasi-periodic motion converge faster than any power of the window
 * length (Das, Saiki, Sander & Yorke, Nonlinearity 30, 4111 (2017)). Rotation rates come from the unwrapped
 * phase; where a phase moves by more than a radian between samples, the amplitude is interpolated (cubic
 * Hermite) and followed in smaller pieces, so that no turn is lost near a zero.
 *
 * @param y - state at `from` on entry, at `from + duration` on return
 * @param spacing - largest time between samples
 */
export function averageWindow(
  network: Network,
  f: RightHandSide,
  y: Float64Array,
  duration: number,
  spacing: number,
  weighting: Weighting,
  options: IntegrationOptions,
): WindowAverages {
  const count = network.sites.length;
  const cells = Math.max(8, Math.ceil(duration / spacing));
  const h = duration / cells;
  const times = Float64Array.from({ length: cells + 1 }, (_, k) => k * h);
  const weight = (u: number) => {
    if (weighting === "even") return u <= 0 || u >= 1 ? 0.5 : 1;
    return u <= 0 || u >= 1 ? 0 : Math.exp(4 - 1 / (u * (1 - u)));
  };
  const sums = Array.from({ length: count }, () => new Float64Array(9));
  const alignment = Array.from({ length: count }, () => new Float64Array(2));
  let order = 0;
  let total = 0;
  let cellTotal = 0;
  const derivative = new Float64Array(y.length);
  const start = new Float64Array(count);
  const earlier = new Float64Array(count * 4);
  const current = new Float64Array(count * 4);

  const visit = (k: number, t: number, state: Float64Array) => {
    f(t, state, derivative);
    const w = weight(k / cells);
    // Phase advances belong to cells; an even window weighs all of them alike.
    const cellWeight = weighting === "even" ? 1 : weight((k - 0.5) / cells);
    if (k > 0) cellTotal += cellWeight;
    total += w;
    let sumRe = 0;
    let sumIm = 0;
    for (let s = 0; s < count; s++) {
      const o = s * coordinateCount;
      const [re, im] = raisingAmplitude(network.sites, state, s);
      const [dre, dim] = raisingAmplitude(network.sites, derivative, s);
      current[4 * s] = re;
      current[4 * s + 1] = im;
      current[4 * s + 2] = dre * h;
      current[4 * s + 3] = dim * h;
      const sum = sums[s]!;
      const size = Math.hypot(re, im);
      sum[0]! += w * size;
      if (k === 0) start[s] = size;
      sum[1]! += w * (size - start[s]!) ** 2;
      if (k > 0) sum[2]! += cellWeight * phaseAdvance(earlier, current, 4 * s);
      sum[3]! += w * state[o]!;
      sum[4]! += w * (1 - state[o]! - state[o + 1]!);
      sum[5]! += w * state[o + 1]!;
      sum[6]! += w * Math.hypot(state[o + 2]!, state[o + 3]!);
      sum[7]! += w * Math.hypot(state[o + 4]!, state[o + 5]!);
      sum[8]! += w * Math.hypot(state[o + 6]!, state[o + 7]!);
      sumRe += re;
      sumIm += im;
      const first = current[0]!;
      const firstIm = current[1]!;
      alignment[s]![0]! += w * (first * re + firstIm * im);
      alignment[s]![1]! += w * (first * im - firstIm * re);
    }
    order += (w * Math.hypot(sumRe, sumIm)) / count;
    earlier.set(current);
  };
  const { steps } = integrate(f, 0, y, times, visit, options);

  return {
    sites: sums.map((sum, s) => {
      const at = (i: number) => sum[i]! / total;
      return {
        amplitude: at(0),
        spread: Math.sqrt(Math.max(0, at(1) - (at(0) - start[s]!) ** 2)),
        frequency: sum[2]! / (cellTotal * h),
        populations: [at(3), at(4), at(5)],
        coherences: [at(6), at(7), at(8)],
      };
    }),
    orderParameter: order / total,
    alignment: alignment.map((sum) => [sum[0]! / total, sum[1]! / total]),
    steps,
  };
}

/** Change of arg z along the cubic that joins two samples (re, im, h·re', h·im') at offset `o` of a and b. */
function phaseAdvance(a: Float64Array, b: Float64Array, o: number): number {
  const direct = angleBetween(a[o]!, a[o + 1]!, b[o]!, b[o + 1]!);
  if (Math.abs(direct) < 1) return direct;
  const pieces = 64;
  let advance = 0;
  let re = a[o]!;
  let im = a[o + 1]!;
  for (let k = 1; k <= pieces; k++) {
    const u = k / pieces;
    const nextRe = hermite(a[o]!, a[o + 2]!, b[o]!, b[o + 2]!, u);
    const nextIm = hermite(a[o + 1]!, a[o + 3]!, b[o + 1]!, b[o + 3]!, u);
    advance += angleBetween(re, im, nextRe, nextIm);
    re = nextRe;
    im = nextIm;
  }
  return advance;
}

function angleBetween(re0: number, im0: number, re1: number, im1: number): number {
  return Math.atan2(re0 * im1 - im0 * re1, re0 * re1 + im0 * im1);
}

function hermite(p0: number, d0: number, p1: number, d1: number, u: number): number {
  const v = 1 - u;
  return p0 * v * v * (1 + 2 * u) + d0 * u * v * v + p1 * u * u * (3 - 2 * u) - d1 * u * u * v;
}
