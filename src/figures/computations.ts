import { EntrainError } from "#core/errors";
import type { Computation } from "./computation.ts";
import { cumulantDecay, lifetimeSlopes, wignerLifetimes } from "./computations/lifetimes.ts";
import { drivenDistributions, pairDistributions, pairMaximumMap } from "./computations/microscopic.ts";
import { amplitudeInTime, orderParameterMap, transitionCurve } from "./computations/single-group.ts";
import { asymmetrySpectra, interCouplingSpectra, pairSpectra } from "./computations/spectra.ts";
import { asymmetryMap, interCouplingMap } from "./computations/two-group-map.ts";

/** Every computation, so that a worker can find it by name. */
export const computations: readonly Computation[] = [
  amplitudeInTime,
  transitionCurve,
  orderParameterMap,
  drivenDistributions,
  pairSpectra,
  interCouplingMap,
  asymmetryMap,
  pairDistributions,
  pairMaximumMap,
  interCouplingSpectra,
  asymmetrySpectra,
  cumulantDecay,
  wignerLifetimes,
  lifetimeSlopes,
];

export function findComputation(name: string): Computation {
  const found = computations.find((computation) => computation.name === name);
  if (!found) {
    throw new EntrainError(
      "figure.unknown_computation",
      { path: "computation", message: `there is no computation "${name}"`, found: name },
      { kind: "internal" },
    );
  }
  return found;
}
