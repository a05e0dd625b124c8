import { z } from "zod";
import { fullTurn } from "#core/units";
import type { SeriesDeclaration } from "#ir/analysis";
import type { CircuitProtocol } from "../protocol.ts";
import { idealOf, levelSeries, oscillatorShape, stepsField, sweep, sweepValues } from "./circuit-series.ts";

export const circuitDrivenSchema = z
  .strictObject({
    kind: z.literal("circuit-driven"),
    ...oscillatorShape,
    asymmetry: sweep.describe("K, energy of level 2 beyond even spacing; swept"),
    drive_detuning: z.number().default(0).describe("δ of the oscillator against the drive"),
    drive: z.number().gt(0).describe("Ω of H = Ω(S⁺ + S⁻)"),
    time: z.number().gt(0).max(1000).describe("From level 1; 5/γ come close to the steady state"),
    steps: stepsField,
  })
  .meta({ id: "CircuitDrivenParameters" });

/** Phases at which the distribution is drawn. */
const angles = Array.from({ length: 24 }, (_, k) => fullTurn * (k / 24 - 0.5));

const site = "o1";

const distribution: SeriesDeclaration[] = angles.map((at_rad, k) => ({
  id: `s${k}`,
  title: "s(φ)",
  kind: "phase_distribution",
  sites: [site],
  at_rad,
  tested: false,
}));

const amplitude: SeriesDeclaration = {
  id: "amplitude",
  title: "amplitude |⟨S⁺⟩|",
  kind: "amplitude",
  sites: [site],
  tested: true,
};

const harmonic: SeriesDeclaration = {
  id: "harmonic",
  title: "second harmonic |ρ₀₂|",
  kind: "harmonic",
  sites: [site],
  tested: false,
};

/**
 * One oscillator entrained by a drive, K swept: its phase distribution, and the interference blockade. At γ+ = γ− and
 * K = 0 the two paths to ⟨S⁺⟩ cancel and s(φ) has two equal peaks; away from it one of them wins.
 *
 * Nadolny & Bruder, supplement, one driven oscillator; Koppenhöfer, Bruder, Roulet, PRR 2, 023026 (2020).
 */
export const circuitDriven: CircuitProtocol<typeof circuitDrivenSchema> = {
  kind: "circuit-driven",
  title: "phase distribution of one driven oscillator, on circuits",
  description:
    "s(φ) and ⟨S⁺⟩ of an oscillator under a drive against its asymmetry K: the interference blockade.",
  schema: circuitDrivenSchema,
  axes: ({ asymmetry }) => [
    {
      name: "asymmetry",
      title: "Asymmetry K",
      unit: "",
      values: sweepValues(asymmetry),
      labels: sweepValues(asymmetry).map((k) => `K = ${Number(k.toPrecision(3))}`),
    },
  ],
  wanted: ({ gain, loss, asymmetry, drive_detuning, drive, time, steps }) => ({
    kind: "runs",
    runs: sweepValues(asymmetry).map((k) => ({
      sites: [{ detuning: drive_detuning, asymmetry: k, gain, loss }],
      couplings: [],
      field: { re: drive, im: 0 },
      time,
    })),
    observables: "single-and-harmonic",
    steps,
  }),
  analysis: ({ asymmetry }) => {
    const values = sweepValues(asymmetry);
    return {
      free_phase: false,
      series: [
        amplitude,
        idealOf(amplitude),
        harmonic,
        idealOf(harmonic),
        ...levelSeries(site),
        ...distribution,
      ],
      results: [
        {
          id: "smallest_asymmetry",
          title: "|⟨S⁺⟩| at the smallest |K|",
          kind: "value",
          unit: "",
          series: "amplitude",
          axis: "asymmetry",
          at: 0,
        },
        ...values.flatMap((k, index) =>
          (["height", "phase"] as const).map((quantity) => ({
            id: `peak_${quantity}_${index}`,
            title: `${quantity === "height" ? "Highest peak of s(φ)" : "Phase of that peak"}, K = ${Number(k.toPrecision(3))}`,
            kind: "peak" as const,
            unit: quantity === "phase" ? "rad" : "",
            site,
            quantity,
            at: { asymmetry: index },
          })),
        ),
      ],
      figures: [
        {
          title: "Phase distribution",
          caption:
            "s(φ) less 1/2π, from ⟨S⁺⟩ and ρ₀₂. Where the paths through levels 0 and 2 interfere destructively the first harmonic is gone and two equal peaks are left.",
          axis: "asymmetry",
          by: null,
          label: "s(φ)",
          series: distribution.map(({ id }) => id),
          phase: false,
          along: { label: "φ (°)", values: angles.map((angle) => (angle * 360) / fullTurn) },
        },
        {
          title: "Amplitude against asymmetry",
          caption: "|⟨S⁺⟩|, expected of this device and of the model itself.",
          axis: "asymmetry",
          by: null,
          label: "|⟨S⁺⟩|",
          series: ["amplitude", "amplitude_ideal"],
          phase: false,
        },
        {
          title: "Phase of the amplitude",
          caption: "Argument of ⟨S⁺⟩. Meaningless where the modulus is within its error.",
          axis: "asymmetry",
          by: null,
          label: "arg ⟨S⁺⟩ (°)",
          series: ["amplitude"],
          phase: true,
        },
        {
          title: "Populations",
          caption:
            "Of the three levels, and of the state that is none of them, where errors of gates and resets end.",
          axis: "asymmetry",
          by: null,
          label: "population",
          series: ["p0", "p1", "p2", "leakage"],
          phase: false,
        },
      ],
    };
  },
};
