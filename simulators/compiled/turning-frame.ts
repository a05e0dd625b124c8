import { coordinateCount } from "#model/generator";
import { compileEvaluation } from "./evaluation.ts";
import { createGraph } from "./expression.ts";
import { describeGroups, type GroupModel } from "./group-equations.ts";
import { rungFrequencies } from "./site-equations.ts";

/** How often each coherence turns when the phase of ⟨A†⟩ turns once, by its real coordinate. */
const charges = [
  [2, 1],
  [4, 1],
  [6, 2],
] as const;

/** Turns a state in place: ⟨A†⟩ → e^{i·angle}⟨A†⟩. */
export function turn(x: Float64Array, angle: number): void {
  for (const [first, charge] of charges) {
    const c = Math.cos(charge * angle);
    const s = Math.sin(charge * angle);
    for (let k = first; k < x.length; k += coordinateCount) {
      const re = x[k]!;
      const im = x[k + 1]!;
      x[k] = c * re - s * im;
      x[k + 1] = s * re + c * im;
    }
  }
}

/**
 * Rate at which a state turns on the whole: the rate of the frame in which the rest of its velocity is least.
 *
 * @param floor - size of coherences that do not count
 * @returns undefined for a state whose coherences are smaller
 */
export function turningRate(x: Float64Array, slope: Float64Array, floor: number): number | undefined {
  let along = 0;
  let size = 0;
  for (const [first, charge] of charges) {
    for (let k = first; k < x.length; k += coordinateCount) {
      along += charge * (x[k]! * slope[k + 1]! - x[k + 1]! * slope[k]!);
      size += charge * charge * (x[k]! ** 2 + x[k + 1]! ** 2);
    }
  }
  return size > floor * floor ? along / size : undefined;
}

/** Middle of the level spacings of all groups: the frame in which nothing turns fast. */
export function middleFrequency(
  model: GroupModel,
  columns: readonly string[],
): (values: Float64Array) => number {
  const graph = createGraph();
  const frequencies = describeGroups(graph, model, columns).flatMap(({ rates }) =>
    rungFrequencies(graph, rates),
  );
  const evaluate = compileEvaluation(frequencies);
  const values = new Float64Array(frequencies.length);
  return (parameters) => {
    evaluate(parameters, values);
    let least = Infinity;
    let largest = -Infinity;
    for (const value of values) {
      least = Math.min(least, value);
      largest = Math.max(largest, value);
    }
    return (least + largest) / 2;
  };
}
