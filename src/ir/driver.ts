import type { Problem } from "#core/errors";
import type { Program } from "./program.ts";
import type { Record as MeasurementRecord } from "./record.ts";

/** A point of a sweep: index on every axis. */
export type Point = Readonly<Record<string, number>>;

/** The same text for the same point, whatever the order of its axes. */
export function pointKey(point: Point): string {
  return Object.entries(point)
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([axis, index]) => `${axis}=${index}`)
    .join(",");
}

export interface DriverDescription {
  readonly kind: string;
  readonly title: string;
  readonly targets: readonly string[];
  /** What it does not do, in sentences. */
  readonly limits: readonly string[];
  /** True when nothing physical is behind it. */
  readonly emulated: boolean;
}

/** What would be done, without doing it. */
export interface DryRun {
  readonly points: readonly Point[];
  readonly shots: number;
  /** Duration of one shot, s. */
  readonly shot_s: number;
  readonly notes: readonly string[];
}

export interface JobStatus {
  readonly state: "running" | "done" | "cancelled" | "failed";
  readonly fetched: number;
  readonly total: number;
}

/**
 * What every machine that runs programs can do; the emulator is one of them. A driver gets the program's text and
 * never the plan behind it.
 */
export interface Driver {
  describe(): DriverDescription;
  connect(): Promise<void>;
  /** Leaves the machine in its safe state. */
  close(): Promise<void>;
  /** Everything the machine would refuse; empty when it would run. */
  check(program: Program): Promise<Problem[]>;
  dryRun(program: Program): Promise<DryRun>;
  /** All settings of the machine that the records depend on. */
  snapshot(): Promise<Readonly<Record<string, unknown>>>;
  /**
   * @param skip - keys of points that are already on disk
   * @param run - the caller's name for the run, the same when it is resumed
   */
  submit(
    program: Program,
    options: { readonly seed: number; readonly skip: ReadonlySet<string>; readonly run?: string },
  ): Promise<string>;
  poll(job: string): Promise<JobStatus>;
  fetch(job: string): AsyncIterable<MeasurementRecord>;
  cancel(job: string): Promise<void>;
  /** Stops waiting for a job that goes on by itself and can be asked for later; a driver without it cancels. */
  leave?(job: string): Promise<void>;
}
