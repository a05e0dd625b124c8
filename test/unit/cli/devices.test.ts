import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { parse } from "yaml";
import { parseTransmonProfile } from "#devices/transmon/schema";
import { runCommand } from "../../support/in-process.ts";

const folder = mkdtempSync(join(tmpdir(), "entrain-devices-"));
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string, text: string) => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const sites = file(
  "My Lattice.csv",
  `# "two" of them
site,frequency_GHz,anharmonicity_MHz,T1_us,T2_us,readout_duration_ns,p(0|1),p(1|0),note
q1,4.812,-204,82,61,900,0.02,0.01,"worst, ""noisy"""
q2,4.655,-201,75,70,900,0.025,0.012,
`,
);
const pairs = file("pairs.csv", "site_a,site_b\nq1,q2\n");

test("devices import csv writes a profile that can be read again", async () => {
  const out = join(folder, "lattice.yaml");
  const done = await runCommand("devices", "import", "csv", sites, "--couplings", pairs, "--out", out);
  expect(done).toMatchObject({ status: 0, stdout: "" });
  expect(done.stderr).toMatch(/2 sites, 1 bonds/);
  const profile = parseTransmonProfile(parse(readFileSync(out, "utf8")));
  expect(profile.name).toBe("my-lattice");
  expect(profile.bonds).toEqual([["q1", "q2"]]);
  expect(profile.sites[1]!.frequency_hz).toBe(4.655e9);
  expect(profile.provenance[0]!.source).toBe("My Lattice.csv, pairs.csv");
  expect((await runCommand("devices", out)).stdout).toMatch(/2 sites: q1 q2/);
});

test("faults are told with file, line and column; exit status 2", async () => {
  const bad = file("bad.csv", readFileSync(sites, "utf8").replace("-201", "minus"));
  const refused = await runCommand("devices", "import", "csv", bad, "--json");
  expect(refused.status).toBe(2);
  expect(JSON.parse(refused.stdout).error.problems[0]).toMatchObject({
    path: 'bad.csv line 4, column "anharmonicity_MHz"',
    found: "minus",
  });
  const torn = file("torn.csv", readFileSync(sites, "utf8").replace('noisy"""', "noisy"));
  const broken = await runCommand("devices", "import", "csv", torn);
  expect(broken.status).toBe(2);
  expect(broken.stderr).toMatch(/import\.csv[\s\S]*torn\.csv line/);
});

test("options of the other kind, and unknown kinds, are refused", async () => {
  for (const args of [
    ["csv", sites, "--select", "1"],
    ["ibm", sites, "--couplings", pairs],
    ["touchstone", sites],
  ]) {
    expect((await runCommand("devices", "import", ...args)).status).toBe(2);
  }
});
