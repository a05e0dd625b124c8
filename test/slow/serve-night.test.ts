import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { packageRoot } from "#planning/load";
import { RunStore } from "#store/run-store";
import { TokenFile } from "#store/token-file";
import { entrain } from "../support/command-line.ts";
import { startPostgres } from "../support/database.ts";

const postgres = startPostgres();
const folder = mkdtempSync(join(tmpdir(), "entrain-night-"));
const children = new Set<ChildProcess>();
afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
  postgres?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Everything that any process wrote and any answer said. */
const written: string[] = [];

function launch(...args: string[]): ChildProcess {
  const child = spawn(
    process.execPath,
    [join(packageRoot(), "bin", "entrain.js"), ...args, "--store", folder],
    {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...(postgres === null ? {} : { DATABASE_URL: postgres.url }) },
    },
  );
  children.add(child);
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.on("data", (chunk: Buffer) => written.push(chunk.toString()));
  }
  return child;
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  const exit = new Promise<number | null>((resolve) => child.once("exit", resolve));
  child.kill(signal);
  return exit;
}

async function serve(): Promise<{ child: ChildProcess; url: string }> {
  const child = launch("serve", "--port", "0", "--json");
  let text = "";
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout!.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      if (text.trimEnd().endsWith("}")) resolve((JSON.parse(text) as { url: string }).url);
    });
    child.once("exit", (code) => reject(new Error(`ended with ${code}: ${written.join("")}`)));
  });
  return { child, url };
}

it("a night: killed, ended and started again, the database gone, a worker killed; no secret in any line", async () => {
  const token = new TokenFile(join(folder, "tokens.json")).add("ada", "operator", new Date(0));
  const ask = async (method: string, url: string, body?: unknown) => {
    const answer = await fetch(url, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    written.push(text);
    return { status: answer.status, text };
  };
  const store = RunStore.open(folder);
  const state = (run: string) => store.manifest(run).state;
  const experiment = readFileSync(join(packageRoot(), "examples", "transmon-onset-square.yaml"), "utf8");
  const submit = async (url: string) => {
    const answer = await ask("POST", `${url}/v1/runs`, { experiment });
    expect(answer.status, answer.text).toBe(202);
    return (JSON.parse(answer.text) as { id: string }).id;
  };
  const atWork = (run: string) =>
    expect.poll(() => store.readRecords(run).length, { timeout: 60_000, interval: 10 }).toBeGreaterThan(1);

  const first = await serve();
  const killed = await submit(first.url);
  await atWork(killed);
  await ended(first.child, "SIGKILL");
  expect(["collecting", "collected"]).toContain(state(killed));

  const second = await serve();
  await expect.poll(() => state(killed), { timeout: 60_000 }).toBe("judged");
  const stopped = await submit(second.url);
  await atWork(stopped);
  expect(await ended(second.child, "SIGTERM")).toBe(0);
  expect(state(stopped)).toBe("queued");

  const third = await serve();
  await expect.poll(() => state(stopped), { timeout: 60_000 }).toBe("judged");
  const { entries } = JSON.parse(
    (await ask("GET", `${third.url}/v1/audit?subject=emulator/square-3x3`)).text,
  ) as {
    entries: { who: string; action: string; detail: { run: string } }[];
  };
  // Killed: no word of its end, and brought up again. Ended in order: safe before it was brought up again.
  const actions = (run: string) =>
    entries.filter(({ detail }) => detail.run === run).map(({ action }) => action.slice("hardware.".length));
  expect(actions(killed).toReversed()).toEqual(["connect", "submit", "connect", "submit", "make_safe"]);
  expect(actions(stopped).toReversed()).toEqual([
    "connect",
    "submit",
    "cancel",
    "make_safe",
    "connect",
    "submit",
    "make_safe",
  ]);

  if (postgres !== null) {
    postgres.kill();
    const ready = () => ask("GET", `${third.url}/readyz`).then(({ status }) => status);
    await expect.poll(ready, { timeout: 30_000 }).toBe(503);
    expect((await ask("GET", `${third.url}/v1/runs`)).status).toBe(200);
    expect((await ask("POST", `${third.url}/v1/runs`, { experiment })).status).toBe(503);
    postgres.restart();
    await expect.poll(ready, { timeout: 30_000 }).toBe(200);

    const worker = launch("worker", "--threads", "1", "--name", "helper");
    const map = {
      gain: 0.5,
      loss: 1,
      asymmetry: -2,
      inter_coupling: 0.5,
      x: { parameter: "detuning", from: 0, to: 3, points: 160 },
      y: { parameter: "coupling", from: 0.2, to: 3, points: 160 },
    };
    const sweep = JSON.parse((await ask("POST", `${third.url}/v1/sweeps`, map)).text) as { id: string };
    const shown = async () =>
      JSON.parse((await ask("GET", `${third.url}/v1/sweeps/${sweep.id}`)).text) as {
        state: string;
        workers: Record<string, number>;
      };
    await expect
      .poll(async () => (await shown()).workers.helper ?? 0, { timeout: 60_000 })
      .toBeGreaterThan(1);
    await ended(worker, "SIGKILL");
    await expect.poll(async () => (await shown()).state, { timeout: 120_000 }).toBe("done");
    const csv = (await ask("GET", `${third.url}/v1/sweeps/${sweep.id}/map.csv`)).text;
    const out = join(folder, "direct");
    const file = join(folder, "map.json");
    writeFileSync(file, JSON.stringify(map));
    expect(entrain(["map", file, "--out", out]).status).toBe(0);
    expect(csv).toBe(readFileSync(join(out, "map.csv"), "utf8"));
  }
  expect(await ended(third.child, "SIGTERM")).toBe(0);
  const all = written.join("\n");
  expect(all).toMatch(/run\.orphaned/);
  expect(all).not.toContain(token);
  expect(all).not.toContain("secret-of-the-test");
});
