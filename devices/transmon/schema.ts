import { z } from "zod";
import { invalidInput } from "#core/errors";
import { parseWith } from "#core/schema";
import { assumed, profileBaseShape } from "#ir/profile";
import { normaliseQuantities } from "#ir/quantity-fields";
import { optionalAssumptionShape } from "./pump-schema.ts";
import { siteSchema, type TransmonSite } from "./site-schema.ts";

export type { TransmonSite } from "./site-schema.ts";

const positive = z.number().gt(0);
const probability = z.number().min(0).max(1);
const bandSchema = z
  .tuple([z.number().min(0), positive])
  .refine(([low, high]) => low < high, { message: "band must go from low to high" });

/** P(assigned | prepared) for assigned = 0, 1, 2: a column of the assignment matrix. */
const assignmentColumn = z
  .tuple([probability, probability, probability])
  .refine((column) => Math.abs(column[0] + column[1] + column[2] - 1) < 1e-9, {
    message: "probabilities must add up to 1",
  });

/**
 * What has to be supposed about a transmon array before the experiment can be planned; each entry
 * `{value, source}`, each overridable by an experiment.
 */
export const transmonAssumptionsSchema = z.strictObject({
  flux_tuning_range_hz: assumed(z.number().min(0)).describe(
    "How far below its measured f01 a site can be tuned",
  ),
  squid_asymmetry: assumed(z.number().min(0).lt(1)).describe(
    "d = (EJ1 − EJ2)/(EJ1 + EJ2) of the tuning loops",
  ),
  frequency_calibration_error_hz: assumed(z.number().min(0)).describe(
    "1σ error of a site's frequency after tuning",
  ),
  t2_tuned_s: assumed(positive).describe("Coherence time at a flux-sensitive bias"),
  relaxation_ratio_21: assumed(positive).describe("Rate of 2→1 over rate of 1→0"),
  thermal_population: assumed(probability.lt(0.5)).describe("Equilibrium population of |1>"),
  third_level_assignment: assumed(assignmentColumn).describe("P(assigned 0, 1, 2 | prepared 2)"),
  exchange_max_hz: assumed(positive).describe("Largest J/2π of a coupler"),
  exchange_per_amplitude_hz: assumed(positive).describe("J/2π at full scale of the coupler's flux line"),
  gain_ancilla_frequency_hz: assumed(positive),
  gain_ancilla_linewidth_hz: assumed(positive).describe("κ/2π"),
  gain_ancilla_thermal_population: assumed(z.number().min(0)),
  gain_sideband_per_amplitude_hz: assumed(positive).describe("Blue sideband g/2π at full scale"),
  loss_ancilla_frequency_hz: assumed(positive),
  loss_ancilla_linewidth_hz: assumed(positive).describe("κ/2π"),
  loss_ancilla_thermal_population: assumed(z.number().min(0)),
  loss_sideband_per_amplitude_hz: assumed(positive).describe("Red sideband g/2π at full scale"),
  drive_rabi_per_amplitude_hz: assumed(positive).describe("Rabi frequency of 0↔1 over 2π at full scale"),
  pulse_duration_s: assumed(positive),
  pulse_sigma_s: assumed(positive),
  readout_frequency_hz: assumed(positive),
  reset_duration_s: assumed(positive).describe("Passive wait before a shot"),
  drive_band_hz: assumed(bandSchema),
  flux_band_hz: assumed(bandSchema),
  clock_hz: assumed(positive),
  granularity_ticks: assumed(z.int().min(1)),
  ...optionalAssumptionShape,
});
export type TransmonAssumptions = z.infer<typeof transmonAssumptionsSchema>;

export const transmonProfileSchema = z
  .strictObject({
    ...profileBaseShape,
    kind: z.literal("transmon"),
    sites: z.array(siteSchema).min(1),
    /** Pairs of sites joined by a tunable coupler. */
    bonds: z.array(z.tuple([z.string(), z.string()])),
    assumptions: transmonAssumptionsSchema,
  })
  .superRefine((profile, context) => {
    const ids = new Set<string>();
    profile.sites.forEach((site, i) => {
      if (ids.has(site.id)) {
        context.addIssue({
          code: "custom",
          path: ["sites", i, "id"],
          message: `site "${site.id}" is listed twice`,
        });
      }
      ids.add(site.id);
      if (site.t2_s > 2 * site.t1_s * 1.0001) {
        context.addIssue({
          code: "custom",
          path: ["sites", i, "t2_s"],
          message: `t2 of ${site.id} exceeds 2·t1`,
          params: { expected: `at most ${2 * site.t1_s}` },
        });
      }
    });
    const seen = new Set<string>();
    profile.bonds.forEach(([a, b], i) => {
      [a, b].forEach((end, k) => {
        if (!ids.has(end)) {
          context.addIssue({
            code: "custom",
            path: ["bonds", i, k],
            message: `bond names the site "${end}", which does not exist`,
            params: { expected: "a site id of this profile" },
          });
        }
      });
      const key = [a, b].toSorted().join("–");
      if (a === b || seen.has(key)) {
        context.addIssue({
          code: "custom",
          path: ["bonds", i],
          message: `bond ${key} is a loop or listed twice`,
        });
      }
      seen.add(key);
    });
  })
  .meta({ id: "TransmonProfile" });

export type TransmonProfile = z.infer<typeof transmonProfileSchema>;

/**
 * Checks a transmon profile, with the experiment's overrides of its assumptions laid over it.
 *
 * @param overrides - by assumption name (bare or with unit suffix): a value, or {value, source}
 * @throws EntrainError `profile.invalid` or `quantity.…` with all problems
 */
export function parseTransmonProfile(
  document: unknown,
  overrides: Record<string, unknown> = {},
): TransmonProfile {
  const profile = parseWith(transmonProfileSchema, normaliseQuantities(document), "profile.invalid");
  if (Object.keys(overrides).length === 0) return profile;
  const normalised = (
    normaliseQuantities({ device: { assume: overrides } }) as { device: { assume: Record<string, unknown> } }
  ).device.assume;
  const assumptions: Record<string, unknown> = { ...profile.assumptions };
  for (const [name, given] of Object.entries(normalised)) {
    if (!(name in transmonAssumptionsSchema.shape)) {
      throw invalidInput(
        {
          path: `device.assume.${name}`,
          message: `"${name}" is not an assumption of a transmon profile`,
          found: name,
          expected: `one of ${Object.keys(transmonAssumptionsSchema.shape).join(", ")}`,
        },
        "experiment.invalid",
      );
    }
    const sourced = given !== null && typeof given === "object" && !Array.isArray(given) && "value" in given;
    assumptions[name] = sourced
      ? { source: "set by the experiment", ...given }
      : { value: given, source: "set by the experiment" };
  }
  return parseWith(transmonProfileSchema, { ...profile, assumptions }, "profile.invalid");
}

/** 3 × 3 assignment matrix, rows assigned, columns prepared. */
export function assignmentMatrix(profile: TransmonProfile, site: TransmonSite): number[][] {
  const { prob_meas0_prep1: p01, prob_meas1_prep0: p10 } = site.readout;
  const third = profile.assumptions.third_level_assignment.value;
  return [
    [1 - p10, p01, third[0]],
    [p10, 1 - p01, third[1]],
    [0, 0, third[2]],
  ];
}
