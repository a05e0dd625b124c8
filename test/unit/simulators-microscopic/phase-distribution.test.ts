import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fullTurn } from "#core/units";
import { distributionAt, findPeaks, sampleDistribution } from "#simulators/microscopic/phase-distribution";

const coefficient = fc.double({ min: -1, max: 1, noNaN: true });

describe("findPeaks", () => {
  it("finds the global maximum and every local one (dense scan)", () => {
    fc.assert(
      fc.property(coefficient, coefficient, coefficient, coefficient, (a, b, c, d) => {
        const harmonics = { first: { re: a, im: b }, second: { re: c, im: d } };
        const size = Math.hypot(a, b) + Math.hypot(c, d);
        fc.pre(size > 1e-3);
        const peaks = findPeaks(harmonics);
        const points = 7200;
        const s = (k: number) => distributionAt(harmonics, (fullTurn * k) / points);
        const seen: number[] = [];
        for (let k = 0; k < points; k++) {
          if (s(k) > s(k - 1) && s(k) >= s(k + 1)) seen.push((fullTurn * k) / points);
        }
        expect(peaks.length).toBeGreaterThanOrEqual(1);
        expect(peaks.length).toBeLessThanOrEqual(2);
        const away = (phi: number, psi: number) => Math.abs(Math.sin((phi - psi) / 2));
        for (const phi of seen) {
          expect(Math.min(...peaks.map((peak) => away(peak.phi, phi)))).toBeLessThan(2e-3);
        }
        for (const peak of peaks) {
          expect(peak.phi).toBeGreaterThan(-Math.PI);
          expect(peak.phi).toBeLessThanOrEqual(Math.PI);
          expect(distributionAt(harmonics, peak.phi)).toBe(peak.s);
        }
        expect(peaks[0]!.s + 1e-14).toBeGreaterThan(
          Math.max(...seen.map((phi) => distributionAt(harmonics, phi))),
        );
      }),
      { numRuns: 300, seed: 7 },
    );
  });

  it("a single harmonic peaks at its argument, a double one at two ties", () => {
    const angle = 2.2;
    const one = findPeaks({ first: { re: Math.cos(angle), im: Math.sin(angle) }, second: { re: 0, im: 0 } });
    expect(one).toHaveLength(1);
    expect(Math.abs(one[0]!.phi - angle)).toBeLessThan(1e-12);
    expect(Math.abs(one[0]!.s - 1)).toBeLessThan(1e-15);
    const two = findPeaks({ first: { re: 0, im: 0 }, second: { re: 0.01, im: 0 } });
    expect(two).toHaveLength(2);
    expect(Math.abs(two[0]!.phi)).toBeLessThan(1e-12);
    expect(Math.abs(two[1]!.phi - Math.PI)).toBeLessThan(1e-12);
  });

  it("sees two maxima that are about to merge: they do at |z₁| = 4|z₂| for opposed harmonics", () => {
    const split = findPeaks({ first: { re: 4 - 1e-4, im: 0 }, second: { re: -1, im: 0 } });
    expect(split).toHaveLength(2);
    // cos φ = z₁/(4|z₂|)
    expect(Math.abs(Math.abs(split[0]!.phi) - Math.acos(1 - 1e-4 / 4))).toBeLessThan(1e-9);
    expect(findPeaks({ first: { re: 4 + 1e-4, im: 0 }, second: { re: -1, im: 0 } })).toHaveLength(1);
  });

  it("a flat distribution has none", () => {
    expect(findPeaks({ first: { re: 0, im: 0 }, second: { re: 0, im: 0 } })).toEqual([]);
    expect(findPeaks({ first: { re: 1e-17, im: 0 }, second: { re: 0, im: -1e-17 } })).toEqual([]);
  });

  it("samples (−π, π] without its mean", () => {
    const { phi, s } = sampleDistribution({ first: { re: 0.02, im: 0.01 }, second: { re: 0.003, im: 0 } });
    expect(phi).toHaveLength(256);
    expect(phi[255]).toBe(Math.PI);
    expect(Math.abs(phi[0]! + Math.PI - fullTurn / 256)).toBeLessThan(1e-14);
    expect(Math.abs(s.reduce((sum, value) => sum + value, 0))).toBeLessThan(1e-15);
  });
});
