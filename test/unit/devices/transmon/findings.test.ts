import { describe, expect, test } from "vitest";
import { angularFromHz, fullTurn } from "#core/units";
import { designNaturalGroup } from "#devices/transmon/design";
import type { Intent } from "#devices/transmon/finding-rule";
import { designFindings } from "#devices/transmon/findings";
import { biasedLevels } from "#devices/transmon/forward";
import { parseTransmonProfile, type TransmonProfile, type TransmonSite } from "#devices/transmon/schema";
import { eliminateAncilla } from "#devices/transmon/sidebands";
import type { WantedModel } from "#ir/platform";
import { smallProfile } from "../../../support/profiles.ts";

/**
 * Every rule next to its limit: a profile that earns the finding, and its neighbour that does not. Limits are those
 * of the catalogue (docs/findings.md), worked out here from closed forms for γ±/2π = 1.2 MHz, κ/2π = 16 MHz.
 */

const MHz = 1e6;
const rate = (linewidth_hz: number) => angularFromHz(linewidth_hz);
const wanted: WantedModel = {
  gain_rate_per_s: rate(1.2 * MHz),
  loss_rate_per_s: rate(1.2 * MHz),
  exchange_hz: [14 * MHz, 20 * MHz],
};

interface Case {
  readonly assume?: Record<string, unknown>;
  readonly model?: Partial<WantedModel>;
  readonly intent?: Intent;
  readonly edit?: (profile: TransmonProfile) => TransmonProfile;
}

function found(code: string, { assume = {}, model = {}, intent = {}, edit = (p) => p }: Case) {
  const profile = edit(parseTransmonProfile(smallProfile(assume)));
  const asked = { ...wanted, ...model };
  const { knobs } = designNaturalGroup(profile, asked);
  return designFindings(profile, knobs, asked, intent).filter((f) => f.code === code);
}
const severity = (code: string, given: Case) => found(code, given)[0]?.severity;

const sites = (change: (site: TransmonSite, i: number) => Partial<TransmonSite>) => (p: TransmonProfile) => ({
  ...p,
  sites: p.sites.map((site, i) => ({ ...site, ...change(site, i) })),
});
/** Four sites alike, f₀₁ = 4.655 GHz, α = −201 MHz. */
const alike = sites(() => ({ frequency_hz: 4.655e9, anharmonicity_hz: -201 * MHz }));

describe("tones", () => {
  // κ(g/Δ)² = 0.1 γ at g = Δ√(0.12/16), Δ/2π = 6.2 − 4.655 GHz: 133.8 MHz.
  test.each([
    [133, undefined],
    [135, "warning"],
  ])("T04: a static coupling of %d MHz to the gain ancilla", (g, expected) => {
    const pump = { kind: "coupler", static_hz: g * MHz };
    expect(severity("T04", { assume: { gain_pump: pump } })).toBe(expected);
  });

  test("T04 tells what the flux pump's gain is worth against the same coupling's decay: 4J1(ε/f)²(Δ/κ)²", () => {
    const pump = { kind: "flux", static_hz: 140 * MHz, lever: "slope" };
    const [finding] = found("T04", { assume: { gain_pump: pump } });
    // Weakly driven, J1(ε/f) = g/g_s, so that the ratio is 4(g/g_s)²(Δ/κ)² with G = g = ½√(Γ(κ − Γ)).
    const g2 = (1.2 * (16 - 1.2)) / 4;
    expect(finding!.numbers.gain_over_purcell).toBeCloseTo((4 * g2 * 1545 ** 2) / (140 ** 2 * 16 ** 2), 0);
  });

  test.each([
    [11.9, "error"],
    [12.1, undefined],
  ])("T06: one ancilla, emission lines %d MHz apart; 10 γ/2π = 12 MHz", (split, expected) => {
    const assume = {
      shared_ancilla: true,
      gain_ancilla_frequency_hz: 6.2e9,
      loss_ancilla_frequency_hz: 6.2e9 + split * MHz,
    };
    expect(severity("T06", { assume, edit: alike })).toBe(expected);
    expect(severity("T06", { assume: { ...assume, shared_ancilla: false }, edit: alike })).toBeUndefined();
  });

  // Linewidth of 0 ↔ 2: (γ+ + γ−)/2π = 2.4 MHz. Blue tone: f01 + f_b = f01 + f12 where f_b = f12 = 4.454 GHz.
  test.each([
    [23.8, "error"],
    [24.2, undefined],
  ])("T07: the gain tone %d MHz from E2 − E0", (miss, expected) => {
    const assume = { gain_ancilla_frequency_hz: 4.454e9 + miss * MHz };
    expect(severity("T07", { assume, edit: alike })).toBe(expected);
  });

  // Two photons: 2(f_c − f12) = f01 + f12 where f_c = 4.454 + 4.5545 GHz.
  test.each([
    [11.9, "error"],
    [12.1, undefined],
  ])("T07: two photons of the loss tone, ancilla off by %d MHz", (miss, expected) => {
    const assume = { loss_ancilla_frequency_hz: 9.0085e9 + miss * MHz };
    expect(severity("T07", { assume, edit: alike })).toBe(expected);
  });

  test.each([
    [53e3, undefined],
    [56e3, "error"],
  ])("T13: a tone %d Hz from where it should be; 0.05 γ/2π = 60 kHz", (miss, expected) => {
    // A tone beside its line moves the line by Γ/(κ − 2Γ) of the distance: 60 kHz(1 − 0.088) = 54.7 kHz.
    const profile = parseTransmonProfile(smallProfile());
    const { knobs } = designNaturalGroup(profile, wanted);
    for (const tone of ["gain_tone_hz", "loss_tone_hz"] as const) {
      const off = { ...knobs, sites: knobs.sites.map((s) => ({ ...s, [tone]: s[tone] + miss })) };
      expect(designFindings(profile, off, wanted).find((f) => f.code === "T13")?.severity).toBe(expected);
    }
  });

  test("T13: followed shifts are no fault, a drive that mixes levels is", () => {
    const pump = (rabi_hz: number) => ({ assume: { gain_pump: { kind: "charge", rabi_hz } }, edit: alike });
    // Ω/2π = √0.42 × 200 MHz at half of 10.855 GHz moves f01 by αΩ²/(2Δ(Δ+α)) = −2.3 MHz, 38 times the limit.
    expect(severity("T13", pump(200 * MHz))).toBeUndefined();
    expect(severity("T13", pump(1e9))).toBe("error");
  });

  test("T13: a flux tone at the sweet spot rectifies by its own excursion, and is followed", () => {
    const pump = { kind: "flux", static_hz: 100 * MHz, lever: "curvature" };
    const given: Case = { assume: { gain_pump: pump }, edit: alike };
    expect(severity("T13", given)).toBeUndefined();
    const profile = alike(parseTransmonProfile(smallProfile(given.assume)));
    const [site] = designNaturalGroup(profile, wanted).knobs.sites;
    // J1(x) = 2.107/100, x = 0.04215: ε = x·f and the mean falls by as much, f = 10.855 GHz − ε; the tone is at f/2.
    const fall = 10.855e9 - 2 * site!.gain_tone_hz;
    // To leading order in the flux, ¼f''Φ²; the next order is a few per cent of it.
    expect(Math.abs(fall / (10.855e9 * (1 - 1 / 1.04215)) - 1)).toBeLessThan(0.07);
  });

  // Blue tone at 4.655 + 6.2 GHz keeps 5κ = 80 MHz.
  test.each([
    [79.8, "error"],
    [80.2, undefined],
  ])("T15: an idle coupler %d MHz below the gain tone", (distance, expected) => {
    const assume = { coupler_idle_frequency_hz: 10.855e9 - distance * MHz };
    expect(severity("T15", { assume, edit: alike })).toBe(expected);
  });

  test("T15: the loss tone on a transition of the sites, or on an ancilla", () => {
    // f_c − f12 = f01 at f_c = 9.109 GHz; = f_b = 6.2 GHz at 10.654 GHz.
    for (const frequency of [9.109e9, 10.654e9]) {
      expect(severity("T15", { assume: { loss_ancilla_frequency_hz: frequency }, edit: alike })).toBe(
        "error",
      );
    }
    expect(severity("T15", { edit: alike })).toBeUndefined();
  });

  test.each([
    [0.02, undefined],
    [0.0201, "warning"],
  ])("T24: %d thermal photons", (thermal, expected) => {
    expect(severity("T24", { assume: { loss_ancilla_thermal_population: thermal } })).toBe(expected);
  });

  // G = ½√(Γ(κ − Γ)) = 2.107 MHz, of which the gain has element 1.
  test.each([
    [2.11, undefined],
    [2.1, "error"],
  ])("T30: full scale of the gain tone %d MHz", (scale, expected) => {
    expect(severity("T30", { assume: { gain_sideband_per_amplitude_hz: scale * MHz } })).toBe(expected);
  });

  // At most 0.5819 g_s (maximum of J1): 2.107/0.5819 = 3.621 MHz.
  test.each([
    [3.63, undefined],
    [3.61, "error"],
  ])("T30: a flux pump on g_s = %d MHz", (static_MHz, expected) => {
    const pump = { kind: "flux", static_hz: static_MHz * MHz, lever: "curvature" };
    expect(severity("T30", { assume: { gain_pump: pump }, edit: alike })).toBe(expected);
  });
});

describe("levels", () => {
  // Peak-to-peak of f12 at E_C/h = 200 MHz, E_J/E_C = 50: 252 kHz (independent charge-basis diagonalisation).
  const soft = (p: TransmonProfile) =>
    parseTransmonProfile({
      ...p,
      sites: p.sites.map(({ frequency_hz: _f, anharmonicity_hz: _a, ...site }) => ({
        ...site,
        circuit: { charging_hz: 200 * MHz, josephson_hz: 10e9 },
      })),
    });
  const both = (gamma: number) => ({ gain_rate_per_s: rate(gamma), loss_rate_per_s: rate(gamma) });
  test.each([
    [2.5, "warning"],
    [2.54, undefined],
  ])("T05: dispersion against a tenth of γ/2π = %d MHz", (gamma, expected) => {
    expect(severity("T05", { model: both(gamma * MHz), edit: soft })).toBe(expected);
  });

  test.each([
    [0.62, "error"],
    [0.64, "warning"],
  ])("T05: dispersion against 0.2 V, V = 2J, J/2π = %d MHz", (exchange, expected) => {
    const model = { ...both(2.4 * MHz), exchange_hz: [exchange * MHz] };
    const [finding] = found("T05", { model, edit: soft });
    expect(finding!.severity).toBe(expected);
    expect(finding!.numbers.largest_fock_state).toBe(0);
  });

  // At κ/2π = 20 MHz and g/2π = 2 MHz (γ+/2π = 0.8, γ−/2π = 1.6 MHz) six levels hold 1.0 % in level 3 at α = −50 MHz;
  // it goes as the leakage ratio, 1/α².
  test.each([
    [-45, true],
    [-55, false],
  ])("T11: population above the triple at α = %d MHz", (alpha, expected) => {
    const gain = eliminateAncilla(2 * MHz, 0, 20 * MHz).rate_per_s;
    const loss = eliminateAncilla(2 * Math.SQRT2 * MHz, 0, 20 * MHz).rate_per_s;
    const raised = found("T11", {
      assume: {
        gain_ancilla_linewidth_hz: 20 * MHz,
        loss_ancilla_linewidth_hz: 20 * MHz,
        gain_ancilla_thermal_population: 0,
        loss_ancilla_thermal_population: 0,
        thermal_population: 0,
      },
      model: { gain_rate_per_s: gain, loss_rate_per_s: loss, exchange_hz: [1 * MHz] },
      edit: sites(() => ({ frequency_hz: 4.655e9, anharmonicity_hz: alpha * MHz, t1_s: 1, t2_s: 1 })),
    });
    expect(raised.some((f) => f.title === "leakage above the triple")).toBe(expected);
  });

  test("T33: three levels do not stand for a site whose tone drives both rungs alike", () => {
    const at = (alpha: number) => ({
      model: { exchange_hz: [1 * MHz] },
      edit: sites(() => ({
        frequency_hz: 4.655e9,
        anharmonicity_hz: alpha * MHz,
        kerr_hz: alpha * MHz,
      })),
    });
    // L = 1/(1 + (2K/κ)²): 20 % at |K| = κ, against 0.2 % at the natural anharmonicity.
    expect(severity("T33", at(-16))).toBe("warning");
    expect(severity("T33", at(-200))).toBeUndefined();
  });
});

describe("coupling", () => {
  const triangle = (p: TransmonProfile): TransmonProfile => ({
    ...alike(p),
    sites: alike(p).sites.slice(0, 3),
    bonds: [
      ["q0", "q1"],
      ["q1", "q3"],
      ["q0", "q3"],
    ],
  });
  // Eigenvalues of a triangle 2, −1, −1: with J < 0 the one of the right sign is −J, strong beyond |K|/10 = 20.1 MHz.
  test.each([
    [-20, "warning"],
    [-20.2, undefined],
  ])("T08: a triangle with J/2π = %d MHz", (exchange, expected) => {
    expect(severity("T08", { model: { exchange_hz: [exchange * MHz] }, edit: triangle })).toBe(expected);
  });

  test("T09: the two thresholds at γ+ = γ−, (3 − 2√2)|K| and |K|/8", () => {
    const [finding] = found("T09", { edit: alike });
    expect(finding!.numbers.boson_threshold_hz! / (201 * MHz)).toBeCloseTo(0.1716, 4);
    expect(finding!.numbers.spin_one_threshold_hz! / (201 * MHz)).toBeCloseTo(0.125, 6);
  });

  test.each([
    [0.501, 101, "info"],
    [0.499, 101, undefined],
    [1.99, 101, "info"],
    [2.01, 101, undefined],
    [1, 100, undefined],
  ])("T10: γ+/γ− = %d, J/2π = %d MHz; V = 2J against |K|/2π = 201 MHz", (ratio, exchange, expected) => {
    const model = { gain_rate_per_s: ratio * wanted.loss_rate_per_s, exchange_hz: [exchange * MHz] };
    expect(severity("T10", { model, edit: alike })).toBe(expected);
  });

  // σ of two values ±x about their mean is x; V/2π = 2 × 20 MHz.
  test.each([
    [7.9, undefined],
    [8.1, "warning"],
    [39.9, "warning"],
    [40.1, "error"],
  ])("T16: frequencies that scatter by %d MHz", (x, expected) => {
    const edit = sites((_, i) => ({ frequency_hz: 4.7e9 + (i % 2 === 0 ? x : -x) * MHz }));
    expect(severity("T16", { assume: { flux_tuning_range_hz: 0 }, edit })).toBe(expected);
  });

  test.each([
    [239e3, undefined],
    [241e3, "warning"],
  ])("T16: frequencies known to %d Hz; 0.2 γ/2π = 240 kHz", (error, expected) => {
    expect(severity("T16", { assume: { frequency_calibration_error_hz: error }, edit: alike })).toBe(
      expected,
    );
  });

  test.each([
    [0.97, undefined],
    [1.03, "warning"],
  ])("T16: %d times the flux noise that moves a biased site by 0.2 γ/2π", (factor, expected) => {
    const profile = parseTransmonProfile(smallProfile());
    const { knobs } = designNaturalGroup(profile, wanted);
    const slopes = profile.sites.map((site, i) => {
      const at = (flux: number) => biasedLevels(profile, site, flux).frequency_hz;
      const { flux_quanta } = knobs.sites[i]!;
      return Math.abs(at(flux_quanta + 1e-5) - at(flux_quanta - 1e-5)) / 2e-5;
    });
    // σ = A|f'|√ln(f_high/f_low) between 10 minutes and a shot of 20/γ plus the reset.
    const shot = 20 / wanted.gain_rate_per_s + profile.assumptions.reset_duration_s.value;
    const noise = (0.24 * MHz) / (Math.max(...slopes) * Math.sqrt(Math.log(600 / shot)));
    const raised = found("T16", { assume: { flux_noise_quanta: factor * noise } });
    expect(raised.find((f) => f.title === "flux noise")?.severity).toBe(expected);
  });

  test.each([
    [33.4, "info"],
    [33.6, undefined],
  ])("T19: |K| = 201 MHz against 3V = 6J, J/2π = %d MHz", (exchange, expected) => {
    expect(severity("T19", { model: { exchange_hz: [exchange * MHz] }, edit: alike })).toBe(expected);
  });

  test.each([
    [3.99, undefined],
    [4.01, "warning"],
  ])("T32: V = 2J against κ/2 = 8 MHz, J/2π = %d MHz", (exchange, expected) => {
    expect(severity("T32", { model: { exchange_hz: [exchange * MHz] }, edit: alike })).toBe(expected);
  });

  test.each([
    [19.99, "error"],
    [20, undefined],
  ])("T31: couplers that reach %d MHz", (reach, expected) => {
    expect(severity("T31", { assume: { exchange_max_hz: reach * MHz } })).toBe(expected);
  });
});

describe("what is to be seen", () => {
  const synthesis = (changes: Partial<NonNullable<Intent["synthesis"]>>): Case => ({
    edit: alike,
    intent: {
      synthesis: {
        modulation_hz: 201 * MHz,
        static_hz: 2 * MHz,
        modulated_hz: 4 * MHz,
        asymmetry_hz: 0,
        ...changes,
      },
    },
  });
  // |α|/20 = 10.05 MHz; flux lines of couplers carry 100 to 500 MHz unless the profile says otherwise.
  test.each([
    [{ modulated_hz: 10 * MHz }, undefined],
    [{ modulated_hz: 10.1 * MHz }, "warning"],
    [{ modulation_hz: 499 * MHz }, undefined],
    [{ modulation_hz: 501 * MHz }, "warning"],
    [{ modulation_hz: 101 * MHz }, undefined],
    [{ modulation_hz: 99 * MHz }, "warning"],
  ])("T12: K-synthesis with %o", (changes, expected) => {
    expect(severity("T12", synthesis(changes))).toBe(expected);
  });

  const chain = (count: number) => (p: TransmonProfile) => {
    const [first] = alike(p).sites;
    const all = Array.from({ length: count }, (_, i) => ({ ...first!, id: `q${i}` }));
    return { ...p, sites: all, bonds: all.slice(1).map((site, i) => [`q${i}`, site.id] as [string, string]) };
  };
  // 0.6 % a site (N = 20 lengthens the lifetime by 12 %): 15 % between 24 and 26 sites.
  test.each([
    [24, {}, "warning"],
    [26, {}, undefined],
    [24, { lifetime_gain: 0.151 }, undefined],
    [26, { lifetime_gain: 0.149 }, "warning"],
    [30, { lifetime_gain: 0.149 }, undefined],
    [29, { lifetime_gain: 0.149 }, "warning"],
  ])("T17: the lifetime over %d sites, %o", (count, intent, expected) => {
    expect(severity("T17", { edit: chain(count), intent: { observable: "lifetime", ...intent } })).toBe(
      expected,
    );
    expect(severity("T17", { edit: chain(count), intent })).toBeUndefined();
    expect(severity("T17", { edit: chain(count), model: { observable: "lifetime" }, intent })).toBe(expected);
  });

  test.each([
    [0.119, "error"],
    [0.121, undefined],
  ])("T18: pair correlators on a square at K_eff/2π = %d MHz; 0.1 γ/2π = 0.12 MHz", (k, expected) => {
    const { intent, edit } = synthesis({ asymmetry_hz: k * MHz });
    const pairs: Case = { intent: { ...intent, observable: "pair-correlator" }, edit: edit! };
    expect(severity("T18", pairs)).toBe(expected);
    expect(severity("T18", { ...pairs, intent: intent! })).toBeUndefined();
    // One diagonal makes odd loops.
    const frustrated = (p: TransmonProfile) => ({
      ...alike(p),
      bonds: [...p.bonds, ["q0", "q4"] as [string, string]],
    });
    expect(severity("T18", { ...pairs, edit: frustrated })).toBeUndefined();
  });

  test("T18: the natural anharmonicity is no such case", () => {
    expect(severity("T18", { intent: { observable: "pair-correlator" }, edit: alike })).toBeUndefined();
  });

  // 2π × 201 MHz × tick = 0.1 rad at a clock of 12.63 GHz.
  test.each([
    [12.6, "warning"],
    [12.66, undefined],
  ])("T20: a clock of %d GHz", (clock, expected) => {
    expect(severity("T20", { assume: { clock_hz: clock * 1e9 }, edit: alike })).toBe(expected);
  });

  // A⁻¹ of two levels confused with probability e has rows of norm √((1 − e)² + e²)/(1 − 2e): 1.3 at e = 0.1759.
  test.each([
    [0.1755, undefined],
    [0.1763, "warning"],
  ])("T21: read-out errors of %d", (e, expected) => {
    const edit = sites(({ readout }) => ({
      readout: { ...readout, prob_meas0_prep1: e, prob_meas1_prep0: e },
    }));
    expect(severity("T21", { assume: { third_level_assignment: [0, 0, 1] }, edit })).toBe(expected);
  });

  test.each([
    [0.9, undefined],
    [0.899, "warning"],
  ])("T21: P(2|2) = %d", (p, expected) => {
    expect(severity("T21", { assume: { third_level_assignment: [0, 1 - p, p] } })).toBe(expected);
  });

  // Usual linewidth 20 MHz.
  test.each([
    [1.009, "info"],
    [1.011, undefined],
    [0.991, "info"],
    [0.989, undefined],
  ])("T25: a linewidth of 2π × %d of the usual", (factor, expected) => {
    const assume = { gain_ancilla_linewidth_hz: 20 * MHz * fullTurn * factor };
    expect(severity("T25", { assume })).toBe(expected);
  });

  test("T25: one site's anharmonicity against the others'", () => {
    const slip = sites((_, i) => (i === 0 ? { anharmonicity_hz: -201 * MHz * fullTurn } : {}));
    const edit = (p: TransmonProfile) => ({
      ...slip(alike(p)),
      sites: slip(alike(p)).sites.map((site) => ({ ...site, frequency_hz: 9e9 })),
    });
    expect(severity("T25", { edit })).toBe("info");
    expect(severity("T25", { edit: alike })).toBeUndefined();
  });
});

describe("reset", () => {
  const waiting = (lifetimes: number, relies = true) => ({
    assume: { reset_duration_s: lifetimes * 80e-6 - 1e-6 },
    model: { relies_on_reset: relies },
    edit: sites((site) => ({ t1_s: 80e-6, readout: { ...site.readout, duration_s: 1e-6 } })),
  });

  // e^(−6.215) = 0.002, e^(−2.996) = 0.05.
  test.each([
    [6.3, undefined],
    [6.1, "warning"],
    [3.1, "warning"],
    [2.9, "error"],
  ])("T36: a wait of %d T1 before a protocol that starts from level 0", (lifetimes, expected) => {
    expect(severity("T36", waiting(lifetimes))).toBe(expected);
    expect(severity("T36", waiting(lifetimes, false))).toBeUndefined();
  });
});
