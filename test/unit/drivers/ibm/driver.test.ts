import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { configurationSchema, propertiesSchema } from "../../../../devices/drivers/ibm/answers.ts";
import { circuitBatchSchema } from "../../../../devices/drivers/ibm/circuits.ts";
import { estimateCost, executionLimit } from "../../../../devices/drivers/ibm/cost.ts";
import {
  type CostQuestion,
  IbmDriver,
  type IbmDriverOptions,
} from "../../../../devices/drivers/ibm/driver.ts";
import type { IbmProgress } from "../../../../devices/drivers/ibm/progress.ts";
import { FakeIbm, type FakeOptions, fakeSample } from "../../../support/fake-ibm/service.ts";
import { rejection } from "../../../support/refusal.ts";
import { bell, clientFor, MemoryJournal, quickPatience } from "./setup.ts";

let fake: FakeIbm;
afterEach(() => fake.stop());

async function driverOn(options: FakeOptions = {}, more: Partial<IbmDriverOptions> = {}) {
  fake = new FakeIbm({ jobs_per_minute: 1000, ...options });
  const root = await fake.start();
  const events: IbmProgress[] = [];
  const asked: CostQuestion[] = [];
  const journal = new MemoryJournal();
  const make = () =>
    new IbmDriver({
      client: clientFor(root),
      journal,
      confirm: async (question) => {
        asked.push(question);
        return true;
      },
      onProgress: (event) => events.push(event),
      patience: quickPatience,
      ...more,
    });
  return { driver: make(), make, events, asked, journal };
}

const batch = (more = {}) => ({
  backend: "ibm_boston",
  circuits: [
    { name: "zz", qasm: bell },
    { name: "xz", qasm: bell.replace("sx $0;", "x $0;") },
  ],
  shots: 16,
  ...more,
});

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

describe("a batch", () => {
  it("is submitted once under its key; its bits come back circuit by circuit, after a restart too", async () => {
    const { driver, make, asked } = await driverOn({ queue_ms: 20, run_ms: 10 });
    await driver.connect();
    const tag = await driver.submit(batch(), { key: "a" });
    expect((await driver.poll(tag)).state).toMatch(/running|done/);
    expect(
      make()
        .pending()
        .map((known) => known.tag),
    ).toEqual([tag]);
    const found = await all(driver.fetch(tag));
    expect(found.map(({ name }) => name)).toEqual(["zz", "xz"]);
    for (const [i, { qasm }] of batch().circuits.entries()) {
      const { bits, num_bits } = found[i]!.registers.c!;
      expect(num_bits).toBe(2);
      for (let shot = 0; shot < 16; shot++) {
        const sample = Number(fakeSample(qasm, "c", shot, 2));
        expect([bits[2 * shot], bits[2 * shot + 1]]).toEqual([sample & 1, sample >> 1]);
      }
    }
    expect(await driver.poll(tag)).toMatchObject({ state: "done", fetched: 2, total: 2 });
    expect(driver.pending()).toEqual([]);
    const restarted = make();
    expect(await restarted.submit(batch(), { key: "a" })).toBe(tag);
    expect(await all(restarted.fetch(tag))).toEqual(found);
    expect(fake.jobs.size).toBe(1);
    expect(asked.length).toBe(1);
    expect(await driver.charged(tag)).toEqual({ seconds: 3, complete: true });
  });

  it("is put before a person with cost, queue and waits", async () => {
    const { driver, asked } = await driverOn({ remaining_s: 100 });
    await driver.submit(batch({ shots: 4096 }), { key: "a" });
    expect(asked[0]).toMatchObject({
      backend: "ibm_boston",
      remaining_s: 100,
      queue_length: 0,
      wait_s: { p50: 30, p95: 120 },
    });
    // Rule of thumb of ibm.md C: 2 + 0.00035 × executions.
    expect(asked[0]!.estimate.seconds).toBeCloseTo(2 + 0.00035 * 8192, 9);
    expect([...fake.jobs.values()][0]!.body.cost).toBe(asked[0]!.limit_s);
  });

  it("is not sent without a yes, nor when the instance's seconds do not cover it", async () => {
    const { driver } = await driverOn({ remaining_s: 2 }, { confirm: async () => false });
    const dear = await rejection(driver.submit(batch({ shots: 4096 }), { key: "a" }));
    expect(dear).toMatchObject({ code: "ibm.too_expensive", kind: "infeasible" });
    expect(dear.problems[0]).toMatchObject({
      path: "instance",
      found: "2 s left",
      expected: "at least 4.9 s",
    });
    await fake.stop();
    const { driver: other } = await driverOn({ remaining_s: null }, { confirm: async () => false });
    expect((await rejection(other.submit(batch(), { key: "a" }))).code).toBe("ibm.not_confirmed");
    expect(fake.jobs.size).toBe(0);
  });

  it("is cancelled, and the end state is the service's", async () => {
    const { driver } = await driverOn({ queue_ms: 1000 });
    const tag = await driver.submit(batch(), { key: "a" });
    expect(await driver.cancel(tag)).toBe("Cancelled");
    expect((await driver.poll(tag)).state).toBe("cancelled");
    expect([...fake.jobs.values()][0]!.cancelled).toBe(true);
  });

  it("runs in a batch session, which is closed at the end", async () => {
    const { driver } = await driverOn({ open_plan: true });
    const session_id = await driver.openBatch("ibm_boston");
    await driver.submit(batch({ options: { session_id } }), { key: "a" });
    await driver.close();
    expect([...fake.sessions.values()]).toEqual([{ mode: "batch", backend: "ibm_boston", open: false }]);
    expect([...fake.jobs.values()][0]!.body.session_id).toBe(session_id);
  });
});

describe("refused before anything is sent", () => {
  const large = `${bell}// ${"x".repeat(51 * 1024 * 1024)}\n`;
  const circuit = (qasm: string, more = {}) => ({ circuits: [{ name: "a", qasm, ...more }] });
  it.each([
    [
      "unknown backend",
      batch({ backend: "ibm_fez" }),
      "ibm.unknown_backend",
      "backend",
      /ibm_boston, ibm_kingston/,
    ],
    ["no reset", batch({ backend: "ibm_miami" }), "ibm.no_reset", "circuits[0].qasm", /has no reset/],
    ["payload too large", batch(circuit(large)), "ibm.program_too_large", "circuits", /Split/],
    ["too many executions", batch({ shots: 6_000_000 }), "ibm.program_too_large", "shots", /10000000/],
    [
      "a delay out of range",
      batch({ options: { rep_delay_s: 0.01 } }),
      "ibm.batch_refused",
      "options.rep_delay_s",
      /0 to 2000 µs/,
    ],
    [
      "a Python word",
      batch(circuit(bell.replaceAll("c", "lambda"))),
      "ibm.batch_refused",
      "circuits[0].qasm",
      /lambda/,
    ],
    [
      "no register",
      batch(circuit("OPENQASM 3.0;\nx $0;\n")),
      "ibm.batch_refused",
      "circuits[0].qasm",
      /empty/,
    ],
    [
      "unbound input",
      batch(circuit(`input float[64] t;\n${bell}`)),
      "ibm.batch_refused",
      "circuits[0].parameters",
      /declares/,
    ],
    [
      "two of a name",
      batch({ circuits: [batch().circuits[0], batch().circuits[0]] }),
      "ibm.batch_invalid",
      "circuits",
      /same name/,
    ],
    ["no shots", batch({ shots: 0 }), "ibm.batch_invalid", "shots", /1/],
  ])("%s", async (_what, input, code, path, text) => {
    const { driver } = await driverOn();
    const error = await rejection(driver.submit(input, { key: "a" }));
    expect(error.code).toBe(code);
    expect(error.problems[0]!.path).toBe(path);
    expect(error.message + JSON.stringify(error.problems[0])).toMatch(text);
    expect(fake.requests.some(({ method, path }) => method === "POST" && path.endsWith("/jobs"))).toBe(false);
    expect((await driver.check(input)).map((problem) => problem.path)).toContain(path);
  });

  it("gates on what the device offers, not on its name: without reset, miami still takes no OpenQASM 3", async () => {
    const { driver } = await driverOn();
    const plain = batch({ backend: "ibm_miami", ...circuit(bell.replace("reset $1;\n", "")) });
    expect((await rejection(driver.submit(plain, { key: "a" }))).code).toBe("ibm.no_qasm3");
  });
});

describe("cost (ibm.md C)", () => {
  it("4096 shots of 60 µs at 250 µs: 3.3 s", () => {
    const one = circuitBatchSchema.parse({
      backend: "ibm_boston",
      circuits: [{ name: "a", qasm: bell, duration_s: 60e-6 }],
      shots: 4096,
    });
    const estimate = estimateCost(one, 250e-6);
    expect(estimate.seconds).toBeCloseTo(3.3, 1);
    expect(estimate).toMatchObject({ executions: 4096, from_durations: true });
    expect(executionLimit(one, estimate, null)).toBe(17);
    expect(executionLimit(one, estimate, 12.8)).toBe(12);
    expect(estimateCost(one, null).from_durations).toBe(false);
  });
});

const snapshots = resolve(import.meta.dirname, "../../../../../shared/data/ibm-snapshots");
describe.skipIf(!existsSync(snapshots))("calibration snapshots of real devices", () => {
  it("are read as configuration and properties", () => {
    const files = readdirSync(snapshots).filter((name) => name.endsWith(".json"));
    expect(files.length).toBe(5);
    const withReset = files.filter((name) => {
      const snapshot = JSON.parse(readFileSync(join(snapshots, name), "utf8"));
      propertiesSchema.parse(snapshot.properties);
      return configurationSchema.parse(snapshot.configuration).supported_instructions.includes("reset");
    });
    expect(withReset).not.toContain("ibm_miami.json");
    expect(withReset).toContain("ibm_boston.json");
  });
});
