import { type Circuit, usedQubits } from "../circuit/instructions.ts";
import { scheduleOf } from "../circuit/schedule.ts";
import { type DigitalProfile, deviceNoise } from "../profile.ts";

/** Set-up that every job is charged, s. */
const jobOverhead_s = 2;

/** What a job is charged, and of what it is made up, s. */
export interface JobCost {
  readonly usage_s: number;
  readonly overhead_s: number;
  /** Waiting between shots. */
  readonly rep_delay_s: number;
  /** Resets at the start of every shot. */
  readonly initialisation_s: number;
  /** The circuits themselves. */
  readonly circuits_s: number;
}

/**
 * Seconds of usage of one job: 2 s + Σ shots·(rep_delay + reset + circuit).
 *
 * @param circuits - on the device's qubits, one job
 * @param options.repDelay_s - the device's default when absent
 * @source IBM Quantum's documentation of usage; a lower bound, for the service may split a job
 */
export function jobCost(
  circuits: readonly Circuit[],
  shots: number,
  profile: DigitalProfile,
  options: { readonly repDelay_s?: number } = {},
): JobCost {
  const { timing } = deviceNoise(profile);
  const repDelay = options.repDelay_s ?? profile.rep_delay_s.default;
  let initialisation = 0;
  let running = 0;
  for (const circuit of circuits) {
    const resets = usedQubits(circuit).map((q) => timing.reset(q));
    initialisation += shots * resets.reduce((longest, reset) => Math.max(longest, reset), 0);
    running += shots * scheduleOf(circuit, timing).duration_s;
  }
  const waiting = circuits.length * shots * repDelay;
  return {
    usage_s: jobOverhead_s + waiting + initialisation + running,
    overhead_s: jobOverhead_s,
    rep_delay_s: waiting,
    initialisation_s: initialisation,
    circuits_s: running,
  };
}
