import { z } from "zod";
import type { SeriesDeclaration } from "#ir/analysis";
import { valuesOf } from "#ir/scan";
import { populationSeries } from "./series.ts";

const finite = z.number();
const rate = z.number().gt(0).max(100);

/** Parameters that all protocols on circuits share. */
export const oscillatorShape = {
  gain: rate.describe("γ+, rate of 0→1, in a common unit of rate of your choice"),
  loss: rate.describe("γ−, rate of 2→1, same unit"),
};

export const stepsField = z
  .int()
  .min(1)
  .max(60)
  .nullable()
  .default(null)
  .describe("Trotter steps; by default as many as this device is best with");

/** A swept number: a list, or an evenly spaced range. */
export const sweep = z.union([
  z.array(finite).min(1).max(101),
  z.strictObject({ from: finite, to: finite, points: z.int().min(1).max(101) }),
]);

export function sweepValues(range: z.output<typeof sweep>): number[] {
  return Array.isArray(range) ? range : valuesOf(range);
}

/** What the model itself has in the place of a series. */
export function idealOf({ id, title }: Pick<SeriesDeclaration, "id" | "title">): SeriesDeclaration {
  return { id: `${id}_ideal`, title: `${title}, the model itself`, kind: "ideal", of: id };
}

/** Populations and what lies outside the levels. */
export function levelSeries(site: string, prefix = ""): SeriesDeclaration[] {
  return [
    ...populationSeries([site], prefix),
    { id: `${prefix}leakage`, title: `outside the levels`, kind: "leakage", sites: [site], tested: false },
  ];
}
