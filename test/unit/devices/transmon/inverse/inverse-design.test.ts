import { describe, expect, test } from "vitest";
import { angularFromHz } from "#core/units";
import { effectiveExchange } from "#devices/transmon/circuit/coupler";
import { graphFactors, oneGroup, twoGroups } from "#devices/transmon/inverse/graph";
import { type InverseRequest, inverseDesign } from "#devices/transmon/inverse/inverse-design";
import { parseTransmonProfile, type TransmonProfile } from "#devices/transmon/schema";
import { smallProfile } from "../../../../support/profiles.ts";
import { refusal } from "../../../../support/refusal.ts";

const MHz = 1e6;

/** Four sites alike (f01 = 4.655 GHz, α = −200 MHz, T1 = 100 µs) with some assumptions changed. */
function device(changes: Record<string, unknown> = {}): TransmonProfile {
  const profile = parseTransmonProfile(smallProfile(changes));
  const sites = profile.sites.map((site) => ({
    ...site,
    frequency_hz: 4.655e9,
    anharmonicity_hz: -200 * MHz,
    t1_s: 100e-6,
    t2_s: 100e-6,
  }));
  return { ...profile, sites };
}

function violated(
  profile: TransmonProfile,
  request: Omit<InverseRequest, "target">,
  target: object,
): string[] {
  const { chosen } = inverseDesign(profile, { ...request, target: { fock_state: 1, ...target } });
  return chosen.inequalities.filter((i) => !i.satisfied).map((i) => i.name);
}

describe("graph factors: largest eigenvalues of the exchange matrix", () => {
  const graph = (count: number, bonds: [number, number][]) => {
    const profile = device();
    const sites = Array.from({ length: count }, (_, i) => ({ ...profile.sites[0]!, id: `q${i}` }));
    return { ...profile, sites, bonds: bonds.map(([a, b]) => [`q${a}`, `q${b}`] as [string, string]) };
  };
  const pairs = (count: number) =>
    Array.from({ length: count }, (_, i) => i).flatMap((i) =>
      Array.from({ length: i }, (_, j): [number, number] => [j, i]),
    );
  const chain = (count: number): [number, number][] =>
    Array.from({ length: count - 1 }, (_, i) => [i, i + 1]);
  // All-to-all N − 1 and −1; open chain ±2cos(π/(N+1)); star ±√(N−1).
  test.each([
    ["all-to-all of 6", graph(6, pairs(6)), 5, -1],
    ["open chain of 7", graph(7, chain(7)), 2 * Math.cos(Math.PI / 8), -2 * Math.cos(Math.PI / 8)],
    [
      "star of 9",
      graph(
        9,
        Array.from({ length: 8 }, (_, i) => [0, i + 1]),
      ),
      Math.sqrt(8),
      -Math.sqrt(8),
    ],
  ] as const)("%s", (_, profile, highest, lowest) => {
    const factors = graphFactors(profile, oneGroup(profile));
    expect(factors.within).toBeCloseTo(highest, 10);
    expect(factors.lowest).toBeCloseTo(lowest, 10);
    expect(factors.between).toBe(0);
  });

  test("two groups of a square: one bond within each, and one across for every site", () => {
    const profile = device();
    expect(graphFactors(profile, twoGroups(profile, undefined))).toEqual({
      within: expect.closeTo(1, 10),
      lowest: expect.closeTo(-1, 10),
      between: expect.closeTo(1, 10),
    });
  });

  test("groups that do not fit the profile are refused", () => {
    const profile = device();
    for (const [a, b, message] of [
      [["q0", "q9"], ["q1", "q3", "q4"], /no site "q9"/],
      [["q0", "q1"], ["q1", "q3", "q4"], /named twice/],
      [["q0"], ["q1", "q3"], /q4 stand in neither/],
    ] as const) {
      expect(refusal(() => twoGroups(profile, { a, b })).message).toMatch(message);
    }
  });
});

describe("the bound on |K|/γ− of single-pole ancillas", () => {
  // √((1 − L)/L)/(2 × 0.16), whatever κ: 31.1 at 1 %, 13.6 at 5 %.
  const free = { ancillas: "free" as const, strategy: "natural" as const };
  const profile = device({
    loss_sideband_per_amplitude_hz: 20 * MHz,
    gain_sideband_per_amplitude_hz: 20 * MHz,
  });
  test.each([
    [0.01, -31.2, []],
    [0.01, -31.0, ["gain-ceiling", "loss-ceiling", "k-over-loss"]],
    [0.05, -13.7, []],
    [0.05, -13.5, ["gain-ceiling", "loss-ceiling", "k-over-loss"]],
  ])("leakage %d, K/γ− = %d", (leakage, asymmetry, names) => {
    expect(violated(profile, { ...free, leakage }, { asymmetry })).toEqual(names);
  });

  test("the nearest natural model has the ratio of the bound, and says that K gave way", () => {
    const { chosen } = inverseDesign(profile, { ...free, target: { asymmetry: -10, fock_state: 1 } });
    expect(chosen.feasible).toBe(false);
    expect(chosen.nearest.asymmetry).toBeCloseTo(-31.09, 2);
    expect(chosen.nearest.changed).toEqual(["K/γ−"]);
    // asinh 31.09 − asinh 10
    expect(chosen.nearest.distance).toBeCloseTo(Math.asinh(31.09) - Math.asinh(10), 3);
    expect(chosen.achieved.asymmetry / chosen.nearest.asymmetry).toBeCloseTo(1, 2);
  });

  test("with K-synthesis the same model is feasible, and the answer says what changes", () => {
    const design = inverseDesign(profile, { ancillas: "free", target: { asymmetry: -10, fock_state: 1 } });
    expect(design.chosen.strategy).toBe("k-synthesis");
    expect(design.chosen.feasible).toBe(true);
    expect(design.chosen.achieved.asymmetry).toBeCloseTo(-10, 1);
    const { synthesis } = design.chosen.knobs;
    // ω_m = |α − K_eff|, but for light shifts of the order G²/|K| = 0.2 MHz a rung
    const gamma_hz = design.chosen.nearest.loss_rate_per_s / angularFromHz(1);
    expect(Math.abs(synthesis!.modulation_hz - (200 * MHz - 10 * gamma_hz))).toBeLessThan(0.8 * MHz);
    expect(design.offers.map((offer) => offer.strategy)).toEqual([
      "tunable-kerr",
      "chi-selective",
      "digital",
    ]);
    for (const offer of [...design.outcomes, ...design.offers])
      expect(offer.changes.length).toBeGreaterThan(0);
  });
});

describe("conditions next to their limits", () => {
  const rate = angularFromHz(1.2 * MHz);
  const request = { loss_rate_per_s: rate, strategy: "natural" as const };
  const inUnits = (hz: number) => angularFromHz(hz) / rate;

  // |α|/10 = 20 MHz on bonds with V = 2J.
  test.each([
    [39.9, []],
    [40.1, ["exchange"]],
  ])("V/2π = %d MHz", (v, names) => {
    expect(violated(device(), request, { coupling: inUnits(v * MHz) })).toEqual(names);
    expect(violated(device(), request, { coupling: inUnits(-v * MHz) })).toEqual(names);
  });

  // 20 lifetimes: γ = 20/100 µs = 2e5 /s.
  test.each([
    [2.01e5, []],
    [1.99e5, ["gain-floor", "loss-floor"]],
  ])("γ = %d /s against T1", (loss, names) => {
    expect(violated(device(), { ...request, loss_rate_per_s: loss }, {})).toEqual(names);
  });

  // 0.16κ = 2.56 MHz.
  test.each([
    [2.55, []],
    [2.57, ["gain-ceiling"]],
  ])("γ+/2π = %d MHz against the bath", (gamma, names) => {
    expect(violated(device(), request, { gain: gamma / 1.2 })).toEqual(names);
  });

  // L = (κ/2)²/(K² + (κ/2)²) with κ/2 = 8 MHz: 1.597e-3.
  test.each([
    [1.6e-3, []],
    [1.59e-3, ["selectivity-gain", "selectivity-loss"]],
  ])("a leakage of %d", (leakage, names) => {
    expect(violated(device(), { ...request, leakage }, {})).toEqual(names);
  });

  // All sites start at 4.655 GHz and go down by 300 MHz: δ within ±300 MHz.
  test.each([
    [299, []],
    [301, ["detuning-high"]],
    [-301, ["detuning-low"]],
  ])("δ/2π = %d MHz", (delta, names) => {
    expect(violated(device(), request, { detuning: inUnits(delta * MHz) })).toEqual(names);
  });

  // |α|/20 = 10 MHz for J1 = 2J0, V = 2J0.
  test.each([
    [9.9, []],
    [10.1, ["exchange"]],
  ])("K-synthesis with V/2π = %d MHz", (v, names) => {
    const synthesis = { ...request, strategy: "k-synthesis" as const };
    expect(violated(device(), synthesis, { asymmetry: 0, coupling: inUnits(v * MHz) })).toEqual(names);
  });

  // ω_m = 200 MHz + K_eff from 100 MHz on, 500 MHz at most.
  test.each([
    [-99, []],
    [-101, ["modulation-low"]],
    [299, []],
    [301, ["modulation-high"]],
  ])("K-synthesis of K/2π = %d MHz", (k, names) => {
    const synthesis = { ...request, strategy: "k-synthesis" as const };
    expect(violated(device(), synthesis, { asymmetry: inUnits(k * MHz) })).toEqual(names);
  });

  test("n = 2 is refused, with the number", () => {
    expect(violated(device(), request, { fock_state: 2 })).toEqual(["fock-state"]);
  });
});

describe("knobs", () => {
  const target = {
    gain: 0.5,
    asymmetry: -120,
    coupling: 4,
    detuning: 30,
    inter_coupling: 0.5,
    fock_state: 1,
  };

  test("forward physics of the knobs gives the wanted model back", () => {
    const { chosen } = inverseDesign(device(), { target });
    expect(chosen.feasible).toBe(true);
    for (const [name, within] of [
      ["gain", 0.005],
      ["asymmetry", 0.005],
      ["coupling", 0.005],
      ["detuning", 0.005],
      ["inter_coupling", 1e-9],
    ] as const) {
      expect(Math.abs(chosen.achieved[name] / target[name] - 1)).toBeLessThan(within);
    }
  });

  test("the mirror image of a model has the knobs of the model with its couplers reversed", () => {
    const flipped = { ...target, asymmetry: 120, coupling: -4, detuning: -30 };
    const plain = inverseDesign(device(), { target, strategy: "natural" }).chosen;
    const mirrored = inverseDesign(device(), { target: flipped, strategy: "mirrored" }).chosen;
    expect(mirrored.knobs).toEqual(plain.knobs);
    expect(mirrored.achieved.asymmetry).toBe(-plain.achieved.asymmetry);
    expect(mirrored.achieved.coupling).toBe(-plain.achieved.coupling);
    expect(mirrored.feasible).toBe(true);
  });

  test("couplers stand where their circuit gives the exchange", () => {
    const circuit = {
      mediated_hz: [90 * MHz, 90 * MHz],
      direct_hz: 6 * MHz,
      lowest_hz: 5.2e9,
      highest_hz: 8e9,
    };
    const { chosen } = inverseDesign(device({ coupler_circuit: circuit }), {
      target: { asymmetry: -120, coupling: -4, fock_state: 1 },
    });
    const bond = chosen.knobs.bonds[0]!;
    expect(bond.coupler_hz).not.toBeNull();
    const sites = [0, 1].map((i) => chosen.knobs.sites[i]!.drive01_hz) as [number, number];
    const made = effectiveExchange(
      { sites_hz: sites, mediated_hz: [90 * MHz, 90 * MHz], direct_hz: 6 * MHz },
      bond.coupler_hz!,
    );
    expect(made / bond.exchange_hz).toBeCloseTo(1, 6);
  });
});

describe("devices at the edge", () => {
  test.each(["given", "free"] as const)(
    "elements without Kerr shift, ancillas %s: refused with finite numbers",
    (ancillas) => {
      const profile = device();
      const sites = profile.sites.map((site) => ({ ...site, anharmonicity_hz: 0, kerr_hz: 0 }));
      const { chosen } = inverseDesign(
        { ...profile, sites },
        { ancillas, target: { asymmetry: 0, coupling: 1, fock_state: 1 } },
      );
      expect(chosen.feasible).toBe(false);
      expect(chosen.inequalities.find((i) => i.name === "selectivity-gain")!.satisfied).toBe(false);
      expect(
        Object.values(chosen.nearest)
          .filter((v) => typeof v === "number")
          .every(Number.isFinite),
      ).toBe(true);
    },
  );

  test("a site alone has no exchange to offer", () => {
    const profile = device();
    const alone = { ...profile, sites: profile.sites.slice(0, 1), bonds: [] };
    expect(violated(alone, {}, { coupling: 1 })).toEqual(["exchange-bonds"]);
    expect(violated(alone, {}, { asymmetry: -100 })).toEqual([]);
  });
});
