import { EntrainError } from "#core/errors";
import type { Network } from "#model/network";
import { integrate } from "../kernel/dormand-prince.ts";
import { networkRightHandSide } from "../mean-field/network.ts";
import { rotated } from "../mean-field/rotation.ts";
import { compileNetworkKernel, type NetworkKernel, type NetworkShape, shapeOf } from "./network-kernel.ts";

/** Coupled pairs up to which the fields are written out. */
const writtenOut = 5000;

/** Runs from which compiling pays. */
const worthwhile = 8;

/** A network and the state it starts from. */
export interface NetworkRun {
  readonly network: Network;
  /** 8N coordinates; advanced in place. */
  readonly state: Float64Array;
}

/**
 * Advances networks of one shape (coupled pairs) that differ in their numbers: many of them go through a kernel that
 * is compiled once, a few through the reference integrator.
 *
 * @throws EntrainError `numerics.step_limit`
 * @accuracy rtol per step, as `integrate`
 */
export interface NetworkFlow {
  advance(runs: readonly NetworkRun[], duration: number, rtol: number): void;
}

/** @param expectedRuns - how many runs there will be: a few do not pay for a kernel */
export function createNetworkFlow(expectedRuns = 0): NetworkFlow {
  const kernels = new Map<string, NetworkKernel>();
  return {
    advance(runs, duration, rtol) {
      if (duration === 0) return;
      const few = Math.max(runs.length, expectedRuns) < worthwhile && kernels.size === 0;
      for (const [key, { shape, alike }] of byShape(runs)) {
        if (few || shape === undefined || shape.pairs.length > writtenOut) {
          for (const { network, state } of alike) {
            integrate(networkRightHandSide(network), 0, state, [duration], () => {}, { rtol });
          }
          continue;
        }
        const kernel = kernels.get(key) ?? compileNetworkKernel(shape);
        kernels.set(key, kernel);
        advanceTogether(kernel, alike, duration, rtol);
      }
    },
  };
}

function byShape(
  runs: readonly NetworkRun[],
): Map<string, { readonly shape: NetworkShape | undefined; readonly alike: NetworkRun[] }> {
  const groups = new Map<
    string,
    { readonly shape: NetworkShape | undefined; readonly alike: NetworkRun[] }
  >();
  for (const run of runs) {
    const shape = shapeOf(run.network);
    const key = JSON.stringify(shape ?? null);
    const known = groups.get(key);
    if (known) known.alike.push(run);
    else groups.set(key, { shape, alike: [run] });
  }
  return groups;
}

function advanceTogether(
  kernel: NetworkKernel,
  runs: readonly NetworkRun[],
  duration: number,
  rtol: number,
): void {
  const size = runs[0]!.state.length;
  const { width } = kernel;
  const states = new Float64Array(runs.length * size);
  const columns = new Float64Array(runs.length * width);
  const frames = runs.map((run) => middleFrequency(run.network));
  runs.forEach((run, k) => {
    states.set(run.state, k * size);
    kernel.writeColumns(run.network, columns.subarray(k * width, (k + 1) * width), frames[k]!);
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

/**
 * Middle of all level spacings: in a frame that turns so fast nothing turns faster than half the spread. Couplings
 * conserve the common phase, so that only detunings change.
 */
function middleFrequency({ sites }: Network): number {
  const spacings = sites.flatMap(({ detuning, asymmetry }) => [detuning, detuning + asymmetry]);
  return (Math.min(...spacings) + Math.max(...spacings)) / 2;
}
