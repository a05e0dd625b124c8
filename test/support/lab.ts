import { EntrainError } from "#core/errors";
import type { Driver, DriverDescription } from "#ir/driver";
import { pointKey } from "#ir/driver";
import type { Record as MeasurementRecord } from "#ir/record";
import { syntheticRun } from "../unit/report/synthetic-run.ts";

export const sample = syntheticRun({ shots: 20, points: 3 });

/** An instrument on a bench: who drives it, and all that was done to it. */
export class Bench {
  readonly done: string[] = [];
  /** Drivers that have it at this moment; more than one is what must never be. */
  drivers = 0;
  mostDrivers = 0;
  /** Points measured, by key: how often. */
  readonly measured = new Map<string, number>();
  /** Waits this long before each point, ms. */
  pause_ms = 0;
  /** Fails at the point of this number, once. */
  failAt: number | null = null;
  /** Does not reach its safe state. */
  stuck = false;

  driver(emulated = true): Driver {
    return new BenchDriver(this, emulated);
  }
}

export function benchDescription(emulated: boolean): DriverDescription {
  return { kind: "emulator", title: "bench", targets: ["openpulse"], limits: [], emulated };
}

class BenchDriver implements Driver {
  readonly #bench: Bench;
  readonly #emulated: boolean;
  #connected = false;
  #cancelled = false;
  #skip: ReadonlySet<string> = new Set();

  constructor(bench: Bench, emulated: boolean) {
    this.#bench = bench;
    this.#emulated = emulated;
  }

  describe() {
    return benchDescription(this.#emulated);
  }

  async connect() {
    const bench = this.#bench;
    this.#connected = true;
    bench.drivers++;
    bench.mostDrivers = Math.max(bench.mostDrivers, bench.drivers);
    bench.done.push("connect");
  }

  async close() {
    if (!this.#connected) return;
    this.#connected = false;
    this.#bench.drivers--;
    if (this.#bench.stuck) throw new Error("an output is still on");
    this.#bench.done.push("safe");
  }

  async check() {
    return [];
  }

  async dryRun() {
    return { points: sample.records.map(({ point }) => point), shots: 20, shot_s: 1e-6, notes: [] };
  }

  async snapshot() {
    return { bench: true };
  }

  async submit(_: unknown, { skip }: { skip: ReadonlySet<string> }) {
    this.#bench.done.push("submit");
    this.#skip = new Set(skip);
    return "job";
  }

  async poll() {
    return { state: "running" as const, fetched: 0, total: sample.records.length };
  }

  async *fetch(): AsyncIterable<MeasurementRecord> {
    const bench = this.#bench;
    for (const [k, record] of sample.records.entries()) {
      const key = pointKey(record.point);
      if (this.#skip.has(key)) continue;
      await new Promise((resolve) => setTimeout(resolve, bench.pause_ms));
      if (this.#cancelled) return;
      if (bench.failAt === k) {
        bench.failAt = null;
        throw new EntrainError(
          "device.lost",
          { path: "device", message: "the cable" },
          { kind: "device", retryable: true },
        );
      }
      bench.measured.set(key, (bench.measured.get(key) ?? 0) + 1);
      yield record;
    }
  }

  async cancel() {
    this.#bench.done.push("cancel");
    this.#cancelled = true;
  }
}
