import { describe, expect, test } from "vitest";
import { fitLifetime } from "#analysis/lifetime";
import { riceExpectation } from "#analysis/rice";
import { createRandom } from "#core/random";
import { longReset, prepareExample, runAndJudge } from "../support/experiments.ts";

describe("the fit of a decay", () => {
  const times = Array.from({ length: 9 }, (_, k) => 0.2 + 0.3 * k);

  test("finds the time constant of an exponential", () => {
    const fit = fitLifetime(
      times.map((time) => ({
        time,
        value: 0.002 * riceExpectation((0.4 * Math.exp(-time / 0.9)) / 0.002),
        error: 0.002,
      })),
    )!;
    expect(fit.value).toBeCloseTo(0.9, 5);
  });

  test("with the error that repetition shows", () => {
    const random = createRandom(8);
    const fits = Array.from({ length: 300 }, () =>
      fitLifetime(
        times.map((time) => ({
          time,
          value: 0.4 * Math.exp(-time / 0.9) + 0.004 * random.normal(),
          error: 0.004,
        })),
      ),
    );
    const pulls = fits.map((fit) => (fit!.value - 0.9) / fit!.error);
    const spread = Math.sqrt(pulls.reduce((sum, x) => sum + x * x, 0) / pulls.length);
    expect(spread).toBeGreaterThan(0.85);
    expect(spread).toBeLessThan(1.2);
  });

  test("finds none where nothing decays, or nothing is seen", () => {
    expect(fitLifetime(times.map((time) => ({ time, value: 0.1 + 0.01 * time, error: 0.001 })))).toBeNull();
    expect(fitLifetime(times.map((time) => ({ time, value: 0.001, error: 0.01 })))).toBeNull();
  });
});

const prepared = prepareExample(
  "transmon-lifetime",
  {
    shots: 4000,
    protocol: { delay: { from: "40 ns", to: "280 ns", points: 5 } },
  },
  longReset,
);
const { text } = prepared.designed.program;

test("one site alone decays as its rates say: half of all that leaves levels 0 and 1, and pure dephasing", () => {
  const { gain, channels } = prepared.designed.bench.network({ tones: "both", exchange_hz: 0 }).sites[0]!;
  const rate =
    (gain + channels.heating01 + channels.relaxation10 + channels.heating12 + channels.dephasing) / 2;
  const predicted = prepared.plan.prediction.results.find(({ id }) => id === "lifetime_1_s")!.value!;
  // The pulse leaves a little coherence of 1↔2, which beats against it at K: 3 %.
  expect(Math.abs(predicted * rate - 1)).toBeLessThan(0.03);
});

test("the plan says what a few sites cannot show", () => {
  expect(prepared.plan.findings.find(({ code }) => code === "T17")?.message).toMatch(/3 sites/);
  expect(prepared.plan.analysis.free_phase).toBe(false);
  expect(prepared.plan.analysis.groups).toEqual([["q0", "q1", "q2"]]);
});

test("the untouched program is consistent, run after run", async () => {
  const p: number[] = [];
  let alarms = 0;
  for (let seed = 1; seed <= 6; seed++) {
    const { verdict } = await runAndJudge(prepared, text, seed);
    if (verdict.outcome !== "consistent") alarms++;
    p.push(verdict.tests[0]!.p_value);
  }
  expect(alarms).toBeLessThanOrEqual(1);
  // P-values spread over the unit interval: 1σ of the mean of six is 0.12.
  const mean = p.reduce((sum, x) => sum + x, 0) / p.length;
  expect(mean).toBeGreaterThan(0.15);
  expect(mean).toBeLessThan(0.9);
}, 60000);

const sabotage: Record<string, () => string> = {
  "one coupler never on": () => text.replaceAll(/\n.*play\(q1__q2_j.*/g, ""),
  "exchange stronger by √2": () =>
    text.replaceAll(
      /(play\(q\d__q\d_j, constant\()([\d.]+)/g,
      (_, head: string, a: string) => `${head}${Number(a) * Math.SQRT2}`,
    ),
  "no seed on the middle site": () => {
    // The seed follows the settling; the settings' pulses come after the branches.
    const [before, after] = [
      text.slice(0, text.indexOf("i_setting == 0")),
      text.slice(text.indexOf("i_setting == 0")),
    ];
    return before.replaceAll(/\n *play\(q1_f01, gaussian.*/g, "") + after;
  },
  "gain weaker by √2 on one site": () =>
    text.replaceAll(
      /(play\(q2_gain, constant\()([\d.]+)/g,
      (_, head: string, a: string) => `${head}${Number(a) * Math.SQRT1_2}`,
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

test("sites that do not hang together are refused", () => {
  expect(() => prepareExample("transmon-lifetime", { device: { profile: "transmon-single" } })).toThrow(
    /grows site by site/,
  );
});
