import { describe, expect, test } from "vitest";
import { uncoupledState } from "#model/evolution";
import { createCoupling } from "#model/network";
import { bosonLadder, noChannels, type Oscillator, spinOneLadder } from "#model/oscillator";
import { evolveArray, uncorrelatedState } from "#simulators/index";
import { longReset, prepareExample, retuned, runAndJudge } from "../support/experiments.ts";

/**
 * transmon.md F: N = 2, direct coupling J, K = −30, γ₊ = 0.5, γ₋ = 1; δ → |⟨A†₁A₂⟩| and its phase where it is given.
 */
const reference = {
  spin: [
    [0, 0.132, null],
    [-15, 0.175, null],
    [-28, 0.509, null],
    [-30, 0.299, -80],
    [-32, 0.436, -158],
  ],
  boson: [
    [0, 0.092, null],
    [-15, 0.122, null],
    [-28, 0.357, null],
    [-30, 0.213, -82],
    [-32, 0.311, null],
  ],
} as const;

describe("the master equation of two sites", () => {
  const correlationAt = (ladder: readonly [number, number], exchange: number, detuning: number) => {
    const site = (sign: number): Oscillator => ({
      gain: 0.5,
      loss: 1,
      asymmetry: -30,
      detuning: (sign * detuning) / 2,
      ladder,
      channels: noChannels,
    });
    const sites = [site(1), site(-1)];
    const network = { sites, coupling: createCoupling(2, [{ i: 0, j: 1, re: exchange, im: 0 }]) };
    const state = evolveArray(uncorrelatedState(uncoupledState(sites)), network, 40, 1e-9);
    if (state.kind !== "exact") throw new Error("two sites are not exact");
    const { rho } = state.clusters[0]!.joint;
    // Tr[ρA†₁A₂] = Σ a_{r+1} a_c ρ[(r, c), (r+1, c−1)], r and c the levels of the first and second site.
    let [re, im] = [0, 0];
    for (const r of [0, 1] as const) {
      for (const c of [1, 2] as const) {
        const weight = ladder[r] * ladder[(c - 1) as 0 | 1];
        const at = 2 * ((3 * r + c) * 9 + 3 * (r + 1) + c - 1);
        re += weight * rho[at]!;
        im += weight * rho[at + 1]!;
      }
    }
    return { size: Math.hypot(re, im), phase: (Math.atan2(im, re) * 180) / Math.PI };
  };
  const cases = [
    ["spin 1, J = 0.5", spinOneLadder, 0.5, reference.spin],
    ["boson, J = 0.7", bosonLadder(1), 0.7, reference.boson],
  ] as const;
  test.each(cases)("%s gives the correlations of transmon.md F", (_, ladder, exchange, rows) => {
    for (const [detuning, size, phase] of rows) {
      const found = correlationAt(ladder, exchange, detuning);
      expect(Math.abs(found.size - size)).toBeLessThan(6e-4);
      if (phase !== null) expect(Math.abs(Math.abs(found.phase) - Math.abs(phase))).toBeLessThan(0.6);
    }
  });
});

// γ₋ = |α|/30 for the site that is doubly excited at negative δ, q1; J = 0.7 γ₋.
const loss = 6.7;
const protocol = (detuning: { from: number; to: number; points: number }) => ({
  gain_rate: `2pi*${loss / 2} MHz`,
  loss_rate: `2pi*${loss} MHz`,
  exchange: `${0.7 * loss} MHz`,
  detuning: { from: `${detuning.from} MHz`, to: `${detuning.to} MHz`, points: detuning.points },
});
const quiet = {
  thermal_population: 0,
  gain_ancilla_thermal_population: 0,
  loss_ancilla_thermal_population: 0,
};

describe("the predicted measurement", () => {
  test.each([
    [{ from: -15 * loss, to: 0, points: 2 }, [0.122, 0.092]],
    [{ from: -32 * loss, to: -28 * loss, points: 3 }, [0.311, 0.213, 0.357]],
  ])("of a real pair at %o comes near transmon.md F", (detuning, expected) => {
    const { plan } = prepareExample("transmon-blockade", { protocol: protocol(detuning) }, quiet);
    const { values, phases } = plan.prediction.series.find(({ id }) => id === "correlation")!;
    // 1.2 % of leakage and the light shifts of the tones are what the ideal pair has not.
    for (const [k, value] of values.entries()) expect(Math.abs(value - expected[k]!)).toBeLessThan(0.035);
    if (expected.length === 3) expect(Math.abs((phases![1]! * 180) / Math.PI)).toBeGreaterThan(60);
    if (expected.length === 3) expect(Math.abs((phases![1]! * 180) / Math.PI)).toBeLessThan(105);
  });
});

const prepared = prepareExample(
  "transmon-blockade",
  {
    shots: 2000,
    protocol: { detuning: { from: "-240 MHz", to: "240 MHz", points: 9 } },
  },
  longReset,
);
const { text } = prepared.designed.program;

test("the untouched program is consistent", async () => {
  let alarms = 0;
  for (let seed = 1; seed <= 6; seed++) {
    const { verdict, notes } = await runAndJudge(prepared, text, seed);
    if (verdict.outcome !== "consistent") alarms++;
    expect(notes).toEqual([]);
  }
  // 1 % of 6 is 0.06; P(2 or more) = 0.15 % for a binomial.
  expect(alarms).toBeLessThanOrEqual(1);
}, 60000);

const sabotage: Record<string, () => string> = {
  "the coupler off": () => text.replaceAll(/\n.*play\(q0__q1_j.*/g, ""),
  "exchange of the other sign": () => text.replaceAll(/(play\(q0__q1_j, constant\()([\d.])/g, "$1-$2"),
  "exchange weaker by √2": () =>
    text.replaceAll(
      /(play\(q0__q1_j, constant\()([\d.]+)/g,
      (_, head: string, a: string) => `${head}${Number(a) * Math.SQRT1_2}`,
    ),
  "flux pulses of the two sites exchanged": () =>
    text
      .replace("flux_q0 =", "flux_swap =")
      .replace("flux_q1 =", "flux_q0 =")
      .replace("flux_swap =", "flux_q1 ="),
  "flux pulses left out": () => text.replaceAll(/\n.*play\(q0_z.*/g, ""),
  "detuning smaller by a tenth": () =>
    text.replace(
      /(flux_q1 = \{)([^}]*)/,
      (_, head: string, list: string) =>
        head +
        list
          .split(",")
          .map((a) => String(Number(a) * 0.9))
          .join(", "),
    ),
  "one gain tone at the wrong side": () => retuned(text, "q0_gain_8", (f) => 2 * 6.2e9 - f),
  "1↔2 drive at f01 − α": () => {
    const f01 = Number(/frame q1_f01 = newframe\(\w+, ([-\d.e+]+)/.exec(text)![1]);
    return retuned(text, "q1_f12", (f) => 2 * f01 - f);
  },
  "coupling twice as long": () =>
    text.replaceAll(/(play\(q0__q1_j, constant\([-\d.]+), 600ns/g, "$1, 1200ns"),
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

test("a device of another shape is refused", () => {
  expect(() => prepareExample("transmon-blockade", { device: { profile: "transmon-chain-3" } })).toThrow(
    /two coupled sites/,
  );
});

describe("other stacks", () => {
  const settingsOf = (target: string, points: number) =>
    prepareExample("transmon-blockade", {
      target,
      shots: 100,
      protocol: { detuning: { from: "-200 MHz", to: "200 MHz", points } },
    });

  test("Q1ASM refuses more detunings than a module has sequencers, and says which", () => {
    const found = settingsOf("qblox-q1asm", 9).plan.findings.filter(({ code }) => code === "C03");
    expect(found[0]?.severity).toBe("error");
    expect(found[0]?.message).toMatch(/q0_gain_0.*q0_gain_8/);
    // Two detunings: two gain frames on one output, the other site's on the next.
    expect(settingsOf("qblox-q1asm", 2).plan.findings.filter(({ code }) => code === "C03")).toEqual([]);
  });

  test("Q1ASM with few detunings runs on the emulator to the same verdict", async () => {
    const few = settingsOf("qblox-q1asm", 3);
    const { verdict } = await runAndJudge(few, few.designed.program.text, 1);
    expect(verdict.outcome).not.toBe("inconsistent");
  });
});
