import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { FileJournal } from "#store/journal/file-journal";
import {
  type JournalEntry,
  journalEntrySchema,
  submissionsOf,
} from "../../../devices/drivers/ibm/journal.ts";
import { sha256 } from "../../../devices/drivers/ibm/submissions.ts";
import { stream } from "./faults.ts";
import { FakeIbm, fakeCrn, fakeKey, fakeSample } from "./service.ts";
import { circuitOf, shots } from "./worker.ts";

const root = join(import.meta.dirname, "..", "..", "..");

/** All bytes below a folder. */
function everythingIn(folder: string): string {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => `${path}\n${readFileSync(path, "latin1")}`)
    .join("\n");
}

/** Sha of the bits that the fake service answers for a run. */
function expectedBits(run: number): string {
  const bits = Array.from({ length: shots }, (_, shot) => {
    const sample = Number(fakeSample(circuitOf(run), "c", shot, 3));
    return [sample & 1, (sample >> 1) & 1, (sample >> 2) & 1];
  });
  return sha256(Uint8Array.from(bits.flat()));
}

/** Runs the worker once; kills it `after_ms` after it is ready, unless that is null. */
function runWorker(url: string, folder: string, runs: number, after_ms: number | null) {
  return new Promise<{ code: number | null; output: string }>((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [
        "--conditions=source",
        "--import",
        "tsx",
        join(import.meta.dirname, "worker.ts"),
        url,
        folder,
        String(runs),
      ],
      { cwd: root, env: { ...process.env, ENTRAIN_IBM_API_KEY: fakeKey, ENTRAIN_IBM_INSTANCE: fakeCrn } },
    );
    let output = "";
    let timer: NodeJS.Timeout | undefined;
    const listen = (data: Buffer) => {
      output += data.toString("utf8");
      if (after_ms !== null && timer === undefined && output.includes("ready")) {
        timer = setTimeout(() => child.kill("SIGKILL"), after_ms);
      }
    };
    child.stdout.on("data", listen);
    child.stderr.on("data", listen);
    child.on("error", reject);
    child.on("close", (code) => {
      clearTimeout(timer);
      resolve({ code, output });
    });
  });
}

/**
 * Runs experiments against the failing fake service in a process that is killed again and again, then checks that
 * none was lost, none was submitted twice, each acknowledged result is on disk and is the right one, and no secret
 * was written anywhere.
 */
export async function killAndCount(options: {
  runs: number;
  kills: number;
  seed: number;
  longest_life_ms: number;
}): Promise<{ kills: number; requests: number; reconciled: number; unclear: number }> {
  const { runs, kills, seed, longest_life_ms } = options;
  const random = stream(seed);
  const fake = new FakeIbm({
    queue_ms: 30,
    run_ms: 2,
    unlisted_ms: 50,
    token_s: 362,
    jobs_per_minute: 1_000_000,
    weather: { probability: 0.3, seed, delay_ms: 15, late_ms: 700 },
  });
  const url = await fake.start();
  const folder = mkdtempSync(join(tmpdir(), "entrain-ibm-"));
  let output = "";
  let killed = 0;
  try {
    for (;;) {
      const after = killed < kills ? 20 + random() * longest_life_ms : null;
      const end = await runWorker(url, folder, runs, after);
      output += end.output;
      if (end.code === 0) break;
      if (end.code !== null) throw new Error(`the worker failed:\n${end.output.slice(-3000)}`);
      killed++;
    }
    // Long enough for anything that hangs to take effect.
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const entries = [...FileJournal.open(join(folder, "journal"), journalEntrySchema).entries()];
    const submissions = [...submissionsOf(entries).values()];
    expect(submissions.length).toBe(runs);
    expect(new Set(submissions.map(({ key }) => key)).size).toBe(runs);
    const byTag = fake.jobsByTag();
    for (const { tag, key, job } of submissions) {
      const jobs = byTag.get(tag) ?? [];
      expect(
        jobs.map(({ id }) => id),
        `${key}: exactly one job`,
      ).toEqual([job]);
    }
    expect(fake.jobs.size).toBe(runs);
    checkAcknowledged(folder, runs);
    const written = everythingIn(folder) + output;
    for (const secret of [fakeKey, ...fake.tokens]) expect(written.includes(secret)).toBe(false);
    const count = (kind: JournalEntry["kind"]) => entries.filter((entry) => entry.kind === kind).length;
    const reconciled = entries.filter((entry) => entry.kind === "accepted" && entry.found_by_tag).length;
    return { kills: killed, requests: fake.requests.length, reconciled, unclear: count("unclear") };
  } finally {
    await fake.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function checkAcknowledged(folder: string, runs: number): void {
  const lines = readFileSync(join(folder, "acknowledged"), "utf8").trim().split("\n");
  const seen = new Set<number>();
  for (const line of lines) {
    const [run, tag, bits] = line.split(" ") as [string, string, string];
    seen.add(Number(run));
    expect(bits, `run ${run}`).toBe(expectedBits(Number(run)));
    expect(existsSync(join(folder, "journal", `results-${tag}.json`))).toBe(true);
  }
  expect(seen.size).toBe(runs);
}
