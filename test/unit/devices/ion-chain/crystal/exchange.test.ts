import { describe, expect, test } from "vitest";
import { angularFromHz, hzFromAngular } from "#core/units";
import {
  endlessChainCouplings,
  meanFieldCouplings,
  parseArrangement,
} from "#devices/ion-chain/crystal/arrangement";
import {
  coulombAnharmonicity,
  exchangeMatrix,
  motionDirection,
  pairExchange,
  selfShifts,
} from "#devices/ion-chain/crystal/exchange";
import { wellLevels } from "#devices/ion-chain/motion/electrodes";
import { findSpecies, ionMass } from "#devices/ion-chain/species";
import { refusal } from "../../../../support/refusal.ts";

const um = 1e-6;
const MHz = 1e6;
const mass = (id: string) => ionMass(findSpecies(id));
const axial = motionDirection(0);
const transverse = motionDirection(Math.PI / 2);
const line = (count: number, spacing_m: number) =>
  Array.from({ length: count }, (_, i) => [i * spacing_m, 0, 0] as const);

const pair = (id: string, f: number, distance: number, cosine: number) =>
  hzFromAngular(pairExchange(mass(id), [f, f], distance, cosine));

describe("exchange of a pair", () => {
  test("Be, 4.04 MHz, 40 µm: −1510 Hz axially, +755 Hz transversally (hardware notes, G.3)", () => {
    expect(Math.abs(pair("9Be+", 4.04 * MHz, 40 * um, 1) + 1510)).toBeLessThan(3);
    expect(Math.abs(pair("9Be+", 4.04 * MHz, 40 * um, 0) - 755)).toBeLessThan(1.5);
  });

  test("one quantum crosses in π/2|J|: 166 µs for that pair, 240 µs for Ca at 537 kHz and 54 µm", () => {
    const time = (hz: number) => 1 / (4 * Math.abs(hz));
    expect(time(pair("9Be+", 4.04 * MHz, 40 * um, 1))).toBeCloseTo(166e-6, 6);
    expect(time(pair("40Ca+", 0.537 * MHz, 54 * um, 1))).toBeCloseTo(240e-6, 6);
  });

  /** |J|/2π transverse at 2 MHz, Hz, for 5, 10, 20, 30, 40 µm: hardware notes on trapped ions, A.5. */
  test.each([
    ["9Be+", [781e3, 97.6e3, 12.2e3, 3.62e3, 1.53e3]],
    ["40Ca+", [176e3, 22.0e3, 2.75e3, 815, 344]],
    ["88Sr+", [80e3, 10.0e3, 1.25e3, 371, 156]],
    ["138Ba+", [51e3, 6.4e3, 797, 236, 100]],
    ["171Yb+", [41e3, 5.2e3, 643, 191, 80]],
  ])("%s by distance", (id, expected) => {
    [5, 10, 20, 30, 40].forEach((distance, i) => {
      const across = pair(id, 2 * MHz, distance * um, 0);
      // Half a unit of the last of the two or three digits given.
      expect(Math.abs(across / expected[i]! - 1)).toBeLessThan(0.013);
      expect(pair(id, 2 * MHz, distance * um, 1)).toBeCloseTo(-2 * across, 6);
    });
  });

  test("nothing at the magic angle 54.7°, and the sign turns there", () => {
    const at = (degrees: number) => pair("40Ca+", 2 * MHz, 20 * um, Math.cos((degrees * Math.PI) / 180));
    expect(Math.abs(at((Math.acos(1 / Math.sqrt(3)) * 180) / Math.PI))).toBeLessThan(1e-9);
    expect(at(54)).toBeLessThan(0);
    expect(at(56)).toBeGreaterThan(0);
  });

  test("is the mixed second derivative of the Coulomb energy times x₀², at any angle", () => {
    const d = 20 * um;
    const h = 1e-8;
    const coulomb = 2.3070775523e-28;
    for (const angle of [0, 0.4, 1, Math.PI / 2]) {
      const u = motionDirection(angle);
      const energy = (a: number, b: number) =>
        coulomb / Math.hypot(d + (a - b) * u[0], (a - b) * u[1], (a - b) * u[2]);
      const mixed = (energy(h, h) - energy(h, -h) - energy(-h, h) + energy(-h, -h)) / (4 * h * h);
      // J = (∂²U/∂x_i∂x_j)·x₀²/ħ = (∂²U/∂x_i∂x_j)/(2mω)
      const expected = mixed / (2 * mass("40Ca+") * angularFromHz(2 * MHz));
      const j = pairExchange(mass("40Ca+"), [2 * MHz, 2 * MHz], d, Math.cos(angle));
      expect(
        Math.abs(j - expected) / Math.abs(pairExchange(mass("40Ca+"), [2 * MHz, 2 * MHz], d, 1)),
      ).toBeLessThan(1e-4);
    }
  });
});

describe("self-shifts", () => {
  test("transverse: minus the sum of exchanges; axial: plus the sum of their sizes; less at the ends", () => {
    const positions = line(5, 20 * um);
    const f = positions.map(() => 2 * MHz);
    for (const [motion, sign] of [
      [transverse, -1],
      [axial, 1],
    ] as const) {
      const j = exchangeMatrix(positions, motion, mass("40Ca+"), f);
      const shifts = selfShifts(positions, motion, mass("40Ca+"), f);
      shifts.forEach((shift, i) => {
        const sum = j[i]!.reduce((total, x) => total + Math.abs(x), 0);
        expect(shift / sum).toBeCloseTo(sign, 9);
      });
      expect(Math.abs(shifts[0]!)).toBeLessThan(Math.abs(shifts[2]!));
    }
  });
});

describe("anharmonicity by the neighbours", () => {
  /** Ca, 1 MHz, 5 µm: +21 Hz axial and +8 Hz transverse for each neighbour, cubic −38 Hz one-sided; A.4. */
  const asymmetry = (motion: readonly [number, number, number], part: "cubic" | "quartic") => {
    const [, second] = coulombAnharmonicity(line(2, 5 * um), motion);
    return wellLevels(
      {
        mass_kg: mass("40Ca+"),
        frequency_hz: MHz,
        cubic_j_per_m3: part === "cubic" ? second!.cubic_j_per_m3 : 0,
        quartic_j_per_m4: part === "quartic" ? second!.quartic_j_per_m4 : 0,
      },
      1,
    ).asymmetry_hz;
  };

  test("sizes and signs", () => {
    expect(asymmetry(axial, "quartic")).toBeCloseTo(21.4, 0);
    expect(asymmetry(transverse, "quartic")).toBeCloseTo(8, 0);
    expect(asymmetry(axial, "cubic")).toBeCloseTo(-37.7, 0);
    expect(Math.abs(asymmetry(transverse, "cubic"))).toBeLessThan(1e-9);
  });

  test("symmetric neighbours cancel in the cubic term and add in the quartic one", () => {
    const three = coulombAnharmonicity(line(3, 5 * um), axial);
    const two = coulombAnharmonicity(line(2, 5 * um), axial);
    expect(Math.abs(three[1]!.cubic_j_per_m3)).toBeLessThan(1e-9 * Math.abs(two[0]!.cubic_j_per_m3));
    expect(three[1]!.quartic_j_per_m4 / two[0]!.quartic_j_per_m4).toBeCloseTo(2, 12);
    // A neighbour to the right raises the wall on the right.
    expect(two[0]!.cubic_j_per_m3).toBeGreaterThan(0);
  });
});

describe("arrangement", () => {
  /** V/J, V_AB/J, V_AB/V of an endless chain: hardware notes on trapped ions, A.5. */
  test.each([
    ["ABAB", 0.3, 2.104, 7.0],
    ["AABB", 1.089, 1.315, 1.21],
    ["AAABBB", 1.458, 0.946, 0.65],
    ["AAAABBBB", 1.667, 0.737, 0.44],
  ])("%s", (pattern, same, other, ratio) => {
    const sums = endlessChainCouplings(pattern);
    expect(Math.abs(sums.same - same)).toBeLessThan(0.0006);
    expect(Math.abs(sums.other - other)).toBeLessThan(0.0006);
    expect(Math.abs(sums.other / sums.same - ratio)).toBeLessThan(0.02);
    // 2ζ(3) together
    expect(sums.same + sums.other).toBeCloseTo(2.404113806319188, 8);
  });

  test("alternation: 2ζ(3)/8 within, 2·(7/8)ζ(3) between", () => {
    const { same, other } = endlessChainCouplings("AB");
    expect(same).toBeCloseTo(1.2020569031595942 / 4, 8);
    expect(other).toBeCloseTo(1.2020569031595942 * 1.75, 8);
  });

  test("a finite chain approaches the endless one, its ends see about half", () => {
    const positions = line(48, 20 * um);
    const f = positions.map(() => 2 * MHz);
    const j = exchangeMatrix(positions, transverse, mass("40Ca+"), f);
    const nearest = j[0]![1]!;
    const groups = parseArrangement("AABB".repeat(12));
    const v = meanFieldCouplings(j, groups);
    expect(v.same / nearest).toBeCloseTo(1.089, 1);
    expect(v.other! / v.same).toBeCloseTo(1.21, 1);
    expect(v.perSite[0]! / v.perSite[24]!).toBeCloseTo(0.5, 2);
    expect(v.spread).toBeGreaterThan(0);
    expect(v.mean).toBeCloseTo(v.same + v.other!, 6);
    const one = meanFieldCouplings(
      j,
      positions.map(() => "A" as const),
    );
    expect(one.other).toBeNull();
    expect(one.same).toBeCloseTo(v.mean, 6);
  });

  test("only A and B", () => {
    expect(refusal(() => parseArrangement("ABC")).problems[0]!.path).toBe("ions.groups");
    expect(refusal(() => parseArrangement("")).code).toBe("input.invalid");
  });
});
