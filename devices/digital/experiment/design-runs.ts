import type { CircuitDesign, CircuitRun, CircuitsWanted } from "#ir/circuits";
import type { Point } from "#ir/driver";
import { planOnDevice } from "../plan.ts";
import { decodeState } from "../predict/decode.ts";
import { placedNoise } from "../predict/noise.ts";
import { predictState } from "../predict/predict.ts";
import { traceDistance } from "../predict/reference.ts";
import { compileAbsorbing, referenceState, type Setup } from "../problem.ts";
import { type DigitalProfile, deviceNoise } from "../profile.ts";
import { assemble, type LaidCircuit, siteIds } from "./assemble.ts";
import { idealValue } from "./ideal.ts";
import { outcomesOf, placedCircuit } from "./placed.ts";
import { readOutOf } from "./read-out.ts";
import { calibrationKinds, offsetNoise } from "./uncertainty.ts";

function setupOf(run: CircuitRun): Setup {
  const { sites, couplings, field, time } = run;
  return sites.length === 1
    ? { kind: "driven", site: sites[0]!, field, time }
    : { kind: "chain", sites, couplings: couplings.map((re) => ({ re, im: 0 })), time };
}

/** How fast a run turns: the one that needs the most steps decides for all. */
function pace({ sites, couplings, field }: CircuitRun): number {
  const local = sites.map((s) => Math.abs(s.detuning) + Math.abs(s.asymmetry) + s.gain + s.loss);
  return Math.max(...local) + Math.hypot(field.re, field.im) + Math.max(0, ...couplings.map(Math.abs));
}

/** Circuits of a scan in which every point is a run of its own: one layout and one number of steps for all. */
export function designRuns(
  profile: DigitalProfile,
  wanted: Extract<CircuitsWanted, { kind: "runs" }>,
  points: readonly Point[],
  shots: number,
): Omit<CircuitDesign, "findings"> & {
  readonly circuits: readonly LaidCircuit[];
  readonly distance: number;
} {
  const { runs, steps: asked } = wanted;
  const hardest = runs.reduce((a, b) => (pace(b) > pace(a) ? b : a));
  const found = planOnDevice(setupOf(hardest), profile, asked === null ? {} : { maximum: asked });
  const steps = asked ?? found.steps;
  const layout = found.layout.qubits;
  const noise = deviceNoise(profile);
  const local = placedNoise(noise, layout);
  const attachments = found.setup.kind === "chain" ? found.setup.attachments : undefined;
  const encoded = runs.map((run) => {
    const setup = setupOf(run);
    const placed = setup.kind === "chain" && attachments !== undefined ? { ...setup, attachments } : setup;
    return compileAbsorbing(placed, steps, found.order, local);
  });
  const sites = siteIds(hardest.sites.length);
  const readOut = readOutOf(sites, wanted.observables);
  const circuits = points.flatMap((point, k) =>
    readOut.settings.map(
      ({ setting }, s): LaidCircuit => ({
        point: { ...point, setting: s },
        stage: 0,
        ...placedCircuit(encoded[k]!, setting, layout, profile),
      }),
    ),
  );
  const exact = runs.map((run) => referenceState(setupOf(run)));
  const reached = encoded.map((one) => decodeState(predictState(one.circuit, local).rho, one.roles).rho);
  const distance = Math.max(...reached.map((rho, k) => traceDistance(rho, exact[k]!)));
  const perPoint = readOut.settings.length;
  return {
    ...assemble({
      profile,
      encoded: encoded[0]!,
      layout,
      sites,
      readOut,
      circuits,
      shots,
      feed: null,
      steps,
    }),
    circuits,
    distance,
    ideal: exact.map((rho) => readOut.observables.map((o) => idealValue(o, sites, rho))),
    predict: (onProgress = () => {}) => {
      const work = (1 + calibrationKinds.length) * circuits.length;
      let done = 0;
      const simulate = (of: typeof noise) =>
        points.map((_, k) =>
          readOut.settings.map((__, s) => {
            const outcomes = outcomesOf(circuits[k * perPoint + s]!.circuit, of);
            onProgress(++done, work);
            return [outcomes];
          }),
        );
      const probabilities = simulate(noise);
      const nuisances = calibrationKinds.map((kind) => {
        const moved = simulate(offsetNoise(noise, { [kind]: 1 }));
        return { name: `calibration of ${kind}`, change: differenceOf(moved, probabilities) };
      });
      return { theory: gateTheory, probabilities, nuisances };
    },
  };
}

export const gateTheory =
  "density matrix of the circuits on this device, gate by gate: calibrated gate errors as depolarising channels, T1 and T2 while qubits wait, assignment errors of resets and read-out; no crosstalk, no coherent errors, no leakage out of the qubit";

const significant = (value: number) => Number(value.toPrecision(4));

/** moved − base, to four digits. */
export function differenceOf(moved: number[][][][], base: number[][][][]): number[][][][] {
  return moved.map((row, k) =>
    row.map((groups, s) =>
      groups.map((outcomes, g) => outcomes.map((p, o) => significant(p - base[k]![s]![g]![o]!))),
    ),
  );
}
