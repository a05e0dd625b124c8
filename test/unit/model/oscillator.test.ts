import { describe, expect, it } from "vitest";
import { combine, commutator, dissipator, fromRows, product, zeros } from "#core/complex-matrix";
import {
  affineMapOf,
  bareGenerator,
  coordinatesOf,
  densityMatrixAt,
  driveGenerators,
} from "#model/generator";
import { mixedState, seededState } from "#model/initial-states";
import { linearResponse, populationDecayRates } from "#model/linear-response";
import { createCoupling } from "#model/network";
import {
  bareHamiltonian,
  bosonLadder,
  jumpOperators,
  noChannels,
  type Oscillator,
  raisingOperator,
  spinOneLadder,
  spinZ,
  steadyStateFault,
  uncoupledPopulations,
} from "#model/oscillator";

const site: Oscillator = {
  gain: 0.5,
  loss: 1.2,
  asymmetry: 0.3,
  detuning: -0.4,
  ladder: bosonLadder(2),
  channels: { relaxation10: 0.07, relaxation21: 0.02, heating01: 0.05, heating12: 0.11, dephasing: 0.13 },
};

describe("oscillator", () => {
  it("has spin-1 operators: [S⁺, S⁻] = 2S^z and [S^z, S⁺] = S⁺", () => {
    const raising = raisingOperator(spinOneLadder);
    const lowering = fromRows([
      [0, Math.SQRT2, 0],
      [0, 0, Math.SQRT2],
      [0, 0, 0],
    ]);
    const difference = combine([1, commutator(raising, lowering)], [-2, spinZ()]);
    for (const value of difference.re) expect(Math.abs(value)).toBeLessThan(1e-15);
    expect(commutator(spinZ(), raising)).toEqual(raising);
  });

  it("has bosonic elements ⟨n−1|b|n⟩ = √n, ⟨n|b|n+1⟩ = √(n+1)", () => {
    expect(bosonLadder(3)).toEqual([Math.sqrt(3), 2]);
  });

  it("rests in the diagonal state that its own master equation leaves unchanged", () => {
    const [p0, p1, p2] = uncoupledPopulations(site);
    expect(p0 + p1 + p2).toBeCloseTo(1, 15);
    const rho = fromRows([
      [p0, 0, 0],
      [0, p1, 0],
      [0, 0, p2],
    ]);
    const change = combine(
      ...jumpOperators(site).map((jump) => [jump.rate, dissipator(jump.operator, rho)] as const),
    );
    for (const value of change.re) expect(Math.abs(value)).toBeLessThan(1e-16);
  });

  it("rests in |1⟩⟨1| with gain and loss alone", () => {
    expect(uncoupledPopulations({ ...site, channels: noChannels })).toEqual([0, 1, 0]);
  });

  it("says when the steady state is not unique", () => {
    const plain = { ...site, channels: noChannels };
    expect(steadyStateFault(plain)).toBeUndefined();
    expect(steadyStateFault({ ...plain, gain: 0 })?.field).toBe("gain");
    expect(steadyStateFault({ ...plain, loss: 0 })?.field).toBe("loss");
    const emptied = { ...noChannels, relaxation10: 1, heating12: 1 };
    expect(steadyStateFault({ ...plain, gain: 0, loss: 0, channels: emptied })?.field).toBe("channels");
    expect(
      steadyStateFault({ ...plain, gain: 0, channels: { ...noChannels, relaxation10: 1 } }),
    ).toBeUndefined();
  });
});

describe("coordinates and generators", () => {
  const rho = fromRows([
    [0.2, { re: 0.1, im: 0.05 }, { re: -0.02, im: 0.03 }],
    [{ re: 0.1, im: -0.05 }, 0.5, { re: 0.07, im: -0.11 }],
    [{ re: -0.02, im: -0.03 }, { re: 0.07, im: 0.11 }, 0.3],
  ]);

  it("round trip", () => {
    const back = densityMatrixAt(coordinatesOf(rho));
    back.re.forEach((value, i) => {
      expect(value).toBeCloseTo(rho.re[i]!, 15);
    });
    expect(back.im).toEqual(rho.im);
  });

  const apply = ({ constant, linear }: { constant: Float64Array; linear: Float64Array }, x: Float64Array) =>
    constant.map((value, r) => value + x.reduce((sum, item, c) => sum + linear[8 * r + c]! * item, 0));

  it("generate what the 3 × 3 master equation does", () => {
    const direct = combine(
      [{ re: 0, im: -1 }, commutator(bareHamiltonian(site), rho)],
      ...jumpOperators(site).map((jump) => [jump.rate, dissipator(jump.operator, rho)] as const),
    );
    const wanted = coordinatesOf(direct);
    apply(bareGenerator(site), coordinatesOf(rho)).forEach((value, i) => {
      expect(value).toBeCloseTo(wanted[i]!, 14);
    });
  });

  it("drive the rungs with Hermitian Hamiltonians F₀₁|1⟩⟨0| + F₁₂|2⟩⟨1| + h.c.", () => {
    const f01 = { re: 0.3, im: -0.2 };
    const f12 = { re: -0.1, im: 0.4 };
    const hamiltonian = fromRows([
      [0, { re: f01.re, im: -f01.im }, 0],
      [f01, 0, { re: f12.re, im: -f12.im }],
      [0, f12, 0],
    ]);
    const wanted = coordinatesOf(combine([{ re: 0, im: -1 }, commutator(hamiltonian, rho)]));
    const sum = new Float64Array(8);
    driveGenerators().forEach((map, q) => {
      const factor = [f01.re, f01.im, f12.re, f12.im][q]!;
      apply(map, coordinatesOf(rho)).forEach((value, i) => {
        sum[i]! += factor * value;
      });
    });
    sum.forEach((value, i) => {
      expect(value).toBeCloseTo(wanted[i]!, 15);
    });
  });

  it("of the identity map is no constant and the unit matrix", () => {
    const { constant, linear } = affineMapOf((state) => state);
    expect([...constant]).toEqual(new Array(8).fill(0));
    expect([...linear]).toEqual(Array.from({ length: 64 }, (_, i) => (i % 9 === 0 ? 1 : 0)));
  });
});

describe("linear response", () => {
  it("gives the turning and decay of each coherence as the generator does", () => {
    const response = linearResponse(site);
    const { linear } = bareGenerator(site);
    // Re and Im of ρ₀₁, ρ₁₂, ρ₀₂ are the coordinate pairs 2, 4, 6.
    const pairs = [
      [2, response.omega01, response.decay01],
      [4, response.omega12, response.decay12],
      [6, response.omega01 + response.omega12, response.decay02],
    ] as const;
    for (const [k, omega, decay] of pairs) {
      expect(linear[9 * k]).toBeCloseTo(-decay, 15);
      expect(linear[8 * (k + 1) + k]).toBeCloseTo(omega, 15);
    }
  });

  it("gives the population rates as the rate matrix's trace and determinant", () => {
    const [slow, fast] = populationDecayRates(site);
    const { linear } = bareGenerator(site);
    expect(slow + fast).toBeCloseTo(-(linear[0]! + linear[9]!), 14);
    expect(slow * fast).toBeCloseTo(linear[0]! * linear[9]! - linear[1]! * linear[8]!, 14);
    expect(slow).toBeLessThanOrEqual(fast);
  });
});

describe("initial states", () => {
  it("are density matrices; the seed has ⟨S⁺⟩ = √2/10", () => {
    for (const rho of [mixedState(), seededState()]) {
      expect(rho.re[0]! + rho.re[4]! + rho.re[8]!).toBeCloseTo(1, 15);
    }
    const amplitude = product(seededState(), raisingOperator(spinOneLadder));
    expect(amplitude.re[0]! + amplitude.re[4]! + amplitude.re[8]!).toBeCloseTo(Math.SQRT2 / 10, 15);
    expect(mixedState().im).toEqual(zeros(3).im);
  });
});

describe("coupling", () => {
  it("is Hermitian, sums repeated pairs and keeps a real diagonal", () => {
    const j = createCoupling(3, [
      { i: 2, j: 0, re: 1, im: 0.5 },
      { i: 0, j: 2, re: 0.25, im: 0.5 },
      { i: 1, j: 1, re: -3, im: 7 },
    ]);
    const at = (row: number, column: number) => {
      for (let k = j.start[row]!; k < j.start[row + 1]!; k++)
        if (j.column[k] === column) return [j.re[k], j.im[k]];
      return [0, 0];
    };
    expect(at(0, 2)).toEqual([1.25, 0]);
    expect(at(2, 0)).toEqual([1.25, 0]);
    expect(at(1, 1)).toEqual([-3, 0]);
    expect(at(0, 1)).toEqual([0, 0]);
  });
});
