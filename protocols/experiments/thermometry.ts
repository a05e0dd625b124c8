import { z } from "zod";
import type { Operation, Setting, Step } from "#ir/operations";
import { valuesOf } from "#ir/scan";
import type { Protocol } from "../protocol.ts";
import { populationSeries } from "./series.ts";

const positive = z.number().gt(0);

export const thermometrySchema = z
  .strictObject({
    kind: z.literal("thermometry"),
    flop_s: positive.describe(
      "Longest blue-sideband pulse; a π pulse of 0↔1 is the mapping pulse of the profile",
    ),
    flops: z
      .int()
      .min(2)
      .max(60)
      .default(5)
      .describe("Pulse lengths on each line, evenly spaced up to the longest"),
    delay_s: z
      .strictObject({ from: z.number().min(0), to: positive, points: z.int().min(2).max(101) })
      .describe("Everything off between cooling and the pulse: heating"),
  })
  .meta({ id: "ThermometryParameters" });

const lines = ["01", "12", "23"] as const;

/**
 * Sideband thermometry: a blue-sideband pulse on each of the ladder's lines, for several lengths, then one look whether
 * the ion is still bright. All Rabi frequencies follow from one by the exact elements, and a line that K sets off is
 * driven off resonance as it is; linear least squares over all pulses gives the populations with their covariance.
 */
export const thermometry: Protocol<typeof thermometrySchema> = {
  kind: "thermometry",
  title: "sideband thermometry after a delay",
  description:
    "Populations of three Fock states from blue-sideband flops, and how fast the ground state is lost.",
  schema: thermometrySchema,
  // No reservoir is used; the rates only name a working point.
  wanted: () => ({ gain_rate_per_s: 1000, loss_rate_per_s: 1000, exchange_hz: [0] }),
  axes: ({ delay_s }) => [{ name: "delay", title: "Delay", unit: "s", values: valuesOf(delay_s) }],
  operations: ({ flop_s, flops, delay_s }): Operation[] => {
    const cases = valuesOf(delay_s).map((duration_s): Step[] =>
      duration_s > 0 ? [{ kind: "evolve", duration_s }] : [],
    );
    const settings = lines.flatMap((line) =>
      Array.from({ length: flops }, (_, k): Setting => {
        const duration_s = (flop_s * (k + 1)) / flops;
        return {
          name: `${line} ${(duration_s * 1e6).toFixed(0)} µs`,
          rotations: [],
          probe: { line, duration_s },
        };
      }),
    );
    return [{ kind: "prepare" }, { kind: "choose", axes: ["delay"], cases }, { kind: "measure", settings }];
  },
  analysis: (_, { sites }) => ({
    free_phase: false,
    series: populationSeries(sites),
    results: [
      {
        id: "loss_of_ground_per_s",
        title: "dp₀/dt",
        kind: "slope",
        unit: "1/s",
        series: "p0",
        axis: "delay",
        of: "value",
      },
      {
        id: "rise_of_first_per_s",
        title: "dp₁/dt",
        kind: "slope",
        unit: "1/s",
        series: "p1",
        axis: "delay",
        of: "value",
      },
    ],
    figures: [
      {
        title: "Populations by sideband flops",
        caption:
          "Least squares over the flops on three lines, mean over the sites. Nothing keeps them positive.",
        axis: "delay",
        by: null,
        label: "population",
        series: ["p0", "p1", "p2"],
        phase: false,
      },
    ],
  }),
};
