import { describe, expect, test } from "vitest";
import { uncoupledState } from "#model/evolution";
import { createCoupling } from "#model/network";
import { bosonLadder, noChannels, type Oscillator } from "#model/oscillator";
import { evolveArray, integrate, networkRightHandSide, uncorrelatedState } from "#simulators/index";
import { longReset, prepareExample, retuned, runAndJudge } from "../support/experiments.ts";

describe("modulated couplers", () => {
  const site = (asymmetry: number): Oscillator => ({
    gain: 0.5,
    loss: 1,
    asymmetry,
    detuning: 0,
    ladder: bosonLadder(1),
    channels: noChannels,
  });
  const pair = (re: number) => createCoupling(2, [{ i: 0, j: 1, re, im: 0 }]);
  const alpha = -60;

  /** p₁₁ and |ρ_{11,20}| of a pair after a long time, averaged over a turn of the modulation. */
  function longTime(asymmetry: number, effective: number | null) {
    const sites = [site(asymmetry), site(asymmetry)];
    const rate = effective === null ? 0 : effective - alpha;
    const evolved = (state: ReturnType<typeof uncorrelatedState>, from: number, duration: number) => {
      const modulations = effective === null ? [] : [{ coupling: pair(0.8), rate, phase: rate * from }];
      return evolveArray(state, { sites, coupling: pair(0.4), modulations }, duration, 1e-9);
    };
    let state = evolved(uncorrelatedState(uncoupledState(sites)), 0, 13);
    let [p11, coherence] = [0, 0];
    const samples = 8;
    const pause = (2 * Math.PI) / 60 / samples;
    for (let k = 0; k < samples; k++) {
      state = evolved(state, 13 + k * pause, pause);
      if (state.kind !== "exact") throw new Error("two sites are not exact");
      const { rho } = state.clusters[0]!.joint;
      p11 += rho[2 * (4 * 9 + 4)]! / samples;
      coherence += Math.hypot(rho[2 * (4 * 9 + 6)]!, rho[2 * (4 * 9 + 6) + 1]!) / samples;
    }
    return { p11, coherence };
  }

  // transmon.md B2.1a: α = −60γ₋, J₀ = J₁/2 = 0.4 γ₋; p₁₁ and |ρ_{11,20}| of the modulated pair.
  test.each([
    [0, 0.35, 0.123],
    [-2, 0.704, 0.162],
    [3, 0.817, 0.141],
  ])("of two sites make K_eff = %d: the numbers of transmon.md B2", (effective, p11, coherence) => {
    const modulated = longTime(alpha, effective);
    const still = longTime(effective, null);
    expect(Math.abs(modulated.p11 - p11)).toBeLessThan(0.004);
    expect(Math.abs(modulated.coherence - coherence)).toBeLessThan(0.004);
    expect(Math.abs(still.p11 - modulated.p11)).toBeLessThan(0.006);
  });

  test("of many sites do what a constant K_eff does, in product states and in the frame of the modulation", () => {
    const count = 4;
    const ring = (re: number) =>
      createCoupling(
        count,
        [0, 1, 2, 3].map((i) => ({ i, j: (i + 1) % count, re, im: 0 })),
      );
    const evolved = (asymmetry: number, modulated: boolean) => {
      const sites = Array.from({ length: count }, () => ({ ...site(asymmetry), gain: 3 }));
      const x = uncoupledState(sites);
      for (let s = 0; s < count; s++) x.set([0.1 + 0.01 * s, 0, 0.05, 0], 8 * s + 2);
      const network = {
        sites,
        coupling: ring(0.5),
        modulations: modulated ? [{ coupling: ring(1), rate: 400, phase: 0 }] : [],
      };
      integrate(networkRightHandSide(network), 0, x, [4], (_, __, last) => x.set(last), { rtol: 1e-9 });
      return Array.from({ length: count }, (_, s) => ({
        p0: x[8 * s]!,
        p2: x[8 * s + 1]!,
        lower: Math.hypot(x[8 * s + 2]!, x[8 * s + 3]!),
        upper: Math.hypot(x[8 * s + 4]!, x[8 * s + 5]!),
        // ρ₁₂ turned into the frame in which K_eff = 0.
        angle: Math.atan2(x[8 * s + 5]!, x[8 * s + 4]!) - Math.atan2(x[8 * s + 3]!, x[8 * s + 2]!),
      }));
    };
    const modulated = evolved(-400, true);
    const still = evolved(0, false);
    modulated.forEach((a, s) => {
      const b = still[s]!;
      for (const key of ["p0", "p2", "lower", "upper"] as const) expect(a[key]).toBeCloseTo(b[key], 2);
      const turned = a.angle + 400 * 4 - b.angle;
      expect(Math.cos(turned)).toBeGreaterThan(0.98);
    });
    // Something is there to be compared.
    expect(still[0]!.lower).toBeGreaterThan(0.03);
  });
});

const prepared = prepareExample(
  "transmon-interference",
  {
    shots: 4000,
    protocol: { ratio: { from: 0.2, to: 5, points: 3 }, evolve: "1 us" },
  },
  longReset,
);
const { text } = prepared.designed.program;
const orderAt = (k: number) =>
  prepared.plan.prediction.series.find(({ id }) => id === "order_parameter")!.values[k]!;

test("nothing synchronizes where gain equals loss, and on both sides of it there is", () => {
  expect(orderAt(1)).toBeLessThan(0.01);
  expect(orderAt(0)).toBeGreaterThan(3 * orderAt(1));
  expect(orderAt(2)).toBeGreaterThan(0.05);
});

test("the untouched program is consistent", async () => {
  const { verdict } = await runAndJudge(prepared, text, 1);
  expect(verdict.outcome).toBe("consistent");
});

const modulatedFrame = /frame (q\d+__q\d+_j_m) = newframe\((\w+), ([\d.]+), 0\.0\)/g;

const sabotage: Record<string, (program: string) => string> = {
  "the modulation 1 MHz off": (t) =>
    t.replace(
      modulatedFrame,
      (_, id: string, port: string, hz: string) =>
        `frame ${id} = newframe(${port}, ${Number(hz) + 1e6}, 0.0)`,
    ),
  "no modulation": (t) => t.replace(/^.*play\(q\d+__q\d+_j_m,.*$\n/gm, ""),
  "the modulation at half its strength": (t) =>
    scaled(t, /(play\(q\d+__q\d+_j_m, constant\()([-\d.e]+)/g, 0.5),
  "no exchange beside the modulation": (t) => scaled(t, /(play\(q\d+__q\d+_j, constant\()([-\d.e]+)/g, 0),
  "the modulation a quarter turn late": (t) =>
    t.replace(/set_phase\((q\d+__q\d+_j_m), 0\.0\)/g, `set_phase($1, ${Math.PI / 2})`),
  "one coupler swinging against the others": (t) =>
    t.replace(/set_phase\((q3__q4_j_m), 0\.0\)/, `set_phase($1, ${Math.PI})`),
  "phases of the modulation not zeroed": (t) => t.replace(/^.*set_phase\(q\d+__q\d+_j_m, 0\.0\);\n/gm, ""),
  "one site's gain tone on its loss frequency": (t) => retuned(t, "q4_gain_2", (hz) => hz - 30e6),
};

function scaled(text: string, pattern: RegExp, factor: number): string {
  return text.replace(pattern, (_, head: string, value: string) => `${head}${Number(value) * factor}`);
}

describe("sabotage is found", () => {
  test.each(Object.keys(sabotage))("%s", async (name) => {
    const tampered = sabotage[name]!(text);
    expect(tampered).not.toBe(text);
    const { verdict } = await runAndJudge(prepared, tampered, 2);
    expect(verdict.outcome).toBe("inconsistent");
  });
});
