import { describe, expect, it } from "vitest";
import { createCoupling } from "#model/network";
import { evolveExactly } from "#simulators/finite-size/exact";
import { evolveNetworkExactly } from "#simulators/finite-size/network-exact";
import { pairStateOf, pairSteadyState } from "#simulators/microscopic/pair";
import { refusal } from "../../support/refusal.ts";
import { generalProblem, setA, setB } from "./problems.ts";

function allToAll(size: number, strength: number) {
  const entries = [];
  for (let i = 0; i < size; i++)
    for (let j = i + 1; j < size; j++) entries.push({ i, j, re: strength, im: 0 });
  return createCoupling(size, entries);
}

describe("evolveNetworkExactly", () => {
  it("identical sites: the permutation-invariant code, which shares no basis with it", () => {
    for (const problem of [setB(3), generalProblem(3), setB(4)]) {
      const { size, site, coupling, initial } = problem;
      const times = [0, 0.3, 1, 4];
      const expected = evolveExactly(problem, times);
      const sites = Array.from({ length: size }, () => site);
      const network = { sites, coupling: allToAll(size, coupling / size) };
      const found = evolveNetworkExactly(
        network,
        Array.from({ length: size }, () => initial),
        times,
      );
      times.forEach((_, k) => {
        for (const raising of [found.raising[0]!, found.raising[size - 1]!]) {
          expect(Math.abs(raising[k]!.re - expected.raising[k]!.re)).toBeLessThan(1e-12);
          expect(Math.abs(raising[k]!.im - expected.raising[k]!.im)).toBeLessThan(1e-12);
        }
        expect(Math.abs(found.populations[1]![k]![2] - expected.populations[k]![2])).toBeLessThan(1e-12);
        expect(Math.abs(found.pairCorrelation.at(-1)![k]!.re - expected.pairCorrelation[k]!)).toBeLessThan(
          1e-12,
        );
      });
    }
  });

  it("two different sites settle on the pair's steady state", () => {
    const { site, initial } = generalProblem(2);
    const sites = [
      { ...site, detuning: 0.9 },
      { ...site, gain: 0.2, detuning: -0.4, asymmetry: 0.8 },
    ] as const;
    const coupling = createCoupling(2, [{ i: 0, j: 1, re: 0.45, im: 0 }]);
    const { pairCorrelation } = evolveNetworkExactly({ sites, coupling }, [initial, setA(2).initial], [80]);
    const { correlation } = pairStateOf(pairSteadyState(sites, 0.45), sites);
    expect(Math.abs(pairCorrelation[0]![0]!.re - correlation.re)).toBeLessThan(1e-12);
    expect(Math.abs(pairCorrelation[0]![0]!.im - correlation.im)).toBeLessThan(1e-12);
    expect(Math.hypot(correlation.re, correlation.im)).toBeGreaterThan(0.01);
  });

  it("a phase of J can be moved into the frame of one site, on a chain", () => {
    const { site, initial } = setB(3);
    const sites = [site, { ...site, detuning: -0.2 }, { ...site, asymmetry: 0.4 }];
    const chain = (phase: number) =>
      createCoupling(3, [
        { i: 0, j: 1, re: 0.5, im: 0 },
        { i: 1, j: 2, re: 0.3 * Math.cos(phase), im: 0.3 * Math.sin(phase) },
      ]);
    // The third site starts without phase, so turning it changes nothing but its own ⟨A†⟩.
    const states = [
      initial,
      initial,
      { ...initial, re: initial.re.map((v, k) => (k % 4 === 0 ? v : 0)), im: new Float64Array(9) },
    ];
    const plain = evolveNetworkExactly({ sites, coupling: chain(0) }, states, [2]);
    const turned = evolveNetworkExactly({ sites, coupling: chain(0.7) }, states, [2]);
    expect(Math.abs(plain.raising[1]![0]!.re - turned.raising[1]![0]!.re)).toBeLessThan(1e-13);
    const [a, b] = [plain, turned].map((run) => run.raising[2]![0]!) as [
      { re: number; im: number },
      { re: number; im: number },
    ];
    expect(Math.abs(Math.hypot(a.re, a.im) - Math.hypot(b.re, b.im))).toBeLessThan(1e-13);
    const turn = Math.atan2(b.im, b.re) - Math.atan2(a.im, a.re);
    // J₁₂A†₁A₂ keeps its form when A₂ takes the phase e^{−iφ}: ⟨A†₂⟩ turns by +φ.
    expect(Math.abs(Math.sin((turn - 0.7) / 2))).toBeLessThan(1e-12);
  });

  it("refuses seven sites, and a self-field", () => {
    const { site, initial } = setA(2);
    const many = Array.from({ length: 7 }, () => site);
    const error = refusal(() =>
      evolveNetworkExactly(
        { sites: many, coupling: allToAll(7, 0.1) },
        many.map(() => initial),
        [1],
      ),
    );
    expect(error.code).toBe("simulate.too_large");
    const looped = createCoupling(1, [{ i: 0, j: 0, re: 1, im: 0 }]);
    expect(
      refusal(() => evolveNetworkExactly({ sites: [site], coupling: looped }, [initial], [1])).code,
    ).toBe("input.invalid");
  });
});
