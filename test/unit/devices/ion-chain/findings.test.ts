import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { afterAll, describe, expect, test } from "vitest";
import { angularFromHz } from "#core/units";
import { hbar_js } from "#devices/ion-chain/constants";
import { titles } from "#devices/ion-chain/finding-rule";
import { asymmetryFromLength } from "#devices/ion-chain/motion/electrodes";
import { findSpecies, ionMass } from "#devices/ion-chain/species";
import { codes, design, ionProfile, window } from "../../../support/ion-profiles.ts";

const calcium = ionMass(findSpecies("40Ca+"));
const lattice = ionProfile("calcium-lattice");
const base = design(lattice);
const { figures } = base;
const gamma = base.wanted.loss_rate_per_s;
const mode = figures.mode_rad_per_s;

/** Σ_j 1/|i−j|³ of an even chain, by ion. */
const sums = (count: number) =>
  Array.from({ length: count }, (_, i) =>
    Array.from({ length: count }, (_, j) => (i === j ? 0 : Math.abs(i - j) ** -3)).reduce((a, b) => a + b, 0),
  );
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
/** V over the nearest neighbours' J for twelve ions of one group. */
const perNearest = mean(sums(12));

/** A value just above and just below a limit: the first earns the code, the second does not. */
type Pair = readonly [code: string, where: string, raised: () => string[], silent: () => string[]];

const around = (limit: number, apart = 0.01) => [limit * (1 + apart), limit * (1 - apart)] as const;
const latticeCodes = (assume: Record<string, unknown>, ...rest: [Parameters<typeof design>[1]?, number?]) =>
  codes(design(ionProfile("calcium-lattice", { assume }), ...rest));

function pairs(): Pair[] {
  const made: Pair[] = [];
  const pair = (
    code: string,
    where: string,
    [over, under]: readonly [number, number],
    run: (value: number) => string[],
  ) => made.push([code, where, () => run(over), () => run(under)]);

  // r = (2 − η²)²/2 exactly; 6.75 r (γ/K)² = ε
  const kappa = Math.sqrt((6.75 * ((2 - figures.eta ** 2) ** 2 / 2)) / 0.02);
  pair("K_TOO_SMALL_FOR_SELECTIVITY", "|K|/γ = √(6.75r/ε)", [0.998 * kappa, 1.002 * kappa], (value) =>
    codes(design(lattice, { asymmetry_ratio: -value })),
  );
  // |K| = 26·10·ṅ·3 at ℓ₄ = 10 µm
  const heating = angularFromHz(asymmetryFromLength(calcium, 1e-5)) / (26 * 30);
  pair("K_UNREACHABLE_ELECTRODES", "ℓ4 = 10 µm", around(heating), (value) =>
    codes(design(ionProfile("calcium-electrodes", { assume: { heating_rate_per_s: value } }))),
  );
  pair("SIGN_VK_POSITIVE", "sign of the target's K", [26, -26], (value) =>
    codes(design(lattice, { asymmetry_ratio: value })),
  );
  pair("SIGN_VK_POSITIVE", "sign of the electrodes, axial motion", [-1, 1], (value) =>
    codes(
      design(
        ionProfile("calcium-electrodes", { anharmonicity: { shape: value < 0 ? "softening" : "hardening" } }),
      ),
    ),
  );
  for (const [n, edge, inward] of [
    [1, 1 / 2, 1],
    [1, 2, -1],
    [2, 2 / 3, 1],
    [5, 6 / 5, -1],
  ] as const) {
    pair(
      "INSIDE_BOSON_BLOCKADE_WINDOW",
      `γ+/γ− = ${edge.toFixed(2)} at n = ${n}`,
      [edge * (1 + 0.002 * inward), edge * (1 - 0.002 * inward)],
      (value) => codes(design(ionProfile("calcium-lattice", { fock_state: n }), { gain_ratio: value })),
    );
  }
  // Collective patterns couple with the eigenvalues of J; V is the mean of its rows.
  const cubes = Array.from({ length: 12 }, (_, i) =>
    Array.from({ length: 12 }, (_, j) => (i === j ? 0 : Math.abs(i - j) ** -3)),
  );
  const largest = Math.max(
    ...new EigenvalueDecomposition(new Matrix(cubes), { assumeSymmetric: true }).realEigenvalues,
  );
  const critical = (base.thresholds.along.critical! / gamma) * (perNearest / largest);
  pair("THRESHOLD", "V below the critical one", [critical * 0.995, critical * 1.005], (value) =>
    codes(design(lattice, { coupling_ratio: value })),
  );
  pair("THRESHOLD", "a blockade expected above it", [critical * 1.005, critical * 0.995], (value) =>
    codes(design(lattice, { coupling_ratio: value, expect: "blockade" })),
  );
  pair("REPUMP_SATURATED", "γ_rp = 2γ", [2, 2.001], (q) => codes(design(lattice, {}, q)));
  pair("NOT_MARKOV", "p_e = Γ/γ_rp = 0.1", [9.99, 10], (q) => codes(design(lattice, {}, q)));
  const extra = figures.heating_parts_per_s.carrier + figures.heating_parts_per_s.lattice;
  const limit = (0.1 * gamma) / 3 - extra;
  pair("HEATING_COMPETES", "ṅ(2n+1) = 0.1γ", around(limit), (value) =>
    latticeCodes({ heating_rate_per_s: value }),
  );
  pair("DEPHASING_COMPETES", "1/T2 = 0.1γ", [10 / (1.01 * gamma), 10 / (0.99 * gamma)], (value) =>
    latticeCodes({ motional_t2_s: value, intensity_noise: 0 }),
  );
  // Shifts are −V_i: σ/V of four ions, times what compensation leaves
  const four = sums(4);
  const spread = Math.sqrt(mean(four.map((v) => (v - mean(four)) ** 2))) / mean(four);
  pair("SELF_SHIFT_DISORDER", "σ = 0.2V left by compensation", around(0.2 / spread), (left) =>
    codes(
      design(
        ionProfile("calcium-lattice", { groups: "AAAA", assume: { self_shift_compensation: 1 - left } }),
      ),
    ),
  );
  pair(
    "SELF_SHIFT_DISORDER",
    "calibration error of 0.2V",
    around((0.2 * 5.2 * gamma) / angularFromHz(1)),
    (value) => latticeCodes({ mode_calibration_error_hz: value }),
  );
  pair("VAB_OVER_V", "AABB but not AAABBB", [2, 3], (length) =>
    codes(
      design(
        ionProfile("calcium-lattice", {
          groups: `${"A".repeat(length)}${"B".repeat(length)}`.repeat(6 / length),
        }),
      ),
    ),
  );
  pair("COLLECTIVE_MODES_RESOLVED", "γ_rp = 4J", around((3 / 4) * perNearest), (value) =>
    codes(
      design(ionProfile("calcium-lattice", { geometry: { spacing_max_m: 1e-4 } }), { coupling_ratio: value }),
    ),
  );
  pair("RWA", "J/ω = 0.01", around((0.01 * mode * perNearest) / gamma), (value) =>
    codes(
      design(ionProfile("calcium-lattice", { geometry: { spacing_min_m: 5e-6 } }), { coupling_ratio: value }),
    ),
  );
  // η² = ħk²/2mω = 0.1/3 with 729.347 nm
  const k = angularFromHz(1) / 729.347e-9;
  const soft = (3 * hbar_js * k * k) / (2 * calcium * 0.1) / angularFromHz(1);
  pair("LAMB_DICKE", "η²(2n+1) = 0.1", [0.99 * soft, 1.01 * soft], (value) =>
    codes(design(ionProfile("calcium-electrodes", { trap_frequency_hz: value }))),
  );
  // (3γ/element)²·q²/(9(q − 2)) = 2ω·K/10 is quadratic in q
  const target = (2 * mode * 26 * figures.blue.element ** 2) / (10 * gamma);
  const q = (target + Math.sqrt(target ** 2 - 8 * target)) / 2;
  pair("AC_STARK_EXCEEDS_K/10", "Ω0²/2ω = K/10", around(q), (value) => codes(design(lattice, {}, value)));
  pair("LIFETIME_TOO_SHORT", "7.5 + 22.5·12/500", around(8.04, 0.001), (value) =>
    latticeCodes({ evolve_in_loss_times: value }),
  );
  pair("DDS_RESOLUTION", "step = K/10", around((base16() / 10) * 2 ** 32), (value) =>
    codes(design(ionProfile("calcium-electrodes", { assume: { dds_clock_hz: value } }))),
  );
  pair("TIMING_RESOLUTION", "ω·tick = 0.1", around(0.1 / mode), (value) =>
    latticeCodes({ update_tick_s: value }),
  );
  made.push([
    "DARK_STATE",
    "one excited state for both tones",
    () => latticeCodes({ excited_states: "shared" }),
    () => latticeCodes({ excited_states: "separate" }),
  ]);
  // αη²(2n+1)·photons = 0.05
  pair("RECOIL", "5 % a cycle", around(0.05 / (0.3333 * figures.eta_scattered ** 2 * 3)), (value) =>
    latticeCodes({ photons_per_cycle: value }),
  );
  pair("DEBYE_WALLER", "η²(2n̄+1) = 0.1", around(4.5), (value) =>
    latticeCodes({ spectators: [{ mode_frequency_hz: 2.6e6, eta: 0.1, occupation: value }] }),
  );
  pair("LASER_LINEWIDTH", "a third of γ_rp", around(gamma / angularFromHz(1)), (value) =>
    latticeCodes({ laser_linewidth_hz: value }),
  );
  pair("RUN_TOO_LONG", "20/γ−", [(0.99 * 20) / gamma, (1.01 * 20) / gamma], (value) =>
    latticeCodes({ run_time_max_s: value }),
  );
  const depth = base.knobs.lattice!.depth_hz;
  pair("ASYMMETRY_OUT_OF_REACH", "full depth", [0.99 * depth, 1.01 * depth], (value) =>
    codes(design(ionProfile("calcium-lattice", { anharmonicity: { depth_max_hz: value } }))),
  );
  const rabi = base.knobs.blue.rabi_hz;
  pair("RABI_OUT_OF_REACH", "full power", [0.99 * rabi, 1.01 * rabi], (value) =>
    latticeCodes({ rabi_max_hz: value }),
  );
  pair("REPUMP_OUT_OF_REACH", "3γ", [0.99 * 3 * gamma, 1.01 * 3 * gamma], (value) =>
    latticeCodes({ repump_rate_max_per_s: value }),
  );
  const spacing = base.knobs.spacing_m!;
  pair("COUPLING_OUT_OF_REACH", "too far apart", [1.02 * spacing, 0.98 * spacing], (value) =>
    codes(design(ionProfile("calcium-lattice", { geometry: { spacing_min_m: value } }))),
  );
  pair("COUPLING_OUT_OF_REACH", "too close", [0.98 * spacing, 1.02 * spacing], (value) =>
    codes(design(ionProfile("calcium-lattice", { geometry: { spacing_max_m: value } }))),
  );
  return made;
}

/** K/2π in Hz of the electrode profile: hardware notes on trapped ions, A.4, 0.42. */
function base16(): number {
  return asymmetryFromLength(calcium, 30e-6);
}

const covered = new Set<string>();

describe("each code has a profile that earns it and a neighbour that does not", () => {
  test.each(pairs())("%s: %s", (code, _where, raised, silent) => {
    expect(raised()).toContain(code);
    expect(silent()).not.toContain(code);
    covered.add(code);
  });

  /** Limits without a closed form: found by halving on the number that decides. */
  const edge = (value: (x: number) => number, limit: number, low: number, high: number) => {
    const rising = value(high) > value(low);
    for (let step = 0; step < 12; step++) {
      const middle = Math.sqrt(low * high);
      if (value(middle) > limit === rising) high = middle;
      else low = middle;
    }
    return rising ? ([high, low] as const) : ([low, high] as const);
  };

  test("LEAKAGE: 1 % outside the triple", () => {
    const at = (heating: number) =>
      design(ionProfile("calcium-lattice", { assume: { heating_rate_per_s: heating } }), {
        coupling_ratio: 1,
        asymmetry_ratio: -40,
      });
    const [over, under] = edge((heating) => at(heating).leakage, 0.01, 0.1, 60);
    expect(over / under).toBeLessThan(1.01);
    expect(codes(at(over))).toContain("LEAKAGE");
    expect(codes(at(under))).not.toContain("LEAKAGE");
    covered.add("LEAKAGE");
  });

  test("MODE_TOO_SOFT: |K| = ω/10", () => {
    const at = (frequency: number) =>
      design(
        ionProfile("calcium-electrodes", {
          trap_frequency_hz: frequency,
          anharmonicity: { quartic_length_m: 1e-6 },
        }),
      );
    const ratio = (f: number) => {
      const { asymmetry_rad_per_s, mode_rad_per_s } = at(f).figures;
      return Math.abs(asymmetry_rad_per_s / mode_rad_per_s);
    };
    const [over, under] = edge(ratio, 0.1, 1e3, 1e5);
    expect(codes(at(over))).toContain("MODE_TOO_SOFT");
    expect(codes(at(under))).not.toContain("MODE_TOO_SOFT");
    covered.add("MODE_TOO_SOFT");
  });

  afterAll(() => {
    expect([...covered].toSorted()).toEqual(Object.keys(titles).toSorted());
  });
});

test("the catalogue has every code that the design rules ask for", () => {
  // Hardware notes on trapped ions, B.2.
  for (const code of [
    "K_TOO_SMALL_FOR_SELECTIVITY",
    "K_UNREACHABLE_ELECTRODES",
    "SIGN_VK_POSITIVE",
    "INSIDE_BOSON_BLOCKADE_WINDOW",
    "REPUMP_SATURATED",
    "NOT_MARKOV",
    "HEATING_COMPETES",
    "DEPHASING_COMPETES",
    "SELF_SHIFT_DISORDER",
    "VAB_OVER_V",
    "COLLECTIVE_MODES_RESOLVED",
    "RWA",
    "LAMB_DICKE",
    "LEAKAGE",
    "AC_STARK_EXCEEDS_K/10",
    "LIFETIME_TOO_SHORT",
    "DDS_RESOLUTION",
    "TIMING_RESOLUTION",
  ]) {
    expect(titles).toHaveProperty([code]);
  }
});

test("findings carry their numbers and say what would help", () => {
  const everything = [
    ...design(ionProfile("calcium-electrodes")).findings,
    ...design(lattice, { asymmetry_ratio: 5, coupling_ratio: 40 }).findings,
  ];
  expect(everything.length).toBeGreaterThan(15);
  for (const { code, message, numbers, help, severity } of everything) {
    expect(titles).toHaveProperty([code]);
    expect(message).not.toMatch(/NaN|undefined|Infinity/);
    for (const value of Object.values(numbers)) expect(Number.isFinite(value)).toBe(true);
    if (severity !== "info") expect(help).not.toBe("");
  }
  expect(window.coupling_ratio / 26).toBeCloseTo(0.2, 12);
});
