import { describe, expect, test } from "vitest";
import { expm } from "#core/expm";
import {
  debyeWaller,
  debyeWallerSpread,
  displacementElement,
  laguerre,
  sidebandRabi,
} from "#devices/ion-chain/motion/displacement";

/** exp(iX) of a real symmetric X as a table of real and imaginary parts, through the real 2 × 2 block form. */
function exponential(x: readonly (readonly number[])[]): { re: number; im: number }[][] {
  const size = x.length;
  const blocks = new Float64Array(4 * size * size);
  for (let r = 0; r < size; r++) {
    for (let c = 0; c < size; c++) {
      blocks[r * 2 * size + size + c] = -x[r]![c]!;
      blocks[(size + r) * 2 * size + c] = x[r]![c]!;
    }
  }
  const e = expm(blocks, 2 * size);
  return x.map((_, r) => x.map((_, c) => ({ re: e[r * 2 * size + c]!, im: e[(size + r) * 2 * size + c]! })));
}

/** η(a + a†) on `size` levels. */
function kick(eta: number, size: number): number[][] {
  return Array.from({ length: size }, (_, r) =>
    Array.from({ length: size }, (_, c) => (Math.abs(r - c) === 1 ? eta * Math.sqrt(Math.max(r, c)) : 0)),
  );
}

describe("elements of the displacement operator", () => {
  test.each([0.05, 0.2, 0.67, Math.SQRT2])("η = %d: the closed form is the matrix exponential", (eta) => {
    const exact = exponential(kick(eta, 45));
    for (let m = 0; m < 7; m++) {
      for (let n = 0; n < 7; n++) {
        const s = Math.abs(m - n);
        // i^s: real, imaginary, real …
        const phase = [1, 1, -1, -1][s % 4]!;
        const { re, im } = exact[m]![n]!;
        const value = displacementElement(eta, m, n) * phase;
        expect(Math.abs((s % 2 === 0 ? re : im) - value)).toBeLessThan(1e-12);
        expect(Math.abs(s % 2 === 0 ? im : re)).toBeLessThan(1e-12);
      }
    }
  });

  /** Ratio of the blue sidebands 1→2 and 0→1: hardware notes on trapped ions, A.2. */
  test.each([
    [0.05, 1.412],
    [0.2, 1.386],
  ])("η = %d: blue(1→2)/blue(0→1) = %d, not √2", (eta, ratio) => {
    expect(sidebandRabi(1, eta, 1, 2) / sidebandRabi(1, eta, 0, 1)).toBeCloseTo(ratio, 3);
  });

  test("the blue sideband of |1⟩ vanishes at η = √2 and that of |0⟩ does not", () => {
    expect(laguerre(1, 1, 2)).toBe(0);
    expect(sidebandRabi(1, Math.SQRT2, 1, 2)).toBeLessThan(1e-15);
    expect(sidebandRabi(1, Math.SQRT2, 0, 1)).toBeGreaterThan(0.5);
  });

  test("Lamb–Dicke limit: η√(n+1) up, η√n down", () => {
    for (const n of [1, 2, 5]) {
      expect(sidebandRabi(1, 1e-4, n, n + 1) / (1e-4 * Math.sqrt(n + 1))).toBeCloseTo(1, 7);
      expect(sidebandRabi(1, 1e-4, n, n - 1) / (1e-4 * Math.sqrt(n))).toBeCloseTo(1, 7);
    }
  });
});

describe("spectator modes", () => {
  test("two modes together: the element is the product, the spectator's the Debye–Waller factor of its Fock state", () => {
    const [first, second] = [0.15, 0.1];
    const [a, b] = [9, 8];
    const one = kick(first, a);
    const two = kick(second, b);
    const both = Array.from({ length: a * b }, (_, r) =>
      Array.from({ length: a * b }, (_, c) => {
        const [ra, rb, ca, cb] = [Math.floor(r / b), r % b, Math.floor(c / b), c % b];
        return (rb === cb ? one[ra]![ca]! : 0) + (ra === ca ? two[rb]![cb]! : 0);
      }),
    );
    const exact = exponential(both);
    for (const nj of [0, 1, 2]) {
      const { im } = exact[1 * b + nj]![0 * b + nj]!;
      // e^{−η²/2}L_n(η²), and the truncation of eight levels
      const factor = Math.exp(-(second ** 2) / 2) * laguerre(nj, 0, second ** 2);
      expect(im).toBeCloseTo(sidebandRabi(1, first, 0, 1) * factor, 9);
    }
  });

  test("thermal mean and spread are those of the matrix exponential's diagonal", () => {
    const spectators = [
      { eta: 0.12, occupation: 2 },
      { eta: 0.3, occupation: 0.5 },
    ];
    let mean = 1;
    let square = 1;
    for (const { eta, occupation } of spectators) {
      const diagonal = exponential(kick(eta, 60)).map((row, n) => row[n]!.re);
      const weight = (n: number) => (occupation / (occupation + 1)) ** n / (occupation + 1);
      // Occupations beyond 40 carry less than 1e-7.
      mean *= diagonal.slice(0, 40).reduce((sum, d, n) => sum + weight(n) * d, 0);
      square *= diagonal.slice(0, 40).reduce((sum, d, n) => sum + weight(n) * d * d, 0);
    }
    expect(debyeWaller(spectators)).toBeCloseTo(mean, 6);
    expect(debyeWallerSpread(spectators)).toBeCloseTo(Math.sqrt(square / mean ** 2 - 1), 5);
    expect(sidebandRabi(2, 0.1, 0, 1, spectators)).toBeCloseTo(2 * displacementElement(0.1, 0, 1) * mean, 6);
  });
});
