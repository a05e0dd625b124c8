import { describe, expect, test } from "vitest";
import {
  adjoint,
  type ComplexMatrix,
  combine,
  commutator,
  dissipator,
  entry,
  unit,
  zeros,
} from "#core/complex-matrix";
import { type LadderProblem, leakedPopulation } from "#devices/ion-chain/leakage";

/** The same mean field from operators, with midpoint steps. */
function reference(problem: LadderProblem, turnovers: number): number {
  const { n, up, down, asymmetry, coupling, dephasing } = problem;
  const size = up.length + 1;
  const lower = combine(
    ...Array.from({ length: size - 1 }, (_, m) => [Math.sqrt(m + 1), unit(size, m, m + 1)] as const),
  );
  const number = combine(...Array.from({ length: size }, (_, m) => [m, unit(size, m, m)] as const));
  const slope = (rho: ComplexMatrix) => {
    let re = 0;
    let im = 0;
    for (let m = 1; m < size; m++) {
      re += Math.sqrt(m) * entry(rho, m, m - 1).re;
      im += Math.sqrt(m) * entry(rho, m, m - 1).im;
    }
    const h = combine(
      ...Array.from(
        { length: size },
        (_, m) => [(asymmetry * (m - n) * (m - n + 1)) / 2, unit(size, m, m)] as const,
      ),
      [{ re: coupling * re, im: coupling * im }, adjoint(lower)],
      [{ re: coupling * re, im: -coupling * im }, lower],
    );
    return combine(
      [{ re: 0, im: -1 }, commutator(h, rho)],
      ...up.map((rate, m) => [rate, dissipator(unit(size, m + 1, m), rho)] as const),
      ...down.map((rate, m) => [rate, dissipator(unit(size, m, m + 1), rho)] as const),
      // D[√(2κ) n̂]: coherences of neighbours decay at κ
      [2 * dephasing, dissipator(number, rho)],
    );
  };
  let rho = zeros(size);
  const put = (r: number, c: number, value: number) => {
    rho.re[r * size + c] = value;
  };
  put(n, n, 0.6);
  put(n - 1, n - 1, 0.2);
  put(n + 1, n + 1, 0.2);
  for (const m of [n - 1, n]) {
    put(m, m + 1, 0.1);
    put(m + 1, m, 0.1);
  }
  const duration = turnovers / Math.max(up[n - 1]!, up[n]!, down[n - 1]!, down[n]!);
  const steps = 6000;
  const h = duration / steps;
  let sum = 0;
  let counted = 0;
  for (let step = 0; step < steps; step++) {
    const middle = combine([1, rho], [h / 2, slope(rho)]);
    rho = combine([1, rho], [h, slope(middle)]);
    if (step < (2 * steps) / 3) continue;
    counted++;
    for (let m = 0; m < size; m++) if (Math.abs(m - n) > 1) sum += entry(rho, m, m).re;
  }
  return sum / counted;
}

describe("population outside the three levels", () => {
  test("without coupling: detailed balance on every rung", () => {
    const problem = {
      n: 1,
      asymmetry: -5,
      coupling: 0,
      up: [1, 0.1, 0.05],
      down: [0.02, 1, 0.3],
      dephasing: 0,
    };
    const p = [1];
    for (let m = 0; m < 3; m++) p.push(p[m]! * (problem.up[m]! / problem.down[m]!));
    const expected = p[3]! / p.reduce((a, b) => a + b, 0);
    expect(leakedPopulation(problem, 200)).toBeCloseTo(expected, 5);
  });

  test.each([
    { n: 1, asymmetry: -6, coupling: 2, up: [1, 0.03, 0.02], down: [0.02, 1, 0.1], dephasing: 0.05 },
    {
      n: 2,
      asymmetry: 4,
      coupling: -1.5,
      up: [0.05, 1, 0.03, 0.02],
      down: [0.01, 0.02, 1.2, 0.1],
      dephasing: 0,
    },
  ])("with coupling: as the operators give it, %o", (problem) => {
    const expected = reference(problem, 20);
    expect(expected).toBeGreaterThan(0.02);
    expect(leakedPopulation(problem, 20) / expected).toBeCloseTo(1, 2);
  });
});
