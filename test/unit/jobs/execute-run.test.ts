import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { stringify } from "yaml";
import { EntrainError } from "#core/errors";
import { EmulatorDriver } from "#devices/drivers/emulator/driver";
import { parseTransmonProfile } from "#devices/transmon/schema";
import type { Record as MeasurementRecord } from "#ir/record";
import { executeRun } from "#jobs/execute-run";
import { RunStore } from "#store/run-store";
import { prepareSmall } from "../../support/experiments.ts";
import { rejection } from "../../support/refusal.ts";

const { designed, plan } = prepareSmall();
const expected = plan.cost.points * plan.measurement.settings.length;

let folder: string;
let store: RunStore;
let id: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "entrain-jobs-"));
  store = RunStore.open(folder);
  id = store.create(
    {
      title: "jobs",
      protocol: "onset",
      profile: "square-2x2",
      target: "openpulse",
      driver: "emulator",
      program_replaced: false,
      seed: 5,
      shots: 1000,
      records_expected: expected,
      versions: {},
    },
    {
      experiment: stringify({ ...designed.experiment }),
      profile: designed.profile,
      plan,
      program: designed.program,
    },
  ).id;
});

afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The emulator, breaking after some records, and counting how often it is closed. */
class Breaking extends EmulatorDriver {
  static closed = 0;
  readonly #after: number;

  constructor(profile: unknown, after: number) {
    super(parseTransmonProfile(profile));
    this.#after = after;
  }

  override async *fetch(job: string): AsyncIterable<MeasurementRecord> {
    let count = 0;
    for await (const record of super.fetch(job)) {
      if (count++ === this.#after) {
        throw new EntrainError(
          "device.lost",
          { path: "device", message: "the device went away" },
          { kind: "device" },
        );
      }
      yield record;
    }
  }

  override async close(): Promise<void> {
    Breaking.closed++;
    await super.close();
  }
}

test("a run goes to its verdict, and again from its records to the same one", async () => {
  const createDriver = (_: string, profile: unknown) => new EmulatorDriver(parseTransmonProfile(profile));
  const first = await executeRun(store, id, { createDriver });
  expect(first).toMatchObject({ state: "judged", outcome: "consistent", failure: null });
  const verdict = store.readDocument(id, "verdict");
  const never = () => {
    throw new Error("a judged run needs no driver");
  };
  await executeRun(store, id, { createDriver: never });
  expect(store.readDocument(id, "verdict")).toEqual(verdict);
});

test("a device that goes away: the run says so, keeps its records, closes the driver, and can be finished", async () => {
  Breaking.closed = 0;
  const error = await rejection(
    executeRun(store, id, { createDriver: (_, profile) => new Breaking(profile, 6) }),
  );
  expect(error.code).toBe("device.lost");
  expect(error.exitStatus).toBe(4);
  expect(Breaking.closed).toBe(1);
  expect(store.manifest(id)).toMatchObject({
    state: "failed",
    failure: expect.stringContaining("went away") as string,
  });
  const kept = store.readRecords(id);
  expect(kept).toHaveLength(6);
  const finished = await executeRun(store, id, {
    createDriver: (_, profile) => new EmulatorDriver(parseTransmonProfile(profile)),
  });
  expect(finished).toMatchObject({ state: "judged", failure: null });
  expect(store.readRecords(id).slice(0, 6)).toEqual(kept);
  expect(store.readRecords(id)).toHaveLength(expected);
});

test("an interruption stops between two records and says how to go on", async () => {
  const abort = new AbortController();
  const error = await rejection(
    executeRun(store, id, {
      createDriver: (_, profile) => new EmulatorDriver(parseTransmonProfile(profile)),
      signal: abort.signal,
      onProgress: (recorded) => {
        if (recorded === 3) abort.abort();
      },
    }),
  );
  expect(error.code).toBe("run.interrupted");
  expect(error.problems[0]!.hint).toContain(`--resume ${id}`);
  expect(store.readRecords(id)).toHaveLength(3);
  expect(store.manifest(id).state).toBe("paused");
  expect(store.history(id).map((change) => change.state)).toEqual([
    "planned",
    "running",
    "collecting",
    "paused",
  ]);
});
