import { z } from "zod";
import { EntrainError } from "#core/errors";
import { parseQuantity } from "#core/units";
import type { Operation, Step } from "#ir/operations";
import { scanSchema, valuesOf } from "#ir/scan";
import type { Layout, Protocol } from "../protocol.ts";
import { amplitudeSettings } from "./onset.ts";

const positive = z.number().gt(0);

export const lifetimeSchema = z
  .strictObject({
    kind: z.literal("lifetime"),
    gain_rate_per_s: positive.describe("γ+, rate of 0→1"),
    loss_rate_per_s: positive.describe("γ−, rate of 2→1"),
    exchange_hz: z.number().describe("J/2π of the bonds that are switched on"),
    seed_angle_rad: positive
      .lte(Math.PI)
      .default(0.3 * Math.PI)
      .describe("Rotation of 0↔1 that seeds the coherence"),
    settle_s: positive.describe("Gain and loss alone, before the seed"),
    delay_s: scanSchema(positive, { min: 4, max: 101 }).describe(
      "Gain, loss and exchange together: from, to and points, or values; from after what decays at once",
    ),
    sizes: z
      .enum(["growing", "one-and-all"])
      .default("growing")
      .describe("1 … N coupled sites, or one and all: for devices that couple all sites or none"),
    ring_down_s: z
      .number()
      .min(0)
      .default(parseQuantity("60 ns", "time"))
      .describe("Everything off, for the ancillas to empty"),
  })
  .meta({ id: "LifetimeParameters" });

/** First sites of a device, as many as there are for which each is bonded to one before it. */
function growingGroup({ sites, bonds }: Layout): readonly string[] {
  const joined = (site: string, before: readonly string[]) =>
    bonds.some(([a, b]) => (a === site && before.includes(b)) || (b === site && before.includes(a)));
  if (sites.length > 1 && sites.every((site, k) => k === 0 || joined(site, sites.slice(0, k)))) return sites;
  throw new EntrainError("protocol.layout", {
    path: "device.profile",
    message: "the group grows site by site, and each must be coupled to one before it",
    found: `${sites.length} sites, ${bonds.length} bonds`,
    expected: "two or more connected sites, listed in the order in which they join",
  });
}

type Sizes = z.output<typeof lifetimeSchema>["sizes"];

/** Numbers of coupled sites. */
function sizesOf(sizes: Sizes, layout: Layout): number[] {
  const all = growingGroup(layout).map((_, k) => k + 1);
  return sizes === "growing" ? all : [1, all.length];
}

/**
 * Lifetime of a seeded coherence against the number of coupled sites: seed 0↔1 of stabilised oscillators, couple the
 * first N, read ⟨A†⟩ after a delay. At finite N every coherence decays; that it does so more slowly the more sites
 * take part is what remains of the transition.
 *
 * Nadolny & Bruder, Fig. S4.
 */
export const lifetime: Protocol<typeof lifetimeSchema> = {
  kind: "lifetime",
  title: "lifetime of a seeded coherence against N",
  description: "Decay of a seeded ⟨A†⟩ for growing numbers of coupled sites, and its 1/e time.",
  schema: lifetimeSchema,
  wanted: ({ gain_rate_per_s, loss_rate_per_s, exchange_hz }) => ({
    observable: "lifetime",
    gain_rate_per_s,
    loss_rate_per_s,
    exchange_hz: [exchange_hz],
  }),
  axes: ({ delay_s, sizes }, layout) => [
    {
      name: "size",
      title: "Coupled sites N",
      unit: "",
      values: sizesOf(sizes, layout),
      labels: sizesOf(sizes, layout).map((n) => `N = ${n}`),
    },
    { name: "delay", title: "Delay", unit: "s", values: valuesOf(delay_s) },
  ],
  operations: ({ settle_s, seed_angle_rad, ring_down_s, delay_s, sizes }, layout): Operation[] => {
    const group = growingGroup(layout);
    const cases = sizesOf(sizes, layout).flatMap((n) => {
      const members = group.slice(0, n);
      const bonds = layout.bonds.filter(([a, b]) => members.includes(a) && members.includes(b));
      const whole = sizes === "one-and-all" && n === group.length;
      return valuesOf(delay_s).map((duration_s): Step[] => [
        { kind: "stabilise", duration_s: settle_s },
        {
          kind: "rotate",
          stabilised: true,
          rotation: { transition: "01", angle_rad: seed_angle_rad, phase_rad: 0 },
        },
        { kind: "couple", duration_s, ...(whole ? {} : { bonds: bonds.map(([a, b]) => [a, b]) }) },
      ]);
    });
    return [
      { kind: "prepare" },
      { kind: "choose", axes: ["size", "delay"], cases },
      ...(ring_down_s > 0 ? [{ kind: "evolve", duration_s: ring_down_s } as const] : []),
      { kind: "measure", settings: [...amplitudeSettings] },
    ];
  },
  analysis: (parameters, layout) => {
    const group = growingGroup(layout);
    const sizes = sizesOf(parameters.sizes, layout);
    return {
      free_phase: true,
      series: sizes.map((n) => ({
        id: `r${n}`,
        title: n === 1 ? `|⟨A†⟩| of ${group[0]}` : `|⟨A†⟩| of the first ${n} sites`,
        kind: "amplitude",
        sites: group.slice(0, n),
        tested: n === group.length,
      })),
      results: sizes.map((n) => ({
        id: `lifetime_${n}_s`,
        title: `Lifetime, ${n} ${n === 1 ? "site" : "coupled sites"}`,
        kind: "lifetime",
        unit: "s",
        series: `r${n}`,
        axis: "delay",
        at: { size: sizes.indexOf(n) },
      })),
      figures: sizes.map((n) => ({
        title: n === 1 ? "Coherence of the first site" : `Coherence of the first ${n} sites`,
        caption: `|Σ⟨A†⟩|/${n} of ${group.slice(0, n).join(", ")} after a delay, while the first 1 … ${group.length} sites are coupled.`,
        axis: "delay",
        by: "size",
        label: "|⟨A†⟩|",
        series: [`r${n}`],
        phase: false,
      })),
    };
  },
};
