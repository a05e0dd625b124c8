import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as h5 from "h5wasm/node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { levelsOf } from "#ir/record";
import { loadHdf5 } from "#store/data-files/hdf5-file";
import { RunStore } from "#store/run-store";
import { runCommand } from "../support/in-process.ts";
import { smallProfile } from "../support/profiles.ts";

const folder = mkdtempSync(join(tmpdir(), "entrain-data-"));
const at = (name: string) => join(folder, name);
const [experiment, store, exported] = [at("experiment.yaml"), at("store"), at("run.h5")];
const text = (profile: string, changes = "") => `
title: data files
device: { profile: ${profile}${changes} }
protocol:
  kind: onset
  gain_rate: 2pi*1.2 MHz
  loss_rate: 2pi*1.2 MHz
  exchange: { values: [15 MHz, 17.2 MHz, 20 MHz] }
  settle: 0.8 us
  evolve: 1 us
shots: 600
seed: 11
`;

interface Answer {
  readonly verdict: { readonly outcome: string; readonly p_value: number };
  readonly estimates: unknown;
  readonly shots: number;
  readonly error: { readonly code: string; readonly path: string };
}
const entrain = async (...args: string[]) => {
  const { status, stdout } = await runCommand("--store", store, ...args, "--json");
  return { status, answer: JSON.parse(stdout) as Answer };
};

let run: Awaited<ReturnType<typeof entrain>>;
beforeAll(async () => {
  await loadHdf5();
  writeFileSync(at("profile.yaml"), stringify(smallProfile()));
  writeFileSync(experiment, text("./profile.yaml"));
  run = await entrain("run", experiment);
  expect((await entrain("export", "latest", "--out", exported)).status).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("validate", () => {
  test("an exported run: the run's own verdict, with or without the experiment", async () => {
    expect(run.status).toBe(0);
    const alone = await entrain("validate", exported);
    expect(alone.status).toBe(0);
    expect(alone.answer.verdict).toEqual(run.answer.verdict);
    expect(alone.answer.estimates).toEqual(run.answer.estimates);
    const against = await entrain("validate", exported, "--against", experiment);
    expect(against.answer.verdict).toEqual(run.answer.verdict);
  });

  test("CSV of the same shots: the same verdict, a page and its figures", async () => {
    const sites = ["q0", "q1", "q3", "q4"];
    const settings = ["X01/2", "Y01/2", "X12/2", "Y12/2"];
    const lines = RunStore.open(store)
      .readRecords("run-000001")
      .flatMap((record) => {
        const levels = levelsOf(record);
        const head = `${[15, 17.2, 20][record.point.exchange!]},${settings[record.point.setting!]}`;
        return Array.from(
          { length: record.shots },
          (_, k) => `${head},${levels.subarray(4 * k, 4 * k + 4).join(",")}`,
        );
      });
    writeFileSync(at("data.csv"), [`J_MHz,basis,${sites.join(",")}`, ...lines].join("\n"));
    writeFileSync(
      at("mapping.yaml"),
      stringify({
        format: "csv",
        axes: { exchange: { column: "J_MHz", unit: "MHz" } },
        setting: { column: "basis" },
        sites: Object.fromEntries(sites.map((id) => [id, { column: id }])),
      }),
    );
    const page = at("report.html");
    const csv = await entrain(
      ...["validate", at("data.csv"), "--against", experiment, "--mapping", at("mapping.yaml")],
      ...["--out", page, "--figures", at("figures")],
    );
    expect(csv.answer.verdict).toEqual(run.answer.verdict);
    const html = readFileSync(page, "utf8");
    expect(html).toContain("Data from a file.");
    expect(html).toContain("data.csv");
    expect(html).not.toContain("Emulated data");
    const figures = readdirSync(at("figures"));
    expect(figures).toContain("1-order-parameter-against-exchange.svg");
    expect(figures.filter((name) => name.endsWith(".png")).length).toBe(figures.length / 2);
    expect(
      readFileSync(join(at("figures"), figures.find((name) => name.endsWith(".png"))!)).subarray(1, 4),
    ).toEqual(Buffer.from("PNG"));
  });

  test("data with levels 1 and 2 of one site exchanged: status 5", async () => {
    const source = new h5.File(exported, "r");
    const levels = (source.get("levels") as h5.Dataset).value as Uint8Array;
    source.close();
    const path = at("exchanged.h5");
    const file = new h5.File(path, "w");
    const swapped = levels.map((level, k) => (k % 4 === 2 && level > 0 ? 3 - level : level));
    const dataset = file.create_dataset({ name: "levels", data: swapped, shape: [3, 4, 600, 4] });
    dataset.create_attribute("_ARRAY_DIMENSIONS", ["exchange", "setting", "shot", "site"]);
    const axis = file.create_dataset({ name: "exchange", data: Float64Array.of(15, 17.2, 20) });
    axis.create_attribute("units", "MHz");
    file.create_dataset({ name: "setting", data: ["X01/2", "Y01/2", "X12/2", "Y12/2"] });
    file.create_dataset({ name: "site", data: ["q0", "q1", "q3", "q4"] });
    file.close();
    const { status, answer } = await entrain("validate", path, "--against", experiment);
    expect([status, answer.verdict.outcome, answer.shots]).toEqual([5, "inconsistent", 600]);
  });

  test("what it cannot use: status 2, with the place", async () => {
    const refused = async (...args: string[]) => {
      const { status, answer } = await entrain("validate", ...args);
      expect(status).toBe(2);
      return [answer.error.code, answer.error.path.replace(folder, "")];
    };
    expect(await refused(at("none.h5"))).toEqual(["file.not_found", "/none.h5"]);
    expect(await refused("run-000009")).toEqual(["store.no_run", "run"]);
    expect(await refused(at("data.csv"), "--against", experiment)).toEqual(["data.mapping", "/data.csv"]);
    expect(await refused(at("exchanged.h5"))).toEqual(["cli.usage", "--against"]);
    // The same device with other assumptions is another profile.
    writeFileSync(at("t1.yaml"), text("./profile.yaml", ", assume: { pulse_duration: 44 ns }"));
    expect(await refused(exported, "--against", at("t1.yaml"))).toEqual([
      "data.profile",
      "/run.h5:/@profile_sha256",
    ]);
    writeFileSync(at("other.yaml"), text("./profile.yaml").replace("17.2 MHz", "17.3 MHz"));
    expect(await refused(exported, "--against", at("other.yaml"))).toEqual([
      "data.axis",
      "/run.h5:/exchange[1]",
    ]);
    writeFileSync(at("cut.h5"), readFileSync(exported).subarray(0, 20_000));
    expect(await refused(at("cut.h5"))).toEqual(["data.truncated", "/cut.h5"]);
    expect(RunStore.open(store).ids()).toEqual(["run-000001"]);
  });
});
