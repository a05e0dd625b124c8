/** Numbers that the step control of one trajectory keeps, all as doubles. */
export const slotFields = [
  /** Step to try next. */
  "step",
  "time",
  /** Time to stop at. */
  "end",
  "largestStep",
  /** The trajectory is given up when the step falls to this. */
  "smallestStep",
  /** Attempts so far, and the number of attempts at which to return. */
  "attempts",
  "pause",
  "rejected",
  /** Binary logarithm of the squared error of the last accepted step. */
  "lastError",
  /** Binary logarithm of the largest growth of the step: zero after a rejection. */
  "ceiling",
  "rtol",
  "atol",
  /** Number and time (∞ after the last one) of the next sample, time between samples, how many there are. */
  "sampleIndex",
  "sampleTime",
  "sampleSpacing",
  "sampleCount",
  /** Accepted steps with samples in them. */
  "sampledSteps",
  /** End of the step that is being sampled. */
  "reached",
] as const;

export type SlotField = (typeof slotFields)[number];

/**
 * Places in which trajectories advance; a trajectory does not depend on what goes on in the other places.
 *
 * A place without a trajectory has step 0, end and pause ∞ and smallestStep −1.
 */
export interface Slots {
  readonly count: number;
  get(slot: number, field: SlotField): number;
  set(slot: number, field: SlotField, value: number): void;
  writeState(slot: number, state: ArrayLike<number>): void;
  readState(slot: number, state: Float64Array): void;
  /** Slope at the state, valid after `refresh` and `advance`. */
  readSlope(slot: number, slope: Float64Array): void;
  /** @param columns - those of the model and, last, the rate of the turning frame */
  writeColumns(slot: number, columns: Float64Array): void;
  /** Takes the slopes at the present states; needed after a state or a column was written. */
  refresh(): void;
  /** Advances until some place is at its end, at its pause or has too small a step. */
  advance(): void;
  /** Makes room for samples; their contents are lost. */
  reserveSamples(perTrajectory: number): void;
  /** Samples of ⟨A†⟩, [re, im] group by group, sample by sample; a view that the next reservation makes void. */
  samples(slot: number): Float64Array;
}
