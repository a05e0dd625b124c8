import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type ComplexMatrix,
  combine,
  commutator,
  dissipator,
  fromRows,
  identity,
  kronecker,
  product,
  trace,
  unit,
  zeros,
} from "#core/complex-matrix";
import { eigenvalues } from "#core/eigenvalues";
import { angularFromHz } from "#core/units";
import { type EnergyLadder, kerrLadder, transmonLadder } from "#devices/transmon/circuit/ladder";
import { designNaturalGroup } from "#devices/transmon/design";
import { ancilla, biasedLevels, reservoirTones, siteOscillator } from "#devices/transmon/forward";
import {
  bosonicRelaxation,
  type MultiLevelSite,
  multiLevelSteadyState,
  reductionCheck,
} from "#devices/transmon/reservoir/multi-level";
import { leakageRatio, limitCyclePurity, residenceRate } from "#devices/transmon/reservoir/purity";
import { parseTransmonProfile } from "#devices/transmon/schema";
import { toneOnLadder } from "#devices/transmon/sidebands";
import { uncoupledPopulations } from "#model/oscillator";
import { loadProfileDocument } from "#planning/load";
import { refusal } from "../../../../support/refusal.ts";

const MHz = 1e6;
const gainAncilla = 6.2e9;
const lossAncilla = 7.1e9;

interface Options {
  readonly ladder?: EnergyLadder;
  readonly fockState?: number;
  readonly t1_s?: number;
  readonly thermal?: number;
  readonly ancillaThermal?: number;
  readonly dephasing_per_s?: number;
  /** Detuning of the blue and of the red tone from their sidebands, Hz. */
  readonly detuned?: readonly [number, number];
}

/** Equal tones g on ancillas of equal linewidth; α, κ, g in MHz. */
function siteOf(alpha: number, kappa: number, g: number, options: Options = {}): MultiLevelSite {
  const ladder = options.ladder ?? kerrLadder({ frequency_hz: 4.8e9, anharmonicity_hz: alpha * MHz }, 6);
  const levels = ladder.energies_hz.length;
  const n = options.fockState ?? 1;
  const f = (m: number) => ladder.energies_hz[m + 1]! - ladder.energies_hz[m]!;
  const ancilla = (frequency_hz: number) => ({
    frequency_hz,
    linewidth_hz: kappa * MHz,
    thermal_population: options.ancillaThermal ?? 0,
  });
  const [blue, red] = options.detuned ?? [0, 0];
  return {
    ladder,
    gain: {
      tone: { frequency_hz: f(n - 1) + gainAncilla + blue, sideband_hz: g * MHz },
      ancilla: ancilla(gainAncilla),
    },
    loss: {
      tone: { frequency_hz: lossAncilla - f(n) + red, sideband_hz: g * MHz },
      ancilla: ancilla(lossAncilla),
    },
    ...bosonicRelaxation(levels, options.t1_s ?? Infinity, options.thermal ?? 0),
    dephasing_per_s: options.dephasing_per_s ?? 0,
  };
}

/** Residual of the full master equation, written out with operators on the product space. */
function residual(site: MultiLevelSite, rho: ComplexMatrix, ancillaLevels: number): number {
  const levels = site.ladder.energies_hz.length;
  const lowering = (elements: readonly number[]) =>
    combine(...elements.map((value, m) => [value, unit(elements.length + 1, m, m + 1)] as const));
  const mode = lowering(Array.from({ length: ancillaLevels - 1 }, (_, k) => Math.sqrt(k + 1)));
  const lift = (a: ComplexMatrix, b: ComplexMatrix, c: ComplexMatrix) => kronecker(kronecker(a, b), c);
  const one = identity(ancillaLevels);
  const a = lift(lowering(site.ladder.elements), one, one);
  const b = lift(identity(levels), mode, one);
  const c = lift(identity(levels), one, mode);
  const dagger = (m: ComplexMatrix): ComplexMatrix => {
    const out = zeros(m.columns, m.rows);
    for (let r = 0; r < m.rows; r++) {
      for (let k = 0; k < m.columns; k++) out.re[k * m.rows + r] = m.re[r * m.columns + k]!;
    }
    return out;
  };
  // Frame: the site at f01 per level, b at f_blue − f01, c at f01 + f_red.
  const f01 = site.ladder.energies_hz[1]!;
  const { gain, loss } = site;
  const number = (m: ComplexMatrix) => product(dagger(m), m);
  const siteEnergy = lift(
    combine(
      ...site.ladder.energies_hz.map(
        (energy, m) => [angularFromHz(energy - m * f01), unit(levels, m, m)] as const,
      ),
    ),
    one,
    one,
  );
  const blue = product(dagger(a), dagger(b));
  const red = product(a, dagger(c));
  const h = combine(
    [1, siteEnergy],
    [angularFromHz(gain.ancilla.frequency_hz - gain.tone.frequency_hz + f01), number(b)],
    [angularFromHz(loss.ancilla.frequency_hz - loss.tone.frequency_hz - f01), number(c)],
    [angularFromHz(gain.tone.sideband_hz), combine([1, blue], [1, dagger(blue)])],
    [angularFromHz(loss.tone.sideband_hz), combine([1, red], [1, dagger(red)])],
  );
  const kappa = (d: MultiLevelSite["gain"]) => angularFromHz(d.ancilla.linewidth_hz);
  const down = lift(lowering(site.relaxation_per_s.map(Math.sqrt)), one, one);
  const up = dagger(lift(lowering(site.heating_per_s.map(Math.sqrt)), one, one));
  const levelNumber = lift(
    combine(...site.ladder.energies_hz.map((_, m) => [m, unit(levels, m, m)] as const)),
    one,
    one,
  );
  const derivative = combine(
    [{ re: 0, im: -1 }, commutator(h, rho)],
    [kappa(gain) * (1 + gain.ancilla.thermal_population), dissipator(b, rho)],
    [kappa(gain) * gain.ancilla.thermal_population, dissipator(dagger(b), rho)],
    [kappa(loss) * (1 + loss.ancilla.thermal_population), dissipator(c, rho)],
    [kappa(loss) * loss.ancilla.thermal_population, dissipator(dagger(c), rho)],
    [1, dissipator(down, rho)],
    [1, dissipator(up, rho)],
    // D[√(2/Tφ) m]: ρ_mm' decays at (m − m')²/Tφ
    [2 * site.dephasing_per_s, dissipator(levelNumber, rho)],
  );
  const largest = Math.max(...derivative.re.map(Math.abs), ...derivative.im.map(Math.abs));
  return largest / Math.max(...h.re.map(Math.abs));
}

describe("six levels, two ancillas", () => {
  // Independent master equation of a six-level Duffing transmon with two two-level ancillas (numpy), n = 1, equal
  // tones; α, κ, g in MHz, populations to the digits that were noted.
  test.each([
    [-200, 5, 0.5, Infinity, "0.00017", "0.00018", "4.5e-5"],
    [-200, 5, 0.5, 30e-6, "0.0270", "0.00017", "2.5e-7"],
    [-200, 20, 2, Infinity, "0.0027", "0.0029", "7e-4"],
    [-50, 20, 2, Infinity, "0.037", "0.040", "1.0e-2"],
    [-20, 5, 0.5, Infinity, "0.016", "0.017", "4e-3"],
  ])("α = %d, κ = %d, g = %d, T1 = %d s", (alpha, kappa, g, t1_s, ...printed) => {
    const { populations } = multiLevelSteadyState(siteOf(alpha, kappa, g, { t1_s }));
    const [p0, , p2, p3] = populations as [number, number, number, number];
    [p0, p2, p3].forEach((p, k) => {
      const text = printed[k]!;
      const digits = text.replace(/e.*$/, "").replace(".", "").replace(/^0+/, "").length;
      expect(Number(p.toPrecision(digits))).toBe(Number(text));
    });
  });

  test("p0, p2 in closed form: leakage over residence, and the virtual (G/K)² of the detuned tone", () => {
    const { populations } = multiLevelSteadyState(siteOf(-200, 5, 0.5));
    const leak = (element2: number) => angularFromHz((element2 * 0.25 * 5) / (200 ** 2 + 2.5 ** 2)) * MHz;
    const up = leak(2) / residenceRate(Math.SQRT2 * 0.5 * MHz, 0, 5 * MHz);
    const down = leak(1) / residenceRate(0.5 * MHz, 0, 5 * MHz);
    expect(populations[2]! / (up + 2 * (0.5 / 200) ** 2)).toBeCloseTo(1, 2);
    expect(populations[0]! / (down + (0.5 / 200) ** 2)).toBeCloseTo(1, 2);
  });

  test("with T1 = 30 µs level 0 fills at 1/T1 over the residence rate", () => {
    const { populations } = multiLevelSteadyState(siteOf(-200, 5, 0.5, { t1_s: 30e-6 }));
    const rate = residenceRate(0.5 * MHz, 0, 5 * MHz);
    const leak = leakageRatio(5, 200) * (1 + (2 * 0.5) ** 2 / 25) + (0.5 / 200) ** 2;
    expect(populations[0]! / (populations[1]! / (30e-6 * rate) + leak)).toBeCloseTo(1, 2);
  });
});

describe("the block solves the whole master equation", () => {
  const cases: readonly (readonly [string, MultiLevelSite, number])[] = [
    ["resonant", siteOf(-200, 5, 0.5, { t1_s: 30e-6 }), 2],
    [
      "everything on",
      siteOf(-60, 20, 3, {
        t1_s: 8e-6,
        thermal: 0.05,
        ancillaThermal: 0.04,
        dephasing_per_s: 2e5,
        detuned: [3e6, -4e6],
      }),
      2,
    ],
    [
      "three ancilla levels",
      siteOf(-50, 20, 4, {
        ladder: kerrLadder({ frequency_hz: 4.8e9, anharmonicity_hz: -50 * MHz }, 4),
        ancillaThermal: 0.1,
        t1_s: 20e-6,
      }),
      3,
    ],
    [
      "exact transmon",
      siteOf(0, 10, 1, {
        ladder: transmonLadder({ charging_hz: 0.2e9, josephson_hz: 12e9 }, 5),
        t1_s: 40e-6,
      }),
      2,
    ],
    ["around Fock state 2", siteOf(-200, 10, 1, { fockState: 2, t1_s: 50e-6 }), 2],
  ];

  test.each(cases)("%s: stationary, Hermitian, trace 1, no negative eigenvalue", (_, site, ancillaLevels) => {
    const { density, populations } = multiLevelSteadyState(site, ancillaLevels);
    expect(residual(site, density, ancillaLevels)).toBeLessThan(1e-12);
    expect(trace(density).re).toBeCloseTo(1, 12);
    expect(populations.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12);
    const spectrum = eigenvalues(density);
    for (const value of spectrum) {
      expect(value.re).toBeGreaterThan(-1e-12);
      expect(Math.abs(value.im)).toBeLessThan(1e-12);
    }
  });

  test("positive for random settings", () => {
    fc.assert(
      fc.property(
        fc.double({ min: -300, max: -20, noNaN: true }),
        fc.double({ min: 2, max: 40, noNaN: true }),
        fc.double({ min: 0.02, max: 0.2, noNaN: true }),
        fc.double({ min: 0, max: 0.1, noNaN: true }),
        fc.double({ min: 5e-6, max: 1e-3, noNaN: true }),
        (alpha, kappa, relative, ancillaThermal, t1_s) => {
          const site = siteOf(alpha, kappa, relative * kappa, { ancillaThermal, t1_s });
          const { populations, ancillaPhotons } = multiLevelSteadyState(site);
          for (const p of [...populations, ...ancillaPhotons]) expect(p).toBeGreaterThan(-1e-12);
          expect(populations.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 10);
        },
      ),
      { numRuns: 25 },
    );
  });
});

describe("symmetries and limits", () => {
  test("the sign of either sideband is a gauge", () => {
    const site = siteOf(-50, 20, 2, { t1_s: 20e-6, ancillaThermal: 0.02 });
    const flip = (d: MultiLevelSite["gain"]) => ({
      ...d,
      tone: { ...d.tone, sideband_hz: -d.tone.sideband_hz },
    });
    const reference = multiLevelSteadyState(site).populations;
    for (const changed of [
      { ...site, gain: flip(site.gain) },
      { ...site, loss: flip(site.loss) },
    ]) {
      multiLevelSteadyState(changed).populations.forEach((p, m) => {
        expect(p).toBeCloseTo(reference[m]!, 12);
      });
    }
  });

  test("K → −K with both detunings reversed leaves the populations alone (complex conjugation)", () => {
    const plus = multiLevelSteadyState(siteOf(80, 20, 2, { t1_s: 20e-6, detuned: [2e6, -3e6] }));
    const minus = multiLevelSteadyState(siteOf(-80, 20, 2, { t1_s: 20e-6, detuned: [-2e6, 3e6] }));
    plus.populations.forEach((p, m) => {
      expect(p).toBeCloseTo(minus.populations[m]!, 11);
    });
  });

  test("an ancilla below the site is reached at the other difference: same physics", () => {
    const above = siteOf(-200, 10, 1, { t1_s: 20e-6 });
    const transition = 4.6e9;
    const below = {
      ...above,
      loss: {
        tone: { ...above.loss.tone, frequency_hz: transition - 3e9 },
        ancilla: { ...above.loss.ancilla, frequency_hz: 3e9 },
      },
    };
    const [p, q] = [above, below].map((site) => multiLevelSteadyState(site).populations);
    p!.forEach((value, m) => {
      expect(value).toBeCloseTo(q![m]!, 11);
    });
  });

  test("weak tones: the formulas of limitCyclePurity, warm ancillas and T1 included", () => {
    const [kappa, g] = [5, 0.02];
    const t1_s = 2e-3;
    const site = siteOf(-200, kappa, g, { t1_s, ancillaThermal: 0.003 });
    const reservoir = (element2: number) => ({
      rate_per_s: angularFromHz(((4 * element2 * g * g) / kappa) * MHz),
      linewidth_hz: kappa * MHz,
      thermal_population: 0.003,
    });
    const formula = limitCyclePurity(1, reservoir(1), reservoir(2), -200 * MHz, t1_s).populations;
    // Three levels each: a thermal photon in a two-level ancilla would block its rate.
    const { predicted, populations } = reductionCheck(site, 1, 3);
    // The formulas are first order in p; the reduction is not.
    expect(populations[0]! / predicted[0]).toBeCloseTo(1, 2);
    expect(populations[2]! / predicted[2]).toBeCloseTo(1, 2);
    expect(Math.abs(populations[2]! / formula[2] - 1)).toBeLessThan(0.35);
    expect(formula[0]).toBeGreaterThan(populations[0]!);
  });

  test("the reduction gets better as G/κ falls, at fixed leakage budget", () => {
    const errors = [0.14, 0.07, 0.035].map((relative) => {
      const check = reductionCheck(siteOf(-200, 5, relative * 5, { t1_s: 100e-6 }), 1);
      return Math.abs(check.populations[0]! / check.predicted[0] - 1);
    });
    // as (G/κ)²: a quarter each time
    expect(errors[1]! / errors[0]!).toBeLessThan(0.35);
    expect(errors[2]! / errors[1]!).toBeLessThan(0.35);
  });

  test("heat of the environment: with the tones all but off, the ladder is thermal", () => {
    const site = siteOf(-200, 5, 1e-6, { t1_s: 10e-6, thermal: 0.1 });
    const { populations } = multiLevelSteadyState(site);
    for (const m of [0, 1, 2]) expect(populations[m + 1]! / populations[m]!).toBeCloseTo(0.1 / 0.9, 6);
  });

  test("a third level of each ancilla changes p0 and p2 by 1.5 % at most, p3 by 7 %", () => {
    for (const [alpha, kappa, g] of [
      [-200, 5, 0.5],
      [-50, 20, 2],
    ] as const) {
      const [two, three] = [2, 3].map((k) => multiLevelSteadyState(siteOf(alpha, kappa, g), k).populations);
      for (const m of [0, 2]) expect(Math.abs(three![m]! / two![m]! - 1)).toBeLessThan(0.015);
      expect(Math.abs(three![3]! / two![3]! - 1)).toBeLessThan(0.07);
    }
  });
});

describe("reduction check", () => {
  test("reports leakage and discrepancy of what it returns", () => {
    const check = reductionCheck(siteOf(-50, 20, 2), 1);
    expect(check.leakage).toBeCloseTo(
      check.populations.slice(3).reduce((a, b) => a + b, 0),
      14,
    );
    expect(check.discrepancy).toBe(
      Math.max(...[0, 1, 2].map((m) => Math.abs(check.populations[m]! - check.predicted[m]!))),
    );
    expect(check.predicted.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
    // K/γ₋ = 31: 1.7 % outside the three levels; at 500 only 8e-5
    expect(check.leakage).toBeGreaterThan(0.01);
    expect(reductionCheck(siteOf(-200, 5, 0.5), 1).leakage).toBeLessThan(1e-4);
  });

  test("around Fock state 2 the level below the triple counts as leakage", () => {
    const check = reductionCheck(siteOf(-200, 10, 1, { fockState: 2, t1_s: 50e-6 }), 2);
    expect(check.populations[2]).toBeGreaterThan(0.8);
    expect(check.leakage).toBeGreaterThanOrEqual(check.populations[0]!);
    expect(check.populations[0]).toBeGreaterThan(1e-4);
  });

  test("on a designed device: the prediction is the model that plans use, true to 0.2 %", () => {
    const profile = parseTransmonProfile(loadProfileDocument("square-3x3", "."));
    const rate = angularFromHz(1.2 * MHz);
    const { knobs } = designNaturalGroup(profile, {
      gain_rate_per_s: rate,
      loss_rate_per_s: rate,
      exchange_hz: [14 * MHz],
    });
    profile.sites.slice(0, 3).forEach((site, i) => {
      const settings = knobs.sites[i]!;
      const tones = reservoirTones(profile, settings);
      const check = reductionCheck(
        {
          ladder: kerrLadder(biasedLevels(profile, site, settings.flux_quanta), 6),
          gain: { tone: tones[0]!, ancilla: ancilla(profile.assumptions, "gain") },
          loss: { tone: tones[1]!, ancilla: ancilla(profile.assumptions, "loss") },
          ...bosonicRelaxation(6, site.t1_s, profile.assumptions.thermal_population.value),
          dephasing_per_s: 0,
        },
        1,
      );
      const used = uncoupledPopulations(
        siteOscillator(profile, site, {
          flux_quanta: settings.flux_quanta,
          tones,
          reference_hz: knobs.reference_hz,
        }),
      );
      used.forEach((p, m) => {
        expect(p).toBeCloseTo(check.predicted[m]!, 7);
      });
      expect(check.discrepancy).toBeLessThan(2e-3);
      expect(check.leakage).toBeLessThan(2e-3);
    });
  });

  test("takes a fraction of a second for a site", () => {
    const site = siteOf(-200, 5, 0.5, { t1_s: 30e-6 });
    const start = performance.now();
    for (let k = 0; k < 5; k++) reductionCheck(site, 1);
    expect((performance.now() - start) / 5).toBeLessThan(500);
  });

  test("refuses a ladder without a unique steady state, and rates that do not fit it", () => {
    const still = siteOf(-200, 5, 0);
    expect(refusal(() => multiLevelSteadyState(still)).code).toBe("transmon.no_steady_state");
    expect(refusal(() => multiLevelSteadyState({ ...still, heating_per_s: [0] })).problems[0]!.path).toBe(
      "heating_per_s",
    );
  });
});

test("light shifts are those of the damped Hamiltonian without its jumps", () => {
  const site = siteOf(-60, 20, 1.5);
  const transitions = site.ladder.elements.map((_, m) => 4.8e9 - m * 60 * MHz);
  const squared = site.ladder.elements.map((a) => a * a);
  const shifts = [site.gain, site.loss].map(
    (d) => toneOnLadder(d.tone, d.ancilla, transitions, squared).levelShift_hz,
  );
  // States |m,0,0⟩, |m+1,1,0⟩, |m−1,0,1⟩ for m = 1, in Hz, the undriven level at zero.
  const [g, half] = [1.5 * MHz, 10 * MHz];
  // Blue on 1 → 2: f12 + f_b − (f01 + f_b); red on 1 → 0: (f_c − f01) − (f_c − f12). Both are α.
  const detunings = { up: -60 * MHz, down: -60 * MHz };
  const h = fromRows([
    [0, Math.SQRT2 * g, g],
    [Math.SQRT2 * g, { re: detunings.up, im: -half }, 0],
    [g, 0, { re: detunings.down, im: -half }],
  ]);
  const level = eigenvalues(h).reduce((a, b) => (Math.abs(a.im) < Math.abs(b.im) ? a : b));
  expect((shifts[0]![1]! + shifts[1]![1]!) / level.re).toBeCloseTo(1, 2);
});
