import type { Alternative } from "#analysis/alternatives";
import type { Expected, OutcomeTable, Response } from "#analysis/likelihood";
import type { AnalysedPlan } from "#analysis/series";
import { hzFromAngular } from "#core/units";
import type { Prediction } from "#ir/plan";
import { durationOf, stepsOf } from "../bench.ts";
import type { DesignedExperiment } from "../plan.ts";
import { predictSignals } from "../predict.ts";
import { type FitParameter, type Variation, variedBench } from "./variation.ts";

function analysed({ summary, measurement }: DesignedExperiment): AnalysedPlan {
  const { axes, operations, analysis } = summary;
  return { axes, operations, analysis, measurement };
}

/** What the planned measurement shows on a device that differs from the plan; one simulation. */
export function expectedUnder(designed: DesignedExperiment, variation: Variation): Expected {
  const { bench, scan } = designed;
  return predictSignals(variedBench(bench, variation), scan, analysed(designed), 0).prediction;
}

const combine = (parts: readonly (readonly [number, OutcomeTable])[]): OutcomeTable =>
  parts[0]![1].map((settings, k) =>
    settings.map((groups, s) =>
      groups.map((group, g) =>
        group.map((_, l) => parts.reduce((sum, [w, table]) => sum + w * table[k]![s]![g]![l]!, 0)),
      ),
    ),
  );

function combineExpected(parts: readonly (readonly [number, Expected])[]): Omit<Response, "id" | "prior"> {
  const of = (get: (e: Expected) => OutcomeTable | null): OutcomeTable | null =>
    get(parts[0]![1]) === null ? null : combine(parts.map(([w, e]) => [w, get(e)!] as const));
  return {
    change: of((e) => e.probabilities)!,
    quarter_turn: of((e) => e.quarter_turn),
    half_turn: of((e) => e.half_turn),
  };
}

/**
 * The same tables with the common phase of every point turned to where it is nearest to another case's: its value is
 * free, so that only what is left after turning is a difference.
 */
function aligned(expected: Expected, to: Expected): Expected {
  const { quarter_turn: quarter, half_turn: half } = expected;
  if (quarter === null || half === null || to.quarter_turn === null || to.half_turn === null) return expected;
  const angles = expected.probabilities.map((zero, k) => {
    const flat = (table: OutcomeTable) => table[k]!.flat(2);
    const parts = (z: number[], q: number[], h: number[]) =>
      z.map((x, c) => [(x - h[c]!) / 2, q[c]! - (x + h[c]!) / 2] as const);
    const own = parts(zero.flat(2), flat(quarter), flat(half));
    const other = parts(flat(to.probabilities), flat(to.quarter_turn!), flat(to.half_turn!));
    let [cos, sin] = [0, 0];
    own.forEach(([along, across], c) => {
      const [a, b] = other[c]!;
      cos += a * along + b * across;
      sin += a * across - b * along;
    });
    return Math.atan2(sin, cos);
  });
  const turned = (extra: number): OutcomeTable =>
    expected.probabilities.map((settings, k) => {
      const [cos, sin] = [Math.cos(angles[k]! + extra), Math.sin(angles[k]! + extra)];
      return settings.map((groups, s) =>
        groups.map((group, g) =>
          group.map((zero, l) => {
            const [q, h] = [quarter[k]![s]![g]![l]!, half[k]![s]![g]![l]!];
            const centre = (zero + h) / 2;
            return centre + cos * (zero - centre) + sin * (q - centre);
          }),
        ),
      );
    });
  return {
    accuracy: expected.accuracy,
    probabilities: turned(0),
    quarter_turn: turned(Math.PI / 2),
    half_turn: turned(Math.PI),
  };
}

/**
 * Response to one unit of a parameter about given values of all, by central differences: two simulations.
 *
 * @param base - what is expected at those values
 */
export function responseTo(
  designed: DesignedExperiment,
  parameter: FitParameter,
  at: Variation,
  base: Expected,
): Response {
  const centre = (at[parameter.id] as number | undefined) ?? parameter.nominal;
  const shifted = (step: number) =>
    aligned(expectedUnder(designed, { ...at, [parameter.id]: centre + step }), base);
  const { step } = parameter;
  return {
    id: parameter.id,
    prior: null,
    ...combineExpected([
      [1 / (2 * step), shifted(step)],
      [-1 / (2 * step), shifted(-step)],
    ]),
  };
}

/** A stated lie: what would differ, and its title. */
interface Stated {
  readonly id: string;
  readonly title: string;
  readonly variation: Variation;
}

/** Ways in which an experiment's model may be wrong that a verdict should have been able to notice. */
export function statedAlternatives(designed: DesignedExperiment): Stated[] {
  const { bench, scan } = designed;
  const steps = stepsOf(scan);
  const coupled_s = Math.max(
    0,
    ...steps.map((at) =>
      at.reduce((sum, step) => sum + (step.kind === "couple" ? durationOf(step, bench) : 0), 0),
    ),
  );
  const coupled = coupled_s > 0;
  const asymmetry = hzFromAngular(bench.network({ tones: "both", exchange_hz: 0 }).sites[0]!.asymmetry);
  const stated: Stated[] = [
    { id: "gain", title: "gain 10 % stronger", variation: { gain: 1.1 } },
    { id: "loss", title: "loss 10 % stronger", variation: { loss: 1.1 } },
    { id: "relaxation", title: "T1 omitted", variation: { relaxation: 0 } },
  ];
  if (coupled && bench.sites.length > 1) {
    stated.push(
      { id: "uncoupled", title: "no coupling at all", variation: { exchange: 0 } },
      { id: "exchange", title: "exchange 10 % stronger", variation: { exchange: 1.1 } },
      { id: "ladder", title: "spin-1 ladder instead of the boson's", variation: { spinOne: true } },
      {
        id: "frame",
        title: "frame of 1↔2 drifting at K·t",
        variation: { frame_drift_hz: -asymmetry },
      },
    );
  }
  if (scan.axes.some(({ name }) => name === "detuning"))
    stated.push({ id: "detuning", title: "detuning 10 % larger", variation: { detuning: 1.1 } });
  return stated;
}

/** Read-out cross-talk: with this probability a site is assigned its predecessor's level. */
export const statedCrosstalk = 0.03;

/** Probabilities with read-out cross-talk from each site to the next; of joint outcomes or of sites read apart. */
export function withCrosstalk(table: OutcomeTable, crosstalk = statedCrosstalk): OutcomeTable {
  return table.map((settings) =>
    settings.map((groups) => {
      if (groups.length > 1) {
        return groups.map((group, g) => {
          const from = groups[(g + groups.length - 1) % groups.length]!;
          return group.length === from.length
            ? group.map((p, l) => (1 - crosstalk) * p + crosstalk * from[l]!)
            : [...group];
        });
      }
      return groups.map((group) => crossed(group, crosstalk));
    }),
  );
}

function crossed(group: readonly number[], crosstalk: number): number[] {
  const sites = Math.round(Math.log(group.length) / Math.log(3));
  let current = [...group];
  for (let site = sites - 1; site >= 1; site--) {
    const next = current.map(() => 0);
    const place = 3 ** (sites - 1 - site);
    current.forEach((p, outcome) => {
      const own = Math.floor(outcome / place) % 3;
      const neighbour = Math.floor(outcome / (3 * place)) % 3;
      next[outcome]! += (1 - crosstalk) * p;
      next[outcome + (neighbour - own) * place]! += crosstalk * p;
    });
    current = next;
  }
  return current;
}

/** All stated alternatives of an experiment as directions away from its prediction; one simulation each. */
export function alternativesOf(
  designed: DesignedExperiment,
  prediction: Prediction,
  onProgress: (done: number, of: number) => void = () => {},
): Alternative[] {
  const stated = statedAlternatives(designed);
  const base = expectedUnder(designed, {});
  const found = stated.map(({ id, title, variation }, k): Alternative => {
    const under = aligned(expectedUnder(designed, variation), base);
    onProgress(k + 1, stated.length);
    return {
      id,
      title,
      prior: null,
      ...combineExpected([
        [1, under],
        [-1, base],
      ]),
    };
  });
  if (designed.bench.sites.length < 2) return found;
  const cross = (table: OutcomeTable | null) =>
    table && combine([[1, withCrosstalk(table)] as const, [-1, table] as const]);
  return [
    ...found,
    {
      id: "crosstalk",
      title: "3 % read-out cross-talk to the next site",
      prior: null,
      change: cross(prediction.probabilities)!,
      quarter_turn: cross(prediction.quarter_turn),
      half_turn: cross(prediction.half_turn),
    },
  ];
}
