import jstat from "jstat";
import type { Prediction } from "#ir/plan";
import type { CountTable } from "./frequencies.ts";
import {
  fitLinear,
  type LinearFit,
  type LinearModel,
  linearModel,
  nuisanceResponses,
  type Response,
} from "./likelihood.ts";

/** A stated way in which the model of a plan may be wrong: how much every probability would then differ. */
export interface Alternative extends Response {
  readonly title: string;
}

/** What the data say about one alternative. */
export interface AlternativeTest {
  readonly id: string;
  readonly title: string;
  /** Part of the alternative that the data show: 0 as planned, 1 as the alternative says. */
  readonly amount: number;
  readonly error: number;
  /** Probability that this test, at its share of the significance, rejects the plan when the alternative is true. */
  readonly power: number;
  /** Two-sided, that the plan is right. */
  readonly p_value: number;
  /** χ² that the alternative takes off. */
  readonly explains: number;
  readonly answer: "excluded" | "seen" | "partly seen" | "cannot tell";
}

/** Power that the data must have against an alternative before they are said to speak about it. */
export const sufficientPower = 0.8;

export const normalTail = (z: number): number => jstat.normal.cdf(-z, 0, 1);
export const normalQuantile = (p: number): number => jstat.normal.inv(p, 0, 1);

/**
 * Tests each alternative by itself: the coordinate that leads from the plan to it is fitted together with the
 * nuisances and the common phases, and its z-score is the most powerful test against just that direction (score test).
 *
 * The error of the coordinate, and so the power, follow from the predicted counting noise and do not depend on the
 * outcome. What the nuisances could equally have done is not counted as evidence.
 *
 * @param share - significance of each test
 */
export function testAlternatives(
  table: CountTable,
  prediction: Prediction,
  alternatives: readonly Alternative[],
  share: number,
): AlternativeTest[] {
  const nuisances = nuisanceResponses(prediction);
  const plain = fitLinear(linearModel(prediction, nuisances), table);
  const critical = normalQuantile(1 - share / 2);
  return alternatives.map((alternative) => {
    const model = linearModel(prediction, [{ ...alternative, prior: null }, ...nuisances]);
    const fit = fitLinear(model, table);
    return {
      id: alternative.id,
      title: alternative.title,
      ...judgeAmount(model, table, fit, plain, critical, share),
    };
  });
}

function judgeAmount(
  model: LinearModel,
  table: CountTable,
  fit: LinearFit,
  plain: LinearFit,
  critical: number,
  share: number,
): Omit<AlternativeTest, "id" | "title"> {
  const amount = fit.values[0]!;
  const error = Math.sqrt(fit.covariance[0]![0]!);
  const expectedError = Math.sqrt(
    fitLinear(model, expectedTable(model, table.shots, plain.phases)).covariance[0]![0]!,
  );
  const power = normalTail(critical - 1 / expectedError) + normalTail(critical + 1 / expectedError);
  const p_value = Math.min(1, 2 * normalTail(Math.abs(amount) / error));
  const seen = p_value < share;
  const nearOne = Math.abs(amount - 1) < critical * error;
  return {
    amount,
    error,
    power,
    p_value,
    explains: plain.chiSquare - fit.chiSquare,
    answer: seen
      ? nearOne
        ? "seen"
        : "partly seen"
      : power >= sufficientPower && !nearOne
        ? "excluded"
        : "cannot tell",
  };
}

/** Counts that are exactly as expected, as far as the fit needs them. */
export function expectedTable(model: LinearModel, shots: number, phases: readonly number[]): CountTable {
  let c = 0;
  const { base } = model;
  return {
    shots,
    counts: model.expected.probabilities.map((settings, k) =>
      settings.map((groups) =>
        groups.map((group) =>
          group.map(() => {
            const phase = phases[k]!;
            const p = base.centre[c]! + Math.cos(phase) * base.along[c]! + Math.sin(phase) * base.across[c]!;
            c++;
            return shots * Math.max(0, p);
          }),
        ),
      ),
    ),
  };
}
