import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { parse, stringify } from "yaml";
import { physicalSampler } from "../../support/fake-ibm/physics.ts";
import { FakeIbm, type FakeOptions, fakeCrn, fakeKey } from "../../support/fake-ibm/service.ts";
import { runCommand } from "../../support/in-process.ts";

/** The command line against the fake service, which simulates the circuits it is sent. */
let folder: string;
let fake: FakeIbm | undefined;

async function service(options: FakeOptions = {}): Promise<FakeIbm> {
  fake = new FakeIbm({ queue_ms: 50, run_ms: 20, sampler: physicalSampler, ...options });
  const url = await fake.start();
  vi.stubEnv("ENTRAIN_IBM_URL", `${url}/api/v1`);
  vi.stubEnv("IAM_URL", url);
  vi.stubEnv("ENTRAIN_IBM_API_KEY", fakeKey);
  vi.stubEnv("ENTRAIN_IBM_INSTANCE", fakeCrn);
  vi.stubEnv("ENTRAIN_IBM_HASTE", "100");
  return fake;
}

const file = (name: string) => join(folder, name);

function experiment(changes: Record<string, unknown> = {}): string {
  const name = file("experiment.yaml");
  const document = {
    title: "one driven oscillator",
    device: { profile: file("device.yaml") },
    protocol: {
      kind: "circuit-driven",
      gain: 0.5,
      loss: 1,
      asymmetry: [-1],
      drive: 0.5,
      time: 3,
      steps: 3,
    },
    shots: 1000,
    target: "openqasm3",
    ...changes,
  };
  writeFileSync(name, stringify(document));
  return name;
}

const run = (...args: string[]) => runCommand("run", ...args, "--driver", "ibm", "--store", file("store"));

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "entrain-ibm-"));
  await service();
  const made = await runCommand(
    ...["devices", "import", "ibm-live", "ibm_boston", "--name", "five", "--out", file("device.yaml")],
  );
  expect(made.stderr).toMatch(/wrote .*: 5 qubits, 4 edges/);
  await fake!.stop();
});
afterEach(async () => {
  await fake?.stop();
  fake = undefined;
  vi.unstubAllEnvs();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("from a live backend to a verdict: cost, queue, one job, results on disk", async () => {
  const { jobs } = await service();
  const { status, stdout, stderr } = await run(experiment(), "--yes", "--json");
  expect(status, stderr).toBe(0);
  const answer = JSON.parse(stdout) as { verdict: { outcome: string }; folder: string };
  expect(answer.verdict.outcome).toBe("consistent");
  expect(stderr).toMatch(/1 job, 9,000 executions, about 4\.\d+ s of usage; 540 s left on the instance/);
  expect(stderr).toMatch(/half of the recent jobs waited less than 30 s, 95 % within 120 s/);
  expect(stderr).toMatch(/results on disk: results-entrain-/);
  expect(jobs.size).toBe(1);
  expect(readFileSync(join(answer.folder, "ibm", "journal.ndjson"), "utf8")).not.toContain(fakeKey);
});

test("a mean-field loop: each job carries the field that the one before measured", async () => {
  const { jobs } = await service({ jobs_per_minute: 100 });
  const protocol = {
    kind: "circuit-mean-field",
    loops: [{ gain: 0.3, loss: 1.5, coupling: 2 }],
    steps: 3,
    time_step: 0.5,
  };
  const { status, stderr } = await run(experiment({ protocol, shots: 4000 }), "--yes");
  expect(status, stderr).toBe(0);
  expect(stderr).toMatch(/3 jobs, one after the other/);
  expect(jobs.size).toBe(3);
  for (const { params } of jobs.values()) {
    for (const [qasm] of params.pubs) expect(qasm).not.toMatch(/input|rz\(d/);
  }
});

test("a calibration newer than the profile's is told", async () => {
  await service();
  const profile = parse(readFileSync(file("device.yaml"), "utf8"));
  const backend = { ...profile.backend, calibrated_at: "2026-04-16T00:00:00Z" };
  writeFileSync(file("older.yaml"), stringify({ ...profile, backend }));
  const { status, stderr } = await run(experiment({ device: { profile: file("older.yaml") } }));
  expect(stderr).toMatch(/was calibrated at 2026-04-17.*entrain devices import ibm-live ibm_boston/);
  expect(status).toBe(2);
});

describe("nothing is submitted", () => {
  const refused = async (code: string, status: number, texts: readonly RegExp[], ...args: string[]) => {
    const answer = await run(...args);
    expect(answer.stderr).toContain(`error ${code}\n`);
    for (const text of texts) expect(answer.stderr).toMatch(text);
    expect(answer.status).toBe(status);
    expect(fake?.jobs.size ?? 0).toBe(0);
  };
  /** The profile under the name of another backend. */
  const renamed = (name: string) => {
    const profile = parse(readFileSync(file("device.yaml"), "utf8"));
    writeFileSync(file("other.yaml"), stringify({ ...profile, backend: { ...profile.backend, name } }));
    return experiment({ device: { profile: file("other.yaml") } });
  };

  test("without a yes", async () => {
    await service();
    await refused("ibm.not_confirmed", 2, [/--yes/], experiment());
  });

  test("when the instance's remaining seconds do not cover it", async () => {
    await service({ remaining_s: 3 });
    await refused("ibm.too_expensive", 3, [/3 s left/, /Take fewer shots/], experiment(), "--yes");
  });

  test("unknown backend: the ones there are, and what to do", async () => {
    await service();
    const texts = [/no backend ibm_nowhere/, /ibm_boston, ibm_kingston/, /Names change/];
    await refused("ibm.unknown_backend", 4, texts, renamed("ibm_nowhere"), "--yes");
  });

  test("expired key", async () => {
    const { tokensIssued } = await service();
    fake!.keyWorks = false;
    await refused("ibm.credentials_refused", 4, [/key/, /new one|Make/i], experiment(), "--yes");
    expect(tokensIssued).toBe(0);
  });

  test("wrong region: 404 with code 1279", async () => {
    await service();
    vi.stubEnv("ENTRAIN_IBM_INSTANCE", fakeCrn.replace("us-east", "eu-de"));
    await refused("ibm.wrong_region", 4, [/CRN/], experiment(), "--yes");
  });

  test("no key at all", async () => {
    await service();
    vi.stubEnv("ENTRAIN_IBM_API_KEY", "");
    vi.stubEnv("ENTRAIN_IBM_CREDENTIALS", file("none.json"));
    await refused("ibm.credentials_missing", 2, [/ENTRAIN_IBM_API_KEY/], experiment(), "--yes");
  });

  test("no reset, as the service says today", async () => {
    await service();
    await refused(
      "ibm.no_reset",
      2,
      [/ibm_miami has no reset/, /choose a device/],
      renamed("ibm_miami"),
      "--yes",
    );
  });

  test("no reset, as the profile says: infeasible before anybody is asked", async () => {
    const file = experiment({ device: { profile: "ibm-miami" } });
    await refused("plan.infeasible", 3, [/D02: .*cannot reset a qubit/, /Choose a backend/], file, "--yes");
  });

  test("payload too large", async () => {
    await service();
    const many = experiment({
      shots: 1_000_000,
      protocol: {
        kind: "circuit-driven",
        gain: 0.5,
        loss: 1,
        asymmetry: [-1, 1],
        drive: 0.5,
        time: 3,
        steps: 1,
      },
    });
    await refused("ibm.program_too_large", 2, [/18000000/, /Split the job/], many, "--yes");
  });

  test("pulses", async () => {
    await service();
    const wrong = experiment({
      device: { profile: "transmon-single" },
      protocol: {
        kind: "dissipator",
      },
      target: "openqasm3",
    });
    await refused("target.signals", 2, [/takes circuits, and the device runs pulses/], wrong, "--yes");
  });
});

test("results already deleted: said so, with what to do, and the run can tell", async () => {
  const { jobs } = await service({ queue_ms: 300 });
  const going = run(experiment(), "--yes");
  await vi.waitFor(() => expect(jobs.size).toBe(1), { timeout: 20_000 });
  for (const job of jobs.values()) job.resultsDeleted = true;
  const { status, stderr } = await going;
  expect(stderr).toContain("error ibm.results_gone\n");
  expect(stderr).toMatch(/submit/i);
  expect(status).toBe(4);
});

test("cancel: what an interrupted run has at the service", async () => {
  const { jobs } = await service({ queue_ms: 60_000 });
  const going = run(experiment(), "--yes");
  await vi.waitFor(() => expect(jobs.size).toBe(1), { timeout: 20_000 });
  process.emit("SIGINT");
  const interrupted = await going;
  expect(interrupted.stderr).toContain("error run.interrupted\n");
  expect(interrupted.stderr).toMatch(/goes on at the service/);
  const { status, stdout } = await runCommand("cancel", "latest", "--store", file("store"));
  expect(status).toBe(0);
  expect(stdout).toMatch(/1 jobs cancelled/);
  expect([...jobs.values()][0]!.cancelled).toBe(true);
});
