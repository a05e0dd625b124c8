import type { Oscillator } from "#model/oscillator";
import {
  drivenHarmonics,
  drivenSteadyState,
  pairFirstOrder,
  pairHarmonics,
  phaseLockingMap,
  sampleDistribution,
} from "#simulators/index";
import { axisOf, type Column, type Computation, listOf, numberOf, type Settings } from "../computation.ts";
import { groupNetwork, pairNetwork } from "../protocol.ts";
import { pairOf } from "./pair-state.ts";

const phase: Column = { name: "phi", unit: "rad", about: "phase" };
const density: Column = {
  name: "s",
  unit: "1/rad",
  about: "phase distribution of the Husimi function, 1/(2 pi) subtracted",
};

/** Points of a drawn distribution. */
const points = 360;

/** Fig. 2(d): phase distribution of one driven oscillator; one row a ratio of the rates. */
export const drivenDistributions: Computation = {
  name: "2d",
  revision: 1,
  tables: {
    distributions: [
      { name: "ratio", unit: "1", about: "gamma_plus/gamma_minus" },
      { name: "K", unit: "gamma_minus+gamma_plus", about: "level asymmetry" },
      phase,
      density,
    ],
  },
  settings: () => ({ drive: 0.1, loss: 1, ratios: [1, 0.5], asymmetries: [-0.1, 0, 0.1], points }),
  rowCount: (settings) => listOf(settings, "ratios").length,
  secondsPerRow: () => 0.1,
  computeRow(settings, row) {
    const loss = numberOf(settings, "loss");
    const ratio = listOf(settings, "ratios")[row]!;
    const gain = ratio * loss;
    return {
      distributions: listOf(settings, "asymmetries").flatMap((asymmetry) => {
        const [site] = groupNetwork({ gain, loss, asymmetry: asymmetry * (gain + loss), coupling: 0 }).sites;
        const harmonics = drivenHarmonics(drivenSteadyState(site!, numberOf(settings, "drive") * loss));
        const { phi, s } = sampleDistribution(harmonics, numberOf(settings, "points"));
        return phi.map((angle, k) => [ratio, asymmetry, angle, s[k]!]);
      }),
    };
  },
};

const pairRates = { gain: 0.5, loss: 1, interCoupling: 1 } as const;

const detuning: Column = { name: "delta", unit: "gamma_minus", about: "detuning between the oscillators" };
const asymmetry: Column = { name: "K", unit: "gamma_minus", about: "level asymmetry" };

/** Fig. S1(a): distribution of the relative phase at eight points; one row a point. */
export const pairDistributions: Computation = {
  name: "s1a",
  revision: 1,
  tables: { distributions: [detuning, asymmetry, { ...phase, about: "phi_A - phi_B" }, density] },
  settings: () => ({
    ...pairRates,
    detunings: [-10, 0, 10, -12, 12, -12, 0, 12],
    asymmetries: [10, 10, 10, 0, 0, -12, -12, -12],
    points,
  }),
  rowCount: (settings) => listOf(settings, "detunings").length,
  secondsPerRow: () => 0.01,
  computeRow(settings, row) {
    const delta = listOf(settings, "detunings")[row]!;
    const K = listOf(settings, "asymmetries")[row]!;
    const [a, b] = pairNetwork({ ...pairOf(settings), detuning: delta, asymmetry: K }).sites;
    const state = pairFirstOrder([a!, b!], numberOf(settings, "interCoupling"));
    const { phi, s } = sampleDistribution(pairHarmonics(state), numberOf(settings, "points"));
    return { distributions: phi.map((angle, k) => [delta, K, angle, s[k]!]) };
  },
};

/** Fig. S1(b–d): largest value of that distribution, where it lies, and the bitmap; one row a K. */
export const pairMaximumMap: Computation = {
  name: "s1bcd",
  revision: 1,
  tables: {
    map: [
      detuning,
      asymmetry,
      { name: "maximum", unit: "1/rad", about: "largest s(phi_A - phi_B), first order in V_AB" },
      { name: "argmax", unit: "rad", about: "phi_A - phi_B at the maximum; empty where s is flat" },
      { name: "white", unit: "", about: "1: maximum above the threshold and argmax nearer 0 than pi" },
    ],
  },
  settings: (resolution) => ({ resolution, delta: [-20, 20], K: [-20, 20], ...pairRates, threshold: 0.05 }),
  rowCount: (settings) => numberOf(settings, "resolution"),
  secondsPerRow: (settings) => 1e-5 * numberOf(settings, "resolution"),
  computeRow(settings, row) {
    const K = axisOf(settings, "K")[row]!;
    const detunings = axisOf(settings, "delta");
    const map = phaseLockingMap({
      site: siteOf(settings),
      coupling: numberOf(settings, "interCoupling"),
      detunings,
      asymmetries: [K],
      threshold: numberOf(settings, "threshold"),
    });
    return {
      map: detunings.map((delta, k) => [
        delta,
        K,
        map.maximum[0]![k]!,
        map.argmax[0]![k]!,
        map.inPhase[0]![k]! ? 1 : 0,
      ]),
    };
  },
};

function siteOf(settings: Settings): Oscillator {
  return pairNetwork(pairOf(settings)).sites[0]!;
}
