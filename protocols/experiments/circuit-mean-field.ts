import { z } from "zod";
import type { SeriesDeclaration } from "#ir/analysis";
import type { CircuitProtocol } from "../protocol.ts";
import { idealOf, levelSeries, oscillatorShape } from "./circuit-series.ts";

export const circuitMeanFieldSchema = z
  .strictObject({
    kind: z.literal("circuit-mean-field"),
    loops: z
      .array(
        z.strictObject({
          ...oscillatorShape,
          asymmetry: z.number().default(0).describe("K"),
          coupling: z.number().describe("V of the mean field V(S⁺⟨S⁻⟩ + h.c.)"),
        }),
      )
      .min(1)
      .max(6)
      .describe("Groups of infinitely many oscillators, one loop each, run side by side"),
    seed_pulse: z
      .number()
      .gt(0)
      .max(1.5)
      .default(0.35)
      .describe("ω of the pulse exp[−iω(S⁺ + S⁻)] on level 1"),
    steps: z.int().min(2).max(40).describe("Steps, each a job that waits for the one before"),
    time_step: z.number().gt(0).max(5).describe("Time of a step, in the inverse unit of the rates"),
  })
  .meta({ id: "CircuitMeanFieldParameters" });

const amplitude: SeriesDeclaration = {
  id: "amplitude",
  title: "amplitude |⟨S⁺⟩|",
  kind: "amplitude",
  sites: ["o1"],
  tested: true,
};

type Parameters = z.output<typeof circuitMeanFieldSchema>;
const short = (x: number) => String(Number(x.toPrecision(3)));
const labelOf = ({ coupling, gain, loss, asymmetry }: Parameters["loops"][number]) =>
  `V = ${short(coupling)}, γ+/γ− = ${short(gain / loss)}${asymmetry === 0 ? "" : `, K = ${short(asymmetry)}`}`;

/**
 * Macroscopic synchronization on four qubits: infinitely many equal oscillators feel V⟨S⁻⟩, so one of them in a field
 * that is measured after each step and fed forward to the next is all of them. Above V_c a seeded coherence holds, below
 * it decays; at γ+ = γ− and K = 0 it decays at any V.
 *
 * Nadolny & Bruder, Eq. (2) and Fig. 2.
 */
export const circuitMeanField: CircuitProtocol<typeof circuitMeanFieldSchema> = {
  kind: "circuit-mean-field",
  title: "macroscopic synchronization by a measured mean field, on circuits",
  description: "⟨S⁺⟩ of a group against time, its mean field measured and fed forward from job to job.",
  schema: circuitMeanFieldSchema,
  axes: ({ loops, steps, time_step }) => [
    {
      name: "loop",
      title: "Group",
      unit: "",
      values: loops.map((_, k) => k),
      labels: loops.map(labelOf),
    },
    {
      name: "step",
      title: "Time",
      unit: "",
      values: Array.from({ length: steps }, (_, k) => (k + 1) * time_step),
    },
  ],
  wanted: ({ loops, steps, time_step, seed_pulse }) => ({
    kind: "loop",
    loop: {
      loops: loops.map(({ coupling, gain, loss, asymmetry }) => ({
        coupling,
        site: { detuning: 0, asymmetry, gain, loss },
      })),
      steps,
      time_step,
      seed_angle: seed_pulse,
    },
  }),
  analysis: ({ loops, steps, time_step }) => ({
    free_phase: false,
    series: [amplitude, idealOf(amplitude), ...levelSeries("o1")],
    results: loops.map((loop, index) => ({
      id: `final_${index}`,
      title: `|⟨S⁺⟩| at the end, ${labelOf(loop)}`,
      kind: "value",
      unit: "",
      series: "amplitude",
      axis: "step",
      at: steps * time_step,
      fixed: { loop: index },
    })),
    figures: [
      {
        title: "Amplitude of the group",
        caption:
          "|⟨S⁺⟩| after each step of the loop; the measured value is what the next step's field is made of.",
        axis: "step",
        by: "loop",
        label: "|⟨S⁺⟩|",
        series: ["amplitude"],
        phase: false,
      },
      {
        title: "The model itself",
        caption: "The mean-field equation, without device and steps.",
        axis: "step",
        by: "loop",
        label: "|⟨S⁺⟩|",
        series: ["amplitude_ideal"],
        phase: false,
      },
      {
        title: "Phase of the amplitude",
        caption: "Argument of ⟨S⁺⟩. Meaningless where the modulus is within its error.",
        axis: "step",
        by: "loop",
        label: "arg ⟨S⁺⟩ (°)",
        series: ["amplitude"],
        phase: true,
      },
    ],
  }),
};
