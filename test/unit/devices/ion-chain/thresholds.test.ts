import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { describe, expect, test } from "vitest";
import { angularFromHz } from "#core/units";
import { exchangeMatrix, motionDirection } from "#devices/ion-chain/crystal/exchange";
import { findSpecies, ionMass } from "#devices/ion-chain/species";
import { createCoupling } from "#model/network";
import { bosonLadder, type Ladder, noChannels, type Oscillator, spinOneLadder } from "#model/oscillator";
import { synchronizationThresholds } from "#model/thresholds";
import { networkGrowthRate } from "#simulators/index";

const oscillator = (gain: number, loss: number, asymmetry: number, ladder: Ladder): Oscillator => ({
  gain,
  loss,
  asymmetry,
  detuning: 0,
  ladder,
  channels: noChannels,
});

/** Roots V of V²(Ab₁²−Bb₀²)(Ab₀²−Bb₁²) − 2AB(b₀²+b₁²)KV − AB[K²+(A+B)²], A = γ₊/2, B = γ₋/2: hardware notes, 0.2. */
function roots(gain: number, loss: number, k: number, [b0, b1]: Ladder): number[] {
  const [A, B] = [gain / 2, loss / 2];
  const a = (A * b1 ** 2 - B * b0 ** 2) * (A * b0 ** 2 - B * b1 ** 2);
  const b = -2 * A * B * (b0 ** 2 + b1 ** 2) * k;
  const c = -A * B * (k ** 2 + (A + B) ** 2);
  if (Math.abs(a) < 1e-12) return b === 0 ? [] : [-c / b];
  const discriminant = b * b - 4 * a * c;
  return discriminant < 0
    ? []
    : [(-b + Math.sqrt(discriminant)) / (2 * a), (-b - Math.sqrt(discriminant)) / (2 * a)];
}

describe("critical coupling on any ladder (G.1)", () => {
  test.each([
    ["spin 1", spinOneLadder],
    ["boson n = 1", bosonLadder(1)],
    ["boson n = 2", bosonLadder(2)],
    ["boson n = 5", bosonLadder(5)],
  ] as const)("%s: thresholds are roots of the quadratic form, of both signs of V", (_name, ladder) => {
    for (const gain of [0.3, 0.7, 1, 1.6, 3]) {
      for (const k of [-4, -1, -0.2, 0.2, 3]) {
        const { critical, criticalNegative } = synchronizationThresholds(oscillator(gain, 1, k, ladder));
        const expected = roots(gain, 1, k, ladder);
        const positive = expected.filter((v) => v > 0).toSorted((x, y) => x - y)[0];
        const negative = expected.filter((v) => v < 0).toSorted((x, y) => y - x)[0];
        const close = (found: number | null, root: number | undefined) =>
          root === undefined ? expect(found).toBeNull() : expect(found! / root).toBeCloseTo(1, 9);
        close(critical, positive);
        close(criticalNegative, negative);
      }
    }
  });

  test("spin 1: V_c = √p(γ₊+γ₋)/(4|γ₊−γ₋|) at K = 0 and (K²+γ²)/8|K| at γ₊ = γ₋; Fig. 2: 0.354", () => {
    const at = (gain: number, k: number) =>
      synchronizationThresholds(oscillator(gain, 1, k, spinOneLadder)).critical;
    expect(at(0.5, 0)).toBeCloseTo((Math.sqrt(0.5) * 1.5) / (4 * 0.5), 9);
    expect(at(0.5, 0)! / 1.5).toBeCloseTo(0.354, 3);
    expect(at(1, -0.2)).toBeCloseTo(0.65, 9);
    expect(at(1, -1)).toBeCloseTo(0.25, 9);
    expect(at(1, -200)! / 200).toBeCloseTo(1 / 8, 4);
  });

  test.each([1, 2, 5])("boson n = %d at K = 0: blocked from n/(n+1) to (n+1)/n, closed form outside", (n) => {
    const at = (gain: number) => synchronizationThresholds(oscillator(gain, 1, 0, bosonLadder(n))).critical;
    for (const gain of [n / (n + 1) + 1e-6, 1, (n + 1) / n - 1e-6]) expect(at(gain)).toBeNull();
    for (const gain of [n / (n + 1) - 1e-6, (n + 1) / n + 1e-6, 0.2, 4]) {
      const [A, B] = [gain / 2, 0.5];
      const form = (Math.sqrt(A * B) * (A + B)) / Math.sqrt((A * (n + 1) - B * n) * (A * n - B * (n + 1)));
      expect(at(gain)! / form).toBeCloseTo(1, 6);
    }
  });
});

describe("sign rule: V·K < 0 lifts the blockade (section 0)", () => {
  const at = (k: number) => synchronizationThresholds(oscillator(1, 1, k, spinOneLadder));

  test("K = −0.2 with V > 0 and K = +0.2 with V < 0 both at |V| = 0.65; the other two never", () => {
    expect(at(-0.2).critical).toBeCloseTo(0.65, 9);
    expect(at(0.2).criticalNegative).toBeCloseTo(-0.65, 9);
    expect(at(0.2).critical).toBeNull();
    expect(at(-0.2).criticalNegative).toBeNull();
  });

  const k = angularFromHz(10e3);
  const gamma = k / 40;

  /** Twelve ions with the exchange that the physics gives: its matrix, and the growth rate of their network. */
  const chain = (angle: number, asymmetry: number, spacing_m: number) => {
    const positions = Array.from({ length: 12 }, (_, i) => [i * spacing_m, 0, 0] as const);
    const f = positions.map(() => 2e6);
    const j = exchangeMatrix(positions, motionDirection(angle), ionMass(findSpecies("40Ca+")), f);
    const site = oscillator(gamma, gamma, asymmetry, bosonLadder(1));
    const entries = j.flatMap((row, a) => row.flatMap((re, b) => (b > a ? [{ i: a, j: b, re, im: 0 }] : [])));
    const network = { sites: positions.map(() => site), coupling: createCoupling(positions.length, entries) };
    const spectrum = new EigenvalueDecomposition(new Matrix(j), { assumeSymmetric: true }).realEigenvalues;
    return { growth: networkGrowthRate(network) / gamma, spectrum, site };
  };
  const axial = 0;
  const transverse = Math.PI / 2;

  test("a chain is unstable exactly where an eigenvalue of J lies in a window of its sign", () => {
    const outcomes = new Set<boolean>();
    for (const angle of [axial, transverse]) {
      for (const asymmetry of [k, -k]) {
        for (const spacing of [24e-6, 28e-6, 30e-6, 32e-6, 36e-6, 44e-6]) {
          const { growth, spectrum, site } = chain(angle, asymmetry, spacing);
          const positive = synchronizationThresholds(site);
          const negative = synchronizationThresholds({ ...site, asymmetry: -asymmetry });
          const inside = (v: number) =>
            (v > 0 ? positive : negative).windows.some(
              ([from, to]) => Math.abs(v) > from && (to === null || Math.abs(v) < to),
            );
          expect(growth > 0).toBe(spectrum.some(inside));
          outcomes.add(growth > 0);
        }
      }
    }
    expect(outcomes.size).toBe(2);
  });

  test("a common phase needs K > 0 axially and K < 0 transversally; the other sign only opposes neighbours, at a third more coupling", () => {
    // Endless chain: 2ζ(3) for a common phase, −2·(3/4)ζ(3) for alternating ones
    const { spectrum } = chain(transverse, -k, 30e-6);
    const ratio = Math.max(...spectrum) / -Math.min(...spectrum);
    expect(Math.abs(ratio / (4 / 3) - 1)).toBeLessThan(0.05);
    const onset = (angle: number, asymmetry: number) => {
      let near = 15e-6;
      let far = 60e-6;
      for (let step = 0; step < 30; step++) {
        const middle = (near + far) / 2;
        if (chain(angle, asymmetry, middle).growth > 0) near = middle;
        else far = middle;
      }
      return near ** -3;
    };
    for (const [angle, lifting] of [
      [axial, k],
      [transverse, -k],
    ] as const) {
      expect(onset(angle, -lifting) / onset(angle, lifting)).toBeCloseTo(ratio, 4);
    }
  });
});
