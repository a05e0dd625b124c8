import { axisOf, type Column, type Computation, numberOf } from "../computation.ts";
import { pairNetwork, run, seededStart } from "../protocol.ts";
import { pairColumns, pairOf, pairValues, readRun, statesAlongLine } from "./pair-state.ts";

const detuningColumn: Column = { name: "delta", unit: "gamma_minus", about: "detuning between the groups" };

/** Fig. 4: detuning against asymmetry at V_AB = V = 2γ₊ = γ₋. */
export const asymmetryMap: Computation = {
  name: "4",
  revision: 1,
  tables: {
    map: [
      {
        name: "delta",
        unit: "gamma_minus",
        about: "detuning between the groups",
      },
      { name: "K", unit: "gamma_minus", about: "level asymmetry" },
      ...pairColumns,
    ],
  },
  settings: (resolution) => ({
    resolution,
    delta: [-20, 20],
    K: [-20, 20],
    gain: 0.5,
    loss: 1,
    coupling: 1,
    interCoupling: 1,
    duration: 500,
    samples: 10_000,
  }),
  rowCount: (settings) => numberOf(settings, "resolution"),
  secondsPerRow: (settings) => 0.014 * numberOf(settings, "resolution"),
  computeRow(settings, row) {
    const resolution = numberOf(settings, "resolution");
    const asymmetry = axisOf(settings, "K")[row]!;
    const detunings = axisOf(settings, "delta");
    const states = statesAlongLine(
      detunings.map((detuning) => ({
        ...pairOf(settings),
        asymmetry,
        detuning,
      })),
      numberOf(settings, "duration"),
      numberOf(settings, "samples"),
    );
    return {
      map: Array.from({ length: resolution }, (_, k) => [
        detunings[k]!,
        asymmetry,
        ...pairValues(states[k]!),
      ]),
    };
  },
};

/** Fig. 3(d): detuning against V_AB at K = 0; every point integrated by the paper's own protocol. */
export const interCouplingMap: Computation = {
  name: "3d",
  revision: 1,
  tables: {
    map: [
      detuningColumn,
      { name: "V_AB", unit: "gamma_minus", about: "coupling between the groups; V = gamma_minus" },
      ...pairColumns,
    ],
  },
  settings: (resolution) => ({
    resolution,
    delta: [-1, 1],
    interCoupling: [0, 2],
    gain: 0.5,
    loss: 1,
    coupling: 1,
    duration: 1000,
    samples: 10_000,
  }),
  rowCount: (settings) => numberOf(settings, "resolution"),
  secondsPerRow: (settings) => 0.014 * numberOf(settings, "resolution"),
  computeRow(settings, row) {
    const interCoupling = axisOf(settings, "interCoupling")[row]!;
    const duration = numberOf(settings, "duration");
    const samples = numberOf(settings, "samples");
    return {
      map: axisOf(settings, "delta").map((detuning) => {
        const network = pairNetwork({ ...pairOf(settings), detuning, interCoupling });
        // Without coupling between them nothing would ever start group B.
        const start = seededStart(2, interCoupling === 0);
        const state = readRun(run(network, start, duration, samples, samples / 2), samples / 10);
        return [detuning, interCoupling, ...pairValues(state)];
      }),
    };
  },
};
