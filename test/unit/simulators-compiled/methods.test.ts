import { describe, expect, it } from "vitest";
import { fullTurn } from "#core/units";
import { spinOneLadder } from "#model/oscillator";
import { compileEnsemble, type EnsembleMethod, type GroupModel } from "#simulators/compiled/ensemble";
import { roughExponential, roughLogarithm } from "#simulators/compiled/step-control";
import { dormandPrince5, dormandPrince853, type Tableau, tsitouras5 } from "#simulators/compiled/tableaus";
import { difference, figure4Model, seededStart } from "./models.ts";

const tableaus: readonly [name: EnsembleMethod, tableau: Tableau, weakOrder?: number][] = [
  ["dormand-prince-5", dormandPrince5],
  ["tsitouras-5", tsitouras5],
  ["dormand-prince-853", dormandPrince853],
];

/** Rooted trees with up to `order` nodes, as lists of subtrees. */
type Tree = readonly Tree[];

function treesUpTo(order: number): Tree[][] {
  const byOrder: Tree[][] = [[], [[]]];
  /** Lists of trees with `nodes` nodes together, in an order that does not repeat. */
  const forests = (nodes: number, most: [number, number]): Tree[][] => {
    if (nodes === 0) return [[]];
    const found: Tree[][] = [];
    for (let size = Math.min(nodes, most[0]); size >= 1; size--) {
      const from = size === most[0] ? most[1] : byOrder[size]!.length - 1;
      for (let index = from; index >= 0; index--) {
        for (const rest of forests(nodes - size, [size, index]))
          found.push([byOrder[size]![index]!, ...rest]);
      }
    }
    return found;
  };
  for (let n = 2; n <= order; n++) byOrder.push(forests(n - 1, [n - 1, byOrder[n - 1]!.length - 1]));
  return byOrder;
}

const nodesOf = (tree: Tree): number => 1 + tree.reduce((sum, branch) => sum + nodesOf(branch), 0);
/** γ of Butcher's theory. */
const density = (tree: Tree): number =>
  tree.reduce((product, branch) => product * density(branch), nodesOf(tree));

/** Elementary weights of all slopes: Π over branches of Σ_j a_ij·weight_j. */
function stageWeights(tree: Tree, rows: readonly (readonly number[])[]): number[] {
  const branches = tree.map((branch) => stageWeights(branch, rows));
  return rows.map((row) =>
    branches.reduce((product, branch) => product * row.reduce((sum, a, j) => sum + a * branch[j]!, 0), 1),
  );
}

const dot = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, value, k) => sum + value * b[k]!, 0);

describe("Runge–Kutta pairs", () => {
  it.each(tableaus)("%s fulfils all conditions of its order", (_name, tableau) => {
    const rows = [...tableau.stages, tableau.solution];
    treesUpTo(tableau.order)
      .flat()
      .forEach((tree) => {
        const weights = stageWeights(tree, rows);
        expect(Math.abs(dot(tableau.solution, weights) - 1 / density(tree))).toBeLessThan(2e-13);
      });
  });

  it.each(tableaus)(
    "the error estimate of %s vanishes to the order below, and not further",
    (_name, tableau) => {
      const rows = [...tableau.stages, tableau.solution];
      const largest = (estimate: readonly number[], order: number) =>
        Math.max(
          ...treesUpTo(order)[order]!.map((tree) => Math.abs(dot(estimate, stageWeights(tree, rows)))),
        );
      const exact = tableau.order === 8 ? 5 : 4;
      for (let n = 1; n <= exact; n++) expect(largest(tableau.estimate, n)).toBeLessThan(1e-13);
      expect(largest(tableau.estimate, exact + 1)).toBeGreaterThan(1e-6);
      const { solution, weakSolution } = tableau;
      if (!weakSolution) return;
      const difference = solution.map((weight, k) => weight - (weakSolution[k] ?? 0));
      for (let n = 1; n <= 3; n++) expect(largest(difference, n)).toBeLessThan(1e-13);
      expect(largest(difference, 4)).toBeGreaterThan(1e-4);
    },
  );

  it.each(tableaus)(
    "the dense output of %s fulfils the conditions of its order at all times",
    (_name, tableau) => {
      const rows = [...tableau.stages, tableau.solution, ...tableau.dense.stages];
      const order = tableau.order === 8 ? 7 : 4;
      const end = tableau.stages.length;
      for (const theta of [0.2, 0.5, 0.9]) {
        const rest = 1 - theta;
        const unit = (index: number) => rows.map((_, s) => (s === index ? 1 : 0));
        const solution = rows.map((_, s) => tableau.solution[s] ?? 0);
        const r1 = rows.map((_, s) => unit(0)[s]! - solution[s]!);
        const r2 = rows.map((_, s) => solution[s]! - unit(end)[s]! - r1[s]!);
        const terms = [solution, r1, r2, ...tableau.dense.coefficients];
        const weights = rows.map((_, s) =>
          terms.reduceRight((value, term, k) => (k % 2 === 0 ? theta : rest) * ((term[s] ?? 0) + value), 0),
        );
        treesUpTo(order)
          .flat()
          .forEach((tree) => {
            const wanted = theta ** nodesOf(tree) / density(tree);
            expect(Math.abs(dot(weights, stageWeights(tree, rows)) - wanted)).toBeLessThan(2e-12);
          });
      }
    },
  );
});

describe("the rough logarithm", () => {
  it("is exact at powers of two, rises, and is undone by the exponential", () => {
    for (let k = -90; k <= 90; k++) expect(roughLogarithm(2 ** k)).toBe(k);
    let last = -Infinity;
    for (let value = 1e-9; value < 1e9; value *= 1.0137) {
      const logarithm = roughLogarithm(value);
      expect(logarithm).toBeGreaterThan(last);
      expect(Math.abs(logarithm - Math.log2(value))).toBeLessThan(0.0861);
      expect(Math.abs(roughExponential(logarithm) / value - 1)).toBeLessThan(1e-11);
      last = logarithm;
    }
  });
});

/** One group without couplings: ρ₀₁ = ½·e^{(iw − γ₊/2)t} and so on, in closed form. */
const decaying: GroupModel = {
  groups: [{ ladder: spinOneLadder, gain: 0.6, loss: 1.1, asymmetry: 1.7, detuning: { column: "w" } }],
  couplings: [],
};

function decayed(x: readonly number[], w: number, t: number): number[] {
  const [gain, loss, asymmetry] = [0.6, 1.1, 1.7];
  const coherence = (k: number, rate: number, frequency: number): [number, number] => {
    const size = Math.exp(-rate * t);
    const [c, s] = [Math.cos(frequency * t), Math.sin(frequency * t)];
    return [size * (c * x[k]! - s * x[k + 1]!), size * (s * x[k]! + c * x[k + 1]!)];
  };
  return [
    x[0]! * Math.exp(-gain * t),
    x[1]! * Math.exp(-loss * t),
    ...coherence(2, gain / 2, w),
    ...coherence(4, loss / 2, w + asymmetry),
    ...coherence(6, (gain + loss) / 2, 2 * w + asymmetry),
  ];
}

const start = [0.3, 0.2, 0.1, -0.2, 0.15, 0.05, -0.04, 0.12];

describe.each(["wasm", "javascript"] as const)("fixed steps in %s", (backend) => {
  it.each(tableaus)("of %s converge with its order, samples between the steps as well", (method, tableau) => {
    const kernel = compileEnsemble({ model: figure4Model, method, backend, turningFrame: false });
    const run = (h: number, samples: number) =>
      kernel.integrate({
        states: Float64Array.from(seededStart),
        columns: Float64Array.of(-1.3, 2.2),
        duration: 4,
        // Nothing is ever rejected.
        rtol: 0.9,
        atol: 1e6,
        maxStep: h,
        firstSteps: Float64Array.of(h),
        samples,
      });
    const fine = run(1 / 256, 24);
    const h = tableau.order === 8 ? 1 / 2 : 1 / 8;
    const [coarse, half] = [run(h, 24), run(h / 2, 24)];
    expect(coarse.rejected[0]).toBe(0);
    expect(coarse.steps[0]).toBe(4 / h);
    const rate = Math.log2(difference(coarse.states, fine.states) / difference(half.states, fine.states));
    expect(rate).toBeGreaterThan(tableau.order - 0.6);
    expect(rate).toBeLessThan(tableau.order + 1.5);
    const between = Math.log2(
      difference(coarse.amplitudes, fine.amplitudes) / difference(half.amplitudes, fine.amplitudes),
    );
    // Order four or seven within a step, of which there is one more power over the whole.
    expect(between).toBeGreaterThan(tableau.order - 0.6);
  });

  it.each(tableaus)("of %s approach the closed form without couplings", (method, tableau) => {
    const kernel = compileEnsemble({ model: decaying, method, backend, turningFrame: false });
    const error = (h: number) => {
      const { states } = kernel.integrate({
        states: Float64Array.from(start),
        columns: Float64Array.of(2.4),
        duration: 3,
        rtol: 0.9,
        atol: 1e6,
        maxStep: h,
        firstSteps: Float64Array.of(h),
      });
      return difference(states, decayed(start, 2.4, 3));
    };
    const h = tableau.order === 8 ? 3 / 8 : 3 / 32;
    expect(Math.log2(error(h) / error(h / 2))).toBeGreaterThan(tableau.order - 0.5);
  });
});

describe("adaptive steps", () => {
  it.each(tableaus)("of %s keep the tolerance against the closed form, in either frame", (method) => {
    for (const turningFrame of [true, false]) {
      const kernel = compileEnsemble({ model: decaying, method, turningFrame });
      for (const rtol of [1e-4, 1e-7, 1e-10]) {
        const w = 3.1;
        const duration = (20 * fullTurn) / w / 4;
        const samples = 41;
        const { states, amplitudes, status } = kernel.integrate({
          states: Float64Array.from(start),
          columns: Float64Array.of(w),
          duration,
          rtol,
          samples,
        });
        expect(status).toEqual(["done"]);
        expect(difference(states, decayed(start, w, duration))).toBeLessThan(20 * rtol);
        for (let k = 0; k < samples; k++) {
          const x = decayed(start, w, (k * duration) / (samples - 1));
          const wanted = [2, 3].map((c) => Math.SQRT2 * (x[c]! + x[c + 2]!));
          // The dense output is one order below the method.
          expect(difference(amplitudes.subarray(2 * k, 2 * k + 2), wanted)).toBeLessThan(200 * rtol);
        }
      }
    }
  });
});
