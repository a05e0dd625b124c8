import { EntrainError } from "#core/errors";
import { densityMatrixAt } from "#model/generator";
import { evolveCumulants, evolveTruncatedWigner, phaseDiffusion } from "#simulators/index";
import {
  type Column,
  type Computation,
  evenlySpaced,
  listOf,
  numberOf,
  type Settings,
} from "../computation.ts";
import { advanced, groupNetwork, run, seededStart, stableWave } from "../protocol.ts";

const coupling: Column = { name: "V", unit: "gamma_minus", about: "coupling strength" };
const size: Column = { name: "N", unit: "1", about: "number of oscillators" };
const rates = { gain: 0.5, loss: 1 } as const;

/** Couplings of the right panel; the first is that of the left. */
const couplings = [0.75, 1, 1.25, 1.5] as const;

/** The mean-field limit cycle. */
function limitCycle(settings: Settings, V: number) {
  const network = groupNetwork({ ...ratesOf(settings), asymmetry: 0, coupling: V });
  const wave = stableWave(network, advanced(network, seededStart(1), 300 / numberOf(settings, "gain")));
  if (!wave) {
    throw new EntrainError(
      "figure.no_wave",
      { path: "couplings", message: `there is no stable rotating wave at V = ${V}`, found: V },
      { kind: "internal" },
    );
  }
  return { network, wave };
}

/** A group of N oscillators that starts in the product of limit-cycle states. */
function groupProblem(settings: Settings, V: number, N: number) {
  const { network, wave } = limitCycle(settings, V);
  return { site: network.sites[0]!, size: N, coupling: V, initial: densityMatrixAt(wave.state) };
}

function ratesOf(settings: Settings): { readonly gain: number; readonly loss: number } {
  return { gain: numberOf(settings, "gain"), loss: numberOf(settings, "loss") };
}

/**
 * Fig. S4, the paper's method: second-order cumulants from the mean-field limit cycle. Rows: the curves in time (every
 * N, then the limit of large N, then no coupling), then one row for each V and N of the lifetimes.
 */
export const cumulantDecay: Computation = {
  name: "s4",
  revision: 1,
  tables: {
    curves: [
      { name: "N", unit: "1", about: "number of oscillators; infinity: mean field; uncoupled: V = 0" },
      { name: "t", unit: "1/gamma_minus", about: "time" },
      { name: "abs_S", unit: "1", about: "|<S+>| at V = 0.75 gamma_minus, second-order cumulants" },
    ],
    lifetimes: [
      coupling,
      size,
      {
        name: "T",
        unit: "1/gamma_minus",
        about: "time at which |<S+>| first falls to 1/e of its initial value",
      },
    ],
  },
  settings: () => ({
    ...rates,
    couplings,
    curveSizes: [100, 500, 1000, 2000],
    duration: 100,
    samples: 501,
    sizes: [5, 10, 15, 20, 30, 40, 50, 60, 80, 100, 250, 500, 750, 1000, 1250, 1500, 1750, 2000],
  }),
  rowCount: (settings) =>
    listOf(settings, "curveSizes").length +
    2 +
    listOf(settings, "couplings").length * listOf(settings, "sizes").length,
  secondsPerRow: () => 0.3,
  computeRow(settings, row) {
    const curves = listOf(settings, "curveSizes");
    const Vs = listOf(settings, "couplings");
    if (row < curves.length + 2) return { curves: decayCurve(settings, row), lifetimes: [] };
    const sizes = listOf(settings, "sizes");
    const place = row - curves.length - 2;
    const V = Vs[Math.floor(place / sizes.length)]!;
    const N = sizes[place % sizes.length]!;
    const { lifetime } = evolveCumulants(groupProblem(settings, V, N), evenlySpaced(0, 40 + 0.08 * N, 200));
    return { curves: [], lifetimes: [[V, N, lifetime]] };
  },
};

function decayCurve(settings: Settings, row: number): [number | string, number, number][] {
  const sizes = listOf(settings, "curveSizes");
  const V = listOf(settings, "couplings")[0]!;
  const times = evenlySpaced(0, numberOf(settings, "duration"), numberOf(settings, "samples"));
  const N = sizes[row];
  if (N !== undefined) {
    const { raising } = evolveCumulants(groupProblem(settings, V, N), times);
    return times.map((t, k) => [N, t, Math.hypot(raising[k]!.re, raising[k]!.im)]);
  }
  const coupled = row === sizes.length;
  const { wave } = limitCycle(settings, V);
  const network = groupNetwork({ ...ratesOf(settings), asymmetry: 0, coupling: coupled ? V : 0 });
  const { series } = run(network, wave.state, numberOf(settings, "duration"), times.length, times.length);
  const { re, im } = series[0]!;
  return times.map((t, k) => [coupled ? "infinity" : "uncoupled", t, Math.hypot(re[k]!, im[k]!)]);
}

/** The better answer beside it: lifetimes of the truncated-Wigner ensemble from the same states. */
export const wignerLifetimes: Computation = {
  name: "s4w",
  revision: 1,
  tables: {
    lifetimes: [
      coupling,
      size,
      { name: "T", unit: "1/gamma_minus", about: "lifetime, truncated-Wigner ensemble" },
      { name: "T_error", unit: "1/gamma_minus", about: "its statistical error" },
    ],
  },
  settings: () => ({ ...rates, couplings, sizes: [100, 500, 1000, 2000], trajectories: 2000, seed: 1 }),
  rowCount: (settings) => listOf(settings, "couplings").length * listOf(settings, "sizes").length,
  secondsPerRow: () => 20,
  computeRow(settings, row) {
    const sizes = listOf(settings, "sizes");
    const V = listOf(settings, "couplings")[Math.floor(row / sizes.length)]!;
    const N = sizes[row % sizes.length]!;
    const { lifetime, lifetimeError } = evolveTruncatedWigner(
      groupProblem(settings, V, N),
      evenlySpaced(0, 20 + 0.17 * N, 120),
      { trajectories: numberOf(settings, "trajectories"), seed: numberOf(settings, "seed") },
    );
    return { lifetimes: [[V, N, lifetime, lifetimeError]] };
  },
};

/** The exact law of large N: |⟨S⁺⟩| ∝ exp(−κt/N), so that T grows by 1/κ with each oscillator; one row a V. */
export const lifetimeSlopes: Computation = {
  name: "s4k",
  revision: 1,
  tables: {
    slopes: [
      coupling,
      { name: "kappa", unit: "gamma_minus", about: "decay rate of |<S+>| times N by phase diffusion" },
      { name: "slope", unit: "1/gamma_minus", about: "1/kappa, growth of the lifetime with each oscillator" },
    ],
  },
  settings: () => ({ ...rates, couplings }),
  rowCount: (settings) => listOf(settings, "couplings").length,
  secondsPerRow: () => 0.1,
  computeRow(settings, row) {
    const V = listOf(settings, "couplings")[row]!;
    const { network, wave } = limitCycle(settings, V);
    const { decay, lifetimePerOscillator } = phaseDiffusion(network, wave);
    return { slopes: [[V, decay, lifetimePerOscillator]] };
  },
};
