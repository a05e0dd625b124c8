import type { CountTable } from "#analysis/frequencies";
import { correlations, identifiabilityWarnings, profileOf } from "#analysis/identifiability";
import {
  fitLinear,
  type LinearFit,
  type LinearModel,
  likelihoodOf,
  linearModel,
  nuisanceResponses,
} from "#analysis/likelihood";
import { type Posterior, samplePosterior } from "#analysis/posterior";
import { EntrainError } from "#core/errors";
import type { Plan } from "#ir/plan";
import type { DesignedExperiment } from "../plan.ts";
import { responsesOf } from "./responses.ts";
import { expectedUnder } from "./simulate-variation.ts";
import { type FitParameter, fitParameters, isCoupled, type Variation } from "./variation.ts";

/** One fitted parameter. */
export interface FittedParameter {
  readonly parameter: FitParameter;
  readonly value: number;
  /** 1σ from the covariance, all others free. */
  readonly error: number;
  readonly interval68: readonly [number, number];
  readonly interval95: readonly [number, number];
  /** Part of the variance that comes from what was assumed plausible before the data. */
  readonly assumed: number;
}

/** One way to explain the same data, with nothing fitted but the nuisances. */
export interface ComparedModel {
  readonly title: string;
  readonly log_likelihood: number;
  readonly bic: number;
  /** Posterior probability, all models being equally likely before. */
  readonly probability: number;
}

export interface RunFit {
  readonly parameters: readonly FittedParameter[];
  readonly correlations: readonly (readonly number[])[];
  readonly chi_square: number;
  readonly nuisances: readonly { readonly name: string; readonly pull: number; readonly error: number }[];
  readonly warnings: readonly string[];
  readonly posterior: Posterior;
  readonly models: readonly ComparedModel[];
  /** Simulated anew about the fitted values so often. */
  readonly rounds: number;
}

const mostRounds = 3;

/**
 * Fits what may differ between device and plan to counts: Gauss–Newton on the full prediction of the measurement, its
 * Jacobian by central differences of whole simulations, multinomial weights, nuisances with their prior and common
 * phases free. Every parameter has a normal prior of its plausible width; `assumed` says how much of the result that is.
 *
 * The profile likelihoods and the posterior are those of the model linearised about the fit.
 *
 * @throws EntrainError `fit.unknown_parameter`; `fit.other_model` when the kept prediction is not what is simulated now
 */
export function fitCounts(
  designed: DesignedExperiment,
  plan: Plan,
  table: CountTable,
  options: {
    readonly only?: readonly string[];
    readonly seed?: number;
    readonly onProgress?: (done: number, of: number) => void;
  } = {},
): RunFit {
  const parameters = chosen(fitParameters(designed), options.only);
  const nuisances = nuisanceResponses(plan.prediction);
  sameModel(designed, plan);
  let at: Variation = {};
  let model: LinearModel | undefined;
  let fit: LinearFit | undefined;
  let rounds = 0;
  const currentOf = (parameter: FitParameter) =>
    (at[parameter.id] as number | undefined) ?? parameter.nominal;
  for (; rounds < mostRounds; rounds++) {
    const base = rounds === 0 ? plan.prediction : expectedUnder(designed, at);
    const responses = responsesOf(designed, parameters, at, options.onProgress).map((response, k) => ({
      ...response,
      prior: parameters[k]!.plausible,
    }));
    model = linearModel({ ...base, accuracy: plan.prediction.accuracy }, [...responses, ...nuisances]);
    fit = fitLinear(model, table);
    const moved = Math.max(
      ...parameters.map((_, k) => Math.abs(fit!.values[k]!) / Math.sqrt(fit!.covariance[k]![k]!)),
    );
    if (moved < 1 || rounds === mostRounds - 1) {
      rounds++;
      break;
    }
    const next: Record<string, number> = { ...at } as Record<string, number>;
    parameters.forEach((parameter, k) => {
      const step = Math.max(-parameter.plausible, Math.min(parameter.plausible, fit!.values[k]!));
      const value = currentOf(parameter) + step;
      next[parameter.id] = parameter.unit === "" ? Math.max(0.05, value) : value;
    });
    at = next as Variation;
  }
  const [m, f] = [model!, fit!];
  const covariance = parameters.map((_, a) => parameters.map((_, b) => f.covariance[a]![b]!));
  const likelihood = likelihoodOf(m, table, f.phases);
  const posterior = samplePosterior(
    (x) =>
      likelihood(x) -
      x.reduce((sum, v, q) => sum + (m.priors[q] === null ? 0 : (v / m.priors[q]!) ** 2), 0) / 2,
    f.values,
    f.covariance,
    { seed: options.seed ?? 1, draws: 8000, warmup: 1500 },
  );
  return {
    parameters: parameters.map((parameter, k): FittedParameter => {
      const { interval68, interval95 } = profileOf(m, table, f, k);
      const offset = currentOf(parameter);
      return {
        parameter,
        value: offset + f.values[k]!,
        error: Math.sqrt(covariance[k]![k]!),
        interval68: [offset + interval68[0], offset + interval68[1]],
        interval95: [offset + interval95[0], offset + interval95[1]],
        assumed: covariance[k]![k]! / parameter.plausible ** 2,
      };
    }),
    correlations: correlations(covariance),
    chi_square: f.chiSquare,
    nuisances: nuisances.map(({ id }, q) => ({
      name: id,
      pull: f.values[parameters.length + q]!,
      error: Math.sqrt(f.covariance[parameters.length + q]![parameters.length + q]!),
    })),
    warnings: [
      ...identifiabilityWarnings(covariance, parameters),
      ...(posterior.converged
        ? []
        : ["The chains of the posterior have not converged: see R̂ and the effective draws."]),
    ],
    posterior: shifted(posterior, parameters.map(currentOf)),
    models: compareModels(designed, plan, table),
    rounds,
  };
}

function chosen(parameters: FitParameter[], only: readonly string[] | undefined): FitParameter[] {
  if (only === undefined) return parameters;
  const names = parameters.map(({ id }) => id);
  for (const name of only) {
    if (names.includes(name as FitParameter["id"])) continue;
    throw new EntrainError("fit.unknown_parameter", {
      path: "--parameters",
      message: `"${name}" is not a parameter of this experiment`,
      found: name,
      expected: names.join(", "),
    });
  }
  return parameters.filter(({ id }) => only.includes(id));
}

/** A kept prediction that this version would not make again cannot be the centre of its finite differences. */
function sameModel(designed: DesignedExperiment, plan: Plan): void {
  const now = expectedUnder(designed, {}).probabilities.flat(3);
  const kept = plan.prediction.probabilities.flat(3);
  const off = now.reduce((most, p, c) => Math.max(most, Math.abs(p - (kept[c] ?? Number.NaN))), 0);
  if (now.length === kept.length && off < 1e-5) return;
  throw new EntrainError("fit.other_model", {
    path: "plan.prediction",
    message: "the run was planned with a model that this version does not reproduce",
    found: off,
    expected: "probabilities within 1e-5 of the kept prediction; plan and run again",
  });
}

/** Posterior of the parameters themselves instead of their distances from the point of linearisation. */
function shifted(posterior: Posterior, by: readonly number[]): Posterior {
  const count = by.length;
  return {
    ...posterior,
    mean: posterior.mean.slice(0, count).map((x, a) => x + by[a]!),
    deviation: posterior.deviation.slice(0, count),
    quantiles: posterior.quantiles.slice(0, count).map((q, a) => q.map((x) => x + by[a]!)),
    rHat: posterior.rHat,
    effective: posterior.effective,
  };
}

/**
 * The plan against uncoupled sites and the other ladder: the same nuisances fitted in each, so that BIC differs by the
 * likelihood alone; posterior odds from equal prior odds.
 */
function compareModels(designed: DesignedExperiment, plan: Plan, table: CountTable): ComparedModel[] {
  const coupled = isCoupled(designed);
  const cases: (readonly [string, Variation])[] = [
    ["as planned", {}],
    ...(coupled
      ? ([
          ["uncoupled (unsynchronized)", { exchange: 0 }],
          ["spin-1 ladder", { spinOne: true }],
        ] as const)
      : []),
    ["no relaxation", { relaxation: 0 }],
  ];
  const nuisances = nuisanceResponses(plan.prediction);
  const trials = Math.log(
    table.shots * table.counts.reduce((n, s) => n + s.reduce((m, g) => m + g.length, 0), 0),
  );
  const models = cases.map(([title, variation], k) => {
    const expected = k === 0 ? plan.prediction : expectedUnder(designed, variation);
    const model = linearModel(expected, nuisances);
    const fit = fitLinear(model, table);
    const log_likelihood =
      likelihoodOf(model, table, fit.phases)(fit.values) - fit.values.reduce((sum, x) => sum + x * x, 0) / 2;
    return { title, log_likelihood, bic: nuisances.length * trials - 2 * log_likelihood };
  });
  const best = Math.min(...models.map(({ bic }) => bic));
  const weights = models.map(({ bic }) => Math.exp((best - bic) / 2));
  const total = weights.reduce((sum, w) => sum + w, 0);
  return models.map((model, k) => ({ ...model, probability: weights[k]! / total }));
}
