import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ComplexMatrix, combine, commutator, dissipator, entry } from "#core/complex-matrix";
import { fullTurn } from "#core/units";
import {
  bareHamiltonian,
  bosonLadder,
  jumpOperators,
  noChannels,
  type Oscillator,
  raisingOperator,
  spinOneLadder,
} from "#model/oscillator";
import { simulate } from "#simulators/index";
import { drivenHarmonics, drivenSteadyState } from "#simulators/microscopic/driven";
import { distributionAt, findPeaks } from "#simulators/microscopic/phase-distribution";
import { densityMatrices } from "../../support/random-states.ts";
import { refusal } from "../../support/refusal.ts";
import { coherentState, overLatitude } from "./husimi.ts";

const spinOne = (gain: number, asymmetry: number): Oscillator => ({
  gain,
  loss: 1,
  asymmetry,
  detuning: 0,
  ladder: spinOneLadder,
  channels: noChannels,
});

const r2 = Math.SQRT2;

/** Exact steady states at Ω = γ₋/10, solved in rational arithmetic: p0, p1, p2, ρ01, ρ12, ρ02. */
const rationals = [
  {
    gain: 0.5,
    asymmetry: -0.15,
    populations: [13960 / 82449, 64513 / 82449, 3976 / 82449],
    r01: [(r2 * 752) / 82449, (-r2 * 17450) / 82449],
    r12: [(r2 * 2606) / 82449, (r2 * 9940) / 82449],
    r02: [6928 / 82449, -1880 / 82449],
  },
  {
    gain: 0.5,
    asymmetry: 0,
    populations: [216 / 1289, 1007 / 1289, 66 / 1289],
    r01: [0, (-270 * r2) / 1289],
    r12: [0, (165 * r2) / 1289],
    r02: [116 / 1289, 0],
  },
  {
    gain: 1,
    asymmetry: -0.2,
    populations: [862 / 14011, 12391 / 14011, 758 / 14011],
    r01: [(r2 * 56) / 14011, (-r2 * 2155) / 14011],
    r12: [(r2 * 702) / 14011, (r2 * 1895) / 14011],
    r02: [754 / 14011, -280 / 14011],
  },
  {
    gain: 2,
    asymmetry: -0.3,
    populations: [241 / 13572, 25283 / 27144, 1379 / 27144],
    r01: [(5 * r2 * 4) / 13572, (-5 * r2 * 241) / 13572],
    r12: [(r2 * 3977) / 54288, (r2 * 6895) / 54288],
    r02: [701 / 27144, -50 / 3393],
  },
];

/** Maxima of s at Ω = γ₋/10 (reference table of the driven oscillator). */
const maxima = [
  { gain: 0.5, asymmetry: -0.15, s: 0.040177301724, phi: [-0.558735110139] },
  { gain: 0.5, asymmetry: 0, s: 0.022466379067, phi: [-0.562367475951, -2.579225177639] },
  { gain: 0.5, asymmetry: 0.15, s: 0.040177301724, phi: [-2.582857543451] },
  { gain: 1, asymmetry: -0.2, s: 0.03042698413, phi: [-0.23425960315] },
  { gain: 1, asymmetry: 0, s: 0.009645754127, phi: [0, Math.PI] },
  { gain: 1, asymmetry: 0.2, s: 0.03042698413, phi: [-2.90733305044] },
  { gain: 2, asymmetry: -0.3, s: 0.033196583782, phi: [0.223068759224] },
  { gain: 2, asymmetry: 0, s: 0.023571208575, phi: [Math.PI / 2] },
  { gain: 2, asymmetry: 0.3, s: 0.033196583782, phi: [2.918523894366] },
];

function expectEntry(
  rho: ComplexMatrix,
  row: number,
  column: number,
  [re, im]: readonly number[],
  digits = 1e-14,
) {
  const found = entry(rho, row, column);
  expect(Math.abs(found.re - re!)).toBeLessThan(digits);
  expect(Math.abs(found.im - im!)).toBeLessThan(digits);
}

describe("drivenSteadyState", () => {
  it.each(rationals)("equals the exact rational state at γ₊ = $gain, K = $asymmetry", (known) => {
    const rho = drivenSteadyState(spinOne(known.gain, known.asymmetry), 0.1);
    known.populations.forEach((p, level) => {
      expectEntry(rho, level, level, [p, 0]);
    });
    expectEntry(rho, 0, 1, known.r01);
    expectEntry(rho, 1, 2, known.r12);
    expectEntry(rho, 0, 2, known.r02);
    expectEntry(rho, 2, 0, [known.r02[0]!, -known.r02[1]!]);
  });

  it("follows the closed form at K = 0 to all orders of the drive", () => {
    for (const [gain, drive] of [
      [0.5, 0.1],
      [1, 0.7],
      [2, 3],
      [0.3, -1.1],
    ] as const) {
      const o2 = drive * drive;
      const d = 256 * o2 * o2 + 8 * o2 * (2 + gain + 2 * gain * gain) + gain * gain;
      const rho = drivenSteadyState(spinOne(gain, 0), drive);
      expectEntry(rho, 0, 1, [0, (-2 * r2 * drive * gain * (8 * o2 + 1)) / d]);
      expectEntry(rho, 1, 2, [0, (2 * r2 * drive * (8 * o2 + gain * gain)) / d]);
      expectEntry(rho, 0, 2, [(8 * o2 * (8 * o2 + gain)) / d, 0]);
    }
  });

  it("is annihilated by the master equation, whatever the ladder and the channels", () => {
    const site: Oscillator = {
      gain: 0.4,
      loss: 1.3,
      asymmetry: -2.5,
      detuning: 0.7,
      ladder: bosonLadder(2),
      channels: { relaxation10: 0.1, relaxation21: 0.2, heating01: 0.03, heating12: 0.05, dephasing: 0.4 },
    };
    const drive = 0.9;
    const rho = drivenSteadyState(site, drive);
    const raising = raisingOperator(site.ladder);
    const lowering = {
      ...raising,
      re: raising.re.map((_, k) => raising.re[3 * (k % 3) + Math.floor(k / 3)]!),
    };
    const hamiltonian = combine([1, bareHamiltonian(site)], [drive, raising], [drive, lowering]);
    const change = combine(
      [{ re: 0, im: -1 }, commutator(hamiltonian, rho)],
      ...jumpOperators(site).map(({ rate, operator }) => [rate, dissipator(operator, rho)] as const),
    );
    expect(Math.max(...change.re.map(Math.abs), ...change.im.map(Math.abs))).toBeLessThan(1e-14);
    expect(Math.abs(rho.re[0]! + rho.re[4]! + rho.re[8]! - 1)).toBeLessThan(1e-15);
    expect(Math.hypot(rho.re[1]!, rho.im[1]!)).toBeGreaterThan(0.01);
  });

  it("refuses a steady state that is not unique", () => {
    const idle = refusal(() => drivenSteadyState({ ...spinOne(0, 0), loss: 0 }, 0.1));
    expect(idle.code).toBe("simulate.no_steady_state");
    expect(refusal(() => drivenSteadyState(spinOne(0, 0), 0)).code).toBe("simulate.no_steady_state");
  });
});

describe("phase distribution of one oscillator", () => {
  it("is the Husimi function integrated over the latitude, for any state", () => {
    fc.assert(
      fc.property(densityMatrices, (rho) => {
        const harmonics = drivenHarmonics(rho);
        for (const phi of [-2.7, -0.4, 1.1, 3]) {
          const husimi = (theta: number) => {
            const state = coherentState(theta, phi);
            let sum = 0;
            for (let r = 0; r < 3; r++) {
              for (let c = 0; c < 3; c++) {
                const [ar, ai] = state[r]!;
                const [br, bi] = state[c]!;
                // ⟨θφ|r⟩⟨r|ρ|c⟩⟨c|θφ⟩
                const { re, im } = entry(rho, r, c);
                sum += (ar * br + ai * bi) * re - (ar * bi - ai * br) * im;
              }
            }
            return (3 / (2 * fullTurn)) * sum;
          };
          const expected = overLatitude(husimi, 2000) - 1 / fullTurn;
          expect(Math.abs(distributionAt(harmonics, phi) - expected)).toBeLessThan(1e-11);
        }
      }),
      { numRuns: 20, seed: 3 },
    );
  });

  it.each(maxima)(
    "peaks at the reference angles at γ₊ = $gain, K = $asymmetry",
    ({ gain, asymmetry, s, phi }) => {
      const peaks = findPeaks(drivenHarmonics(drivenSteadyState(spinOne(gain, asymmetry), 0.1)));
      const highest = peaks.filter((peak) => peaks[0]!.s - peak.s < 1e-12);
      expect(highest).toHaveLength(phi.length);
      phi.forEach((angle, k) => {
        expect(Math.abs(highest[k]!.phi - angle)).toBeLessThan(1e-11);
        expect(Math.abs(highest[k]!.s - s)).toBeLessThan(1e-12);
      });
    },
  );

  it("K → −K mirrors it: s_{−K}(φ) = s_K(π − φ)", () => {
    const plus = drivenHarmonics(drivenSteadyState(spinOne(0.6, 0.8), 0.4));
    const minus = drivenHarmonics(drivenSteadyState(spinOne(0.6, -0.8), 0.4));
    for (let phi = -3; phi < 3; phi += 0.37) {
      expect(Math.abs(distributionAt(minus, phi) - distributionAt(plus, Math.PI - phi))).toBeLessThan(1e-15);
    }
  });
});

describe("simulate driven", () => {
  it("answers with the fields of the contract", () => {
    const answer = simulate("driven", { gain: 1, loss: 1, drive: 0.1 }) as unknown as {
      density_matrix: [number, number][][];
      phase_distribution: { phi: number[]; s: number[] };
      peaks: { phi: number; s: number }[];
    };
    // ρ02 = 2/33, the 1:1 term vanishes: interference blockade.
    expect(Math.abs(answer.density_matrix[0]![2]![0] - 2 / 33)).toBeLessThan(1e-15);
    expect(answer.density_matrix[2]![0]![1]).toBeCloseTo(0, 15);
    expect(answer.phase_distribution.phi).toHaveLength(answer.phase_distribution.s.length);
    expect(answer.peaks).toHaveLength(2);
  });

  it("refuses bad input with its path", () => {
    expect(refusal(() => simulate("driven", { gain: 1, loss: 1 })).problems[0]!.path).toBe("drive");
    expect(refusal(() => simulate("driven", { gain: -1, loss: 1, drive: 0.1 })).problems[0]!.path).toBe(
      "gain",
    );
  });
});
