import { describe, expect, test } from "vitest";
import { ladderPopulations } from "#analysis/rates";
import { expm } from "#core/expm";
import { parseTransmonProfile } from "#devices/transmon/schema";
import { prepareExample, retuned, runAndJudge } from "../support/experiments.ts";

const prepared = prepareExample("transmon-dissipator");
const { text } = prepared.designed.program;
const result = (id: string) =>
  prepared.plan.prediction.results.find((entry) => entry.id === `q0_${id}_per_s`)!.value!;

test("the closed form of a driven ladder is the exponential of its rate matrix", () => {
  const [up01, down10, up12, down21] = [1.3, 0.2, 0.07, 2.1];
  const start = [0.6, 0.1] as const;
  for (const t of [0, 0.3, 2, 40]) {
    // Columns: from level 0, 1, 2.
    const generator = Float64Array.of(-up01, down10, 0, up01, -down10 - up12, down21, 0, up12, -down21);
    const e = expm(
      generator.map((x) => x * t),
      3,
    );
    const from = [start[0], 1 - start[0] - start[1], start[1]];
    const level = (row: number) => from.reduce((sum, p, k) => sum + e[3 * row + k]! * p, 0);
    const [p0, p2] = ladderPopulations({ up01, down10, up12, down21 }, start, t);
    expect(p0).toBeCloseTo(level(0), 12);
    expect(p2).toBeCloseTo(level(2), 12);
  }
});

describe("the fit of the predicted curves", () => {
  const { assumptions, sites } = parseTransmonProfile(prepared.designed.profile);
  const { asymmetry } = prepared.designed.bench.network({ tones: "both", exchange_hz: 0 }).sites[0]!;
  const gamma = { plus: 2 * Math.PI * 0.8e6, minus: 2 * Math.PI * 1.6e6 };
  // transmon.md A4.3: L(κ) = (κ/2)²/(K² + (κ/2)²), κ/2π = 16 MHz here.
  const half = Math.PI * 16e6;
  const leak = half ** 2 / (asymmetry ** 2 + half ** 2);

  test("finds γ₊ and γ₋ as they were asked for, to the half per cent that light shifts leave", () => {
    expect(Math.abs(result("gain") / gamma.plus - 1)).toBeLessThan(0.005);
    expect(Math.abs(result("loss") / gamma.minus - 1)).toBeLessThan(0.005);
  });

  test("finds 1/T1 of the profile", () => {
    expect(Math.abs(result("relaxation") * sites[0]!.t1_s - 1)).toBeLessThan(0.01);
  });

  test("finds the leakage of transmon.md A4.3 and A4.4: ((n+1)/n)·L·γ₊ + n_th γ₋ up, (n/(n+1))·L·γ₋ + n_th γ₊ down", () => {
    const up = 2 * leak * gamma.plus + assumptions.loss_ancilla_thermal_population.value * gamma.minus;
    const down = (leak * gamma.minus) / 2 + assumptions.gain_ancilla_thermal_population.value * gamma.plus;
    expect(Math.abs(result("leak_up") / up - 1)).toBeLessThan(0.05);
    expect(Math.abs(result("leak_down") / down - 1)).toBeLessThan(0.15);
  });
});

test("the untouched program is consistent, and the measured rates lie within 4σ of the predicted ones", async () => {
  const { verdict, estimates } = await runAndJudge(prepared, text, 1);
  expect(verdict.outcome).toBe("consistent");
  expect(verdict.synchronized).toBeNull();
  for (const { id, measured } of estimates.results) {
    const expected = prepared.plan.prediction.results.find((entry) => entry.id === id)!.value!;
    expect(Math.abs(measured!.value - expected)).toBeLessThan(4 * measured!.error);
    expect(measured!.error).toBeGreaterThan(0);
  }
});

test("the errors are those of repeated runs", async () => {
  const pulls: number[] = [];
  for (let seed = 50; seed < 80; seed++) {
    const { estimates } = await runAndJudge(prepared, text, seed);
    for (const { id } of prepared.plan.prediction.results) {
      const { value, error } = estimates.results.find((entry) => entry.id === id)!.measured!;
      pulls.push((value - prepared.plan.prediction.results.find((entry) => entry.id === id)!.value!) / error);
    }
  }
  const deviation = Math.sqrt(pulls.reduce((sum, x) => sum + x * x, 0) / pulls.length);
  // 150 pulls of five rates: 1σ of their standard deviation is about 1/√300 = 0.06.
  expect(deviation).toBeGreaterThan(0.75);
  expect(deviation).toBeLessThan(1.25);
}, 30000);

const sabotage: Record<string, () => string> = {
  "gain tone below its ancilla instead of above": () => retuned(text, "q0_gain", (f) => 2 * 6.2e9 - f),
  "gain weaker by 10 %": () =>
    text.replaceAll(
      /(play\(q0_gain, constant\()([\d.]+)/g,
      (_, head: string, a: string) => `${head}${Number(a) * 0.9}`,
    ),
  "loss stronger by √2": () =>
    text.replaceAll(
      /(play\(q0_loss, constant\()([\d.]+)/g,
      (_, head: string, a: string) => `${head}${Number(a) * Math.SQRT2}`,
    ),
  "loss tone a linewidth off": () => retuned(text, "q0_loss", (f) => f + 16e6),
  "0↔1 drive ÷ 2π": () => retuned(text, "q0_f01", (f) => f / (2 * Math.PI)),
  "1↔2 drive at f01": () =>
    retuned(text, "q0_f12", () => Number(/frame q0_f01 = newframe\(\w+, ([-\d.e+]+)/.exec(text)![1])),
  "tones longer by a tenth": () =>
    text.replaceAll(
      /(play\(q0_(?:gain|loss), constant\([-\d.]+), (\d+)ns/g,
      (_, head: string, ns: string) => `${head}, ${Math.round(Number(ns) * 0.275) * 4}ns`,
    ),
};

describe.each(Object.keys(sabotage))("%s", (name) => {
  test("turns the verdict negative", async () => {
    const tampered = sabotage[name]!();
    expect(tampered).not.toBe(text);
    const { verdict } = await runAndJudge(prepared, tampered, 1);
    expect(verdict.outcome).toBe("inconsistent");
    expect(verdict.p_value).toBeLessThan(1e-4);
  });
});
