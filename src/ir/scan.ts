import { z } from "zod";

/** A swept parameter of a protocol; records and sequences carry its index under its name. */
export const axisSchema = z
  .strictObject({
    name: z.string().regex(/^[a-z][a-z0-9_]*$/),
    title: z.string(),
    /** Unit of the values: Hz, s, or empty. */
    unit: z.string(),
    values: z.array(z.number()).min(1),
    /** What each value stands for, where it is not a quantity. */
    labels: z.array(z.string()).optional(),
  })
  .meta({ id: "Axis" });
export type Axis = z.infer<typeof axisSchema>;

/** Every combination of the axes' indices, the last axis fastest: the points of a scan, in order. */
export function scanPoints(axes: readonly Axis[]): Record<string, number>[] {
  return axes.reduce<Record<string, number>[]>(
    (points, axis) => points.flatMap((point) => axis.values.map((_, k) => ({ ...point, [axis.name]: k }))),
    [{}],
  );
}

/** Names and sizes of axes, as sequences have them. */
export function sizesOf(axes: readonly Axis[]): { name: string; size: number }[] {
  return axes.map(({ name, values }) => ({ name, size: values.length }));
}

/** Position of a point in the order of `scanPoints`; −1 when an index is missing or out of range. */
export function positionOf(axes: readonly Axis[], point: Readonly<Record<string, number>>): number {
  return axes.reduce((at, { name, values }) => {
    const index = point[name];
    return at < 0 || index === undefined || index >= values.length ? -1 : at * values.length + index;
  }, 0);
}

/**
 * What a person may scan: evenly from one value to another, or over values of its own, as data that were taken
 * elsewhere have them.
 */
export function scanSchema(value: z.ZodNumber, points: { readonly min: number; readonly max: number }) {
  return z.union([
    z.strictObject({ from: value, to: value, points: z.int().min(points.min).max(points.max) }),
    z.strictObject({
      values: z
        .array(value)
        .min(points.min)
        .max(points.max)
        .refine(isMonotonic, {
          message: "the values must rise, or fall, from each to the next",
          params: { expected: "values in order, none twice" },
        }),
    }),
  ]);
}

function isMonotonic(values: readonly number[]): boolean {
  const steps = values.slice(1).map((value, k) => value - values[k]!);
  return steps.every((step) => step > 0) || steps.every((step) => step < 0);
}

/** Values of a scan; those of a range evenly spaced. */
export function valuesOf(
  scan: { from: number; to: number; points: number } | { values: readonly number[] },
): number[] {
  if ("values" in scan) return [...scan.values];
  const { from, to, points } = scan;
  return Array.from({ length: points }, (_, k) =>
    points === 1 ? from : from + ((to - from) * k) / (points - 1),
  );
}
