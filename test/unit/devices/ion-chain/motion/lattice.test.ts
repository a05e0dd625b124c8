import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { describe, expect, test } from "vitest";
import {
  depthForAsymmetry,
  type Lattice,
  latticeFirstOrder,
  latticeLevels,
  latticeNoiseSensitivity,
  latticeScatteringRate,
  latticeSplitsWell,
} from "#devices/ion-chain/motion/lattice";

const MHz = 1e6;
const kHz = 1e3;

/** The same levels by another way: cos² of the position operator through its own eigenvectors (a grid). */
function gridLevels({ trap_hz, depth_hz, eta, site }: Lattice, n: number) {
  const size = 90;
  const position = Matrix.zeros(size, size);
  for (let k = 1; k < size; k++) {
    position.set(k, k - 1, Math.sqrt(k));
    position.set(k - 1, k, Math.sqrt(k));
  }
  const { realEigenvalues, eigenvectorMatrix: v } = new EigenvalueDecomposition(position, {
    assumeSymmetric: true,
  });
  const light = realEigenvalues.map(
    (x) => (depth_hz / trap_hz) * (site === "antinode" ? Math.cos(eta * x) ** 2 : Math.sin(eta * x) ** 2),
  );
  const h = v.mmul(Matrix.diag(light)).mmul(v.transpose());
  for (let k = 0; k < size; k++) h.set(k, k, h.get(k, k) + k);
  const e = new EigenvalueDecomposition(h, { assumeSymmetric: true }).realEigenvalues.toSorted(
    (a, b) => a - b,
  );
  return {
    lower_hz: trap_hz * (e[n]! - e[n - 1]!),
    asymmetry_hz: trap_hz * (e[n + 1]! - 2 * e[n]! + e[n - 1]!),
  };
}

test("F/2π = 5 MHz at η = 0.2: K/2π = 32 kHz and a shift of 400 kHz (hardware notes, A.4)", () => {
  const node = latticeFirstOrder({ depth_hz: 5 * MHz, eta: 0.2, site: "node" });
  expect(node.asymmetry_hz).toBeCloseTo(-32 * kHz, 6);
  expect(node.shift_hz).toBeCloseTo(400 * kHz, 6);
  const antinode = latticeFirstOrder({ depth_hz: 5 * MHz, eta: 0.2, site: "antinode" });
  expect(antinode.asymmetry_hz).toBeCloseTo(32 * kHz, 6);
  expect(antinode.shift_hz).toBeCloseTo(-400 * kHz, 6);
  // K/2π = 10 kHz at η = 0.2: 125 kHz of shift, so 125 Hz for 10⁻³ of intensity
  const window = latticeFirstOrder({ depth_hz: (10 * kHz) / (4 * 0.2 ** 4), eta: 0.2, site: "node" });
  expect(window.shift_hz).toBeCloseTo(125 * kHz, 6);
});

describe("levels of trap and standing wave", () => {
  test.each([
    { trap_hz: 2 * MHz, depth_hz: 1.5 * MHz, eta: 0.2, site: "node" },
    { trap_hz: 2 * MHz, depth_hz: 1.5 * MHz, eta: 0.2, site: "antinode" },
    { trap_hz: MHz, depth_hz: -3 * MHz, eta: 0.13, site: "antinode" },
    { trap_hz: MHz, depth_hz: 0.4 * MHz, eta: 0.4, site: "node" },
  ] as const)("%o agree with a grid", (lattice) => {
    for (const n of [1, 2, 4]) {
      const grid = gridLevels(lattice, n);
      const levels = latticeLevels(lattice, n);
      expect(Math.abs(levels.lower_hz - grid.lower_hz) / lattice.trap_hz).toBeLessThan(1e-9);
      expect(Math.abs(levels.asymmetry_hz - grid.asymmetry_hz) / lattice.trap_hz).toBeLessThan(1e-9);
    }
  });

  test("a weak wave has the first-order K and shift, to η² and F/f", () => {
    for (const site of ["node", "antinode"] as const) {
      const lattice = { trap_hz: 2 * MHz, depth_hz: 10 * kHz, eta: 0.05, site };
      const first = latticeFirstOrder(lattice);
      const exact = latticeLevels(lattice, 1);
      expect(exact.asymmetry_hz / first.asymmetry_hz).toBeCloseTo(1, 1);
      expect((exact.lower_hz - lattice.trap_hz) / first.shift_hz).toBeCloseTo(1, 1);
    }
  });

  test("light that attracts at the antinode is the mirror of light that repels at the node", () => {
    const at = (depth_hz: number, site: "node" | "antinode") =>
      latticeLevels({ trap_hz: 2 * MHz, depth_hz, eta: 0.15, site }, 1);
    // −F cos² = −F + F sin²
    expect(at(-MHz, "antinode").asymmetry_hz).toBeCloseTo(at(MHz, "node").asymmetry_hz, 3);
  });

  test("splitting: the curvature ½·mω² − 2Fη² of a softening site changes sign at 4Fη² = f", () => {
    const at = (depth_hz: number) =>
      latticeSplitsWell({ trap_hz: MHz, depth_hz, eta: 0.2, site: "antinode" });
    expect(at(6.24 * MHz)).toBe(false);
    expect(at(6.26 * MHz)).toBe(true);
    expect(latticeSplitsWell({ trap_hz: MHz, depth_hz: 100 * MHz, eta: 0.2, site: "node" })).toBe(false);
  });
});

describe("inverse", () => {
  test.each(["node", "antinode"] as const)("the depth found gives K back at the %s", (site) => {
    const shape = { trap_hz: 2 * MHz, eta: 0.126, site, attractive: false };
    // At the antinode K grows steeply on the way to splitting, at the node it levels off.
    for (const wanted of [1, 10, 19, ...(site === "antinode" ? [28.5, 80] : [])]) {
      const depth = depthForAsymmetry(shape, wanted * kHz, 50 * MHz, 1)!;
      const k = latticeLevels({ ...shape, depth_hz: depth }, 1).asymmetry_hz;
      expect(Math.abs(Math.abs(k) / (wanted * kHz) - 1)).toBeLessThan(1e-8);
      expect(Math.sign(k)).toBe(site === "node" ? -1 : 1);
    }
  });

  test("a stiffening wave cannot give more than η²f, however deep", () => {
    // K = 4F'η'⁴ with η'² = η²f/f', f' = f√(1 + 4Fη²/f): bounded by fη²
    const shape = { trap_hz: 2 * MHz, eta: 0.1, site: "node" as const, attractive: false };
    expect(depthForAsymmetry(shape, 25 * kHz, 1e9, 1)).toBeNull();
    expect(depthForAsymmetry(shape, 10 * kHz, 1e9, 1)).not.toBeNull();
    expect(depthForAsymmetry(shape, 10 * kHz, 10 * MHz, 1)).toBeNull();
  });
});

test("intensity noise moves the mode by 2Fη²ε, to the size of the shift", () => {
  const lattice = { trap_hz: 2 * MHz, depth_hz: 0.1 * MHz, eta: 0.1, site: "node" as const };
  expect(latticeNoiseSensitivity(lattice, 1) / latticeFirstOrder(lattice).shift_hz).toBeCloseTo(1, 1);
});

test("scattering: F·Γ/Δ in the bright place, η²(2n+1) of it in the dark one", () => {
  const wave = { depth_hz: 10 * MHz, eta: 0.1 };
  const line = { linewidth_per_s: 1.4e8, detuning_hz: 1e12 };
  const dark = latticeScatteringRate({ ...wave, site: "node" }, line, 1);
  const bright = latticeScatteringRate({ ...wave, site: "antinode" }, line, 1);
  expect(dark + bright).toBeCloseTo(1e-5 * 1.4e8, 6);
  expect(dark / bright).toBeCloseTo(0.03 / 0.97, 9);
});
