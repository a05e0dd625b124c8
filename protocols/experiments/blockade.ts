import { z } from "zod";
import { EntrainError } from "#core/errors";
import { parseQuantity } from "#core/units";
import type { Operation, Setting } from "#ir/operations";
import { scanSchema, valuesOf } from "#ir/scan";
import type { Layout, Protocol } from "../protocol.ts";
import { amplitudeSettings } from "./onset.ts";
import { populationSeries } from "./series.ts";

const positive = z.number().gt(0);

export const blockadeSchema = z
  .strictObject({
    kind: z.literal("blockade"),
    gain_rate_per_s: positive.describe("γ+, rate of 0→1"),
    loss_rate_per_s: positive.describe("γ−, rate of 2→1"),
    exchange_hz: z.number().describe("J/2π of the coupler; 0.7 γ− is a good choice"),
    detuning_hz: scanSchema(z.number(), { min: 2, max: 401 }).describe(
      "δ/2π, first site above second: from, to and points, or values; ±1.5 |K| shows everything",
    ),
    settle_s: positive.describe("Gain and loss alone; 8/γ leave 3e-4 of what was before"),
    evolve_s: positive.describe("Gain, loss and exchange together, until correlations stand still"),
    ring_down_s: z
      .number()
      .min(0)
      .default(parseQuantity("60 ns", "time"))
      .describe("Everything off, for the ancillas to empty"),
  })
  .meta({ id: "BlockadeParameters" });

/** Every pair of amplitude settings: one for the first site, one for the second. */
export function pairSettings(first: string, second: string): Setting[] {
  return amplitudeSettings.flatMap((a) =>
    amplitudeSettings.map((b) => ({
      name: `${a.name} ${b.name}`,
      rotations: [
        ...a.rotations.map((rotation) => ({ ...rotation, sites: [first] })),
        ...b.rotations.map((rotation) => ({ ...rotation, sites: [second] })),
      ],
    })),
  );
}

function pairOf({ sites, bonds }: Layout): readonly [string, string] {
  const [first, second] = sites;
  if (first !== undefined && second !== undefined && sites.length === 2 && bonds.length === 1) {
    return [first, second];
  }
  throw new EntrainError("protocol.layout", {
    path: "device.profile",
    message: "the blockade scan is about two coupled sites",
    found: `${sites.length} sites, ${bonds.length} bonds`,
    expected: "a profile of two sites and one bond",
  });
}

/**
 * Synchronization blockade of two oscillators: correlations ⟨A†₁A₂⟩ of the steady state against the detuning. In level
 * 1 both, the sites cannot exchange a quantum at δ = 0 for K away from it; at δ = ±K one of |20⟩, |02⟩ comes into
 * resonance with |11⟩.
 *
 * Nadolny & Bruder, two groups; Lörch et al., PRL 118, 243602 (2017), for two oscillators.
 */
export const blockade: Protocol<typeof blockadeSchema> = {
  kind: "blockade",
  title: "synchronization blockade of two oscillators",
  description: "Correlation |⟨A†₁A₂⟩| and its phase against the detuning of two coupled sites.",
  schema: blockadeSchema,
  wanted: ({ gain_rate_per_s, loss_rate_per_s, exchange_hz, detuning_hz }) => ({
    observable: "pair-correlator",
    gain_rate_per_s,
    loss_rate_per_s,
    exchange_hz: [exchange_hz],
    detuning_hz: valuesOf(detuning_hz),
  }),
  axes: ({ detuning_hz }) => [
    { name: "detuning", title: "Detuning δ/2π", unit: "Hz", values: valuesOf(detuning_hz) },
  ],
  operations: ({ settle_s, evolve_s, ring_down_s }, layout): Operation[] => [
    { kind: "prepare" },
    { kind: "stabilise", duration_s: settle_s },
    { kind: "couple", duration_s: evolve_s },
    ...(ring_down_s > 0 ? [{ kind: "evolve", duration_s: ring_down_s } as const] : []),
    { kind: "measure", settings: pairSettings(...pairOf(layout)) },
  ],
  analysis: (_, layout) => {
    const [a, b] = pairOf(layout);
    return {
      free_phase: false,
      series: [
        { id: "correlation", title: "correlation |⟨A†₁A₂⟩|", kind: "pair", sites: [a, b], tested: true },
        ...populationSeries([a], `${a}_`),
        ...populationSeries([b], `${b}_`),
      ],
      results: [
        { id: "largest", title: "Largest |⟨A†₁A₂⟩|", kind: "largest", unit: "", series: "correlation" },
        {
          id: "resonant",
          title: "|⟨A†₁A₂⟩| at δ = 0",
          kind: "value",
          unit: "",
          series: "correlation",
          axis: "detuning",
          at: 0,
        },
      ],
      figures: [
        {
          title: "Correlation against detuning",
          caption:
            "|⟨A†₁A₂⟩| of the two sites, from joint tomography of every pair of settings. Equal sites are blocked; detuned by about ±K they are not.",
          axis: "detuning",
          by: null,
          label: "|⟨A†₁A₂⟩|",
          series: ["correlation"],
          phase: false,
        },
        {
          title: "Phase of the correlation",
          caption:
            "Argument of ⟨A†₁A₂⟩: the phase by which the second site lags. Meaningless where the modulus is within its error.",
          axis: "detuning",
          by: null,
          label: "arg ⟨A†₁A₂⟩ (°)",
          series: ["correlation"],
          phase: true,
        },
        ...[a, b].map((site) => ({
          title: `Populations of ${site}`,
          caption: "Exchange on resonance with |20⟩ or |02⟩ empties level 1.",
          axis: "detuning",
          by: null,
          label: "population",
          series: [0, 1, 2].map((level) => `${site}_p${level}`),
          phase: false,
        })),
      ],
    };
  },
};
