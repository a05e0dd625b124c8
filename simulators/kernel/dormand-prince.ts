import { EntrainError } from "#core/errors";

/** y' = f(t, y), written into `dy`; must not keep a reference to its arguments. */
export type RightHandSide = (t: number, y: Float64Array, dy: Float64Array) => void;

export interface IntegrationOptions {
  /** Relative tolerance per step, default 1e-9. */
  readonly rtol?: number;
  /** Absolute tolerance per component, default rtol/100. */
  readonly atol?: number;
  readonly firstStep?: number;
  /** Largest step, default unlimited. */
  readonly maxStep?: number;
  /** Steps after which the call gives up, default 20 million. */
  readonly maxSteps?: number;
}

export interface IntegrationStatistics {
  readonly steps: number;
  readonly rejected: number;
  readonly evaluations: number;
  readonly lastStep: number;
}

// Dormand & Prince, J. Comput. Appl. Math. 6, 19 (1980); dense output of Hairer, Nørsett & Wanner I, §II.6.
const c2 = 1 / 5;
const c3 = 3 / 10;
const c4 = 4 / 5;
const c5 = 8 / 9;
const a21 = 1 / 5;
const a31 = 3 / 40;
const a32 = 9 / 40;
const a41 = 44 / 45;
const a42 = -56 / 15;
const a43 = 32 / 9;
const a51 = 19372 / 6561;
const a52 = -25360 / 2187;
const a53 = 64448 / 6561;
const a54 = -212 / 729;
const a61 = 9017 / 3168;
const a62 = -355 / 33;
const a63 = 46732 / 5247;
const a64 = 49 / 176;
const a65 = -5103 / 18656;
const b1 = 35 / 384;
const b3 = 500 / 1113;
const b4 = 125 / 192;
const b5 = -2187 / 6784;
const b6 = 11 / 84;
const e1 = 71 / 57600;
const e3 = -71 / 16695;
const e4 = 71 / 1920;
const e5 = -17253 / 339200;
const e6 = 22 / 525;
const e7 = -1 / 40;
const d1 = -12715105075 / 11282082432;
const d3 = 87487479700 / 32700410799;
const d4 = -10690763975 / 1880347072;
const d5 = 701980252875 / 199316789632;
const d6 = -1453857185 / 822651844;
const d7 = 69997945 / 29380423;

/**
 * Advances y' = f(t, y) from `t0` by the embedded Runge–Kutta pair of Dormand and Prince, 5(4), with
 * fourth-order dense output.
 *
 * @param y - state at `t0` on entry, at the last requested time on return
 * @param times - ascending, first one ≥ t0; `onSample` sees the state at each of them
 * @param onSample - called with (index, t, state); the state array is reused
 * @returns counts of steps and evaluations
 * @throws EntrainError `numerics.step_limit` when `maxSteps` do not suffice or the step underflows
 * @accuracy local error per step below atol + rtol·|y| in the root-mean-square norm
 */
export function integrate(
  f: RightHandSide,
  t0: number,
  y: Float64Array,
  times: ArrayLike<number>,
  onSample: (index: number, t: number, state: Float64Array) => void,
  options: IntegrationOptions = {},
): IntegrationStatistics {
  const n = y.length;
  const rtol = options.rtol ?? 1e-9;
  const atol = options.atol ?? rtol / 100;
  const maxStep = options.maxStep ?? Infinity;
  const maxSteps = options.maxSteps ?? 20_000_000;
  const k1 = new Float64Array(n);
  const k2 = new Float64Array(n);
  const k3 = new Float64Array(n);
  const k4 = new Float64Array(n);
  const k5 = new Float64Array(n);
  const k6 = new Float64Array(n);
  const k7 = new Float64Array(n);
  const next = new Float64Array(n);
  const stage = new Float64Array(n);
  const sample = new Float64Array(n);
  const end = times.length === 0 ? t0 : times[times.length - 1]!;
  let t = t0;
  let index = 0;
  while (index < times.length && times[index]! <= t0) {
    sample.set(y);
    onSample(index, times[index]!, sample);
    index++;
  }
  f(t, y, k1);
  let evaluations = 1;
  let h = Math.min(options.firstStep ?? firstStep(y, k1, rtol, atol), maxStep);
  let steps = 0;
  let rejected = 0;
  let lastError = 1e-4;
  while (index < times.length) {
    if (steps + rejected >= maxSteps || !(h > 1e-15 * Math.max(Math.abs(t), Math.abs(end)))) {
      throw new EntrainError(
        "numerics.step_limit",
        {
          path: "times",
          message: `integration stopped at t = ${t} of ${end} after ${steps} steps`,
          found: end,
          expected: `a time that ${maxSteps} steps reach`,
        },
        { kind: "internal" },
      );
    }
    // One step onto the end instead of a sliver after it.
    if (t + h * 1.01 >= end) h = end - t;
    for (let i = 0; i < n; i++) stage[i] = y[i]! + h * a21 * k1[i]!;
    f(t + c2 * h, stage, k2);
    for (let i = 0; i < n; i++) stage[i] = y[i]! + h * (a31 * k1[i]! + a32 * k2[i]!);
    f(t + c3 * h, stage, k3);
    for (let i = 0; i < n; i++) stage[i] = y[i]! + h * (a41 * k1[i]! + a42 * k2[i]! + a43 * k3[i]!);
    f(t + c4 * h, stage, k4);
    for (let i = 0; i < n; i++) {
      stage[i] = y[i]! + h * (a51 * k1[i]! + a52 * k2[i]! + a53 * k3[i]! + a54 * k4[i]!);
    }
    f(t + c5 * h, stage, k5);
    for (let i = 0; i < n; i++) {
      stage[i] = y[i]! + h * (a61 * k1[i]! + a62 * k2[i]! + a63 * k3[i]! + a64 * k4[i]! + a65 * k5[i]!);
    }
    f(t + h, stage, k6);
    for (let i = 0; i < n; i++) {
      next[i] = y[i]! + h * (b1 * k1[i]! + b3 * k3[i]! + b4 * k4[i]! + b5 * k5[i]! + b6 * k6[i]!);
    }
    f(t + h, next, k7);
    evaluations += 6;
    let sum = 0;
    for (let i = 0; i < n; i++) {
      const error = h * (e1 * k1[i]! + e3 * k3[i]! + e4 * k4[i]! + e5 * k5[i]! + e6 * k6[i]! + e7 * k7[i]!);
      const scale = atol + rtol * Math.max(Math.abs(y[i]!), Math.abs(next[i]!));
      sum += (error / scale) ** 2;
    }
    const error = Math.sqrt(sum / n);
    if (!(error <= 1)) {
      rejected++;
      h *= Number.isFinite(error) ? Math.max(0.2, 0.9 * error ** -0.2) : 0.1;
      continue;
    }
    steps++;
    const reached = t + h;
    while (index < times.length && (times[index]! <= reached || reached >= end)) {
      const theta = Math.min(1, (times[index]! - t) / h);
      const rest = 1 - theta;
      for (let i = 0; i < n; i++) {
        const r2 = next[i]! - y[i]!;
        const r3 = h * k1[i]! - r2;
        const r4 = r2 - h * k7[i]! - r3;
        const r5 = h * (d1 * k1[i]! + d3 * k3[i]! + d4 * k4[i]! + d5 * k5[i]! + d6 * k6[i]! + d7 * k7[i]!);
        sample[i] = y[i]! + theta * (r2 + rest * (r3 + theta * (r4 + rest * r5)));
      }
      onSample(index, times[index]!, sample);
      index++;
    }
    t = reached;
    y.set(next);
    k1.set(k7);
    // PI controller (Gustafsson), exponents of Hairer & Wanner II, §IV.2.
    const growth = 0.9 * Math.max(error, 1e-10) ** -0.17 * lastError ** 0.04;
    lastError = Math.max(error, 1e-4);
    h = Math.min(h * Math.min(5, Math.max(0.2, growth)), maxStep);
  }
  return { steps, rejected, evaluations, lastStep: h };
}

/** A hundredth of the time in which the state would change by itself; short when it is at rest or zero. */
export function firstStep(y: Float64Array, dy: Float64Array, rtol: number, atol: number): number {
  let size = 0;
  let slope = 0;
  for (let i = 0; i < y.length; i++) {
    const scale = atol + rtol * Math.abs(y[i]!);
    size += (y[i]! / scale) ** 2;
    slope += (dy[i]! / scale) ** 2;
  }
  return slope < 1e-10 || size < 1e-10 ? 1e-6 : 0.01 * Math.sqrt(size / slope);
}
