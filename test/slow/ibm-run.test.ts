import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { stringify } from "yaml";
import { packageRoot } from "#planning/load";
import { physicalSampler } from "../support/fake-ibm/physics.ts";
import { FakeIbm, fakeCrn, fakeKey } from "../support/fake-ibm/service.ts";

/**
 * A mean-field loop of several jobs through the command line, its process killed with −9 again and again: after every
 * death `run --resume` goes on, and at the end each stage has been run once and the verdict is that of an undisturbed run.
 */
let folder: string;
let fake: FakeIbm;
let environment: NodeJS.ProcessEnv;
const file = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "entrain-ibm-run-"));
  fake = new FakeIbm({ queue_ms: 400, run_ms: 300, jobs_per_minute: 1000, sampler: physicalSampler });
  const url = await fake.start();
  environment = {
    ...process.env,
    ENTRAIN_IBM_URL: `${url}/api/v1`,
    IAM_URL: url,
    ENTRAIN_IBM_API_KEY: fakeKey,
    ENTRAIN_IBM_INSTANCE: fakeCrn,
    ENTRAIN_IBM_HASTE: "20",
  };
});
afterAll(async () => {
  await fake.stop();
  rmSync(folder, { recursive: true, force: true });
});

const entry = join(packageRoot(), "test", "support", "command-line-process.ts");

function start(...args: string[]): {
  child: ChildProcess;
  output: () => string;
  end: Promise<number | null>;
} {
  const child = spawn(process.execPath, ["--conditions=source", "--import", "tsx", entry, ...args], {
    cwd: packageRoot(),
    env: environment,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (bytes: Buffer) => {
      output += bytes.toString("utf8");
    });
  }
  const end = new Promise<number | null>((resolve) => child.on("close", resolve));
  return { child, output: () => output, end };
}

test("killed with −9 at different moments, and resumed each time", async () => {
  const made = start(
    "devices",
    "import",
    "ibm-live",
    "ibm_boston",
    "--name",
    "five",
    "--out",
    file("five.yaml"),
  );
  expect(await made.end, made.output()).toBe(0);
  const steps = 6;
  writeFileSync(
    file("loop.yaml"),
    stringify({
      title: "a loop that is killed",
      device: { profile: "./five.yaml" },
      protocol: {
        kind: "circuit-mean-field",
        loops: [{ gain: 0.3, loss: 1.5, coupling: 2 }],
        steps,
        time_step: 0.5,
      },
      shots: 2000,
      target: "openqasm3",
    }),
  );
  let going = start("run", file("loop.yaml"), "--driver", "ibm", "--yes", "--store", file("store"));
  // Right after a job is made, while it runs, when its results are being fetched, …
  const moments = [0, 350, 700, 900, 120];
  for (const [k, delay] of moments.entries()) {
    const before = fake.jobs.size;
    const due = Date.now() + 60_000;
    // At least one more job than before, or the run is over.
    while (fake.jobs.size === before && k < steps && Date.now() < due) {
      if (going.child.exitCode !== null) break;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await new Promise((resolve) => setTimeout(resolve, delay));
    going.child.kill("SIGKILL");
    await going.end;
    going = start("run", "--resume", "1", "--yes", "--json", "--store", file("store"));
  }
  expect(await going.end, going.output()).toBe(0);
  const manifest = JSON.parse(readFileSync(file("store/runs/run-000001/manifest.json"), "utf8"));
  expect(manifest).toMatchObject({ state: "judged", outcome: "consistent" });
  // One job a stage, none twice: the texts of all jobs differ, and there are as many as stages.
  expect(fake.jobs.size).toBe(steps);
  expect(new Set([...fake.jobs.values()].map(({ params }) => params.pubs[0]![0])).size).toBe(steps);
  const records = readFileSync(file("store/runs/run-000001/records.ndjson"), "utf8").trim().split("\n");
  expect(records).toHaveLength(steps * 5);
});
