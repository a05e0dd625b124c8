import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { stringify } from "yaml";
import { entrain } from "../support/command-line.ts";
import { smallProfile } from "../support/profiles.ts";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "entrain-report-"));
  writeFileSync(join(folder, "profile.yaml"), stringify(smallProfile()));
  writeFileSync(
    join(folder, "experiment.yaml"),
    `
title: A ring of four <b>transmons</b>
device: { profile: ./profile.yaml }
protocol:
  kind: onset
  gain_rate: 2pi*1.2 MHz
  loss_rate: 2pi*1.2 MHz
  exchange: { from: 14 MHz, to: 20 MHz, points: 4 }
  settle: 1.2 us
  evolve: 1 us
shots: 500
`,
  );
  for (const seed of [1, 2]) {
    const text = readFileSync(join(folder, "experiment.yaml"), "utf8");
    writeFileSync(join(folder, `seed-${seed}.yaml`), `${text}seed: ${seed}\n`);
    expect(entrain(["run", `seed-${seed}.yaml`], { cwd: folder }).status).toBe(0);
  }
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("run leaves its report beside the records and says where", () => {
  const { status, stdout } = entrain(["run", "seed-1.yaml", "--store", "other"], { cwd: folder });
  expect(status).toBe(0);
  expect(stdout).toContain("report: other/runs/run-000001/report.html");
  expect(existsSync(join(folder, "other/runs/run-000001/report.html"))).toBe(true);
});

test("report: one page, every figure, the same bytes each time, and no markup from the title", () => {
  for (const name of ["a.html", "b.html"]) {
    expect(entrain(["report", "2", "--out", name], { cwd: folder }).status).toBe(0);
  }
  const page = readFileSync(join(folder, "a.html"), "utf8");
  expect(page).toBe(readFileSync(join(folder, "b.html"), "utf8"));
  for (const figure of [1, 2, 3, 4, 5, 6]) expect(page).toContain(`Figure ${figure}.`);
  expect(page).toContain("A ring of four &lt;b&gt;transmons&lt;/b&gt;");
  expect(page).not.toContain("<b>transmons");
  // Assumptions with their sources, and the plain statement that this is emulated.
  expect(page).toContain("relaxation_ratio_21");
  expect(page).toMatch(/emulated/i);
});

test("runs: newest first, and filters", () => {
  const list = (args: string[]) =>
    JSON.parse(entrain(["runs", "--json", ...args], { cwd: folder }).stdout) as {
      runs: { id: string }[];
      source: string;
    };
  const all = list([]);
  expect(all.source).toBe("index");
  expect(all.runs.map((run) => run.id)).toEqual(["run-000002", "run-000001"]);
  expect(list(["--limit", "1"]).runs.map((run) => run.id)).toEqual(["run-000002"]);
  expect(list(["--title", "NO SUCH"]).runs).toEqual([]);
  expect(list(["--outcome", "inconsistent"]).runs).toEqual([]);
});

test("what cannot be done is refused with the reason", () => {
  const refused = (args: string[]) => {
    const { status, stdout } = entrain([...args, "--json"], { cwd: folder });
    return { status, error: (JSON.parse(stdout) as { error: Record<string, unknown> }).error };
  };
  expect(refused(["report", "77", "--out", "x.html"])).toMatchObject({
    status: 2,
    error: { code: "store.no_run", found: "77" },
  });
  expect(existsSync(join(folder, "x.html"))).toBe(false);
  expect(refused(["report", "1", "--out", "no/such/folder/x.html"])).toMatchObject({
    status: 2,
    error: { code: "file.unwritable" },
  });
  expect(refused(["runs", "--since", "yesterday"])).toMatchObject({ status: 2, error: { path: "--since" } });
  expect(refused(["runs", "--limit", "0"])).toMatchObject({ status: 2, error: { path: "--limit" } });
  expect(refused(["frobnicate"])).toMatchObject({ status: 2, error: { code: "cli.usage" } });
});
