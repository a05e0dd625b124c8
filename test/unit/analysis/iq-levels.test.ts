import { describe, expect, test } from "vitest";
import { withAssignmentErrors } from "#analysis/assignment-nuisances";
import { assignmentErrors, trainClassifier } from "#analysis/iq-levels";
import { createRandom } from "#core/random";
import { chiSquareSurvival } from "#core/statistics";
import { refusal } from "../../support/refusal.ts";
import { syntheticRun } from "../report/synthetic-run.ts";

/** Shots around centres, with a common covariance: correlated, and turned against the axes. */
function clouds(
  centres: readonly (readonly [number, number])[],
  shots: number,
  seed: number,
): Float64Array[] {
  const random = createRandom(seed, "iq");
  return centres.map(([i, q]) => {
    const cloud = new Float64Array(2 * shots);
    for (let shot = 0; shot < shots; shot++) {
      const [x, y] = [random.normal(), random.normal()];
      cloud[2 * shot] = i + x;
      cloud[2 * shot + 1] = q + 0.6 * x + 0.8 * y;
    }
    return cloud;
  });
}

describe("levels from read-out points", () => {
  test("two levels on a line are mistaken for each other as often as normal tails say", () => {
    // Covariance [[1, 0.6], [0.6, 1]]; along the first axis the Mahalanobis distance of (d, 0) is d/0.8.
    const distance = 2.4;
    const shots = 20_000;
    const { assignment, levelOf } = trainClassifier(
      clouds(
        [
          [0, 0],
          [distance, 0],
          [50, 50],
        ],
        shots,
        1,
      ),
      "c",
    );
    const mistaken = chiSquareSurvival((distance / 0.8 / 2) ** 2, 1) / 2;
    const sigma = Math.sqrt((mistaken * (1 - mistaken)) / shots);
    expect(Math.abs(assignment[1]![0]! - mistaken)).toBeLessThan(4 * sigma);
    expect(Math.abs(assignment[0]![1]! - mistaken)).toBeLessThan(4 * sigma);
    expect(assignment[2]![2]).toBe(1);
    for (const k of [0, 1, 2]) expect(assignment.reduce((sum, row) => sum + row[k]!, 0)).toBeCloseTo(1, 12);
    // Boundaries stand halfway between the centres.
    expect([levelOf(0, 0), levelOf(distance, 0), levelOf(49, 51)]).toEqual([0, 1, 2]);
    expect([levelOf(distance / 2 - 0.1, 0), levelOf(distance / 2 + 0.1, 0)]).toEqual([0, 1]);
  });

  test("few shots do not flatter the matrix", () => {
    // Clouds that lie on one another: any boundary is right in one shot of three.
    const same = Array.from({ length: 40 }, (_, seed) => {
      const { assignment } = trainClassifier(
        clouds(
          [
            [0, 0],
            [0, 0],
            [0, 0],
          ],
          100,
          seed + 7,
        ),
        "c",
      );
      return (assignment[0]![0]! + assignment[1]![1]! + assignment[2]![2]!) / 3;
    });
    const mean = same.reduce((sum, x) => sum + x, 0) / same.length;
    expect(Math.abs(mean - 1 / 3)).toBeLessThan(4 * Math.sqrt(2 / 9 / 300 / 40));
  });

  test("the errors of a matrix have the multinomial's covariance", () => {
    const assignment = [
      [0.9, 0.07, 0.02],
      [0.08, 0.9, 0.1],
      [0.02, 0.03, 0.88],
    ];
    const shots = [500, 2000, 100];
    const errors = assignmentErrors({ assignment, shots });
    expect(errors).toHaveLength(6);
    for (const j of [0, 1, 2]) {
      const p = assignment.map((row) => row[j]!);
      for (const a of [0, 1, 2]) {
        for (const b of [0, 1, 2]) {
          const found = errors.reduce((sum, change) => sum + change[a]![j]! * change[b]![j]!, 0);
          expect(found).toBeCloseTo(((a === b ? p[a]! : 0) - p[a]! * p[b]!) / shots[j]!, 12);
        }
      }
    }
    // Columns keep adding up to one, and do not know of each other.
    for (const change of errors) {
      const sums = [0, 1, 2].map((j) => change.reduce((sum, row) => sum + Math.abs(row[j]!), 0));
      expect(sums.filter((sum) => sum > 0)).toHaveLength(1);
      for (const j of [0, 1, 2]) expect(change.reduce((sum, row) => sum + row[j]!, 0)).toBeCloseTo(0, 15);
    }
  });

  test("what teaches nothing is refused", () => {
    const good = clouds(
      [
        [0, 0],
        [3, 0],
        [0, 3],
      ],
      100,
      3,
    );
    expect(refusal(() => trainClassifier(good.with(1, good[1]!.slice(0, 198)), "c")).problems[0]!.path).toBe(
      "c[level=1]",
    );
    const odd = good[2]!.slice();
    odd[31] = Number.NaN;
    expect(refusal(() => trainClassifier(good.with(2, odd), "c")).problems[0]!.path).toBe(
      "c[level=2,shot=15]",
    );
    const flat = good.map((cloud) => cloud.map((x, k) => (k % 2 === 0 ? x : 0)));
    expect(refusal(() => trainClassifier(flat, "c")).code).toBe("iq.calibration");
  });
});

test("an assignment's error moves joint outcomes as the other matrix would", () => {
  const { plan } = syntheticRun({ shots: 10, points: 2 });
  const [first, second] = plan.measurement.sites;
  const other = [
    [0.97, 0.02, 0.03],
    [0.02, 0.96, 0.07],
    [0.01, 0.02, 0.9],
  ];
  const sites = [first!, { ...second!, assignment: other }];
  // Populations of the nine pairs of levels, with correlations.
  const pairs = [0.3, 0.02, 0.05, 0.01, 0.2, 0.04, 0.08, 0.1, 0.2];
  const shown = (a: readonly (readonly number[])[], b: readonly (readonly number[])[]) =>
    Array.from({ length: 9 }, (_, k) =>
      pairs.reduce((sum, p, l) => sum + a[Math.floor(k / 3)]![Math.floor(l / 3)]! * b[k % 3]![l % 3]! * p, 0),
    );
  const before = shown(first!.assignment, other);
  const joint = {
    ...plan,
    measurement: { ...plan.measurement, sites },
    analysis: { ...plan.analysis, groups: [["q0", "q1"]] },
    prediction: {
      ...plan.prediction,
      probabilities: [[[before]]],
      quarter_turn: null,
      half_turn: null,
      nuisances: [],
    },
  };
  const change = [
    [0, 0, 0.02],
    [0, 0, -0.005],
    [0, 0, -0.015],
  ];
  const plus = (matrix: readonly (readonly number[])[]) =>
    matrix.map((row, a) => row.map((x, b) => x + change[a]![b]!));
  const moved = withAssignmentErrors(
    joint,
    new Map([
      ["q0", [change]],
      ["q1", [change]],
    ]),
  ).prediction.nuisances;
  const expected = [shown(plus(first!.assignment), other), shown(first!.assignment, plus(other))];
  expected.forEach((after, q) => {
    after.forEach((p, k) => {
      expect(moved[q]!.change[0]![0]![0]![k]).toBeCloseTo(p - before[k]!, 12);
    });
  });
});
