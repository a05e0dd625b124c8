import { z } from "zod";
import type { Operation } from "#ir/operations";
import { valuesOf } from "#ir/scan";
import type { Protocol } from "../protocol.ts";
import { amplitudeSettings } from "./onset.ts";
import { populationSeries } from "./series.ts";

const positive = z.number().gt(0);

export const pairCorrelatorSchema = z
  .strictObject({
    kind: z.literal("pair-correlator"),
    gain_rate_per_s: positive.describe("γ+, rate of 0→1"),
    loss_rate_per_s: positive.describe("γ−, rate of 2→1"),
    exchange_hz: z
      .strictObject({ from: z.number(), to: z.number(), points: z.int().min(2).max(201) })
      .describe("J/2π of every bond, scanned evenly"),
    settle_s: positive.describe("Gain and loss alone; 8/γ leave 3e-4 of what was before"),
    evolve_s: positive.describe("Gain, loss and exchange together, until correlations stand still"),
  })
  .meta({ id: "PairCorrelatorParameters" });

/**
 * Same-shot correlations without a seed: the phase that a group takes differs from shot to shot, so that ⟨A†⟩ vanishes
 * on average, while Re⟨σ†_iσ_j⟩ of its pairs does not.
 */
export const pairCorrelator: Protocol<typeof pairCorrelatorSchema> = {
  kind: "pair-correlator",
  title: "same-shot correlations of pairs against exchange",
  description: "Re⟨σ†_iσ_j⟩ of both transitions, mean over pairs, without a seed: two or three sites.",
  schema: pairCorrelatorSchema,
  wanted: ({ gain_rate_per_s, loss_rate_per_s, exchange_hz }) => ({
    observable: "pair-correlator",
    gain_rate_per_s,
    loss_rate_per_s,
    exchange_hz: valuesOf(exchange_hz),
  }),
  axes: ({ exchange_hz }) => [
    { name: "exchange", title: "Exchange J/2π", unit: "Hz", values: valuesOf(exchange_hz) },
  ],
  operations: ({ settle_s, evolve_s }): Operation[] => [
    { kind: "prepare" },
    { kind: "stabilise", duration_s: settle_s },
    { kind: "couple", duration_s: evolve_s },
    { kind: "measure", settings: [...amplitudeSettings] },
  ],
  analysis: (_, { sites }) => ({
    free_phase: false,
    series: [
      ...(["01", "12"] as const).map((transition) => ({
        id: `pair${transition}`,
        title: `Re⟨σ†σ⟩ of ${transition === "01" ? "0↔1" : "1↔2"}`,
        kind: "correlator" as const,
        transition,
        sites: [...sites],
        tested: true,
      })),
      ...populationSeries(sites),
    ],
    results: (["01", "12"] as const).map((transition) => ({
      id: `largest${transition}`,
      title: `Largest Re⟨σ†σ⟩ of ${transition === "01" ? "0↔1" : "1↔2"}`,
      kind: "largest" as const,
      unit: "",
      series: `pair${transition}`,
    })),
    figures: [
      {
        title: "Correlations of pairs",
        caption: "Mean over pairs of Re⟨σ†_iσ_j⟩ from same-shot products, for both transitions. No seed.",
        axis: "exchange",
        by: null,
        label: "Re⟨σ†σ⟩",
        series: ["pair01", "pair12"],
        phase: false,
      },
      {
        title: "Populations",
        caption: "Mean over the sites.",
        axis: "exchange",
        by: null,
        label: "population",
        series: ["p0", "p1", "p2"],
        phase: false,
      },
    ],
  }),
};
