import { EntrainError } from "#core/errors";
import { coordinateCount } from "#model/generator";
import type { Network } from "#model/network";
import type { Channels } from "#model/oscillator";
import { integrate } from "../kernel/dormand-prince.ts";
import { networkRightHandSide } from "../mean-field/network.ts";
import { rotated } from "../mean-field/rotation.ts";
import { compileEnsemble, type EnsembleKernel } from "./ensemble.ts";
import type { GroupModel } from "./group-equations.ts";

/** What differs from run to run in a site. */
const energies = ["gain", "loss", "asymmetry", "detuning"] as const;
const channels = [
  "relaxation10",
  "relaxation21",
  "heating01",
  "heating12",
  "dephasing",
] as const satisfies readonly (keyof Channels)[];

/** Sites up to which the equations are written out: the code grows with them, and so does the time to compile it. */
const writtenOut = 40;

/** Runs from which compiling pays. */
const worthwhile = 8;

/** A network and the state it starts from. */
export interface NetworkRun {
  readonly network: Network;
  /** 8N coordinates; advanced in place. */
  readonly state: Float64Array;
}

/**
 * Advances networks of one shape (ladders, coupled pairs) that differ in their numbers: many of them go through a
 * kernel that is compiled once, few or large ones through the reference integrator.
 *
 * @throws EntrainError `numerics.step_limit`
 * @accuracy rtol per step, as `integrate`
 */
export interface NetworkFlow {
  advance(runs: readonly NetworkRun[], duration: number, rtol: number): void;
}

/** @param expectedRuns - how many runs there will be: a few do not pay for a kernel */
export function createNetworkFlow(expectedRuns = 0): NetworkFlow {
  const kernels = new Map<string, EnsembleKernel>();
  return {
    advance(runs, duration, rtol) {
      const [first] = runs;
      if (!first || duration === 0) return;
      const few = Math.max(runs.length, expectedRuns) < worthwhile && kernels.size === 0;
      if (few || first.network.sites.length > writtenOut) {
        for (const { network, state } of runs) {
          integrate(networkRightHandSide(network), 0, state, [duration], () => {}, { rtol });
        }
        return;
      }
      for (const group of byShape(runs)) advanceTogether(kernels, group, duration, rtol);
    },
  };
}

function byShape(runs: readonly NetworkRun[]): NetworkRun[][] {
  const groups = new Map<string, NetworkRun[]>();
  for (const run of runs) {
    const key = shapeOf(run.network);
    const known = groups.get(key);
    if (known) known.push(run);
    else groups.set(key, [run]);
  }
  return [...groups.values()];
}

function advanceTogether(
  kernels: Map<string, EnsembleKernel>,
  runs: readonly NetworkRun[],
  duration: number,
  rtol: number,
): void {
  const { network } = runs[0]!;
  const key = shapeOf(network);
  const kernel = kernels.get(key) ?? compileNetwork(network);
  kernels.set(key, kernel);
  const size = network.sites.length * coordinateCount;
  const width = kernel.columns.length;
  const states = new Float64Array(runs.length * size);
  const columns = new Float64Array(runs.length * width);
  const frames = runs.map((run) => middleFrequency(run.network));
  runs.forEach((run, k) => {
    states.set(run.state, k * size);
    writeColumns(run.network, columns.subarray(k * width, (k + 1) * width), frames[k]!);
  });
  const result = kernel.integrate({ states, columns, duration, rtol });
  result.status.forEach((status, k) => {
    if (status === "done") {
      rotated(result.states.subarray(k * size, (k + 1) * size), frames[k]! * duration, runs[k]!.state);
    } else {
      throw new EntrainError(
        "numerics.step_limit",
        { path: "times", message: `the integration of a network ended early: ${status}`, found: status },
        { kind: "internal" },
      );
    }
  });
}

/** Pairs i ≤ j that are coupled, with their place in the compressed rows. */
function pairsOf({ coupling }: Network): { readonly i: number; readonly j: number; readonly at: number }[] {
  const pairs = [];
  for (let i = 0; i < coupling.size; i++) {
    for (let at = coupling.start[i]!; at < coupling.start[i + 1]!; at++) {
      const j = coupling.column[at]!;
      if (j >= i) pairs.push({ i, j, at });
    }
  }
  return pairs;
}

const isComplex = ({ coupling }: Network) => coupling.im.some((value) => value !== 0);

function shapeOf(network: Network): string {
  const ladders = network.sites.map(({ ladder }) => ladder);
  return JSON.stringify([ladders, pairsOf(network).map(({ i, j }) => [i, j]), isComplex(network)]);
}

function compileNetwork(network: Network): EnsembleKernel {
  const complex = isComplex(network);
  const model: GroupModel = {
    groups: network.sites.map(({ ladder }, s) => ({
      ladder,
      ...Object.fromEntries([...energies, ...channels].map((name) => [name, { column: `${name} ${s}` }])),
    })),
    couplings: pairsOf(network).map(({ i, j }) => ({
      i,
      j,
      re: { column: `re ${i} ${j}` },
      ...(complex && i !== j ? { im: { column: `im ${i} ${j}` } } : {}),
    })),
  };
  const columns = [
    ...network.sites.flatMap((_, s) => [...energies, ...channels].map((name) => `${name} ${s}`)),
    ...model.couplings.flatMap(({ i, j, im }) => (im ? [`re ${i} ${j}`, `im ${i} ${j}`] : [`re ${i} ${j}`])),
  ];
  return compileEnsemble({
    model,
    method: "dormand-prince-853",
    lanes: "trajectories",
    turningFrame: false,
    columns,
  });
}

/**
 * Middle of all level spacings: in a frame that turns so fast nothing turns faster than half the spread. Couplings
 * conserve the common phase, so that only detunings change.
 */
function middleFrequency({ sites }: Network): number {
  const spacings = sites.flatMap(({ detuning, asymmetry }) => [detuning, detuning + asymmetry]);
  return (Math.min(...spacings) + Math.max(...spacings)) / 2;
}

/** @param frame - rate of the frame */
function writeColumns(network: Network, columns: Float64Array, frame: number): void {
  const { sites, coupling } = network;
  const complex = isComplex(network);
  let next = 0;
  for (const site of sites) {
    for (const name of energies) columns[next++] = name === "detuning" ? site.detuning - frame : site[name];
    for (const name of channels) columns[next++] = site.channels[name];
  }
  for (const { i, j, at } of pairsOf(network)) {
    columns[next++] = coupling.re[at]!;
    if (complex && i !== j) columns[next++] = coupling.im[at]!;
  }
}
