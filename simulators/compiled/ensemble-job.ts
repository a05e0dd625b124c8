import { EntrainError, type Problem } from "#core/errors";
import { coordinateCount } from "#model/generator";

/** Trajectories to integrate. The equations do not depend on time, so that only its length counts. */
export interface EnsembleJob {
  /** Initial states, trajectories × 8M coordinates; not changed. */
  readonly states: Float64Array;
  /** What trajectories bring along, trajectories × columns. */
  readonly columns: Float64Array;
  readonly duration: number;
  /** Relative tolerance of a step, in the root-mean-square norm over all coordinates. */
  readonly rtol: number;
  /** Absolute tolerance, default rtol/100; more than 0, or decayed states would never end. */
  readonly atol?: number;
  readonly maxStep?: number;
  /** Attempted steps after which a trajectory is given up, default 20 million. */
  readonly maxAttempts?: number;
  /** First step of each trajectory, as `lastSteps` of an earlier result; 0 or left out: chosen. */
  readonly firstSteps?: Float64Array;
  /**
   * ⟨A†⟩ at so many evenly spaced times, the first and the last one included; default 0, none. The dense output has
   * order 4 with the fifth-order methods, which costs nothing more, and order 7 with the eighth-order one, at three
   * evaluations for each step that has a sample in it.
   */
  readonly samples?: number;
}

/**
 * How a trajectory ended: at the end of the time, after `maxAttempts`, with a step too small to go on, or with a
 * state that is not finite. Only the first one's state is that at `duration`.
 */
export type EnsembleStatus = "done" | "step limit" | "step underflow" | "not finite";

export interface EnsembleResult {
  /** As in the job. */
  readonly states: Float64Array;
  /** The step each trajectory would have taken next. */
  readonly lastSteps: Float64Array;
  readonly steps: Float64Array;
  readonly rejected: Float64Array;
  /** Right-hand sides. */
  readonly evaluations: Float64Array;
  readonly status: readonly EnsembleStatus[];
  /** trajectories × samples × groups × [re, im]; what a trajectory did not reach is zero. */
  readonly amplitudes: Float64Array;
}

/** Numbers of samples that one job may ask for: 256 MiB. */
const largestSamples = 2 ** 25;

/**
 * Number of trajectories of a job.
 *
 * @throws EntrainError `input.invalid` with all that is wrong with the job
 */
export function checkJob(job: EnsembleJob, groups: number, columns: number): number {
  const problems: Problem[] = [];
  const expect = (right: boolean, path: string, found: unknown, expected: string) => {
    if (!right) problems.push({ path, message: `${path} cannot be used`, found, expected });
  };
  const size = groups * coordinateCount;
  const count = job.states.length / size;
  expect(Number.isInteger(count), "states", job.states.length, `a multiple of ${size} numbers`);
  expect(
    job.columns.length === Math.floor(count) * columns,
    "columns",
    job.columns.length,
    `${columns} numbers for each trajectory`,
  );
  const positive = (value: number | undefined) => value === undefined || value > 0;
  expect(job.duration > 0 && Number.isFinite(job.duration), "duration", job.duration, "positive and finite");
  expect(job.rtol > 1e-15 && job.rtol < 1, "rtol", job.rtol, "between 1e-15 and 1");
  expect(positive(job.atol), "atol", job.atol, "positive");
  expect(positive(job.maxStep), "maxStep", job.maxStep, "positive");
  expect(positive(job.maxAttempts), "maxAttempts", job.maxAttempts, "positive");
  expect(
    job.firstSteps === undefined || job.firstSteps.length === count,
    "firstSteps",
    job.firstSteps?.length,
    "one for each trajectory",
  );
  const samples = job.samples ?? 0;
  const most = Math.floor(largestSamples / Math.max(1, 2 * groups * count));
  expect(
    samples === 0 || (Number.isInteger(samples) && samples >= 2 && samples <= most),
    "samples",
    samples,
    `0 or an integer from 2 to ${most}`,
  );
  if (problems.length > 0) throw new EntrainError("input.invalid", problems);
  return count;
}
