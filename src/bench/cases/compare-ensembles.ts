import { EntrainError } from "#core/errors";
import { integrate, networkRightHandSide } from "#simulators/index";
import type { BenchContext } from "../bench-case.ts";
import { cEnsemble } from "../contestants/compiled-peers.ts";
import {
  type EnsembleContestant,
  type EnsembleEntry,
  type EnsembleRun,
  type MapPoint,
  stateErrors,
  stateSize,
  summariseErrors,
} from "../contestants/ensemble.ts";
import { figure4Network, figure4Start } from "../contestants/typescript-peers.ts";
import { atMost, type Check, type Row } from "../results.ts";
import { measureRounds } from "../rounds.ts";
import { pairedRatio, summarise, type WorkPrecision, workAtError } from "../statistics.ts";

export interface Comparison {
  readonly points: readonly MapPoint[];
  /** Which points count for the error: the others decay to the same state whatever the solver does. */
  readonly synchronized: readonly boolean[];
  readonly rtol: number;
  readonly duration: number;
  readonly entries: readonly EnsembleEntry[];
  readonly referenceName: string;
}

/** Tolerance of the common reference; its states are good to about 1e-9 after T = 500. */
const referenceTolerance = 1e-13;

interface Compared {
  readonly rows: readonly Row[];
  readonly checks: readonly Check[];
  readonly notes: readonly string[];
  readonly rounds: { readonly kept: number; readonly noisy: number };
}

/** What one contestant is given, and what it answered. */
interface Entrant {
  readonly contestant: EnsembleContestant;
  readonly points: readonly MapPoint[];
  readonly duration: number;
  readonly reference: ArrayLike<number>;
  readonly ladder: WorkPrecision[];
  run: EnsembleRun;
}

/** Measures who integrates the points how fast, against a reference row and against a tight common solution. */
export async function compareEnsembles(context: BenchContext, comparison: Comparison): Promise<Compared> {
  const { points, rtol, duration, entries } = comparison;
  context.progress("reference at 1e-13");
  const solution = await tightSolution(context, points, duration);
  const entrants: Entrant[] = [];
  const failures = new Map<EnsembleEntry, string>();
  for (const entry of entries) {
    if ("missing" in entry) continue;
    context.progress(entry.name);
    try {
      entrants.push(await prepare(context, comparison, entry, solution.states));
    } catch (error) {
      // Somebody else's program may break without taking the table with it; ours may not.
      if (entry.kind === "ours" || !(error instanceof EntrainError)) throw error;
      failures.set(entry, `failed: ${error.message}`);
    }
  }
  context.progress("rounds");
  const measured = await measureRounds(
    entrants.map((entrant) => ({
      name: entrant.contestant.name,
      run: async () => {
        const { contestant } = entrant;
        entrant.run = await contestant.run({ points: entrant.points, rtol, duration: entrant.duration });
        return entrant.run.seconds;
      },
    })),
    context.rounds,
  );
  const place = entrants.findIndex(({ contestant }) => contestant.name === comparison.referenceName);
  const rows = entries.map((entry): Row => {
    if ("missing" in entry) return entry;
    const failure = failures.get(entry);
    if (failure !== undefined) return { name: entry.name, kind: entry.kind, missing: failure };
    const k = entrants.findIndex(({ contestant }) => contestant === entry);
    const base = place < 0 ? undefined : { entrant: entrants[place]!, seconds: measured.seconds[place]! };
    return withSpeed(context, rowOf(comparison, entrants[k]!, measured.seconds[k]!, base));
  });
  return {
    rows,
    checks: solution.checks,
    notes: [
      `${points.length} random points, ${comparison.synchronized.filter(Boolean).length} of them synchronized; errors are of their final states.`,
      solution.note,
      "Ratio at equal error: work interpolated between runs at a tenth, once and ten times the tolerance, to the median error of the reference row.",
    ],
    rounds: { kept: measured.seconds[0]?.length ?? 0, noisy: measured.noisyRounds },
  };
}

/** Untimed runs: warms engines up and finds how work and error depend on the tolerance. */
async function prepare(
  context: BenchContext,
  comparison: Comparison,
  contestant: EnsembleContestant,
  states: ArrayLike<number>,
): Promise<Entrant> {
  const { rtol } = comparison;
  const points = comparison.points.slice(0, contestant.most);
  const duration = Math.min(comparison.duration, contestant.longest ?? Infinity);
  const reference =
    duration === comparison.duration ? states : (await tightSolution(context, points, duration)).states;
  const run = await contestant.run({ points: points.slice(0, 2), rtol, duration });
  const entrant: Entrant = { contestant, points, duration, reference, ladder: [], run };
  if (contestant.most === undefined) {
    for (const tolerance of [10 * rtol, rtol, rtol / 10]) {
      const trial = await contestant.run({ points, rtol: tolerance, duration });
      if (trial.evaluations === null) break;
      entrant.ladder.push({
        work: trial.evaluations,
        error: errorsOf(comparison, entrant, trial.states).median,
      });
    }
  }
  return entrant;
}

function errorsOf(comparison: Comparison, { points, reference }: Entrant, states: ArrayLike<number>) {
  const errors = stateErrors(states, reference, points.length);
  const telling = errors.filter((_, p) => comparison.synchronized[p]);
  return summariseErrors(telling.length > 0 ? telling : errors);
}

function rowOf(
  comparison: Comparison,
  entrant: Entrant,
  seconds: readonly number[],
  base: { readonly entrant: Entrant; readonly seconds: readonly number[] } | undefined,
): Row {
  const { contestant, points, run } = entrant;
  // A very slow contestant runs for a shorter time, which counts for the whole.
  const stretch = comparison.duration / entrant.duration;
  const perPoint = seconds.map((value) => (value * stretch) / points.length);
  const error = errorsOf(comparison, entrant, run.states);
  const row: Row = {
    name: contestant.name,
    kind: contestant.kind,
    build: [
      run.version,
      contestant.build,
      ...(stretch === 1 ? [] : [`run to T = ${entrant.duration}, scaled`]),
    ]
      .filter((part) => part !== undefined)
      .join("; "),
    items: points.length,
    seconds: summarise(perPoint),
    error,
    work: workOf(run, points.length),
  };
  if (base === undefined) return row;
  const share = shareOf(base.entrant.run, base.entrant.points.length, points.length);
  const ratio = pairedRatio(
    seconds.map((value) => value * stretch),
    base.seconds.map((value) => value * share),
  );
  return {
    ...row,
    ratio,
    ratioAtEqualError: equalErrorRatio(comparison, entrant, base.entrant, ratio.median),
  };
}

/** Adds flop/s, and what part of the machine's peak they are, where operations are counted. */
function withSpeed({ limits }: BenchContext, row: Row): Row {
  const flops = row.work?.flops;
  if (flops === undefined || row.seconds === undefined) return row;
  const speed = flops / row.seconds.median;
  const peak =
    limits.missing === undefined ? { "% of FMA peak": (100 * speed) / limits.limits.fma_256_flops } : {};
  return { ...row, work: { ...row.work, "Gflop/s": speed / 1e9, ...peak } };
}

/** Part of the reference's work that its first `count` points took. */
function shareOf({ evaluations_each: each }: EnsembleRun, all: number, count: number): number {
  if (each === undefined) return count / all;
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  return sum(each.slice(0, count)) / sum(each);
}

function equalErrorRatio(comparison: Comparison, entrant: Entrant, base: Entrant, ratio: number) {
  if (entrant === base) return 1;
  const { evaluations } = entrant.run;
  const target = errorsOf(comparison, base, base.run.states).median;
  const work = workAtError(entrant.ladder, target);
  return work === null || evaluations === null ? null : (ratio * work) / evaluations;
}

function workOf({ evaluations, steps, flops }: EnsembleRun, count: number): Record<string, number> {
  return {
    ...(evaluations === null ? {} : { evaluations: Math.round(evaluations / count) }),
    ...(steps === null ? {} : { steps: Math.round(steps / count) }),
    ...(flops === undefined ? {} : { flops: Math.round(flops / count) }),
  };
}

/**
 * Final states to about 1e-9: the C program's DOP853 at 1e-13, checked against its Tsit5; without a compiler the
 * plain TypeScript integrator at 1e-12.
 */
async function tightSolution(context: BenchContext, points: readonly MapPoint[], duration: number) {
  const task = { points, rtol: referenceTolerance, duration };
  const eighth = cEnsemble(context.tools, "DOP853", 4);
  const fifth = cEnsemble(context.tools, "TSIT5", 4);
  if ("missing" in eighth || "missing" in fifth) {
    const states = new Float64Array(points.length * stateSize);
    points.forEach((point, p) => {
      const y = figure4Start();
      integrate(networkRightHandSide(figure4Network(point)), 0, y, [duration], () => {}, { rtol: 1e-12 });
      states.set(y, p * stateSize);
    });
    return { states, checks: [], note: "Reference: the plain TypeScript integrator at rtol 1e-12." };
  }
  const { states } = await eighth.run(task);
  const second = await fifth.run(task);
  const difference = summariseErrors(stateErrors(second.states, states, points.length));
  return {
    states,
    checks: [atMost("reference: DOP853 and Tsit5 at 1e-13, median difference", difference.median, 1e-9)],
    note: `Reference: C DOP853 at rtol 1e-13; Tsit5 at 1e-13 differs by ${difference.median.toExponential(1)} (median), ${difference.maximum.toExponential(1)} (largest).`,
  };
}
