import { rotationRate } from "../mean-field/rotation.ts";
import { compileEvaluation } from "./evaluation.ts";
import { createGraph } from "./expression.ts";
import { describeGroups, type GroupModel } from "./group-equations.ts";
import { rungFrequencies } from "./site-equations.ts";

/**
 * Rate at which a state turns on the whole: the rate of the frame in which the rest of its velocity is least.
 *
 * @param floor - size of coherences that do not count
 * @returns undefined for a state whose coherences are smaller
 */
export function turningRate(x: Float64Array, slope: Float64Array, floor: number): number | undefined {
  const turning = rotationRate(x);
  let along = 0;
  let size = 0;
  for (let k = 0; k < x.length; k++) {
    along += turning[k]! * slope[k]!;
    size += turning[k]! ** 2;
  }
  return size > floor ** 2 ? along / size : undefined;
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
