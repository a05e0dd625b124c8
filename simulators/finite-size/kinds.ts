import { EntrainError } from "#core/errors";
import { initialMatrices, type SimulationRequest, singleOscillator } from "#ir/simulate";
import { evolveCompiledEnsemble } from "../compiled-ensemble/ensemble.ts";
import { frequencyBound } from "../mean-field/window.ts";
import { evolveCumulants } from "./cumulant-evolution.ts";
import { evolveExactly } from "./exact.ts";
import { type GroupEvolution, type GroupProblem, groupNetworkOf } from "./group-problem.ts";
import { refuseEndless } from "./lifetime.ts";
import { ensembleCost } from "./truncated-wigner.ts";

/** Radians of the fastest motion that the cumulant equations may be followed for; about a minute. */
const turningLimit = 15_000;

/** (Trajectory, step) pairs of one request: some 0.3 microseconds each. */
const trajectoryStepLimit = 2e8;

/** Steps × jackknife groups that are kept, 16 bytes each. */
const keptLimit = 1.5e7;

function groupProblem(request: SimulationRequest<"exact">): GroupProblem {
  return {
    site: singleOscillator(request),
    size: request.size,
    coupling: request.coupling,
    initial: initialMatrices(request.initial, 1)[0]!,
  };
}

function answer({ raising, pairCorrelation, populations, lifetime }: GroupEvolution) {
  return {
    amplitude: raising.map(({ re, im }) => Math.hypot(re, im)),
    pair_correlation: pairCorrelation,
    populations,
    lifetime,
    raising: raising.map(({ re, im }) => [re, im]),
  };
}

/** `cumulant`: second-order cumulants of one group; `raising` is ⟨A†⟩ as [re, im]. */
export function runCumulant(request: SimulationRequest<"cumulant">) {
  const problem = groupProblem(request);
  const { times } = request;
  refuseEndless(times[times.length - 1]!, frequencyBound(groupNetworkOf(problem)), turningLimit);
  return answer(evolveCumulants(problem, times));
}

/** `exact`: the full master equation of one group. */
export function runExact(request: SimulationRequest<"exact">) {
  return answer(evolveExactly(groupProblem(request), request.times));
}

/**
 * `truncated-wigner`: the collective Langevin ensemble. `amplitude` is the modulus of the ensemble's mean, which noise
 * keeps above zero by about `amplitude_error`; `clipped_fraction` says how often the noise matrix was not positive.
 */
export function runTruncatedWigner(request: SimulationRequest<"truncated-wigner">) {
  const problem = groupProblem(request);
  const { times, trajectories, seed } = request;
  const { steps, kept } = ensembleCost(problem, times, trajectories);
  const excess = Math.max((steps * trajectories) / trajectoryStepLimit, kept / keptLimit);
  if (excess > 1) {
    throw new EntrainError("simulate.too_large", {
      path: steps * 2 > trajectoryStepLimit || kept > keptLimit ? "times" : "trajectories",
      message: `${trajectories} trajectories of ${steps} steps are beyond the limit of ${trajectoryStepLimit} trajectory steps or of the memory for them`,
      found: trajectories,
      expected: `a product smaller by a factor of ${excess.toPrecision(2)}`,
      hint: "Ask for fewer trajectories, shorter times or fewer of them.",
    });
  }
  const evolution = evolveCompiledEnsemble(problem, times, { trajectories, seed });
  return {
    ...answer(evolution),
    amplitude_error: evolution.amplitudeError,
    pair_correlation_error: evolution.pairCorrelationError,
    populations_error: evolution.populationsError,
    lifetime_error: evolution.lifetimeError,
    clipped_fraction: evolution.clippedFraction,
  };
}
