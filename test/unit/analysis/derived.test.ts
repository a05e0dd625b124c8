import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Derived, deriveQuantities } from "#analysis/derived";
import { fullTurn } from "#core/units";
import { RunStore } from "#store/run-store";
import { runCommand } from "../../support/in-process.ts";
import { refusal } from "../../support/refusal.ts";
import { syntheticRun } from "../report/synthetic-run.ts";
import { keepSample, sample } from "../store/temporary-store.ts";

test("`derive` tells states and pairs of a kept run, as its closed form has them", async () => {
  const folder = mkdtempSync(join(tmpdir(), "entrain-derive-"));
  try {
    const store = RunStore.open(folder);
    const { id } = keepSample(store);
    // In another order than the plan's.
    for (const record of sample.records.toReversed()) store.appendRecord(id, record);
    store.close();
    const { status, stdout } = await runCommand("derive", "latest", "--json", "--store", folder);
    expect(status).toBe(0);
    const { states, pairs, rotations } = JSON.parse(stdout) as Derived;
    expect([states.length, pairs.length, rotations]).toEqual([3 * 9, 3 * 2, []]);
    const { series, amplitudes } = sample.plan.prediction;
    const populations = [0, 1, 2].map((level) => series.find(({ id: name }) => name === `p${level}`)!.values);
    for (const k of [0, 1, 2]) {
      const at = states.filter(({ point }) => point.exchange === k);
      for (const level of [0, 1, 2]) {
        for (const way of ["linear", "likelihood"] as const) {
          const mean = at.reduce((sum, state) => sum + state[way].populations[level]!, 0) / 9;
          // 800 shots a site, a few of them on the outer levels: 1σ of the mean of nine sites is below 0.006.
          expect(Math.abs(mean - populations[level]![k]!)).toBeLessThan(0.024);
        }
      }
      // Four settings leave ρ02 open, and with it the smallest eigenvalue of the inversion.
      for (const state of at) {
        expect([state.determined, state.chi_squared.degrees_of_freedom]).toEqual([6, 2]);
        expect([state.linear.smallest_eigenvalue, state.likelihood.coherences]).toEqual([null, null]);
        expect(Math.min(...state.likelihood.populations)).toBeGreaterThan(-1e-9);
      }
      // ρ01 is ⟨S⁺⟩/(2√2) in this closed form.
      let expected = 0;
      amplitudes![k]!.forEach((a, i) => {
        amplitudes![k]!.forEach((b, j) => {
          if (i !== j) expected += (a.re * b.re + a.im * b.im) / 8 / 72;
        });
      });
      for (const transition of ["01", "12"]) {
        const found = pairs.find((entry) => entry.point.exchange === k && entry.transition === transition)!;
        expect(Math.abs(found.mean.value - expected)).toBeLessThan(4 * found.mean.error);
        expect(found.frame_spread_rad).toBe(0);
        // In phase, and alternating along either direction and along both.
        expect(found.structure.map(({ wave_vector }) => wave_vector)).toEqual([
          [0, 0],
          [0, Math.PI],
          [Math.PI, 0],
          [Math.PI, Math.PI],
        ]);
        expect(found.structure[0]!.value.value).toBeCloseTo(8 * found.mean.value, 9);
      }
    }
    const last = pairs.find(({ point, transition }) => point.exchange === 2 && transition === "01")!;
    expect(last.mean.value).toBeGreaterThan(4 * last.mean.error);
    const shown = await runCommand("derive", "latest", "--store", folder);
    expect(shown.stdout).toMatch(
      /States.*\n.*inversion.*most likely[\s\S]*Pairs in the same shots[\s\S]*S\(0\)/,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("rotation frequencies of sites, and their differences along bonds, for each value of the other axes", () => {
  const { plan, records } = syntheticRun({ shots: 10, points: 2 });
  const times = [0, 1, 2, 3].map((k) => k * 1e-6);
  const axes = [
    { name: "size", title: "N", unit: "", values: [1, 2], labels: ["1", "2"] },
    { name: "delay", title: "Delay", unit: "s", values: times, labels: null },
  ] as unknown as typeof plan.axes;
  const frequency = (size: number, site: number) => 1e4 * (size + 1) + 2e3 * site;
  const measured = (value: number) => ({ value, error: 0.01 });
  const amplitudes = [0, 1].flatMap((size) =>
    times.map((t) =>
      [0, 1, 2].map((site) => {
        const phase = site + fullTurn * frequency(size, site) * t;
        return { re: measured(0.5 * Math.cos(phase)), im: measured(0.5 * Math.sin(phase)) };
      }),
    ),
  );
  const cells = amplitudes.map(() => plan.measurement.settings.map(() => [0, 1, 2].map(() => [1, 8, 1])));
  const sites = plan.measurement.sites
    .slice(0, 3)
    .map((site) => ({ ...site, frame01_rad: cells.map(() => 0), frame12_rad: cells.map(() => 0) }));
  const small = {
    ...plan,
    axes,
    measurement: { ...plan.measurement, sites },
    sites: plan.sites.slice(0, 3),
    bonds: [["q0", "q1"]] as [string, string][],
    analysis: { ...plan.analysis, series: [], groups: [["q0"], ["q1"], ["q2"]] },
  };
  const estimates = { series: [], results: [], amplitudes };
  const { rotations, differences } = deriveQuantities(small, estimates, { counts: cells, shots: 10 }, []);
  expect(rotations.map(({ of, at }) => [of, at.size])).toEqual(
    [0, 1].flatMap((size) => ["q0", "q1", "q2"].map((of) => [of, size])),
  );
  rotations.forEach(({ frequency_hz, unambiguous_hz }, k) => {
    expect(frequency_hz.value / frequency(Math.floor(k / 3), k % 3)).toBeCloseTo(1, 9);
    expect(unambiguous_hz).toBeCloseTo(5e5, 3);
  });
  // ω_A − ω_B; errors 0.02 rad each.
  expect(differences.map(({ of }) => of)).toEqual(["q0 − q1", "q0 − q1"]);
  for (const { frequency_hz } of differences) {
    expect(frequency_hz.value / -2e3).toBeCloseTo(1, 9);
    expect(frequency_hz.error / ((Math.SQRT2 * 0.02) / fullTurn / Math.sqrt(5e-12))).toBeCloseTo(1, 6);
  }
  const bits = { ...small, measurement: { ...small.measurement, observables: [] } };
  expect(refusal(() => deriveQuantities(bits, estimates, { counts: cells, shots: 10 }, records)).code).toBe(
    "derive.bits",
  );
});
