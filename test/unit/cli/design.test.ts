import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { stringify } from "yaml";
import { runCommand } from "../../support/in-process.ts";
import { smallProfile } from "../../support/profiles.ts";

const folder = mkdtempSync(join(tmpdir(), "entrain-design-"));
afterAll(() => rmSync(folder, { recursive: true }));
const profile = join(folder, "square.yaml");
writeFileSync(profile, stringify(smallProfile()));

test("design FILE finds its profile beside it, and ends with 0", async () => {
  const file = join(folder, "wanted.yaml");
  writeFileSync(
    file,
    "device: { profile: ./square.yaml }\ntarget: { gain: 1, asymmetry: -150, coupling: 5 }\n",
  );
  const done = await runCommand("design", file, "--json");
  expect(done.status).toBe(0);
  const report = JSON.parse(done.stdout);
  expect(report).toMatchObject({
    feasible: true,
    goal: null,
    points: [{ role: "target", strategy: "natural" }],
  });
  expect(report.points[0].knobs.sites).toHaveLength(4);
  expect(report.points[0].knobs.bonds).toHaveLength(4);
  expect(report.points[0].achieved.asymmetry / -150).toBeCloseTo(1, 2);
});

test("design PROFILE with numbers; exit status 3 names what stands in the way", async () => {
  const done = await runCommand(
    "design",
    profile,
    "--asymmetry",
    "-5",
    "--coupling",
    "2",
    "--strategy",
    "natural",
  );
  expect(done.status).toBe(3);
  expect(done.stdout).toMatch(/✗.*\|K\|\/γ− that single-pole ancillas allow/);
  expect(done.stdout).toMatch(/Nearest feasible point .*changed: K\/γ−/);
  expect(done.stdout).toMatch(/Trotter/);
});

test("a bundled profile with a goal", async () => {
  const done = await runCommand("design", "square-3x3", "--goal", "synchronization");
  expect(done.status).toBe(0);
  expect(done.stdout).toMatch(/✓ .*V over its threshold/);
});

test("nothing to reach, and an unknown goal, are bad input", async () => {
  expect((await runCommand("design", "square-3x3")).status).toBe(2);
  const refused = await runCommand("design", "square-3x3", "--goal", "fame", "--json");
  expect(refused.status).toBe(2);
  expect(JSON.parse(refused.stdout).error.path).toBe("goal");
});

test("circuit parameters go through the whole design", async () => {
  const document = smallProfile() as { sites: Record<string, unknown>[] };
  const sites = document.sites.map(({ frequency: _f, anharmonicity: _a, ...site }) => ({
    ...site,
    circuit: { capacitance: "96.85 fF", critical_current: "30 nA" },
  }));
  const file = join(folder, "circuit.yaml");
  writeFileSync(file, stringify({ ...document, sites }));
  const done = await runCommand("design", file, "--goal", "synchronization", "--json");
  const [point] = JSON.parse(done.stdout).points;
  // E_C/h = 200 MHz, E_J/E_C = 74.5: α/E_C between −1.149 (50) and −1.096 (100).
  expect(point.achieved.asymmetry_hz / 200e6).toBeLessThan(-1.09);
  expect(point.achieved.asymmetry_hz / 200e6).toBeGreaterThan(-1.15);
  expect(readFileSync(file, "utf8")).toMatch(/critical_current/);
});
