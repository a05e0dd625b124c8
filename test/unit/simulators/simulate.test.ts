import { describe, expect, it } from "vitest";
import { EntrainError } from "#core/errors";
import { simulate, simulationKinds } from "#simulators/index";
import { meanField, networkRun, trajectory } from "../../support/mean-field.ts";

const base = { gain: 0.5, loss: 1 };

function refusalOf(kind: string, request: unknown): EntrainError {
  try {
    simulate(kind, request);
  } catch (error) {
    expect(error).toBeInstanceOf(EntrainError);
    return error as EntrainError;
  }
  throw new Error("was accepted");
}

describe("simulate", () => {
  it("names the kinds there are when asked for another", () => {
    const error = refusalOf("meanfield", base);
    expect([error.code, error.exitStatus]).toEqual(["simulate.unknown_kind", 2]);
    expect(error.problems[0]).toMatchObject({ path: "kind", found: "meanfield" });
    for (const kind of simulationKinds) expect(error.problems[0]!.expected).toContain(kind);
    expect(refusalOf("toString", base).code).toBe("simulate.unknown_kind");
  });

  it("has the kinds of the mean field", () => {
    expect(simulationKinds).toEqual(
      expect.arrayContaining(["critical-coupling", "stability", "mean-field", "trajectory", "network"]),
    );
  });

  it("refuses a faulty request before it starts", () => {
    expect(refusalOf("mean-field", { gain: -1, loss: 1 })).toMatchObject({
      code: "simulate.invalid",
      exitStatus: 2,
    });
  });

  it("states the limit of a request too large to finish", () => {
    const trajectoryError = refusalOf("trajectory", { ...base, times: [0, 1e9] });
    expect(trajectoryError).toMatchObject({ code: "simulate.too_large", exitStatus: 2 });
    expect(trajectoryError.problems[0]).toMatchObject({ path: "times", found: 1e9, expected: /times up to/ });
    const stiff = refusalOf("mean-field", { ...base, asymmetry: 1e6, coupling: 1 });
    expect(stiff).toMatchObject({ code: "simulate.too_large", exitStatus: 2 });
    expect(stiff.problems[0]!.expected).toMatch(/20000/);
  });

  it("answers with plain JSON", () => {
    for (const kind of ["critical-coupling", "stability", "mean-field"]) {
      const answer = simulate(kind, { ...base, coupling: 0.8 });
      expect(JSON.parse(JSON.stringify(answer))).toEqual(answer);
    }
  });
});

describe("mean-field", () => {
  it("has every field of the contract", () => {
    expect(Object.keys(meanField({ ...base, coupling: 0.8, inter_coupling: 0.3 }))).toEqual(
      expect.arrayContaining([
        "state",
        "breathing",
        "groups",
        "order_parameter",
        "frequency_difference",
        "relative_phase",
        "converged",
        "error",
      ]),
    );
  });

  it("answers as the trajectory does at late times", () => {
    const request = { ...base, coupling: 0.8, inter_coupling: 0.3, detuning: 0.1, asymmetry: -0.05 };
    const { groups } = trajectory({ ...request, times: [2000, 2001] });
    const answer = meanField(request);
    groups.forEach(({ re, im, populations }, g) => {
      expect(Math.hypot(re[0]!, im[0]!)).toBeCloseTo(answer.groups[g]!.amplitude, 8);
      const turn = Math.atan2(re[0]! * im[1]! - im[0]! * re[1]!, re[0]! * re[1]! + im[0]! * im[1]!);
      expect(turn).toBeCloseTo(answer.groups[g]!.frequency!, 8);
      populations[0]!.forEach((p, level) => {
        expect(p).toBeCloseTo(answer.groups[g]!.populations[level]!, 8);
      });
    });
    const phases = groups.map(({ re, im }) => Math.atan2(im[0]!, re[0]!));
    expect(Math.sin(phases[0]! - phases[1]! - answer.relative_phase!)).toBeCloseTo(0, 8);
    const sum = [0, 1].map((part) => groups[0]![part ? "im" : "re"][0]! + groups[1]![part ? "im" : "re"][0]!);
    expect(Math.hypot(...sum) / 2).toBeCloseTo(answer.order_parameter, 8);
  });

  it("stays at the unsynchronized state when nothing is coherent, even above the threshold", () => {
    const mixed = [
      [
        [1 / 3, 0],
        [0, 0],
        [0, 0],
      ],
      [
        [0, 0],
        [1 / 3, 0],
        [0, 0],
      ],
      [
        [0, 0],
        [0, 0],
        [1 / 3, 0],
      ],
    ];
    expect(meanField({ ...base, coupling: 0.8, initial: [mixed] })).toMatchObject({
      state: "none",
      order_parameter: 0,
    });
  });
});

describe("network", () => {
  const site = { ...base, asymmetry: -0.1 };

  it("of N identical sites with J = V/N is one group with V(N − 1)/N", () => {
    const count = 12;
    const times = [0, 3, 10, 40, 60];
    const couplings = [];
    for (let i = 0; i < count; i++) for (let j = i + 1; j < count; j++) couplings.push([i, j, 0.9 / count]);
    const network = networkRun({ sites: Array.from({ length: count }, () => site), couplings, times });
    const { re, im } = trajectory({ ...site, coupling: (0.9 * (count - 1)) / count, times }).groups[0]!;
    network.order_parameter.forEach((value, k) => {
      expect(value).toBeCloseTo(Math.hypot(re[k]!, im[k]!), 9);
    });
  });

  it("of two sites with self-fields is the group model", () => {
    const times = Array.from({ length: 61 }, (_, k) => k);
    const couplings = [
      [0.8, 0.3],
      [0.3, 0.8],
    ];
    const sites = [
      { ...site, detuning: 0.2 },
      { ...site, detuning: -0.2 },
    ];
    const seeded = [
      [
        [1 / 3, 0],
        [0, 0],
        [0, 0],
      ],
      [
        [0, 0],
        [1 / 3, 0],
        [0.1, 0],
      ],
      [
        [0, 0],
        [0.1, 0],
        [1 / 3, 0],
      ],
    ];
    const network = networkRun({ sites, couplings, times, initial: seeded });
    const { groups } = trajectory({
      ...site,
      detuning: 0.4,
      coupling: 0.8,
      inter_coupling: 0.3,
      initial: [seeded, seeded],
      times,
    });
    times.forEach((_, k) => {
      const re = groups[0]!.re[k]! + groups[1]!.re[k]!;
      const im = groups[0]!.im[k]! + groups[1]!.im[k]!;
      expect(network.order_parameter[k]!).toBeCloseTo(Math.hypot(re, im) / 2, 9);
    });
    // Second half of the times: from t = 30 on
    network.sites.forEach(({ amplitude, frequency }, s) => {
      const { re, im } = groups[s]!;
      let turned = 0;
      for (let k = 31; k <= 60; k++) {
        turned += Math.atan2(
          re[k - 1]! * im[k]! - im[k - 1]! * re[k]!,
          re[k - 1]! * re[k]! + im[k - 1]! * im[k]!,
        );
      }
      expect(frequency!).toBeCloseTo(turned / 30, 9);
      const moduli = re.slice(30).map((value, k) => Math.hypot(value, im[30 + k]!));
      const trapezoid =
        moduli.reduce((sum, value, k) => sum + value * (k === 0 || k === 30 ? 0.5 : 1), 0) / 30;
      expect(Math.abs(amplitude - trapezoid)).toBeLessThan(1e-3);
    });
  });

  it("4 × 4 grid, J = 0.35, γ₊ = γ₋ = 1, K = −0.5, checkerboard detuning ±0.15", () => {
    const couplings: [number, number, number][] = [];
    for (let row = 0; row < 4; row++) {
      for (let column = 0; column < 4; column++) {
        if (column < 3) couplings.push([4 * row + column, 4 * row + column + 1, 0.35]);
        if (row < 3) couplings.push([4 * row + column, 4 * row + column + 4, 0.35]);
      }
    }
    const sites = Array.from({ length: 16 }, (_, i) => ({
      detuning: (Math.floor(i / 4) + (i % 4)) % 2 === 0 ? 0.15 : -0.15,
    }));
    const times = [0, 100, 200];
    const answer = networkRun({ gain: 1, loss: 1, asymmetry: -0.5, sites, couplings, times });
    // DOP853 of an independent code: growth rate, order parameter of the locked state; its frequency is K/2
    expect(answer.growth_rate).toBeCloseTo(0.524745943, 9);
    expect(answer.order_parameter[2]).toBeCloseTo(0.280859, 6);
    for (const { frequency } of answer.sites) expect(frequency!).toBeCloseTo(-0.25, 6);
  });

  it("ring of ten, J = 0.5, γ₊ = 0.5, detuning 0.1 cos to six digits", () => {
    const sites = Array.from({ length: 10 }, (_, i) => ({
      detuning: Number((0.1 * Math.cos((Math.PI * i) / 5)).toFixed(6)),
    }));
    const couplings = sites.map((_, i) => [i, (i + 1) % 10, 0.5]);
    const answer = networkRun({ ...base, sites, couplings, times: [0, 200, 400] });
    expect(answer.growth_rate).toBeCloseTo(0.114583733, 9);
    expect(answer.order_parameter[2]).toBeCloseTo(0.083157, 5);
    for (const { frequency } of answer.sites) expect(frequency!).toBeCloseTo(-0.3663, 4);
  });

  it("on a bipartite graph J → −J is a gauge: moduli stay, signs alternate", () => {
    const sites = [0.1, -0.2, 0.05, 0.15].map((detuning) => ({ ...base, detuning }));
    const run = (sign: number) =>
      networkRun({
        sites,
        couplings: [0, 1, 2].map((i) => [i, i + 1, sign * 0.9]),
        times: [0, 40, 80],
        initial: [0, 1, 2, 3].map((i) => {
          const value = 0.1 * (sign === -1 && i % 2 === 1 ? -1 : 1);
          return [
            [
              [1 / 3, 0],
              [0, 0],
              [0, 0],
            ],
            [
              [0, 0],
              [1 / 3, 0],
              [value, 0],
            ],
            [
              [0, 0],
              [value, 0],
              [1 / 3, 0],
            ],
          ];
        }),
      });
    const [plus, minus] = [run(1), run(-1)];
    plus.sites.forEach(({ amplitude, frequency }, s) => {
      expect(minus.sites[s]!.amplitude).toBeCloseTo(amplitude, 8);
      expect(minus.sites[s]!.frequency!).toBeCloseTo(frequency!, 7);
    });
    expect(minus.growth_rate).toBeCloseTo(plus.growth_rate, 12);
    expect(Math.abs(minus.order_parameter[2]! - plus.order_parameter[2]!)).toBeGreaterThan(1e-3);
  });

  it("takes a single time, and null where there is no amplitude to turn", () => {
    const answer = networkRun({ sites: [{ ...base, detuning: 0.3 }], couplings: [], times: [0] });
    // ρ₁₂ alone turns at δ + K
    expect(answer.sites[0]!.frequency!).toBeCloseTo(0.3, 5);
    expect(answer.order_parameter[0]!).toBeCloseTo(Math.SQRT2 / 10, 12);
    const mixed = [
      [
        [1, 0],
        [0, 0],
        [0, 0],
      ],
      [
        [0, 0],
        [0, 0],
        [0, 0],
      ],
      [
        [0, 0],
        [0, 0],
        [0, 0],
      ],
    ];
    const still = networkRun({ sites: [base], couplings: [], times: [0, 5], initial: mixed });
    expect(still.sites).toEqual([{ amplitude: 0, frequency: null }]);
  });
});
