import type { GroupSystem } from "./group-system.ts";
import { type Solution, slipsOf } from "./solution.ts";
import type { SolvedPoint } from "./tile-solver.ts";
import type { Wave } from "./wave-solver.ts";

/** Quantities of a map, one plane of float64 each; NaN where one is not defined. */
export const planeNames = [
  "state",
  "flags",
  "method",
  "growth_rate",
  "order_parameter",
  "amplitude_a",
  "amplitude_b",
  "frequency_a",
  "frequency_b",
  "line_a",
  "line_b",
  "relative_phase",
  "error",
] as const;
export type PlaneName = (typeof planeNames)[number];

/** Values of `state`: none 0, partial 1, full 2. */
export const mapStates = ["none", "partial", "full"] as const;

/** Bits of `flags`. */
export const mapFlags = {
  /** Amplitudes oscillate. */
  breathing: 1,
  /** Neither a rotating wave nor a relative periodic orbit: chaos, a torus of more frequencies, a long transient. */
  irregular: 2,
  /** Another stable state exists that the initial state does not go to. */
  multistable: 4,
} as const;

/** Values of `method`: how a point was solved. */
export const mapMethods = ["linear", "followed", "explored", "integrated"] as const;

/** Frequencies closer than this times the sum of gain and loss count as one in an irregular motion. */
const lockTolerance = 2e-3;

/** Relative spread of an amplitude below which it counts as constant. */
const breathingTolerance = 1e-5;

/** Planes of a whole map, row by row. */
export type MapPlanes = Readonly<Record<PlaneName, Float64Array>>;

/**
 * Writes what a map keeps of a solved point.
 *
 * @param rate - gain + loss, the unit of the tolerances
 */
export function writePoint(
  planes: MapPlanes,
  place: number,
  system: GroupSystem,
  { solution, onset, method, multistable }: SolvedPoint,
  rate: number,
): void {
  planes.growth_rate[place] = onset.growth;
  planes.method[place] = mapMethods.indexOf(method);
  planes.flags[place] = multistable ? mapFlags.multistable : 0;
  const missing = system.groups === 1 ? Number.NaN : 0;
  if (solution.kind === "rest") {
    planes.state[place] = 0;
    planes.order_parameter[place] = 0;
    planes.amplitude_a[place] = 0;
    planes.amplitude_b[place] = missing;
    planes.frequency_a[place] = Number.NaN;
    planes.frequency_b[place] = Number.NaN;
    planes.line_a[place] = Number.NaN;
    planes.line_b[place] = Number.NaN;
    planes.relative_phase[place] = Number.NaN;
    planes.error[place] = 0;
  } else if (solution.kind === "wave") {
    writeWave(planes, place, system, solution.wave);
  } else {
    writeAverages(planes, place, system, solution, rate);
  }
}

function writeWave(planes: MapPlanes, place: number, system: GroupSystem, { state, frequency }: Wave): void {
  const [aRe, aIm] = system.amplitude(state, 0);
  planes.state[place] = 2;
  planes.amplitude_a[place] = Math.hypot(aRe, aIm);
  planes.frequency_a[place] = frequency;
  planes.line_a[place] = frequency;
  planes.error[place] = 1e-9;
  if (system.groups === 1) {
    planes.order_parameter[place] = planes.amplitude_a[place]!;
    for (const name of ["amplitude_b", "frequency_b", "line_b", "relative_phase"] as const) {
      planes[name][place] = Number.NaN;
    }
    return;
  }
  const [bRe, bIm] = system.amplitude(state, 1);
  planes.order_parameter[place] = Math.hypot(aRe + bRe, aIm + bIm) / 2;
  planes.amplitude_b[place] = Math.hypot(bRe, bIm);
  planes.frequency_b[place] = frequency;
  planes.line_b[place] = frequency;
  planes.relative_phase[place] = Math.atan2(aIm * bRe - aRe * bIm, aRe * bRe + aIm * bIm);
}

function writeAverages(
  planes: MapPlanes,
  place: number,
  system: GroupSystem,
  solution: Exclude<Solution, { kind: "rest" | "wave" }>,
  rate: number,
): void {
  const { amplitudes, frequencies, lines, orderParameter, spread, relativePhase } = solution.observables;
  const averaged = solution.kind !== "orbit";
  const locked = averaged
    ? system.groups === 1 || Math.abs(frequencies[0]! - frequencies[1]!) < lockTolerance * rate
    : slipsOf(solution.observables, solution.orbit.period) === 0;
  planes.state[place] = locked ? 2 : 1;
  planes.flags[place]! |=
    (spread > breathingTolerance ? mapFlags.breathing : 0) |
    (solution.kind === "irregular" ? mapFlags.irregular : 0);
  planes.order_parameter[place] = orderParameter;
  planes.amplitude_a[place] = amplitudes[0]!;
  planes.amplitude_b[place] = amplitudes[1] ?? Number.NaN;
  planes.frequency_a[place] = frequencies[0]!;
  planes.frequency_b[place] = frequencies[1] ?? Number.NaN;
  planes.line_a[place] = lines[0]!;
  planes.line_b[place] = lines[1] ?? Number.NaN;
  planes.relative_phase[place] = locked && relativePhase !== null ? relativePhase : Number.NaN;
  planes.error[place] = averaged ? solution.error : 1e-5;
}
