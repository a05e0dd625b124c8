import { coordinateCount } from "#model/generator";
import type { Network } from "#model/network";
import type { EnsembleJob, EnsembleResult } from "./ensemble-job.ts";
import { runEnsemble } from "./ensemble-run.ts";
import { compileEvaluation } from "./evaluation.ts";
import { createGraph, hoistParameters } from "./expression.ts";
import { driveOf, ladderAmplitude } from "./group-equations.ts";
import { type ComplexExpression, rateNames, rateOf, siteEquations } from "./site-equations.ts";
import { dormandPrince853 } from "./tableaus.ts";
import type { VectorProgram } from "./vector-program.ts";
import { createStepper } from "./vector-stepper.ts";
import { createWasmSlots } from "./wasm-slots.ts";

/** Sites and pairs that a kernel is made for; the numbers come with every trajectory. */
export interface NetworkShape {
  readonly sites: number;
  /** Each once, i ≤ j. */
  readonly pairs: readonly (readonly [i: number, j: number])[];
  /** Whether J has imaginary parts. */
  readonly complex: boolean;
}

/** Integrator of networks of one shape; jobs as those of an ensemble of so many groups, without samples. */
export interface NetworkKernel {
  /** Numbers that a trajectory brings along. */
  readonly width: number;
  /** Writes those of a network, in a frame that turns at a rate. */
  writeColumns(network: Network, columns: Float64Array, frame: number): void;
  integrate(job: Omit<EnsembleJob, "samples">): EnsembleResult;
}

/** Of a network: pairs i ≤ j that are coupled, with their place in the compressed rows. */
export function coupledPairs({ coupling }: Network): { i: number; j: number; at: number }[] {
  const pairs = [];
  for (let i = 0; i < coupling.size; i++) {
    for (let at = coupling.start[i]!; at < coupling.start[i + 1]!; at++) {
      const j = coupling.column[at]!;
      if (j >= i) pairs.push({ i, j, at });
    }
  }
  return pairs;
}

/** @returns undefined for a network that no kernel is made for: one with a ladder that begins with zero, or with modulated couplings */
export function shapeOf(network: Network): NetworkShape | undefined {
  if (network.modulations?.length || network.sites.some(({ ladder: [a1] }) => a1 === 0)) return undefined;
  return {
    sites: network.sites.length,
    pairs: coupledPairs(network).map(({ i, j }) => [i, j]),
    complex: network.coupling.im.some((value) => value !== 0),
  };
}

/** Per site: its rates and the ratio a₂/a₁; a₁ goes into the couplings. */
const siteColumns = rateNames.length + 1;

/**
 * Compiles the mean-field equations of a network with a Dormand–Prince pair of order 8: one loop over the sites,
 * whatever their number, and the fields written out.
 *
 * @source equations of `siteEquations`, method of `./tableaus.ts`
 */
export function compileNetworkKernel(shape: NetworkShape): NetworkKernel {
  const { sites, pairs, complex } = shape;
  const program = networkProgram(shape);
  const stepper = createStepper(program, dormandPrince853);
  const width = sites * siteColumns + pairs.length * (complex ? 2 : 1);
  const context = {
    slots: createWasmSlots(stepper, new WebAssembly.Module(stepper.bytes)),
    tableau: dormandPrince853,
    groups: sites,
    size: sites * coordinateCount,
    columns: width,
    amplitudes: () => {},
    middle: () => 0,
    turning: false,
    idle: [],
  };
  return {
    width,
    writeColumns(network, columns, frame) {
      let next = 0;
      for (const site of network.sites) {
        for (const name of rateNames)
          columns[next++] = rateOf(site, name) - (name === "detuning" ? frame : 0);
        columns[next++] = site.ladder[1] / site.ladder[0];
      }
      const scale = (s: number) => network.sites[s]!.ladder[0];
      for (const { i, j, at } of coupledPairs(network)) {
        const both = scale(i) * scale(j);
        columns[next++] = both * network.coupling.re[at]!;
        if (complex) columns[next++] = both * network.coupling.im[at]!;
      }
    },
    integrate: (job) => runEnsemble(context, job),
  };
}

function networkProgram({ sites, pairs, complex }: NetworkShape): VectorProgram {
  const graph = createGraph();
  const x = Array.from({ length: coordinateCount }, (_, k) => graph.state(k));
  const field: ComplexExpression = [graph.state(coordinateCount), graph.state(coordinateCount + 1)];
  const ladder = { a1: graph.constant(1), a2: graph.parameter(rateNames.length) };
  const rates = Object.fromEntries(rateNames.map((name, k) => [name, graph.parameter(k)]));
  const hoisted = hoistParameters(graph, [
    ...siteEquations(graph, rates, x, driveOf(graph, ladder, field)),
    ...ladderAmplitude(graph, ladder, x),
  ]);
  const siteParameters = hoisted.prepared.length;
  const evaluate = compileEvaluation(hoisted.prepared);
  const own = new Float64Array(siteParameters);
  const couplings = sites * siteParameters;
  const numbersOfPair = complex ? 2 : 1;
  const prepare = (columns: Float64Array, out: Float64Array) => {
    for (let s = 0; s < sites; s++) {
      evaluate(columns.subarray(s * siteColumns, (s + 1) * siteColumns), own);
      out.set(own, s * siteParameters);
    }
    const from = sites * siteColumns;
    out.set(columns.subarray(from, from + pairs.length * numbersOfPair), couplings);
  };
  return {
    lanes: "trajectories",
    groups: sites,
    size: sites * coordinateCount,
    derivative: [],
    amplitudes: [],
    network: {
      site: hoisted.outputs.slice(0, coordinateCount),
      amplitude: [hoisted.outputs[coordinateCount]!, hoisted.outputs[coordinateCount + 1]!],
      siteParameters,
      pairs: pairs.map(([i, j], k) => ({ i, j, parameter: couplings + k * numbersOfPair })),
      complex,
    },
    parameters: couplings + pairs.length * numbersOfPair,
    prepare: [prepare, prepare],
  };
}
