import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { packageRoot } from "#planning/load";
import { entrain, startEntrain } from "../support/command-line.ts";
import { runCommand } from "../support/in-process.ts";
import { smallProfile } from "../support/profiles.ts";

let folder: string;
const experiment = `
title: end to end
device: { profile: ./profile.yaml }
protocol:
  kind: onset
  gain_rate: 2pi*1.2 MHz
  loss_rate: 2pi*1.2 MHz
  exchange: { from: 14 MHz, to: 20 MHz, points: 5 }
  settle: 1.2 us
  evolve: 1 us
shots: 2000
seed: 3
`;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "entrain-e2e-"));
  writeFileSync(join(folder, "profile.yaml"), stringify(smallProfile()));
  writeFileSync(join(folder, "experiment.yaml"), experiment);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface RunAnswer {
  readonly run: string;
  readonly folder: string;
  readonly estimates: {
    readonly results: readonly { readonly id: string; readonly measured: { readonly value: number } }[];
  };
  readonly verdict: { readonly outcome: string; readonly p_value: number };
}

const answer = (stdout: string) => JSON.parse(stdout) as RunAnswer;

test("run: an experiment file to a verdict, kept and validated again", () => {
  const run = entrain(["run", "experiment.yaml", "--store", "kept", "--json"], { cwd: folder });
  expect(run.stderr).toBe("");
  expect(run.status).toBe(0);
  const { verdict, estimates, run: id } = answer(run.stdout);
  expect(verdict.outcome).toBe("consistent");
  // J_c = (3 − 2√2)·|α|/λ_max = 0.1716 · 203 MHz / 2 for the ring of four.
  const onset = estimates.results.find(({ id }) => id === "onset_hz")!.measured;
  expect(onset.value / 1e6).toBeGreaterThan(17.1);
  expect(onset.value / 1e6).toBeLessThan(18.1);
  expect(readdirSync(join(folder, "kept", "runs", id))).toEqual(
    expect.arrayContaining([
      "experiment.yaml",
      "profile.json",
      "plan.json",
      "program.qasm",
      "records.ndjson",
      "verdict.json",
    ]),
  );
  const again = entrain(["validate", id, "--store", "kept", "--json"], { cwd: folder });
  expect(again.status).toBe(0);
  expect(answer(again.stdout).verdict).toEqual(verdict);
});

test("run --program with a tampered program exits with 5 and a negative verdict", () => {
  const compiled = entrain(["compile", "experiment.yaml", "--target", "openpulse", "--out", "program"], {
    cwd: folder,
  });
  expect(compiled.status).toBe(0);
  const path = join(folder, "program", "program.qasm");
  const text = readFileSync(path, "utf8");
  writeFileSync(path, text.replace(/.*play\(q1_loss.*\n/, ""));
  const run = entrain(["run", "experiment.yaml", "--store", "tampered", "--program", path, "--json"], {
    cwd: folder,
  });
  expect(run.status).toBe(5);
  expect(answer(run.stdout).verdict.outcome).toBe("inconsistent");
});

describe("kill −9", () => {
  /** Complete lines of the only run's record file. */
  const acknowledged = (store: string) => {
    const path = join(folder, store, "runs", "run-000001", "records.ndjson");
    return existsSync(path) ? readFileSync(path, "utf8").split("\n").length - 1 : -1;
  };

  let known: RunAnswer | undefined;
  const uninterrupted = () => {
    known ??= answer(
      entrain(["run", "experiment.yaml", "--store", "whole", "--json"], { cwd: folder }).stdout,
    );
    return known;
  };

  test.each([0, 7, 19])(
    "after %d records: none is lost, and --resume gives the uninterrupted result",
    async (count) => {
      const store = `killed-${count}`;
      const child = startEntrain(["run", "experiment.yaml", "--store", store], folder);
      const ended = new Promise((resolve) => child.once("exit", resolve));
      while (acknowledged(store) < count && child.exitCode === null)
        await new Promise((r) => setTimeout(r, 1));
      child.kill("SIGKILL");
      await ended;
      const kept = acknowledged(store);
      expect(kept).toBeGreaterThanOrEqual(count);
      const before = readFileSync(join(folder, store, "runs", "run-000001", "records.ndjson"), "utf8");
      const resumed = entrain(["run", "--resume", "latest", "--store", store, "--json"], { cwd: folder });
      expect(resumed.status).toBe(0);
      const after = readFileSync(join(folder, store, "runs", "run-000001", "records.ndjson"), "utf8");
      // What was acknowledged stands untouched at the head of the file.
      const whole = before.slice(0, before.lastIndexOf("\n") + 1);
      expect(after.startsWith(whole)).toBe(true);
      expect(after.split("\n").length - 1).toBe(20);
      const reference = uninterrupted();
      const { estimates, verdict } = answer(resumed.stdout);
      expect({ estimates, verdict }).toEqual({ estimates: reference.estimates, verdict: reference.verdict });
    },
  );
});

describe("bad input: one message with code, path, found, expected; nothing written", () => {
  const fixed = join(packageRoot(), "examples", "transmon-onset-fixed-frequency.yaml");

  interface Refusal {
    readonly edit: (text: string) => string;
    readonly profile?: (profile: Record<string, unknown>) => void;
    readonly status: number;
    readonly code: string;
    readonly path: string;
    readonly found: unknown;
  }

  const refusals: Record<string, Refusal> = {
    "an unknown key": {
      edit: (t) => `${t}\ncolour: red\n`,
      status: 2,
      code: "experiment.invalid",
      path: "colour",
      found: "colour",
    },
    "an unknown key of the protocol": {
      edit: (t) => t.replace("  settle:", "  setle:"),
      status: 2,
      code: "experiment.invalid",
      path: "protocol.settle_s",
      found: "nothing",
    },
    "a missing unit": {
      edit: (t) => t.replace("evolve: 1 us", "evolve: 1"),
      status: 2,
      code: "quantity.invalid",
      path: "protocol.evolve",
      found: 1,
    },
    "a rate without its 2π": {
      edit: (t) => t.replace("gain_rate: 2pi*1.2 MHz", "gain_rate: 1.2 MHz"),
      status: 2,
      code: "quantity.invalid",
      path: "protocol.gain_rate",
      found: "1.2 MHz",
    },
    "5 mHz where MHz was meant": {
      edit: (t) => t.replace("from: 14 MHz", "from: 5 mHz"),
      status: 2,
      code: "quantity.implausible",
      path: "protocol.exchange.from",
      found: "5 mHz",
    },
    "a negative T1": {
      edit: (t) => t,
      profile: (p) => {
        (p.sites as Record<string, unknown>[])[1]!.t1 = "-80 us";
      },
      status: 2,
      code: "quantity.implausible",
      path: "sites[1].t1",
      found: "-80 us",
    },
    "a bond that names a missing site": {
      edit: (t) => t,
      profile: (p) => {
        (p.bonds as string[][]).push(["q0", "q77"]);
      },
      status: 2,
      code: "profile.invalid",
      path: "bonds[4][1]",
      found: "q77",
    },
    "an infeasible γ": {
      edit: (t) => t.replace("gain_rate: 2pi*1.2 MHz", "gain_rate: 2pi*9 MHz"),
      status: 3,
      code: "plan.infeasible",
      path: "T02",
      found: expect.anything(),
    },
    "an unknown profile": {
      edit: (t) => t.replace("./profile.yaml", "nonesuch"),
      status: 2,
      code: "profile.not_found",
      path: "device.profile",
      found: "nonesuch",
    },
    "text that is no YAML": {
      edit: () => "title: [",
      status: 2,
      code: "file.syntax",
      path: expect.stringMatching(/:1:\d+$/) as string,
      found: expect.anything(),
    },
  };

  test.each(Object.keys(refusals))("%s", async (name) => {
    const { edit, profile: change, status, code, path, found } = refusals[name]!;
    const place = join(folder, name.replaceAll(/\W/g, "-"));
    mkdirSync(place);
    const profile = structuredClone(smallProfile()) as Record<string, unknown>;
    change?.(profile);
    writeFileSync(join(place, "profile.yaml"), stringify(profile));
    writeFileSync(join(place, "experiment.yaml"), edit(experiment));
    const file = join(place, "experiment.yaml");
    const commands = [
      ["run", file, "--store", join(place, "store")],
      ["plan", file],
      ["compile", file, "--out", join(place, "out")],
    ];
    for (const command of commands) {
      // An infeasible plan is an answer of `plan`, not an error.
      if (status === 3 && command[0] === "plan") continue;
      const result = await runCommand(...command, "--json");
      const { error } = JSON.parse(result.stdout) as { error: Record<string, unknown> };
      expect({ status: result.status, ...error }).toMatchObject({ status, code });
      const problems = error.problems as { path: string; found: unknown; expected?: string }[];
      const problem = problems.find((p) => p.path === path) ?? problems[0]!;
      expect(problem).toMatchObject({ path, found });
      expect(problem.expected).toBeTruthy();
      expect(readdirSync(place).toSorted()).toEqual(["experiment.yaml", "profile.yaml"]);
    }
    const human = await runCommand(...commands[0]!);
    expect(human.status).toBe(status);
    expect(human.stderr).toContain(code);
  });

  test("the process ends with the status, in the folder of the experiment", () => {
    const place = join(folder, "process");
    mkdirSync(place);
    writeFileSync(join(place, "profile.yaml"), stringify(smallProfile()));
    writeFileSync(join(place, "experiment.yaml"), `${experiment}\ncolour: red\n`);
    const { status, stdout } = entrain(["run", "experiment.yaml", "--json"], { cwd: place });
    expect(status).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: "experiment.invalid", path: "colour" } });
    expect(readdirSync(place).toSorted()).toEqual(["experiment.yaml", "profile.yaml"]);
  });

  test("fixed-frequency transmons: the spread is found and the plan refused; flux tuning resolves it", () => {
    const refused = entrain(["plan", fixed, "--json"]);
    expect(refused.status).toBe(3);
    const { feasible, findings } = JSON.parse(refused.stdout) as {
      feasible: boolean;
      findings: { code: string; severity: string }[];
    };
    expect(feasible).toBe(false);
    expect(findings.filter((f) => f.severity === "error").map((f) => f.code)).toEqual(["T16"]);
  });
});
