import { EntrainError } from "#core/errors";
import { parseRequest, type SimulationKind, type SimulationRequest } from "#ir/simulate";
import { runCumulant, runExact, runTruncatedWigner } from "./finite-size/kinds.ts";
import { runLargeNetwork } from "./large-network/kinds.ts";
import { runMeanField, runTrajectory } from "./mean-field/kinds.ts";
import { runDriven, runPair } from "./microscopic/kinds.ts";
import { runNetworkTheory } from "./network-cumulants/kinds.ts";
import { runCriticalCoupling, runStability } from "./stability/kinds.ts";

/** Runs one kind; the answer is plain data that JSON can carry. */
type Run<K extends SimulationKind> = (request: SimulationRequest<K>) => Record<string, unknown>;

/** Every kind of simulation: one line each; its request schema stands under the same name in `#ir/simulate`. */
const runs: { readonly [K in SimulationKind]: Run<K> } = {
  "critical-coupling": runCriticalCoupling,
  stability: runStability,
  "mean-field": runMeanField,
  trajectory: runTrajectory,
  network: runNetworkTheory,
  "large-network": runLargeNetwork,
  cumulant: runCumulant,
  exact: runExact,
  "truncated-wigner": runTruncatedWigner,
  driven: runDriven,
  pair: runPair,
};

/**
 * One bare simulation.
 *
 * @param kind - one of `simulationKinds`
 * @param input - the request, not yet checked
 * @returns the answer as plain data; its fields are listed with each kind
 * @throws EntrainError `simulate.unknown_kind`; `simulate.invalid` with every fault of the request;
 *   `simulate.too_large` with the limit
 */
export function simulate(kind: string, input: unknown): Record<string, unknown> {
  if (!isKind(kind)) {
    throw new EntrainError("simulate.unknown_kind", {
      path: "kind",
      message: `there is no simulation "${kind}"`,
      found: kind,
      expected: `one of ${simulationKinds.join(", ")}`,
    });
  }
  return runKind(kind, input);
}

/** Names of the kinds, in the order of the table. */
export const simulationKinds = Object.keys(runs) as SimulationKind[];

function runKind<K extends SimulationKind>(kind: K, input: unknown): Record<string, unknown> {
  const request = parseRequest(kind, input);
  try {
    return runs[kind](request);
  } catch (error) {
    // An equation without a solution that the request allows: rates that differ by more than double precision holds.
    if (!(error instanceof EntrainError) || !error.code.startsWith("numerics.")) throw error;
    throw new EntrainError(
      "simulate.numerics",
      {
        path: "",
        message: `these numbers cannot be computed with: ${error.message}`,
        expected: "rates and couplings within some ten powers of ten of each other",
      },
      { cause: error },
    );
  }
}

function isKind(kind: string): kind is SimulationKind {
  return Object.hasOwn(runs, kind);
}
