import { describe, expect, test } from "vitest";
import { angularFromHz } from "#core/units";
import { designNaturalGroup } from "#devices/transmon/design";
import { graphSpectrum, naturalThreshold } from "#devices/transmon/findings";
import { siteOscillator, transmonNetwork } from "#devices/transmon/forward";
import { parseTransmonProfile, type TransmonProfile } from "#devices/transmon/schema";
import type { WantedModel } from "#ir/platform";
import { uncoupledPopulations } from "#model/oscillator";
import { loadProfileDocument } from "#planning/load";
import { networkGrowthRate } from "#simulators/index";
import { smallProfile } from "../../../support/profiles.ts";

const MHz = 1e6;
const rate = (linewidth_hz: number) => angularFromHz(linewidth_hz);
const wanted: WantedModel = {
  gain_rate_per_s: rate(1.2 * MHz),
  loss_rate_per_s: rate(1.2 * MHz),
  exchange_hz: [14 * MHz, 17 * MHz, 20 * MHz],
};

/** Codes of a design with some assumptions changed, each with its severity. */
function codes(
  changes: Record<string, unknown>,
  model: Partial<WantedModel> = {},
  edit?: (p: TransmonProfile) => TransmonProfile,
) {
  const profile = parseTransmonProfile(smallProfile(changes));
  const { findings } = designNaturalGroup(edit ? edit(profile) : profile, { ...wanted, ...model });
  return findings.map((f) => `${f.code} ${f.severity}`);
}

describe("inverse design", () => {
  const profile = parseTransmonProfile(loadProfileDocument("ibm-sherbrooke-ring", "."));
  const { knobs } = designNaturalGroup(profile, { ...wanted, exchange_hz: [20 * MHz] });

  test("forward physics of the knobs gives the wanted rates back", () => {
    const network = transmonNetwork(profile, knobs, { tones: "both", exchange_hz: 20 * MHz });
    for (const site of network.sites) {
      // Thermal ancillas add n_th ≤ 0.3 %.
      expect(site.gain / wanted.gain_rate_per_s).toBeGreaterThan(0.999);
      expect(site.gain / wanted.gain_rate_per_s).toBeLessThan(1.004);
      expect(site.loss / wanted.loss_rate_per_s).toBeGreaterThan(0.999);
      expect(site.loss / wanted.loss_rate_per_s).toBeLessThan(1.004);
    }
    expect([...network.coupling.re].every((j) => j === angularFromHz(20 * MHz))).toBe(true);
  });

  test("all sites meet at the lowest one's frequency", () => {
    const lowest = Math.min(...profile.sites.map((s) => s.frequency_hz));
    for (const site of knobs.sites) expect(site.drive01_hz).toBeCloseTo(lowest, -1);
    const still = knobs.sites[profile.sites.findIndex((s) => s.frequency_hz === lowest)]!;
    expect(still.flux_quanta).toBe(0);
  });

  test("tones follow the shifts: light-shifted transitions are met to 1 % of γ", () => {
    knobs.sites.forEach((settings, i) => {
      const lit = siteOscillator(profile, profile.sites[i]!, {
        flux_quanta: settings.flux_quanta,
        reference_hz: knobs.reference_hz,
        tones: [],
      });
      const dark = angularFromHz(settings.drive01_hz - knobs.reference_hz);
      expect(Math.abs(lit.detuning - dark)).toBeLessThan(0.01 * wanted.gain_rate_per_s);
    });
  });

  test("T1 is a channel: the uncoupled sites are the mixture that detailed balance gives", () => {
    const [site] = transmonNetwork(profile, knobs, { tones: "both", exchange_hz: 0 }).sites;
    const [p0, p1] = uncoupledPopulations(site!);
    // p0/p1 = (1/T1 + leak + thermal)/(γ₊ + …): dominated by T1 and by n_th·γ₊
    const t1 = profile.sites[0]!.t1_s;
    expect(p0 / p1).toBeGreaterThan(1 / (t1 * wanted.gain_rate_per_s));
    expect(p0 / p1).toBeLessThan(1 / (t1 * wanted.gain_rate_per_s) + 0.01);
  });

  test("the onset of the ring is the Mott-lobe tip 0.1716·|α|/2, to the size of γ/K", () => {
    const growth = (exchange_hz: number) =>
      networkGrowthRate(transmonNetwork(profile, knobs, { tones: "both", exchange_hz }));
    const alpha = profile.sites.reduce((sum, s) => sum - s.anharmonicity_hz, 0) / profile.sites.length;
    expect(naturalThreshold).toBeCloseTo(3 - 2 * Math.SQRT2, 12);
    const expected = (naturalThreshold * alpha) / 2;
    expect(growth(0.97 * expected)).toBeLessThan(0);
    expect(growth(1.03 * expected)).toBeGreaterThan(0);
  });
});

describe("graph spectrum", () => {
  test("ring of 12: 2cos(2πk/12); 3 × 3 lattice: λ_max = 4cos(π/4)", () => {
    const ring = graphSpectrum(parseTransmonProfile(loadProfileDocument("ibm-sherbrooke-ring", ".")));
    const expected = Array.from({ length: 12 }, (_, k) => 2 * Math.cos((Math.PI * k) / 6)).toSorted(
      (a, b) => a - b,
    );
    ring.forEach((value, k) => {
      expect(value).toBeCloseTo(expected[k]!, 10);
    });
    expect(graphSpectrum(parseTransmonProfile(loadProfileDocument("square-3x3", "."))).at(-1)).toBeCloseTo(
      2 * Math.SQRT2,
      10,
    );
  });
});

describe("each finding is raised by a device that earns it, not by its neighbour just inside", () => {
  const quiet = codes({});

  test("the reference design has no errors", () => {
    expect(quiet.filter((c) => c.endsWith("error"))).toEqual([]);
  });

  // Leak L = (κ/2)²/(K² + (κ/2)²) with |K| = 200 MHz at the smallest: 1 % at κ = 40.2 MHz, 5 % at 91.8 MHz.
  test.each([
    [39, undefined],
    [42, "T01 warning"],
    [90, "T01 warning"],
    [95, "T01 error"],
  ])("T01 selectivity at κ/2π = %d MHz", (kappa, expected) => {
    const found = codes({ loss_ancilla_linewidth_hz: kappa * MHz, gain_ancilla_linewidth_hz: 16 * MHz });
    expect(found.find((c) => c.startsWith("T01"))).toBe(expected);
  });

  // 4G/κ = 2√((Γ/κ)(1 − Γ/κ)): 0.6 at Γ = 0.1 κ; 1 at Γ = κ/2.
  test.each([
    [1.59, undefined],
    [1.62, "T02 warning"],
    [7.9, "T02 warning"],
    [8.1, "T02 error"],
  ])("T02 adiabaticity at γ+/2π = %d MHz, κ/2π = 16 MHz", (gamma, expected) => {
    const found = codes({}, { gain_rate_per_s: rate(gamma * MHz) });
    expect(found.find((c) => c.startsWith("T02"))).toBe(expected);
  });

  const withT1 = (t1_s: number) => (p: TransmonProfile) => ({
    ...p,
    sites: p.sites.map((s) => ({ ...s, t1_s, t2_s: t1_s })),
  });
  test.each([
    [20.1, undefined],
    [19.9, "T03 warning"],
    [5.1, "T03 warning"],
    [4.9, "T03 error"],
  ])("T03 intrinsic loss at γ+·T1 = %d", (product, expected) => {
    const found = codes({}, {}, withT1(product / wanted.gain_rate_per_s));
    expect(found.find((c) => c.startsWith("T03"))).toBe(expected);
  });

  test("T08 sign: an array of two with K < 0 needs one positive eigenvalue; a bipartite graph always has it", () => {
    expect(codes({}, { exchange_hz: [-14 * MHz, -20 * MHz] })).not.toContain("T08 warning");
    // A triangle has eigenvalues 2, −1, −1: with J < 0 only |λ| = 1 has the right sign, below |K|/10 here.
    const triangle = (p: TransmonProfile): TransmonProfile => ({
      ...p,
      sites: p.sites.slice(0, 3),
      bonds: [
        ["q0", "q1"],
        ["q1", "q3"],
        ["q0", "q3"],
      ],
    });
    expect(codes({}, { exchange_hz: [-15 * MHz, -18 * MHz] }, triangle)).toContain("T08 warning");
    expect(codes({}, { exchange_hz: [15 * MHz, 18 * MHz] }, triangle)).not.toContain("T08 warning");
  });

  test("T09 matrix elements and T19 Mott coherence are always told", () => {
    expect(quiet).toContain("T09 info");
    expect(quiet).toContain("T19 info");
  });

  test.each([
    [19.9, undefined],
    [20.3, "T11 warning"],
  ])("T11 truncation at J/2π = %d MHz, |K|/10 = 20.1 MHz", (exchange, expected) => {
    expect(codes({}, { exchange_hz: [10 * MHz, exchange * MHz] }).find((c) => c.startsWith("T11"))).toBe(
      expected,
    );
  });

  test("T14 band: the blue tone just inside and just outside its line", () => {
    const tone = 4.655e9 + 6.2e9;
    expect(codes({ flux_band_hz: [0.05e9, tone + 1e6] }).filter((c) => c.startsWith("T14"))).toEqual([]);
    expect(codes({ flux_band_hz: [0.05e9, tone - 1e6] })).toContain("T14 error");
  });

  test("T16 disorder: refused without flux tuning, resolved with it, marginal in between", () => {
    expect(codes({ flux_tuning_range_hz: 0 })).toContain("T16 error");
    expect(codes({ flux_tuning_range_hz: 300 * MHz })).toContain("T16 info");
    expect(codes({ flux_tuning_range_hz: 130 * MHz })).toContain("T16 warning");
  });

  test("T20 phase frame: one tick of 1 ns is a radian at 200 MHz; a 100 GHz clock is safe", () => {
    expect(quiet).toContain("T20 warning");
    expect(codes({ clock_hz: 1e11 })).not.toContain("T20 warning");
  });

  test("T21 read-out: P(2|2) below 0.9", () => {
    expect(quiet).not.toContain("T21 warning");
    expect(codes({ third_level_assignment: [0.05, 0.1, 0.85] })).toContain("T21 warning");
  });

  test("T30 and T31: full scale and the couplers' reach", () => {
    expect(codes({ gain_sideband_per_amplitude_hz: 1 * MHz })).toContain("T30 error");
    expect(codes({ exchange_max_hz: 19 * MHz })).toContain("T31 error");
    expect(codes({ exchange_max_hz: 20 * MHz })).not.toContain("T31 error");
  });
});
