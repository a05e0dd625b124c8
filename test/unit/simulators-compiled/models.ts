import fc from "fast-check";
import { coordinateCount } from "#model/generator";
import { bosonLadder, type Ladder, noChannels, type Oscillator, spinOneLadder } from "#model/oscillator";
import type { GroupModel, GroupSpecification, Value } from "#simulators/compiled/group-equations";
import { type RateName, rateNames, rateOf } from "#simulators/compiled/site-equations";
import { createCoupling, type Network } from "#simulators/mean-field/network";

/** Fig. 4: V = V_AB = γ₋ = 2γ₊ = 1, columns `delta` and `asymmetry`. */
export const figure4Model: GroupModel = {
  groups: [0.5, -0.5].map((factor) => ({
    ladder: spinOneLadder,
    gain: 0.5,
    loss: 1,
    asymmetry: { column: "asymmetry" },
    detuning: { column: "delta", factor },
  })),
  couplings: [
    { i: 0, j: 0, re: 1 },
    { i: 1, j: 1, re: 1 },
    { i: 0, j: 1, re: 1 },
  ],
};

/** Start of the paper: group A = I/3 + (|1⟩⟨2| + h.c.)/10, group B = I/3. */
export const seededStart = [1 / 3, 1 / 3, 0, 0, 0.1, 0, 0, 0, 1 / 3, 1 / 3, 0, 0, 0, 0, 0, 0] as const;

/** A model, the columns that its trajectories bring along and the network that it stands for. */
export interface RandomCase {
  readonly model: GroupModel;
  readonly columns: readonly string[];
  readonly values: Float64Array;
  readonly network: Network;
}

const rate = fc.double({ min: 0.1, max: 3, noNaN: true });
const signed = fc.double({ min: -4, max: 4, noNaN: true });
const ladder: fc.Arbitrary<Ladder> = fc.oneof(
  fc.constant(spinOneLadder),
  fc.integer({ min: 1, max: 6 }).map(bosonLadder),
  fc.constant<Ladder>([0, 1.3]),
  fc.constant<Ladder>([0.7, 0]),
);
const site: fc.Arbitrary<Oscillator> = fc.record({
  gain: rate,
  loss: rate,
  asymmetry: signed,
  detuning: signed,
  ladder,
  channels: fc.oneof(
    fc.constant(noChannels),
    fc.record({ relaxation10: rate, relaxation21: rate, heating01: rate, heating12: rate, dephasing: rate }),
  ),
});

/**
 * M groups with complex couplings and self-fields; which numbers are built in and which are columns is random, and
 * equal ladders and couplings are frequent.
 */
export function randomCases(groups: number): fc.Arbitrary<RandomCase> {
  const pairs = Array.from({ length: groups }, (_, i) =>
    Array.from({ length: groups - i }, (_, k) => ({ i, j: i + k })),
  ).flat();
  const strength = fc.oneof(fc.constant(1), signed);
  return fc
    .record({
      sites: fc.array(site, { minLength: groups, maxLength: groups }),
      equalLadders: fc.boolean(),
      entries: fc.tuple(
        ...pairs.map((pair) =>
          fc.record({ ...{ i: fc.constant(pair.i), j: fc.constant(pair.j) }, re: strength, im: strength }),
        ),
      ),
      asColumns: fc.array(fc.boolean(), { minLength: 128, maxLength: 128 }),
    })
    .map(({ sites: given, equalLadders, entries, asColumns }) => {
      const sites = given.map((s) => (equalLadders ? { ...s, ladder: given[0]!.ladder } : s));
      const columns: string[] = [];
      const values: number[] = [];
      let next = 0;
      const value = (number: number): Value => {
        if (!asColumns[next++ % asColumns.length]) return number;
        const name = `c${columns.length}`;
        columns.push(name);
        values.push(number / 2);
        return { column: name, factor: 2 };
      };
      const model: GroupModel = {
        groups: sites.map(
          (s): GroupSpecification => ({
            ladder: s.ladder,
            ...(Object.fromEntries(rateNames.map((name) => [name, value(rateOf(s, name))])) as Record<
              RateName,
              Value
            >),
          }),
        ),
        couplings: entries.map(({ i, j, re, im }) => ({ i, j, re: value(re), im: value(im) })),
      };
      return {
        model,
        columns,
        values: Float64Array.from(values),
        network: { sites, coupling: createCoupling(groups, entries) },
      };
    });
}

/** Numbers of the size of coordinates, not necessarily those of a state. */
export function randomCoordinates(groups: number): fc.Arbitrary<Float64Array> {
  const length = groups * coordinateCount;
  return fc
    .array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: length, maxLength: length })
    .map((x) => Float64Array.from(x));
}

/** The network of Fig. 4 at one point. */
export function figure4Network(delta: number, asymmetry: number): Network {
  return {
    sites: [0.5, -0.5].map((factor) => ({
      gain: 0.5,
      loss: 1,
      asymmetry,
      detuning: factor * delta,
      ladder: spinOneLadder,
      channels: noChannels,
    })),
    coupling: createCoupling(
      2,
      figure4Model.couplings.map(({ i, j }) => ({ i, j, re: 1, im: 0 })),
    ),
  };
}

/** Largest difference, relative to the largest number of `b` or of the state it was worked out from. */
export function relativeDifference(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  state: ArrayLike<number> = [],
): number {
  const size = Math.max(1e-300, ...Array.from(b, Math.abs), ...Array.from(state, Math.abs));
  return difference(a, b) / size;
}

/** Largest absolute difference. */
export function difference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let largest = 0;
  for (let k = 0; k < b.length; k++) largest = Math.max(largest, Math.abs(a[k]! - b[k]!));
  return largest;
}
