import type { CircuitBatch } from "./circuits.ts";

export interface CostEstimate {
  /** Seconds of usage that the instance will be charged, as far as can be told before. */
  readonly seconds: number;
  readonly executions: number;
  /** True when the circuits' own durations went in; else the service's rule of thumb. */
  readonly from_durations: boolean;
}

/** What the service's documents give for a job's overhead and for one execution of unknown length, s. */
const overhead_s = 2;
const execution_s = 0.00035;
/** Initialisation is a reset; 2.2 to 2.3 µs on Heron. */
const init_s = 2.3e-6;

/**
 * Usage of a batch: 2 s + Σ shots × (repetition delay + initialisation + circuit); where a duration is not given,
 * 2 s + 0.00035 s × executions (IBM's rule of thumb).
 *
 * @param rep_delay_s - of the device, for a batch that names none
 */
export function estimateCost(batch: CircuitBatch, rep_delay_s: number | null): CostEstimate {
  const delay = batch.options.rep_delay_s ?? rep_delay_s;
  const executions = batch.circuits.length * batch.shots;
  const init = (batch.options.init_qubits ?? true) ? init_s : 0;
  let seconds = overhead_s;
  let from_durations = delay !== null;
  for (const { duration_s } of batch.circuits) {
    if (duration_s === undefined || delay === null) {
      from_durations = false;
      seconds += batch.shots * execution_s;
    } else {
      seconds += batch.shots * (delay + init + duration_s);
    }
  }
  return { seconds, executions, from_durations };
}

/**
 * The longest execution to allow, whole seconds: the batch's own limit, else twice the estimate and 10 s more, so that
 * a wrong estimate does not kill the job and a runaway job does not eat the instance; never more than is left. Without
 * a limit the service reserves the plan's maximum.
 *
 * @param remaining_s - seconds left on the instance; null without a limit
 */
export function executionLimit(
  batch: CircuitBatch,
  estimate: CostEstimate,
  remaining_s: number | null,
): number {
  if (batch.options.max_seconds !== undefined) return batch.options.max_seconds;
  const generous = Math.min(10_800, Math.ceil(2 * estimate.seconds + 10));
  return Math.max(1, Math.min(generous, Math.floor(remaining_s ?? generous)));
}
