import { describe, expect, it } from "vitest";
import { type ComplexMatrix, entry } from "#core/complex-matrix";
import { fullTurn } from "#core/units";
import { bosonLadder, noChannels, type Oscillator, spinOneLadder } from "#model/oscillator";
import { simulate } from "#simulators/index";
import {
  pairFirstOrder,
  pairHarmonics,
  pairStateOf,
  pairSteadyState,
  phaseLockingMap,
} from "#simulators/microscopic/pair";
import { distributionAt } from "#simulators/microscopic/phase-distribution";
import { readReference } from "../../support/reference.ts";
import { coherentState, overLatitude } from "./husimi.ts";

const plain: Oscillator = {
  gain: 0.5,
  loss: 1,
  asymmetry: 0,
  detuning: 0,
  ladder: spinOneLadder,
  channels: noChannels,
};

function pairAt(asymmetry: number, delta: number, base: Oscillator = plain): [Oscillator, Oscillator] {
  return [
    { ...base, asymmetry, detuning: delta / 2 },
    { ...base, asymmetry, detuning: -delta / 2 },
  ];
}

interface PairAnswer {
  readonly phase_distribution: { readonly phi: number[]; readonly s: number[] };
  readonly maximum: number;
  readonly argmax: number | null;
  readonly correlation: [number, number];
}

const simulatePair = (request: object) =>
  simulate("pair", { gain: 0.5, loss: 1, ...request }) as unknown as PairAnswer;

/** s_max/V and argmax of Fig. S1(a) at γ₊ = γ₋/2: first order and the exact state at V = 0.1 (reference table). */
const panels = [
  {
    delta: -10,
    asymmetry: 10,
    first: 0.588634884049,
    argFirst: 1.608278763487,
    exact: 0.445842937989,
    argExact: 1.634054587,
  },
  {
    delta: 10,
    asymmetry: 10,
    first: 0.588634884049,
    argFirst: -1.608278763487,
    exact: 0.445842937989,
    argExact: -1.634054587,
  },
  {
    delta: -12,
    asymmetry: -12,
    first: 0.588761211639,
    argFirst: -1.539556493365,
    exact: 0.445966798648,
    argExact: -1.518052313,
  },
  {
    delta: 12,
    asymmetry: -12,
    first: 0.588761211639,
    argFirst: 1.539556493365,
    exact: 0.445966798648,
    argExact: 1.518052313,
  },
  {
    delta: 0,
    asymmetry: 10,
    first: 0.087863063649,
    argFirst: Math.PI,
    exact: 0.087865048199,
    argExact: Math.PI,
  },
  { delta: 0, asymmetry: -12, first: 0.07334457557, argFirst: 0, exact: 0.073382022767, argExact: 0 },
];

describe("pair, first order", () => {
  it("is X₁ = −4VK/[(G − iδ)² + K²] for spin 1", () => {
    for (const [asymmetry, delta, gain] of [
      [10, -10, 0.5],
      [-3, 0.4, 1],
      [0.2, 7, 2],
    ] as const) {
      const g = (gain + 1) / 2;
      const { x1, x2, correlation } = pairFirstOrder(pairAt(asymmetry, delta, { ...plain, gain }), 0.3);
      const re = g * g - delta * delta + asymmetry * asymmetry;
      const im = -2 * g * delta;
      const size = re * re + im * im;
      expect(Math.abs(x1.re - (-4 * 0.3 * asymmetry * re) / size)).toBeLessThan(1e-15);
      expect(Math.abs(x1.im - (4 * 0.3 * asymmetry * im) / size)).toBeLessThan(1e-15);
      expect(x2).toEqual({ re: 0, im: 0 });
      expect(Math.abs(correlation.re - 2 * x1.re)).toBeLessThan(1e-15);
    }
  });

  it("is the slope of the exact state in V, any ladder and channels", () => {
    const base: Oscillator = {
      ...plain,
      ladder: bosonLadder(2),
      channels: { relaxation10: 0.1, relaxation21: 0.05, heating01: 0.02, heating12: 0.04, dephasing: 0.3 },
    };
    const sites = pairAt(-1.2, 0.8, base);
    const small = 1e-4;
    const plus = pairStateOf(pairSteadyState(sites, small), sites);
    const minus = pairStateOf(pairSteadyState(sites, -small), sites);
    const first = pairFirstOrder(sites, 1);
    // Central difference: error V².
    for (const part of ["re", "im"] as const) {
      expect(Math.abs((plus.x1[part] - minus.x1[part]) / (2 * small) - first.x1[part])).toBeLessThan(1e-6);
      expect(
        Math.abs((plus.correlation[part] - minus.correlation[part]) / (2 * small) - first.correlation[part]),
      ).toBeLessThan(1e-6);
    }
    expect(Math.hypot(first.x1.re, first.x1.im)).toBeGreaterThan(0.1);
  });

  it("is blocked at K = 0 for every detuning and every ratio of the rates", () => {
    for (const [gain, delta] of [
      [0.5, 12],
      [1, 0],
      [3.7, -0.3],
    ] as const) {
      const answer = simulatePair({ gain, detuning: delta, inter_coupling: 0.3, order: "first" });
      expect(answer.argmax).toBeNull();
      expect(answer.maximum).toBe(0);
      expect(answer.correlation).toEqual([0, 0]);
    }
  });
});

describe("pair of Fig. S1(a)", () => {
  it.each(panels)("δ = $delta, K = $asymmetry", ({ delta, asymmetry, first, argFirst, exact, argExact }) => {
    const request = { asymmetry, detuning: delta };
    const linear = simulatePair({ ...request, inter_coupling: 1, order: "first" });
    expect(Math.abs(linear.maximum - first)).toBeLessThan(1e-12);
    expect(Math.abs(linear.argmax! - argFirst)).toBeLessThan(1e-12);
    const full = simulatePair({ ...request, inter_coupling: 0.1, order: "exact" });
    expect(Math.abs(full.maximum / 0.1 - exact)).toBeLessThan(1e-11);
    expect(Math.abs(full.argmax! - argExact)).toBeLessThan(1e-8);
    expect(Math.abs(Math.max(...full.phase_distribution.s) - full.maximum)).toBeLessThan(1e-4);
  });

  it("the exact distribution at K = 0 has two equal peaks, from the second harmonic", () => {
    const { maximum } = simulatePair({ detuning: 12, inter_coupling: 0.1, order: "exact" });
    expect(maximum).toBeGreaterThan(1e-5);
    expect(maximum).toBeLessThan(3e-5);
  });
});

describe("phase distribution of two oscillators", () => {
  it("is the joint Husimi function with latitudes and mean phase integrated out", () => {
    // A state without symmetry: the blocks that the mean phase removes are filled as well.
    const rho: ComplexMatrix = { rows: 9, columns: 9, re: new Float64Array(81), im: new Float64Array(81) };
    for (let r = 0; r < 9; r++) {
      for (let c = 0; c < r; c++) {
        rho.re[9 * r + c] = Math.sin(3 * r + 5 * c) / 40;
        rho.im[9 * r + c] = Math.cos(2 * r - 7 * c) / 40;
        rho.re[9 * c + r] = rho.re[9 * r + c]!;
        rho.im[9 * c + r] = -rho.im[9 * r + c]!;
      }
      rho.re[10 * r] = (r + 1) / 45;
    }
    const harmonics = pairHarmonics(pairStateOf(rho, pairAt(0, 0)));
    const norm = (3 / (2 * fullTurn)) ** 2;
    const meanPhases = 8;
    for (const phi of [0.3, -1.9]) {
      let sum = 0;
      for (let k = 0; k < meanPhases; k++) {
        const phiB = (fullTurn * k) / meanPhases;
        sum += overLatitude(
          (a) =>
            overLatitude((b) => {
              const stateA = coherentState(a, phi + phiB);
              const stateB = coherentState(b, phiB);
              const joint = Array.from({ length: 9 }, (_, i) => {
                const [ar, ai] = stateA[Math.floor(i / 3)]!;
                const [br, bi] = stateB[i % 3]!;
                return [ar * br - ai * bi, ar * bi + ai * br] as const;
              });
              let q = 0;
              for (let r = 0; r < 9; r++) {
                for (let c = 0; c < 9; c++) {
                  const [xr, xi] = joint[r]!;
                  const [yr, yi] = joint[c]!;
                  const { re, im } = entry(rho, r, c);
                  q += (xr * yr + xi * yi) * re - (xr * yi - xi * yr) * im;
                }
              }
              return norm * q;
            }, 40),
          40,
        );
      }
      const expected = (sum * fullTurn) / meanPhases - 1 / fullTurn;
      // Simpson's rule on 40 intervals: 1e-6.
      expect(Math.abs(distributionAt(harmonics, phi) - expected)).toBeLessThan(3e-6);
    }
  });
});

describe("pairSteadyState", () => {
  it("is a density matrix that the master equation keeps; without coupling a product", () => {
    const rho = pairSteadyState(pairAt(-0.7, 0.4), 0);
    // p0 = p2 = 0 without coupling.
    expect(Math.abs(entry(rho, 4, 4).re - 1)).toBeLessThan(1e-14);
    const coupled = pairSteadyState(pairAt(0, 0), 0.75);
    let trace = 0;
    for (let k = 0; k < 9; k++) trace += coupled.re[10 * k]!;
    expect(Math.abs(trace - 1)).toBeLessThan(1e-14);
    // N = 2 at V/N = 0.75/2: p0 = 0.3 exactly at V = 0.75 (reference of the two-oscillator steady state).
    const half = pairSteadyState(pairAt(0, 0), 0.375);
    const p0 = [0, 1, 2].reduce((sum, b) => sum + entry(half, b, b).re, 0);
    expect(Math.abs(p0 - 0.3)).toBeLessThan(1e-14);
    expect(Math.abs(pairStateOf(half, pairAt(0, 0)).correlation.re)).toBeLessThan(1e-15);
  });
});

interface Microscopic {
  readonly part_b: {
    readonly grid_R30: Readonly<
      Record<"first_order_V1" | "exact_V1", { readonly s_max: number[][]; readonly bitmap: string[] }>
    > & { readonly axis: number[] };
  };
}

describe("Nadolny & Bruder, Fig. S1(d)", () => {
  it("along δ = 0, K < 0 is white where |K|/(K² + G²) exceeds θ/(4c₁V)", () => {
    const threshold = 0.05;
    // 4c₁ = 9π/32; the larger root of K² + G² = |K|·(9π/32)/θ.
    const half = (9 * Math.PI) / 32 / threshold / 2;
    const edge = half + Math.sqrt(half * half - 0.75 ** 2);
    expect(Math.abs(edge - 17.64)).toBeLessThan(0.005);
    const { inPhase } = phaseLockingMap({
      site: plain,
      coupling: 1,
      detunings: [0],
      asymmetries: [-edge - 1e-9, -edge + 1e-9, edge - 1],
      threshold,
    });
    expect(inPhase.map((row) => row[0])).toEqual([false, true, false]);
  });

  it("has the white fractions of the reference on ±30 and ±15", () => {
    for (const [reach, fraction] of [
      [30, 0.25390218522372526],
      [15, 0.3881373569198751],
    ] as const) {
      const axis = Array.from({ length: 31 }, (_, k) => reach * (k / 15 - 1));
      const { inPhase } = phaseLockingMap({
        site: plain,
        coupling: 1,
        detunings: axis,
        asymmetries: axis,
        threshold: 0.05,
      });
      const white = inPhase.flat().filter(Boolean).length;
      expect(white).toBe(Math.round(fraction * 961));
    }
  });

  const reference = readReference("microscopic") as Microscopic | undefined;
  it.skipIf(!reference)("agrees pixel by pixel, first order and exact", () => {
    const grid = reference!.part_b.grid_R30;
    for (const [order, key] of [
      ["first", "first_order_V1"],
      ["exact", "exact_V1"],
    ] as const) {
      const map = phaseLockingMap({
        site: plain,
        coupling: 1,
        detunings: grid.axis,
        asymmetries: grid.axis,
        threshold: 0.05,
        order,
      });
      grid[key].bitmap.forEach((row, i) => {
        expect(map.inPhase[i]!.map((white) => (white ? "1" : "0")).join("")).toBe(row);
        row.split("").forEach((_, j) => {
          expect(Math.abs(map.maximum[i]![j]! - grid[key].s_max[i]![j]!)).toBeLessThan(1e-12);
        });
      });
    }
  });
});
