import { describe, expect, test } from "vitest";
import { angularFromHz } from "#core/units";
import { fluxResponse } from "#devices/transmon/circuit/flux";
import { kerrLadder } from "#devices/transmon/circuit/ladder";
import { reductionCheck } from "#devices/transmon/reservoir/multi-level";
import { type Pump, settleTones, type ToneProblem } from "#devices/transmon/reservoir/tones";
import { eliminateAncilla, toneOnLadder } from "#devices/transmon/sidebands";
import { circuitFromLevels, levelsFromCircuit, squidJosephson } from "#devices/transmon/spectrum";
import { refusal } from "../../../../support/refusal.ts";

const MHz = 1e6;
const levels = { frequency_hz: 4.8e9, anharmonicity_hz: -200 * MHz };
const atZero = circuitFromLevels(levels);
const ancilla = (frequency_hz: number, linewidth_hz = 5 * MHz) => ({
  frequency_hz,
  linewidth_hz,
  thermal_population: 0,
});

function problem(gain: Pump, loss: Pump, changes: Partial<ToneProblem> = {}, rate = 0.3 * MHz): ToneProblem {
  return {
    ladder: kerrLadder(levels, 7),
    fockState: 1,
    gain: { ancilla: ancilla(6.2e9), rate_per_s: angularFromHz(rate), pump: gain },
    loss: { ancilla: ancilla(7.1e9), rate_per_s: angularFromHz(rate), pump: loss },
    ...changes,
  };
}
const coupler: Pump = { kind: "coupler" };
const slope: Pump = { kind: "flux", static_hz: 100 * MHz, lever: "slope" };

describe("modulated couplers", () => {
  const wide = problem(coupler, coupler, {}, 1 * MHz);
  const strong: ToneProblem = {
    ...wide,
    ladder: kerrLadder({ frequency_hz: 4.8e9, anharmonicity_hz: -60 * MHz }, 7),
    gain: { ...wide.gain, ancilla: ancilla(6.2e9, 10 * MHz) },
    loss: { ...wide.loss, ancilla: ancilla(7.1e9, 10 * MHz) },
  };
  const settled = settleTones(strong);
  const sharp = settleTones(strong, { tolerance: 1e-6 });

  test("give the wanted rates back at the settled frequencies", () => {
    const effects = (["gain", "loss"] as const).map((side) =>
      toneOnLadder(
        { frequency_hz: settled[side].sideband_frequency_hz, sideband_hz: settled[side].sideband_hz },
        strong[side].ancilla,
        settled.transitions_hz,
        [1, 2],
      ),
    );
    expect(effects[0]!.up[0]! / strong.gain.rate_per_s).toBeCloseTo(1, 3);
    expect(effects[1]!.down[1]! / strong.loss.rate_per_s).toBeCloseTo(1, 3);
  });

  test("shift the levels by the detuned rungs only: 0 ← red, 1 ← both, 2 ← blue on 2 ↔ 3", () => {
    const [blue, red] = [settled.gain.sideband_hz, settled.loss.sideband_hz];
    const shift = (g: number, element2: number, detuning: number) =>
      eliminateAncilla(g * Math.sqrt(element2), detuning, 10 * MHz).shift_hz;
    const K = -60 * MHz;
    // level 1: blue 1 → 2 at K, red 1 → 0 at K; level 2: blue 2 → 3 at 2K; level 0: blue in resonance
    const level1 = shift(blue, 2, K) + shift(red, 1, K);
    const level2 = shift(blue, 3, 2 * K);
    const [light01, light12] = sharp.trace.at(-1)!.light_hz;
    // to 1 %: the shifts change the detunings that make them
    expect(Math.abs(light01 / level1 - 1)).toBeLessThan(0.01);
    expect(Math.abs(light12 / (level2 - level1) - 1)).toBeLessThan(0.01);
    expect(sharp.asymmetry_hz).toBeCloseTo(K + light12 - light01, 0);
  });

  test("a far smaller tolerance moves them by less than 0.05 γ", () => {
    for (const side of ["gain", "loss"] as const) {
      expect(Math.abs(sharp[side].sideband_frequency_hz - settled[side].sideband_frequency_hz)).toBeLessThan(
        0.05 * MHz,
      );
    }
    expect(sharp.trace.length).toBeGreaterThan(settled.trace.length);
  });

  test("what comes out is what three levels and the whole ladder agree on", () => {
    const site = {
      ladder: strong.ladder,
      gain: {
        tone: { ...settled.gain, frequency_hz: settled.gain.sideband_frequency_hz },
        ancilla: strong.gain.ancilla,
      },
      loss: {
        tone: { ...settled.loss, frequency_hz: settled.loss.sideband_frequency_hz },
        ancilla: strong.loss.ancilla,
      },
      relaxation_per_s: [1e4, 2e4, 3e4, 4e4, 5e4, 6e4],
      heating_per_s: [0, 0, 0, 0, 0, 0],
      dephasing_per_s: 0,
    };
    expect(reductionCheck(site, 1).discrepancy).toBeLessThan(0.015);
  });
});

describe("flux tones", () => {
  const bias = { atZero, squidAsymmetry: 0.4, flux_quanta: 0.15 };
  const response = fluxResponse(atZero, 0.4, 0.15);
  const biased = kerrLadder(
    {
      frequency_hz: response.frequency.value_hz,
      anharmonicity_hz: response.anharmonicity.value_hz,
    },
    7,
  );

  test("amplitude: J1 of the excursion over the tone gives the sideband", () => {
    // g_s/2π = 100 MHz, ε/2π = 300 MHz at 10.303 GHz gives 1.456 MHz: ask for the rate of that sideband.
    const rate = eliminateAncilla(1.456 * MHz, 0, 20 * MHz).rate_per_s;
    const asked = problem(slope, coupler, { flux: bias, ladder: biased });
    const { gain } = settleTones({
      ...asked,
      gain: { ...asked.gain, ancilla: ancilla(6.2e9, 20 * MHz), rate_per_s: rate },
    });
    const index =
      (Math.abs(response.frequency.slope_hz) * gain.flux_amplitude_quanta!) / gain.sideband_frequency_hz;
    expect(index).toBeCloseTo(300 / 10303, 4);
    expect(gain.drive_frequency_hz).toBe(gain.sideband_frequency_hz);
  });

  test("rectification is the average of f(Φ) over the phases of both tones (sampled at random phases)", () => {
    const settled = settleTones(problem(slope, slope, { flux: bias, ladder: biased }));
    const [a, b] = [settled.gain.flux_amplitude_quanta!, settled.loss.flux_amplitude_quanta!];
    const f01 = (flux: number) =>
      levelsFromCircuit({ ...atZero, josephson_hz: squidJosephson(atZero.josephson_hz, 0.4, flux) })
        .frequency_hz;
    // Two tones of incommensurate frequency over a long time.
    let sum = 0;
    const points = 40_000;
    for (let k = 0; k < points; k++) {
      sum += f01(0.15 + a * Math.cos(k * Math.SQRT2 * 3) + b * Math.cos(k * Math.sqrt(3) * 5));
    }
    const last = settled.trace.at(-1)!;
    expect(last.rectification_hz[0] / (sum / points - f01(0.15))).toBeCloseTo(1, 2);
    expect(last.rectification_hz[0]).toBeLessThan(-1 * MHz);
    expect(settled.transitions_hz[0]).toBeCloseTo(
      response.frequency.value_hz + last.rectification_hz[0] + last.light_hz[0],
      0,
    );
  });

  test("several rounds, each smaller, until 0.05 γ", () => {
    const sweet: Pump = { kind: "flux", static_hz: 100 * MHz, lever: "curvature" };
    const { trace, gain } = settleTones(problem(sweet, coupler, { flux: { ...bias, flux_quanta: 0 } }));
    expect(trace.length).toBeGreaterThanOrEqual(3);
    const limit = 0.05 * 0.3 * MHz;
    trace.forEach((round, k) => {
      if (k > 0) expect(round.move_hz).toBeLessThan(trace[k - 1]!.move_hz);
      expect(round.move_hz < limit).toBe(k === trace.length - 1);
    });
    expect(gain.drive_frequency_hz).toBe(gain.sideband_frequency_hz / 2);
  });
});

describe("charge tones", () => {
  test("a spectator shifts f01 by what the dressed levels say, and K with it", () => {
    // f01 = 5, α = −0.2, tone at 5.8 GHz with Ω = 0.1 GHz: −1.248 MHz (independent diagonalisation)
    const ladder = kerrLadder({ frequency_hz: 5e9, anharmonicity_hz: -200 * MHz }, 8);
    const settled = settleTones(
      problem(coupler, coupler, { ladder, spectators: [{ frequency_hz: 5.8e9, rabi_hz: 100 * MHz }] }),
    );
    const last = settled.trace.at(-1)!;
    expect(last.stark_hz[0] / MHz).toBeCloseTo(-1.248, 3);
    expect(last.stark_hz[1]).not.toBeCloseTo(last.stark_hz[0], -4);
    expect(settled.asymmetry_hz + 200 * MHz).toBeCloseTo(
      last.stark_hz[1] - last.stark_hz[0] + last.light_hz[1] - last.light_hz[0],
      0,
    );
  });

  test("a four-wave pump goes at half the sideband and shifts as it moves", () => {
    const pump: Pump = { kind: "charge", rabi_hz: 100 * MHz };
    const request = problem(pump, coupler);
    const settled = settleTones({
      ...request,
      gain: { ...request.gain, ancilla: ancilla(5.6e9) },
    });
    expect(settled.gain.drive_frequency_hz).toBe(settled.gain.sideband_frequency_hz / 2);
    // αΩ²/(2Δ(Δ+α)) at Δ = f01 − (f01 + f_b)/2 = −400 MHz is −4.17 MHz
    expect(settled.trace.at(-1)!.stark_hz[0] / MHz).toBeCloseTo(-4.17, 1);
    expect(settled.trace.length).toBeGreaterThan(2);
  });
});

describe("refusals", () => {
  test("no convergence: the moves are told", () => {
    const bias = { atZero, squidAsymmetry: 0.4, flux_quanta: 0 };
    const sweet: Pump = { kind: "flux", static_hz: 100 * MHz, lever: "curvature" };
    const error = refusal(() => settleTones(problem(sweet, coupler, { flux: bias }), { rounds: 2 }));
    expect(error.code).toBe("transmon.tones_not_settled");
    expect(error.kind).toBe("infeasible");
    expect(error.problems[0]!.found).toHaveLength(2);
    expect(error.message).toMatch(/MHz a round/);
  });

  test("a rate that its ancilla cannot damp", () => {
    const request = problem(coupler, coupler);
    const rate_per_s = angularFromHz(2.5 * MHz);
    expect(
      refusal(() => settleTones({ ...request, loss: { ...request.loss, rate_per_s } })).problems[0]!.path,
    ).toBe("loss.rate_per_s");
    expect(() =>
      settleTones({ ...request, loss: { ...request.loss, rate_per_s: 0.99 * rate_per_s } }),
    ).not.toThrow();
  });

  test("a sideband beyond 0.58 g_s, and a slope that is not there", () => {
    const bias = { atZero, squidAsymmetry: 0.4, flux_quanta: 0.15 };
    const weak: Pump = { kind: "flux", static_hz: 1 * MHz, lever: "slope" };
    expect(refusal(() => settleTones(problem(weak, coupler, { flux: bias }))).code).toBe(
      "transmon.sideband_out_of_reach",
    );
    expect(refusal(() => settleTones(problem(slope, coupler))).code).toBe("transmon.sideband_out_of_reach");
    const sweet = { ...bias, flux_quanta: 0 };
    expect(refusal(() => settleTones(problem(slope, coupler, { flux: sweet }))).message).toMatch(/no slope/);
  });

  test("a tone on top of a transition; too few levels; no rate", () => {
    const spectators = [{ frequency_hz: 4.8e9, rabi_hz: 20 * MHz }];
    expect(refusal(() => settleTones(problem(coupler, coupler, { spectators }))).code).toBe(
      "transmon.strong_drive",
    );
    expect(
      refusal(() => settleTones(problem(coupler, coupler, { ladder: kerrLadder(levels, 4) }))).problems[0]!
        .path,
    ).toBe("ladder");
    expect(refusal(() => settleTones(problem(coupler, coupler, {}, 0))).problems[0]!.path).toBe(
      "gain.rate_per_s",
    );
  });
});
