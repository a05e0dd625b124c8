import { firstStep } from "../kernel/dormand-prince.ts";
import { rotated } from "../mean-field/rotation.ts";
import { checkJob, type EnsembleJob, type EnsembleResult, type EnsembleStatus } from "./ensemble-job.ts";
import type { Evaluation } from "./evaluation.ts";
import type { Slots } from "./slots.ts";
import { stepControl } from "./step-control.ts";
import { type Tableau, usesEndSlope } from "./tableaus.ts";
import { turningRate } from "./turning-frame.ts";

/** What jobs of one kernel have in common. */
export interface RunContext {
  readonly slots: Slots;
  readonly tableau: Tableau;
  readonly groups: number;
  /** Coordinates of a trajectory. */
  readonly size: number;
  /** Numbers a trajectory brings along. */
  readonly columns: number;
  /** ⟨A†⟩ of each group, [re, im], of a state. */
  readonly amplitudes: Evaluation;
  /** Rate of the frame for a state without coherences, from the columns. */
  readonly middle: (columns: Float64Array) => number;
  readonly turning: boolean;
  /** Places that are known to hold no trajectory; kept from job to job. */
  readonly idle: boolean[];
}

/** Attempts after which a trajectory's frame is looked after. */
const pauseLength = 256;

/** Coherences of fewer absolute tolerances than this do not say how the frame should turn. */
const frameFloor = 1000;

/** A trajectory on its way. */
interface Trajectory {
  readonly index: number;
  /** Rate of the frame when there are no coherences. */
  readonly middle: number;
  /** Rate of the frame, and its angle at the time at which it got that rate. */
  rate: number;
  angle: number;
  since: number;
  /** Samples taken over so far. */
  sampled: number;
  refreshes: number;
}

/** Integrates all trajectories of a job, each independently of which others there are. */
export function runEnsemble(context: RunContext, job: EnsembleJob): EnsembleResult {
  const { slots, size, groups } = context;
  const count = checkJob(job, groups, context.columns);
  const samples = job.samples ?? 0;
  const atol = job.atol ?? job.rtol / 100;
  const maxAttempts = job.maxAttempts ?? 20_000_000;
  const spacing = samples > 1 ? job.duration / (samples - 1) : 0;
  const control = stepControl(context.tableau.order);
  const result = {
    states: job.states.slice(),
    lastSteps: new Float64Array(count),
    steps: new Float64Array(count),
    rejected: new Float64Array(count),
    evaluations: new Float64Array(count),
    status: Array<EnsembleStatus>(count).fill("done"),
    amplitudes: new Float64Array(count * samples * groups * 2),
  };
  const state = new Float64Array(size);
  const slope = new Float64Array(size);
  const values = new Float64Array(context.columns + 1);
  const initial = new Float64Array(2 * groups);
  const readColumns = (index: number) => {
    for (let k = 0; k < context.columns; k++) values[k] = job.columns[index * context.columns + k]!;
  };

  const setRate = (slot: number, trajectory: Trajectory, rate: number) => {
    trajectory.rate = rate;
    readColumns(trajectory.index);
    values[context.columns] = rate;
    slots.writeColumns(slot, values);
    slots.refresh();
    trajectory.refreshes++;
  };
  const angleAt = ({ angle, rate, since }: Trajectory, time: number) => angle + rate * (time - since);

  /** Lets the frame turn as the state does from now on. */
  const followState = (slot: number, trajectory: Trajectory) => {
    if (!context.turning) return;
    slots.readState(slot, state);
    slots.readSlope(slot, slope);
    const time = slots.get(slot, "time");
    const turning = turningRate(state, slope, frameFloor * atol);
    trajectory.angle = angleAt(trajectory, time);
    trajectory.since = time;
    setRate(slot, trajectory, turning === undefined ? trajectory.middle : trajectory.rate + turning);
  };

  const begin = (slot: number, index: number): Trajectory => {
    const y = job.states.subarray(index * size, (index + 1) * size);
    readColumns(index);
    const middle = context.turning ? context.middle(values) : 0;
    const trajectory = { index, middle, rate: 0, angle: 0, since: 0, sampled: 0, refreshes: 0 };
    context.idle[slot] = false;
    for (const name of ["time", "attempts", "rejected", "sampledSteps"] as const) slots.set(slot, name, 0);
    slots.set(slot, "rtol", job.rtol);
    slots.set(slot, "atol", atol);
    slots.set(slot, "sampleTime", Infinity);
    slots.writeState(slot, y);
    slots.set(slot, "end", job.duration);
    slots.set(slot, "largestStep", job.maxStep ?? Infinity);
    slots.set(slot, "smallestStep", 1e-14 * job.duration);
    slots.set(slot, "pause", Math.min(pauseLength, maxAttempts));
    slots.set(slot, "lastError", control.pastFloor);
    slots.set(slot, "ceiling", control.highest);
    if (samples > 0) {
      context.amplitudes(y, initial);
      result.amplitudes.set(initial, index * samples * groups * 2);
      trajectory.sampled = 1;
      slots.set(slot, "sampleIndex", 1);
      slots.set(slot, "sampleSpacing", spacing);
      slots.set(slot, "sampleTime", Math.min(job.duration, spacing));
      slots.set(slot, "sampleCount", samples);
    }
    setRate(slot, trajectory, middle);
    followState(slot, trajectory);
    slots.readSlope(slot, slope);
    slots.set(slot, "step", job.firstSteps?.[index] || firstStep(y, slope, job.rtol, atol));
    return trajectory;
  };

  const takeSamples = (slot: number, trajectory: Trajectory) => {
    if (samples === 0) return;
    const from = trajectory.sampled;
    const count = slots.get(slot, "sampleIndex") - from;
    const width = 2 * groups;
    const start = (trajectory.index * samples + from) * width;
    const rows = slots.samples(slot).subarray(from * width, (from + count) * width);
    const turned = result.amplitudes.subarray(start, start + count * width);
    turnSamples(rows, turned, width, angleAt(trajectory, from * spacing), trajectory.rate * spacing);
    trajectory.sampled = from + count;
  };

  const finish = (slot: number, trajectory: Trajectory, status: EnsembleStatus) => {
    const { index } = trajectory;
    slots.readState(slot, state);
    const angle = angleAt(trajectory, slots.get(slot, "time"));
    result.states.set(angle === 0 ? state : rotated(state, angle), index * size);
    const attempts = slots.get(slot, "attempts");
    const rejected = slots.get(slot, "rejected");
    const perAttempt = context.tableau.stages.length - 1;
    const ends = usesEndSlope(context.tableau) ? attempts : attempts - rejected;
    const dense = slots.get(slot, "sampledSteps") * context.tableau.dense.stages.length;
    result.lastSteps[index] = slots.get(slot, "step");
    result.steps[index] = attempts - rejected;
    result.rejected[index] = rejected;
    result.evaluations[index] = trajectory.refreshes + attempts * perAttempt + ends + dense;
    result.status[index] = status;
  };

  const statusOf = (slot: number): EnsembleStatus | undefined => {
    if (slots.get(slot, "time") >= slots.get(slot, "end")) return "done";
    if (slots.get(slot, "attempts") >= maxAttempts) return "step limit";
    if (slots.get(slot, "step") > slots.get(slot, "smallestStep")) return undefined;
    slots.readState(slot, state);
    slots.readSlope(slot, slope);
    return state.every(Number.isFinite) && slope.every(Number.isFinite) ? "step underflow" : "not finite";
  };

  slots.reserveSamples(samples);
  const running: (Trajectory | undefined)[] = [];
  let next = 0;
  for (let slot = 0; slot < slots.count; slot++) {
    if (next < count) running[slot] = begin(slot, next++);
    else parkSlot(context, slot, job.rtol, atol);
  }
  while (running.some((trajectory) => trajectory !== undefined)) {
    slots.advance();
    running.forEach((trajectory, slot) => {
      if (trajectory === undefined) return;
      const status = statusOf(slot);
      if (status !== undefined) {
        takeSamples(slot, trajectory);
        finish(slot, trajectory, status);
        if (next < count) running[slot] = begin(slot, next++);
        else {
          running[slot] = undefined;
          if (running.some((other) => other !== undefined)) parkSlot(context, slot, job.rtol, atol);
        }
      } else if (slots.get(slot, "attempts") >= slots.get(slot, "pause")) {
        takeSamples(slot, trajectory);
        slots.set(slot, "pause", Math.min(slots.get(slot, "attempts") + pauseLength, maxAttempts));
        followState(slot, trajectory);
      }
    });
  }
  return result;
}

/** Leaves a place without a trajectory beside one that goes on. */
export function parkSlot({ slots, idle, size }: RunContext, slot: number, rtol: number, atol: number): void {
  if (idle[slot]) return;
  idle[slot] = true;
  for (const name of ["step", "time", "attempts", "rejected", "lastError", "ceiling"] as const) {
    slots.set(slot, name, 0);
  }
  for (const name of ["end", "pause", "largestStep", "sampleTime"] as const) slots.set(slot, name, Infinity);
  slots.set(slot, "smallestStep", -1);
  slots.set(slot, "rtol", rtol);
  slots.set(slot, "atol", atol);
  slots.writeState(slot, new Float64Array(size));
  slots.refresh();
}

/** Samples that are turned one by one before sine and cosine are worked out again. */
const exactTurns = 32;

/** Turns sample k of ⟨A†⟩, `width` numbers, by `angle` + k·`step`. */
function turnSamples(
  rows: Float64Array,
  turned: Float64Array,
  width: number,
  angle: number,
  step: number,
): void {
  const stepRe = Math.cos(step);
  const stepIm = Math.sin(step);
  for (let first = 0; first < rows.length; first += exactTurns * width) {
    const last = Math.min(rows.length, first + exactTurns * width);
    const exact = angle + (first / width) * step;
    let re = Math.cos(exact);
    let im = Math.sin(exact);
    for (let k = first; k < last; k += width) {
      for (let g = k; g < k + width; g += 2) {
        const x = rows[g]!;
        const y = rows[g + 1]!;
        turned[g] = re * x - im * y;
        turned[g + 1] = im * x + re * y;
      }
      const next = re * stepRe - im * stepIm;
      im = im * stepRe + re * stepIm;
      re = next;
    }
  }
}
