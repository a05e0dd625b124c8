import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { describe, expect, test } from "vitest";
import { fullTurn } from "#core/units";
import { smallestSpacingLaw } from "#devices/ion-chain/crystal/arrangement";
import {
  axialModes,
  chainLength,
  equilibriumPlaces,
  transverseModes,
} from "#devices/ion-chain/crystal/equilibrium";
import { exchangeMatrix, motionDirection, selfShifts } from "#devices/ion-chain/crystal/exchange";
import { findSpecies, ionMass } from "#devices/ion-chain/species";
import { refusal } from "../../../../support/refusal.ts";

const MHz = 1e6;
const calcium = ionMass(findSpecies("40Ca+"));

describe("equilibrium places", () => {
  test("two and three ions: ±(1/4)^⅓ and 0, ±(5/4)^⅓", () => {
    const [a, b] = equilibriumPlaces(2);
    expect(b).toBeCloseTo(Math.cbrt(1 / 4), 12);
    expect(a).toBeCloseTo(-Math.cbrt(1 / 4), 12);
    const three = equilibriumPlaces(3);
    expect(three[2]).toBeCloseTo(Math.cbrt(5 / 4), 12);
    expect(three[1]).toBeCloseTo(0, 12);
    expect(equilibriumPlaces(1)).toEqual([0]);
  });

  test("the force on every ion vanishes, the places are symmetric and ascend", () => {
    for (const count of [5, 10, 23, 50]) {
      const u = equilibriumPlaces(count);
      u.forEach((at, i) => {
        const force = u.reduce(
          (sum, other, j) => (i === j ? sum : sum + Math.sign(at - other) / (at - other) ** 2),
          -at,
        );
        expect(Math.abs(force)).toBeLessThan(1e-9);
        expect(at).toBeCloseTo(-u[count - 1 - i]!, 9);
        if (i > 0) expect(at).toBeGreaterThan(u[i - 1]!);
      });
    }
  });

  test("smallest spacing follows 2.018/N^0.559 for long chains (James 1998)", () => {
    for (const count of [8, 10, 20, 50]) {
      const u = equilibriumPlaces(count);
      const smallest = Math.min(...u.slice(1).map((at, i) => at - u[i]!));
      expect(Math.abs(smallest / smallestSpacingLaw(count) - 1)).toBeLessThan(0.035);
    }
  });

  test("⁴⁰Ca at 0.3 MHz: 5.5 µm with 10 ions, 2.2 µm with 50 (hardware notes, A.5)", () => {
    const spacing = (count: number) => {
      const u = equilibriumPlaces(count);
      return Math.min(...u.slice(1).map((at, i) => at - u[i]!)) * chainLength(calcium, 0.3 * MHz) * MHz;
    };
    expect(spacing(10)).toBeCloseTo(5.5, 0);
    expect(spacing(50)).toBeCloseTo(2.2, 1);
  });
});

describe("normal modes", () => {
  test("two ions: 1, √3; three: 1, √3, √(29/5), axially", () => {
    const squares = (count: number) =>
      axialModes(equilibriumPlaces(count), 1).map((m) => m.frequency_hz ** 2);
    for (const [count, expected] of [
      [2, [1, 3]],
      [3, [1, 3, 29 / 5]],
    ] as const) {
      squares(count).forEach((value, k) => {
        expect(value).toBeCloseTo(expected[k]!, 10);
      });
    }
  });

  test("transverse: the centre of mass at the trap's own frequency, rocking below it by ω_z²", () => {
    const modes = transverseModes(equilibriumPlaces(2), 1, 4);
    expect(modes[1]!.frequency_hz).toBeCloseTo(4, 12);
    expect(modes[0]!.frequency_hz).toBeCloseTo(Math.sqrt(15), 12);
    expect(Math.abs(modes[1]!.participation[0]!)).toBeCloseTo(Math.SQRT1_2, 12);
  });

  test("a trap too soft across the chain is refused", () => {
    expect(refusal(() => transverseModes(equilibriumPlaces(10), 1, 2)).code).toBe("ion.zigzag");
  });

  /** The picture of local modes with an exchange must give back the normal modes while J ≪ ω. */
  test("local modes, their shifts and their exchange reproduce the transverse modes", () => {
    const [axial, transverse] = [0.05 * MHz, 2 * MHz];
    const places = equilibriumPlaces(6);
    const positions = places.map((u) => [u * chainLength(calcium, axial), 0, 0] as const);
    const frequencies = places.map(() => transverse);
    const motion = motionDirection(Math.PI / 2);
    const j = exchangeMatrix(positions, motion, calcium, frequencies);
    const shifts = selfShifts(positions, motion, calcium, frequencies);
    const h = new Matrix(j.map((row, i) => row.map((x, k) => (i === k ? shifts[i]! : x) / fullTurn)));
    const local = new EigenvalueDecomposition(h, { assumeSymmetric: true }).realEigenvalues
      .map((x) => transverse + x)
      .toSorted((a, b) => a - b);
    const exact = transverseModes(places, axial, transverse);
    const bandwidth = exact.at(-1)!.frequency_hz - exact[0]!.frequency_hz;
    exact.forEach((mode, k) => {
      // Beyond the rotating wave: (bandwidth/2ω) of the bandwidth
      expect(Math.abs(mode.frequency_hz - local[k]!)).toBeLessThan((bandwidth ** 2 / transverse) * 0.6);
    });
    expect(bandwidth).toBeGreaterThan(1e3);
  });
});
