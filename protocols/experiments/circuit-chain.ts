import { z } from "zod";
import type { SeriesDeclaration } from "#ir/analysis";
import type { CircuitProtocol } from "../protocol.ts";
import { idealOf, levelSeries, oscillatorShape, stepsField, sweep, sweepValues } from "./circuit-series.ts";

export const circuitChainSchema = z
  .strictObject({
    kind: z.literal("circuit-chain"),
    sites: z.int().min(2).max(3).default(2).describe("Oscillators in a row; three need 9 qubits"),
    ...oscillatorShape,
    asymmetry: z.number().describe("K of every oscillator"),
    coupling: z.number().describe("V of H = V(S⁺ᵢS⁻ᵢ₊₁ + h.c.) between neighbours"),
    detunings: sweep.describe("δ: from +δ/2 of the first to −δ/2 of the last, evenly; swept"),
    time: z.number().gt(0).max(1000).describe("From level 1"),
    steps: stepsField,
  })
  .meta({ id: "CircuitChainParameters" });

const named = (count: number) => Array.from({ length: count }, (_, i) => `o${i + 1}`);

function pairSeries(count: number): SeriesDeclaration[] {
  const sites = named(count);
  return sites.flatMap((a, i) =>
    sites.slice(i + 1).map(
      (b): SeriesDeclaration => ({
        id: `${a}_${b}`,
        title: `correlation |⟨S⁺S⁻⟩| of ${a}, ${b}`,
        kind: "pair",
        sites: [a, b],
        tested: true,
      }),
    ),
  );
}

/**
 * Correlations ⟨S⁺ᵢS⁻ⱼ⟩ of two or three coupled oscillators against their detuning: the synchronization blockade. From
 * level 1 each, equal oscillators with K away from 0 cannot exchange a quantum; at δ = ±K one of |20⟩, |02⟩ is resonant
 * with |11⟩.
 *
 * Nadolny & Bruder, supplement, two oscillators; Lörch et al., PRL 118, 243602 (2017).
 */
export const circuitChain: CircuitProtocol<typeof circuitChainSchema> = {
  kind: "circuit-chain",
  title: "correlations and blockade of two or three oscillators, on circuits",
  description: "⟨S⁺ᵢS⁻ⱼ⟩ of coupled oscillators in a row against their detuning.",
  schema: circuitChainSchema,
  axes: ({ detunings }) => [
    { name: "detuning", title: "Detuning δ", unit: "", values: sweepValues(detunings) },
  ],
  wanted: ({ sites, gain, loss, asymmetry, coupling, detunings, time, steps }) => ({
    kind: "runs",
    runs: sweepValues(detunings).map((delta) => ({
      sites: named(sites).map((_, i) => ({
        detuning: delta * (0.5 - i / (sites - 1)),
        asymmetry,
        gain,
        loss,
      })),
      couplings: new Array<number>(sites - 1).fill(coupling),
      field: { re: 0, im: 0 },
      time,
    })),
    observables: "pairs",
    steps,
  }),
  analysis: ({ sites: count }) => {
    const pairs = pairSeries(count);
    const first = pairs[0]!;
    return {
      free_phase: false,
      series: [
        ...pairs,
        ...pairs.map(idealOf),
        ...named(count).flatMap((site) => levelSeries(site, `${site}_`)),
      ],
      results: [
        { id: "largest", title: "Largest |⟨S⁺₁S⁻₂⟩|", kind: "largest", unit: "", series: first.id },
        {
          id: "equal",
          title: "|⟨S⁺₁S⁻₂⟩| at the smallest |δ|",
          kind: "value",
          unit: "",
          series: first.id,
          axis: "detuning",
          at: 0,
        },
      ],
      figures: [
        ...pairs.map(({ id, title }) => ({
          title: `${title.charAt(0).toUpperCase()}${title.slice(1)}`,
          caption: "From joint read-out in two bases; expected of this device and of the model itself.",
          axis: "detuning",
          by: null,
          label: "|⟨S⁺S⁻⟩|",
          series: [id, `${id}_ideal`],
          phase: false,
        })),
        {
          title: "Phase of the correlation",
          caption: "Argument of ⟨S⁺ᵢS⁻ⱼ⟩. Meaningless where the modulus is within its error.",
          axis: "detuning",
          by: null,
          label: "arg ⟨S⁺S⁻⟩ (°)",
          series: pairs.map(({ id }) => id),
          phase: true,
        },
        ...named(count).map((site) => ({
          title: `Populations of ${site}`,
          caption: "Exchange on resonance with |20⟩ or |02⟩ empties level 1.",
          axis: "detuning",
          by: null,
          label: "population",
          series: ["p0", "p1", "p2", "leakage"].map((name) => `${site}_${name}`),
          phase: false,
        })),
      ],
    };
  },
};
