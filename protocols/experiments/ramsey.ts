import { z } from "zod";
import { fullTurn } from "#core/units";
import type { Operation, Rotation, Step } from "#ir/operations";
import { valuesOf } from "#ir/scan";
import type { Protocol } from "../protocol.ts";

const positive = z.number().gt(0);

export const ramseySchema = z
  .strictObject({
    kind: z.literal("ramsey"),
    transition: z
      .enum(["01", "12"])
      .default("01")
      .describe("Transition of the oscillators that is turned; 12 begins with a π pulse on 01"),
    phases: z.int().min(4).max(24).default(4).describe("Phases of the last quarter turn, evenly spaced"),
    delay_s: z
      .strictObject({ from: z.number().min(0), to: positive, points: z.int().min(4).max(101) })
      .describe("Everything off between the two quarter turns"),
  })
  .meta({ id: "RamseyParameters" });

/**
 * Ramsey fringes of one transition of single oscillators, on ions of the motion: a quarter turn, a delay with everything
 * off, a quarter turn at several phases. The contrast decays with T2; the phase runs at the frequency error.
 */
export const ramsey: Protocol<typeof ramseySchema> = {
  kind: "ramsey",
  title: "Ramsey fringes of one transition",
  description:
    "Contrast and phase of fringes against a delay: coherence time and frequency error of every site.",
  schema: ramseySchema,
  // No reservoir is used; the rates only name a working point.
  wanted: () => ({ gain_rate_per_s: 1000, loss_rate_per_s: 1000, exchange_hz: [0] }),
  axes: ({ delay_s }) => [{ name: "delay", title: "Delay", unit: "s", values: valuesOf(delay_s) }],
  operations: ({ transition, phases, delay_s }): Operation[] => {
    const quarter = (phase_rad: number): Rotation => ({ transition, angle_rad: Math.PI / 2, phase_rad });
    const flip: Rotation = { transition: "01", angle_rad: Math.PI, phase_rad: 0 };
    const cases = valuesOf(delay_s).map((duration_s): Step[] => [
      ...(transition === "12" ? [{ kind: "rotate", stabilised: false, rotation: flip } as const] : []),
      { kind: "rotate", stabilised: false, rotation: quarter(0) },
      ...(duration_s > 0 ? [{ kind: "evolve", duration_s } as const] : []),
    ]);
    return [
      { kind: "prepare" },
      { kind: "choose", axes: ["delay"], cases },
      {
        kind: "measure",
        settings: Array.from({ length: phases }, (_, k) => ({
          name: `${((360 * k) / phases).toFixed(0)}°`,
          rotations: [quarter((fullTurn * k) / phases)],
        })),
      },
    ];
  },
  analysis: ({ transition }, { sites }) => ({
    free_phase: false,
    series: [
      {
        id: "contrast",
        title: "contrast, mean of the sites",
        kind: "fringe",
        transition,
        sites: [...sites],
        tested: false,
      },
      ...sites.map((site) => ({
        id: `${site}_fringe`,
        title: `contrast of ${site}`,
        kind: "fringe" as const,
        transition,
        sites: [site],
        tested: false,
      })),
    ],
    results: sites.flatMap((site) => [
      {
        id: `${site}_t2_s`,
        title: `Coherence time of ${site}`,
        kind: "lifetime" as const,
        unit: "s",
        series: `${site}_fringe`,
        axis: "delay",
        at: {},
      },
      {
        id: `${site}_offset_hz`,
        title: `Drive minus transition, ${site}`,
        kind: "slope" as const,
        unit: "Hz",
        series: `${site}_fringe`,
        axis: "delay",
        of: "phase" as const,
      },
    ]),
    figures: [
      {
        title: "Contrast of the fringes",
        caption: "Modulus of the fringe of p(m+1) − p(m) against the phase of the last quarter turn.",
        axis: "delay",
        by: null,
        label: "contrast",
        series: sites.map((site) => `${site}_fringe`),
        phase: false,
      },
      {
        title: "Phase of the fringes",
        caption: "It runs at the difference of drive and transition.",
        axis: "delay",
        by: null,
        label: "phase (°)",
        series: sites.map((site) => `${site}_fringe`),
        phase: true,
      },
    ],
  }),
};
