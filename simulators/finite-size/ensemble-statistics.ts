import { coordinateCount } from "#model/generator";
import type { Oscillator } from "#model/oscillator";
import type { GroupEvolution } from "./group-problem.ts";
import { firstCrossing } from "./lifetime.ts";

/** As `GroupEvolution`, each number with its standard error. */
export interface EnsembleEvolution extends GroupEvolution {
  readonly amplitude: number[];
  readonly amplitudeError: number[];
  readonly pairCorrelationError: number[];
  readonly populationsError: [number, number, number][];
  /** By jackknife over groups of trajectories; null with the lifetime. */
  readonly lifetimeError: number | null;
  /** Share of (trajectory, step) in which the noise matrix had a negative direction. */
  readonly clippedFraction: number;
  readonly steps: number;
}

/** Groups of trajectories for the jackknife. */
export const jackknifeGroups = 32;

/** Sums kept per requested time: S (re, im), their squares and product, p0, p2, pair correlation, squares. */
const sumCount = 12;

interface EnsembleShape {
  readonly site: Oscillator;
  readonly size: number;
  readonly trajectories: number;
  readonly times: readonly number[];
  /** Steps before each time. */
  readonly counts: readonly number[];
  readonly mean: Float64Array;
}

/** Gathers the moments of an ensemble of collective coordinates, batch by batch. */
export class EnsembleStatistics {
  private readonly shape: EnsembleShape;
  private readonly groups: number;
  private readonly sums: Float64Array;
  /** Σ S of each jackknife group at each step: [step][group][re, im]; step 0 is the start. */
  private readonly phase: Float64Array;
  private readonly stepTimes: number[];
  private step = 0;

  constructor(shape: EnsembleShape) {
    this.shape = shape;
    this.groups = Math.min(jackknifeGroups, shape.trajectories);
    this.sums = new Float64Array(shape.times.length * sumCount);
    this.stepTimes = [0];
    shape.times.forEach((end, k) => {
      const start = k === 0 ? 0 : shape.times[k - 1]!;
      const count = shape.counts[k]!;
      for (let step = 1; step <= count; step++) this.stepTimes.push(start + ((end - start) * step) / count);
    });
    this.phase = new Float64Array(this.stepTimes.length * this.groups * 2);
  }

  startBatch(): void {
    this.step = 0;
  }

  /** Collects ⟨A†⟩ of a batch after a step. */
  addPhase(y: Float64Array, first: number, count: number): void {
    this.step++;
    const [a1, a2] = this.shape.site.ladder;
    const row = this.step * this.groups;
    for (let s = 0; s < count; s++) {
      const o = s * coordinateCount;
      const at = 2 * (row + ((first + s) % this.groups));
      this.phase[at]! += a1 * y[o + 2]! + a2 * y[o + 4]!;
      this.phase[at + 1]! += a1 * y[o + 3]! + a2 * y[o + 5]!;
    }
  }

  /** Collects everything at requested time k. */
  addSample(k: number, y: Float64Array, count: number): void {
    const { site, size } = this.shape;
    const [a1, a2] = site.ladder;
    const { sums } = this;
    const at = k * sumCount;
    for (let s = 0; s < count; s++) {
      const o = s * coordinateCount;
      const p0 = y[o]!;
      const p2 = y[o + 1]!;
      const p1 = 1 - p0 - p2;
      const re = a1 * y[o + 2]! + a2 * y[o + 4]!;
      const im = a1 * y[o + 3]! + a2 * y[o + 5]!;
      // N²{S⁺, S⁻}/2 holds N terms of one site, ½⟨A†A + AA†⟩ each.
      const single = 0.5 * (a1 * a1 * (p0 + p1) + a2 * a2 * (p1 + p2));
      const pair = (size * (re * re + im * im) - single) / (size - 1);
      sums[at]! += re;
      sums[at + 1]! += im;
      sums[at + 2]! += re * re;
      sums[at + 3]! += im * im;
      sums[at + 4]! += re * im;
      sums[at + 5]! += p0;
      sums[at + 6]! += p2;
      sums[at + 7]! += p0 * p0;
      sums[at + 8]! += p2 * p2;
      sums[at + 9]! += p1 * p1;
      sums[at + 10]! += pair;
      sums[at + 11]! += pair * pair;
    }
  }

  summary(): Omit<EnsembleEvolution, "clippedFraction" | "steps"> {
    const { times, trajectories: m } = this.shape;
    const at = (k: number, which: number) => this.sums[k * sumCount + which]! / m;
    const error = (square: number, mean: number) => Math.sqrt(Math.max(0, square - mean * mean) / (m - 1));
    const raising = times.map((_, k) => ({ re: at(k, 0), im: at(k, 1) }));
    const amplitude = raising.map(({ re, im }) => Math.hypot(re, im));
    return {
      raising,
      amplitude,
      amplitudeError: raising.map(({ re, im }, k) => {
        // Spread along the direction of the mean.
        const size = amplitude[k]!;
        const [c, s] = size > 0 ? [re / size, im / size] : [1, 0];
        const varRe = at(k, 2) - re * re;
        const varIm = at(k, 3) - im * im;
        const mixed = at(k, 4) - re * im;
        return Math.sqrt(Math.max(0, c * c * varRe + s * s * varIm + 2 * c * s * mixed) / (m - 1));
      }),
      pairCorrelation: times.map((_, k) => at(k, 10)),
      pairCorrelationError: times.map((_, k) => error(at(k, 11), at(k, 10))),
      populations: times.map((_, k) => [at(k, 5), 1 - at(k, 5) - at(k, 6), at(k, 6)]),
      populationsError: times.map((_, k) => [
        error(at(k, 7), at(k, 5)),
        error(at(k, 9), 1 - at(k, 5) - at(k, 6)),
        error(at(k, 8), at(k, 6)),
      ]),
      ...this.lifetime(),
    };
  }

  /** From the mean of all trajectories; its error from the means that leave one group out. */
  private lifetime(): { lifetime: number | null; lifetimeError: number | null } {
    const { groups } = this;
    const lifetime = this.lifetimeWithout(-1);
    if (lifetime === null || groups < 2) return { lifetime, lifetimeError: null };
    const others: number[] = [];
    for (let group = 0; group < groups; group++) {
      const value = this.lifetimeWithout(group);
      if (value === null) return { lifetime, lifetimeError: null };
      others.push(value);
    }
    const mean = others.reduce((sum, value) => sum + value, 0) / groups;
    const squares = others.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    return { lifetime, lifetimeError: Math.sqrt(((groups - 1) / groups) * squares) };
  }

  private lifetimeWithout(omitted: number): number | null {
    const { site, mean, trajectories } = this.shape;
    const [a1, a2] = site.ladder;
    const initial = Math.hypot(a1 * mean[2]! + a2 * mean[4]!, a1 * mean[3]! + a2 * mean[5]!);
    if (!(initial > 1e-12)) return null;
    const left =
      omitted < 0 ? trajectories : trajectories - Math.ceil((trajectories - omitted) / this.groups);
    const values = Float64Array.from(this.stepTimes, (_, step) => {
      if (step === 0) return initial;
      let re = 0;
      let im = 0;
      for (let group = 0; group < this.groups; group++) {
        if (group === omitted) continue;
        re += this.phase[2 * (step * this.groups + group)]!;
        im += this.phase[2 * (step * this.groups + group) + 1]!;
      }
      return Math.hypot(re, im) / left;
    });
    const level = initial / Math.E;
    return firstCrossing(this.stepTimes, values, level, (t, k) => {
      const [t0, t1] = [this.stepTimes[k]!, this.stepTimes[k + 1]!];
      return values[k]! + ((values[k + 1]! - values[k]!) * (t - t0)) / (t1 - t0);
    });
  }
}
