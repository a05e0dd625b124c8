import { describe, expect, it } from "vitest";
import type { Complex } from "#core/complex";
import { eigenvalues } from "#core/eigenvalues";
import { coordinatesOf } from "#model/generator";
import { seededState } from "#model/initial-states";
import { createCoupling, type Network } from "#model/network";
import { bosonLadder, noChannels, type Oscillator, spinOneLadder } from "#model/oscillator";
import {
  continueWave,
  findRotatingWave,
  integrate,
  networkGrowthRate,
  networkRightHandSide,
  type RotatingWave,
  type WaveBranch,
  waveFromOnset,
} from "#simulators/index";
import { distanceUpToPhase } from "#simulators/mean-field/rotating-wave";
import { rotated, rotationRate } from "#simulators/mean-field/rotation";
import { componentDerivative } from "../../support/component-equations.ts";
import { refusal } from "../../support/refusal.ts";

const plain: Oscillator = {
  gain: 0.5,
  loss: 1,
  asymmetry: 0,
  detuning: 0,
  ladder: spinOneLadder,
  channels: noChannels,
};

function group(site: Oscillator, self: number): Network {
  return { sites: [site], coupling: createCoupling(1, [{ i: 0, j: 0, re: self, im: 0 }]) };
}

function pair(between: number, detuning: number): Network {
  return {
    sites: [
      { ...plain, detuning: detuning / 2 },
      { ...plain, detuning: -detuning / 2 },
    ],
    coupling: createCoupling(2, [
      { i: 0, j: 0, re: 1, im: 0 },
      { i: 1, j: 1, re: 1, im: 0 },
      { i: 0, j: 1, re: between, im: 0 },
    ]),
  };
}

/** The wave that a seeded trajectory is close to after some time. */
function waveOf(network: Network, time = 150): RotatingWave {
  const y = Float64Array.from(network.sites.flatMap(() => [...coordinatesOf(seededState())]));
  const f = networkRightHandSide(network);
  integrate(f, 0, y, [time], () => {}, { rtol: 1e-8 });
  return findRotatingWave(network, f, y)!;
}

const kinds = ({ special }: WaveBranch) => special.map(({ kind }) => kind);

describe("the branch of one group", () => {
  // Elimination in the frame of the wave, x = K/2 − ω, h = √2 V|⟨S⁺⟩|, p = γ₊γ₋, G = γ₋ + γ₊, D = γ₋ − γ₊:
  // 16DG²h⁴ = p[DG²(p − K²) − 64Dx⁴ + 64GKx³ − 4D(4K² + D²)x² + 4G³Kx].
  it.each([
    [0.5, 0],
    [0.5, -0.3],
    [0.2, 0.1],
    [2.5, -0.4],
  ])("obeys the exact curve for gain %s, K = %s", (gain, asymmetry) => {
    const at = (self: number) => group({ ...plain, gain, asymmetry }, self);
    const p = gain;
    const g = 1 + gain;
    const d = 1 - gain;
    const k = asymmetry;
    const critical =
      (p * (k * k + (g * g) / 4)) / (2 * (g * Math.sqrt(p * (k * k + (d * d) / 4)) - 2 * k * p));
    const begin = 2 * critical;
    const branch = continueWave(
      at,
      { parameter: begin, wave: waveOf(at(begin)) },
      { range: [0, 3 * critical], direction: -1 },
    );
    expect(branch.end).toBe("onset");
    expect(branch.points.length).toBeGreaterThan(8);
    for (const { parameter, frequency, amplitudes } of branch.points) {
      const x = k / 2 - frequency;
      const h4 = (Math.SQRT2 * parameter * amplitudes[0]!) ** 4;
      const polynomial =
        d * g * g * (p - k * k) -
        64 * d * x ** 4 +
        64 * g * k * x ** 3 -
        4 * d * (4 * k * k + d * d) * x * x +
        4 * g ** 3 * k * x;
      expect(Math.abs(16 * d * g * g * h4 - p * polynomial)).toBeLessThan(1e-11);
    }
    const onset = branch.special.at(-1)!;
    expect(onset.kind).toBe("onset");
    expect(onset.parameter / critical - 1).toBeCloseTo(0, 11);
    expect(onset.frequency).toBeCloseTo((gain * k - 2 * critical * d) / g, 11);
  });

  // γ₊ = γ₋, K < 0: ω = K/2 and |⟨S⁺⟩| = √(|K|(V − V_c))/(2V), V_c = (K² + G²/4)/(8|K|).
  it("obeys the closed form without a difference of the rates", () => {
    const asymmetry = -0.8;
    const at = (self: number) => group({ ...plain, gain: 1, asymmetry }, self);
    const critical = (asymmetry ** 2 + 1) / (8 * Math.abs(asymmetry));
    const start = { parameter: 1, wave: waveOf(at(1)) };
    const up = continueWave(at, start, { range: [0.1, 4] });
    const down = continueWave(at, start, { range: [0.1, 4], direction: -1 });
    expect([up.end, down.end]).toEqual(["range", "onset"]);
    expect(up.points.at(-1)!.parameter).toBeCloseTo(4, 12);
    for (const { parameter, frequency, amplitudes, stable } of [...up.points, ...down.points]) {
      expect(amplitudes[0]).toBeCloseTo(
        Math.sqrt(Math.abs(asymmetry) * (parameter - critical)) / (2 * parameter),
        11,
      );
      expect(frequency).toBeCloseTo(asymmetry / 2, 11);
      expect(stable).toBe(true);
    }
    expect(down.special.at(-1)!.parameter).toBeCloseTo(critical, 11);
  });

  it("loses stability in a window of breathing, at g₊/g₋ = 1/2 from 2.46 to 4.50 of G", () => {
    const at = (self: number) => group(plain, self);
    const branch = continueWave(at, { parameter: 1, wave: waveOf(at(1)) }, { range: [0.6, 9] });
    expect(kinds(branch)).toEqual(["hopf", "hopf"]);
    const [enter, leave] = branch.special;
    // Table of the mean-field notes, three digits.
    expect(Math.abs(enter!.parameter / 1.5 - 2.46)).toBeLessThan(0.005);
    expect(Math.abs(leave!.parameter / 1.5 - 4.5)).toBeLessThan(0.02);
    for (const point of branch.points) {
      const inside = point.parameter > enter!.parameter && point.parameter < leave!.parameter;
      expect(point.stable).toBe(!inside);
    }
    for (const { parameter, frequency, breathing } of branch.special) {
      expect(leadingPair(group(plain, parameter), frequency, branch, parameter, breathing)).toBeLessThan(
        1e-9,
      );
    }
  });

  it("of a bosonic ladder begins at both ends of the window, V² − 6V + 2 = 0", () => {
    const site = { ...plain, gain: 1, asymmetry: -1, ladder: bosonLadder(1) };
    const at = (self: number) => group(site, self);
    const lower = continueWave(
      at,
      { parameter: 1, wave: waveOf(at(1)) },
      { range: [0.1, 12], direction: -1 },
    );
    expect(kinds(lower)).toEqual(["onset"]);
    expect(lower.special[0]!.parameter).toBeCloseTo(3 - Math.sqrt(7), 11);
    // At the upper end the wave of small amplitude lies outside the window and is unstable: it is the edge between
    // the unsynchronized state and the wave of the lower end, which goes on beyond the window.
    const born = waveFromOnset(at, { parameter: 5.6, frequency: 2.3 });
    expect(born.onset.parameter).toBeCloseTo(3 + Math.sqrt(7), 11);
    expect(born.parameter).toBeGreaterThan(born.onset.parameter);
    const away = continueWave(at, born, { range: [5, 12], firstStep: 1e-3 });
    expect(away.points.every(({ stable }) => !stable)).toBe(true);
    const back = continueWave(
      at,
      { parameter: away.points.at(-1)!.parameter, wave: away.points.at(-1)! },
      { range: [5, 12], direction: -1 },
    );
    expect(kinds(back)).toEqual(["onset"]);
    expect(back.special[0]!.parameter).toBeCloseTo(3 + Math.sqrt(7), 10);
    const upper = continueWave(at, { parameter: 1, wave: waveOf(at(1)) }, { range: [0.1, 8] });
    expect(upper.points.at(-1)!.parameter).toBeCloseTo(8, 12);
    expect(upper.points.every(({ stable }) => stable)).toBe(true);
  });
});

describe("locking of two groups, K = 0, V = 1 = γ₋ = 2γ₊", () => {
  // Edges of the stable locked state in the detuning: saddle-node at weak, Hopf at strong coupling between the
  // groups (table of the mean-field notes, five digits).
  it.each([
    [0.05, "fold", 0.03718],
    [0.1, "fold", 0.075],
    [0.2, "fold", 0.15847],
    [0.3, "hopf", 0.24742],
    [0.4, "hopf", 0.3089],
    [0.5, "hopf", 0.35945],
    [0.7, "hopf", 0.42297],
    [1, "hopf", 0.43657],
  ] as const)("V_AB = %s ends in a %s at δ = %s", (between, kind, edge) => {
    const at = (detuning: number) => pair(between, detuning);
    const branch = continueWave(at, { parameter: 0.01, wave: waveOf(at(0.01), 400) }, { range: [0, 0.6] });
    const first = branch.special[0]!;
    expect(first.kind).toBe(kind);
    expect(Math.abs(first.parameter - edge)).toBeLessThan(6e-6);
    const turn = branch.points.findIndex(({ stable }) => !stable);
    expect(branch.points.slice(0, turn).every(({ stable }) => stable)).toBe(true);
    if (kind === "hopf") {
      const { parameter, frequency, breathing } = first;
      expect(leadingPair(at(parameter), frequency, branch, parameter, breathing)).toBeLessThan(1e-9);
    }
  });

  it("locates a fold to 1e-10: the two waves part as the square root of the distance from it", () => {
    const at = (detuning: number) => pair(0.2, detuning);
    const branch = continueWave(at, { parameter: 0.01, wave: waveOf(at(0.01), 400) }, { range: [0, 0.6] });
    const fold = branch.special[0]!.parameter;
    const top = branch.points.reduce((best, point) => (point.parameter > best.parameter ? point : best));
    expect(top.parameter).toBeLessThanOrEqual(fold);
    const [before, after] = [0, 1].map((side) => {
      const turn = branch.points.indexOf(top);
      return continueWave(
        at,
        {
          parameter: branch.points[turn + (side === 0 ? -2 : 2)]!.parameter,
          wave: branch.points[turn + (side === 0 ? -2 : 2)]!,
        },
        { range: [0.1, fold - 1e-6], direction: 1 },
      ).points.at(-1)!;
    });
    const gapAt = (distance: number) => {
      const network = at(fold - distance);
      const f = networkRightHandSide(network);
      const waves = [before!, after!].map(({ state }) => {
        // Along the parabola, from the states at a distance 1e-6.
        const middle = state.map((_, i) => (before!.state[i]! + after!.state[i]!) / 2);
        const share = Math.sqrt(distance / 1e-6);
        return findRotatingWave(
          network,
          f,
          state.map((value, i) => middle[i]! + share * (value - middle[i]!)),
        )!;
      });
      return distanceUpToPhase(waves[0]!.state, waves[1]!.state);
    };
    // (1e-6 + η)/(1e-8 + η) = 100 within 3 % for an error η of 3e-10 at most.
    expect(Math.abs((gapAt(1e-6) / gapAt(1e-8)) ** 2 / 100 - 1)).toBeLessThan(0.02);
  });

  it("goes through the folds of two mirrored states, V_AB = 2", () => {
    const at = (detuning: number) => pair(2, detuning);
    const branch = continueWave(
      at,
      { parameter: 0.3, wave: waveOf(at(0.3), 400) },
      { range: [-0.3, 0.31], direction: -1 },
    );
    expect(kinds(branch)).toEqual(["fold", "fold"]);
    // A ↔ B with δ → −δ maps the branch on itself.
    expect(branch.special[0]!.parameter).toBeCloseTo(-branch.special[1]!.parameter, 10);
    expect(branch.special[0]!.frequency).toBeCloseTo(branch.special[1]!.frequency, 8);
    const crossing = branch.points.filter(({ parameter }) => Math.abs(parameter) < 0.008);
    expect(crossing.some(({ stable }) => stable)).toBe(true);
    expect(crossing.some(({ stable }) => !stable)).toBe(true);
  });

  it("meets the mirrored states in a branch point on the symmetric line δ = 0", () => {
    const at = (between: number) => pair(between, 0);
    const branch = continueWave(at, { parameter: 0.5, wave: waveOf(at(0.5)) }, { range: [0.3, 2.4] });
    expect(kinds(branch)).toEqual(["branch"]);
    for (const { parameter, amplitudes, stable } of branch.points) {
      expect(amplitudes[0]).toBeCloseTo(amplitudes[1]!, 10);
      expect(stable).toBe(parameter < branch.special[0]!.parameter);
    }
    // In phase the two are one group with V + V_AB.
    const one = waveOf(group(plain, 1.5));
    expect(branch.points[0]!.frequency).toBeCloseTo(one.frequency, 11);
  });
});

describe("a network of unlike sites", () => {
  it("begins where the unsynchronized state is marginal", () => {
    const sites = [0.1, -0.15, 0.05, 0].map((detuning, s) => ({
      ...plain,
      detuning,
      gain: 0.3 + 0.1 * s,
      asymmetry: -0.2,
      channels: { ...noChannels, dephasing: 0.02 * s },
    }));
    const at = (strength: number): Network => ({
      sites,
      coupling: createCoupling(4, [
        { i: 0, j: 1, re: strength, im: 0.3 * strength },
        { i: 1, j: 2, re: strength, im: -0.2 * strength },
        { i: 2, j: 3, re: 0.7 * strength, im: 0 },
      ]),
    });
    const branch = continueWave(
      at,
      { parameter: 0.8, wave: waveOf(at(0.8), 400) },
      { range: [0.05, 1], direction: -1 },
    );
    const onset = branch.special.at(-1)!;
    expect(onset.kind).toBe("onset");
    expect(branch.points.at(-1)!.stable).toBe(true);
    expect(Math.abs(networkGrowthRate(at(onset.parameter)))).toBeLessThan(1e-12);
    // Every point turns rigidly.
    const { state, parameter, frequency } = branch.points[Math.floor(branch.points.length / 2)]!;
    const y = Float64Array.from(state);
    integrate(networkRightHandSide(at(parameter)), 0, y, [5], () => {}, { rtol: 1e-12, atol: 1e-14 });
    rotated(state, 5 * frequency).forEach((value, i) => {
      expect(Math.abs(value - y[i]!)).toBeLessThan(1e-10);
    });
  });
});

describe("what is not a start", () => {
  const at = (self: number) => group(plain, self);
  const wave = waveOf(at(1));

  it("is refused", () => {
    expect(refusal(() => continueWave(at, { parameter: 5, wave }, { range: [0, 4] })).problems[0]!.path).toBe(
      "range",
    );
    expect(
      refusal(() =>
        continueWave(at, { parameter: 0.4, wave: { state: new Float64Array(8) } }, { range: [0, 4] }),
      ).problems[0]!.path,
    ).toBe("start");
    expect(refusal(() => waveFromOnset(() => at(0.3), { parameter: 0.3, frequency: 0 })).code).toBe(
      "numerics.not_converged",
    );
  });
});

/**
 * Distance of ±i·breathing from the eigenvalues of the equations written by components, about the wave of the branch
 * at the parameter: an independent Jacobian (the equations are quadratic: the central difference is exact).
 */
function leadingPair(
  network: Network,
  frequency: number,
  branch: WaveBranch,
  parameter: number,
  breathing: number,
): number {
  const near = branch.points.reduce((best, point) =>
    Math.abs(point.parameter - parameter) < Math.abs(best.parameter - parameter) ? point : best,
  );
  const wave = findRotatingWave(network, networkRightHandSide(network), near.state)!;
  expect(wave.frequency).toBeCloseTo(frequency, 9);
  const count = network.sites.length;
  const table = Array.from({ length: count }, () =>
    Array.from({ length: count }, (): readonly [number, number] => [0, 0]),
  );
  for (let i = 0; i < count; i++) {
    for (let k = network.coupling.start[i]!; k < network.coupling.start[i + 1]!; k++) {
      table[i]![network.coupling.column[k]!] = [network.coupling.re[k]!, network.coupling.im[k]!];
    }
  }
  const n = 8 * count;
  const re = new Float64Array(n * n);
  for (let column = 0; column < n; column++) {
    const shifted = (by: number) => {
      const y = Float64Array.from(wave.state);
      y[column]! += by;
      return componentDerivative(network.sites, table, y);
    };
    const [ahead, behind] = [shifted(0.5), shifted(-0.5)];
    const unit = new Float64Array(n);
    unit[column] = 1;
    const turned = rotationRate(unit);
    for (let row = 0; row < n; row++) {
      re[row * n + column] = ahead[row]! - behind[row]! - wave.frequency * turned[row]!;
    }
  }
  const values = eigenvalues({ rows: n, columns: n, re, im: new Float64Array(n * n) });
  const distance = (value: Complex) => Math.hypot(value.re, Math.abs(value.im) - breathing);
  return Math.min(...values.map(distance));
}
