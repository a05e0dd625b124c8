import { z } from "zod";
import { invalidInput } from "#core/errors";
import { parseWith } from "#core/schema";
import { assumed, profileBaseShape } from "#ir/profile";
import { normaliseIonQuantities } from "./quantities.ts";
import { speciesTable } from "./species.ts";

const positive = z.number().gt(0);
const notNegative = z.number().min(0);
const probability = z.number().min(0).max(1);
const angle = z.number().min(0).max(Math.PI);

const geometrySchema = z.discriminatedUnion("kind", [
  /** Separate wells, on a line or at given places, at a spacing that can be chosen. */
  z.strictObject({
    kind: z.literal("array"),
    spacing_min_m: positive,
    spacing_max_m: positive,
    shape: z
      .array(z.tuple([z.number(), z.number()]))
      .optional()
      .describe("Places [x, y] in units of the spacing, one for each ion; an even line along x when absent"),
    motion_angle_rad: angle.describe(
      "Between the motion in use and the line of ions: 0 axial, 90 deg transverse",
    ),
    motion_angle_tunable: z.boolean(),
  }),
  /** All ions in one harmonic trap. */
  z.strictObject({
    kind: z.literal("chain"),
    axial_frequency_min_hz: positive,
    axial_frequency_max_hz: positive,
    motion_angle_rad: angle,
    motion_angle_tunable: z.literal(false),
  }),
]);

const anharmonicitySchema = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("electrodes"),
    quartic_length_m: positive.describe("ℓ4: the quartic term equals the harmonic one there"),
    shape: z.enum(["hardening", "softening"]),
  }),
  z.strictObject({
    kind: z.literal("lattice"),
    wavelength_m: positive,
    light_angle_rad: angle.describe("Between the standing wave and the motion"),
    light_detuning_hz: z.number().refine((v) => v !== 0, { message: "must not be zero" }),
    light_linewidth_per_s: positive.describe("Γ of the line that the light is detuned from"),
    depth_max_hz: positive.describe("Largest |F|/2π"),
    operate_at_hz: positive.describe("|K|/2π at which the lattice is run unless a target says otherwise"),
  }),
]);

/** What has to be supposed about a trap; each entry `{value, source}`, each overridable by an experiment. */
export const ionAssumptionsSchema = z.strictObject({
  rabi_max_hz: assumed(positive).describe("Largest carrier Rabi frequency over 2π of one tone"),
  repump_rate_max_per_s: assumed(positive).describe("Largest rate at which the excited state is emptied"),
  repump_ratio: assumed(z.number().gt(2)).describe(
    "Repump rate over the larger of γ+ and γ−; 3 is most selective",
  ),
  excited_states: assumed(z.enum(["separate", "shared"])).describe(
    "Whether both tones end in one internal state",
  ),
  selectivity_limit: assumed(probability.gt(0)).describe("Largest unwanted rate over the wanted one"),
  photons_per_cycle: assumed(positive).describe(
    "Photons scattered until the ion is back in its ground state",
  ),
  emission_pattern: assumed(probability).describe("Mean of cos² between scattered photons and the motion"),
  repump_angle_rad: assumed(angle).describe("Between the repump beam and the motion"),
  heating_rate_per_s: assumed(notNegative).describe("Quanta per second from the ground state"),
  motional_t2_s: assumed(positive).describe("Coherence time of neighbouring Fock states without the lattice"),
  intensity_noise: assumed(notNegative).describe("1σ of the lattice's relative intensity"),
  laser_linewidth_hz: assumed(notNegative).describe("Full width of the sideband laser, over 2π"),
  self_shift_compensation: assumed(probability).describe(
    "Share of the neighbours' frequency shifts tuned away",
  ),
  mode_calibration_error_hz: assumed(notNegative).describe("1σ error of an ion's mode frequency"),
  spectators: assumed(
    z.array(z.strictObject({ mode_frequency_hz: positive, eta: notNegative, occupation: notNegative })),
  ).describe("Other modes that shake an ion: frequency, η of the sideband beam, mean occupation"),
  dds_clock_hz: assumed(positive).describe("System clock of the synthesiser, 32-bit tuning word"),
  update_tick_s: assumed(positive).describe("Grid on which a tone can change"),
  evolve_in_loss_times: assumed(positive).describe("Length of the coupled evolution in units of 1/γ−"),
  run_time_max_s: assumed(positive).describe("Longest shot that the trap and its locks hold"),
  analysis_pulse_s: assumed(positive).describe("Length of a pulse that rotates one motional transition"),
  preparation_s: assumed(positive).describe("Cooling and state preparation before a shot"),
  detection_s: assumed(positive).describe("Mapping and detection after a shot"),
  assignment: assumed(z.array(z.array(probability).length(3)).length(3)).describe(
    "P(assigned | prepared), rows assigned; columns add up to 1",
  ),
  clock_hz: assumed(positive),
  granularity_ticks: assumed(z.int().min(1)),
});
export type IonAssumptions = z.infer<typeof ionAssumptionsSchema>;

/** How a trap is worked from radio-frequency tones, digital lines and photon counters; designs need none of it. */
export const controlSchema = z
  .strictObject({
    exchange_bits: z
      .int()
      .min(1)
      .max(12)
      .describe(
        "Digital lines that choose among stored sets of trap voltages: set w turns the motion to where J is w/(2^bits − 1) of what it is across the line",
      ),
    addressing: z
      .enum(["common", "single"])
      .default("common")
      .describe("Whether beams and drive reach all ions alike, or every ion has its own"),
    well_bits: z
      .int()
      .min(2)
      .max(12)
      .optional()
      .describe("Digital lines that detune two wells against each other, a number in two's complement"),
    well_step_hz: positive.optional().describe("Detuning of the first ion above the second for the number 1"),
    blue_carrier_hz: positive.describe("RF at which the blue beam is on the carrier of its Zeeman line"),
    red_carrier_hz: positive.describe("The same of the red beam"),
    drive_full_scale_hz: positive.describe(
      "Rabi frequency over 2π of 0↔1 of a harmonic ion at full scale of the electrode drive",
    ),
    repump_rate_per_s: positive.describe("γ_rp while the repump's line is high"),
    mapping_pulse_s: positive.describe("π pulse on a red sideband; resolves K when long"),
    window_s: positive.describe("One counting window"),
    bright_rate_per_s: positive.describe("Counts of a bright ion and background"),
    dark_rate_per_s: notNegative.describe("Counts of a dark ion"),
    threshold: z.int().min(1).describe("Counts from which an ion is taken to be bright"),
    boards: z
      .union([
        z.literal("emulated"),
        z.strictObject({
          prawnblaster: z.string().min(1),
          "prawn-do": z.string().min(1),
          "dds-sweeper": z.string().min(1),
        }),
      ])
      .optional()
      .describe("Serial ports of the boards that driver `serial` works, or three emulated ones in memory"),
    crate: z
      .strictObject({
        host: z.string().min(1),
        notify_port: z.int().min(1).max(65_535).optional(),
        control_port: z.int().min(1).max(65_535).optional(),
        broadcast_port: z.int().min(1).max(65_535).optional(),
        pipeline: z.string().min(1).optional(),
      })
      .optional()
      .describe(
        "ARTIQ master that driver `artiq` talks to; its device database names devices as ports are named",
      ),
    source: z.string().min(1),
  })
  .meta({ id: "IonControl" });
export type IonControl = z.infer<typeof controlSchema>;

export const ionProfileSchema = z
  .strictObject({
    ...profileBaseShape,
    kind: z.literal("ion-chain"),
    ions: z.strictObject({
      species: z.string(),
      groups: z.string().regex(/^[AB]+$/, "must be a word of A and B, one letter for each ion"),
    }),
    /** Fock state that gain and loss stabilise; levels 0, 1, 2 of the model are n−1, n, n+1. */
    fock_state: z.int().min(1).max(20),
    /** Local mode before light and neighbours shift it. */
    trap_frequency_hz: positive,
    geometry: geometrySchema,
    anharmonicity: anharmonicitySchema,
    beams: z.strictObject({
      line: z.string().optional(),
      beam_angle_rad: angle.describe("Between the sideband beam (or the difference of two) and the motion"),
      raman_angle_rad: angle.default(Math.PI / 2),
    }),
    control: controlSchema.optional(),
    assumptions: ionAssumptionsSchema,
  })
  .superRefine((profile, context) => {
    const refuse = (path: (string | number)[], message: string, expected: string) =>
      context.addIssue({ code: "custom", path, message, params: { expected } });
    const species = speciesTable.find((s) => s.id === profile.ions.species);
    if (!species) {
      refuse(
        ["ions", "species"],
        `there is no species "${profile.ions.species}"`,
        `one of ${speciesTable.map((s) => s.id).join(", ")}`,
      );
    } else if (
      profile.beams.line !== undefined &&
      !species.lines.some((line) => line.id === profile.beams.line)
    ) {
      refuse(
        ["beams", "line"],
        `${species.id} has no sideband line "${profile.beams.line}"`,
        `one of ${species.lines.map((l) => l.id).join(", ")}`,
      );
    }
    if (profile.ions.groups.length < 2) refuse(["ions", "groups"], "must name at least two ions", "e.g. AA");
    const { geometry } = profile;
    if (geometry.kind === "array" && geometry.spacing_min_m > geometry.spacing_max_m) {
      refuse(["geometry", "spacing_max_m"], "must not be below spacing_min_m", "min ≤ max");
    }
    if (geometry.kind === "array" && geometry.shape) {
      const { shape } = geometry;
      if (shape.length !== profile.ions.groups.length) {
        refuse(
          ["geometry", "shape"],
          "must have a place for each ion",
          `${profile.ions.groups.length} places`,
        );
      }
      const closest = Math.min(
        ...shape.flatMap(([x, y], i) => shape.slice(0, i).map(([u, v]) => Math.hypot(x - u, y - v))),
      );
      if (Math.abs(closest - 1) > 1e-6) {
        refuse(["geometry", "shape"], `the closest places are ${closest} apart`, "1 for the closest pair");
      }
      if (geometry.motion_angle_tunable) {
        refuse(["geometry", "motion_angle_tunable"], "only ions on a line can be tilted", "false");
      }
    }
    if (geometry.kind === "chain" && geometry.axial_frequency_min_hz > geometry.axial_frequency_max_hz) {
      refuse(["geometry", "axial_frequency_max_hz"], "must not be below axial_frequency_min_hz", "min ≤ max");
    }
    if (profile.control && (geometry.kind !== "array" || geometry.shape || !geometry.motion_angle_tunable)) {
      refuse(
        ["control", "exchange_bits"],
        "the exchange is switched by turning the motion against the line of ions",
        "an array on a line with motion_angle_tunable: true",
      );
    }
    const { control } = profile;
    if (control && (control.well_bits === undefined) !== (control.well_step_hz === undefined)) {
      refuse(["control", "well_step_hz"], "well_bits and well_step belong together", "both or none");
    }
    if (
      control?.well_bits !== undefined &&
      (control.addressing !== "single" || profile.ions.groups.length !== 2)
    ) {
      refuse(
        ["control", "well_bits"],
        "wells are detuned for two ions with beams of their own",
        "addressing: single",
      );
    }
    for (const prepared of [0, 1, 2]) {
      const total = profile.assumptions.assignment.value.reduce((sum, row) => sum + row[prepared]!, 0);
      if (Math.abs(total - 1) > 1e-9) {
        refuse(
          ["assumptions", "assignment", "value"],
          `column ${prepared} adds up to ${total}`,
          "columns of 1",
        );
      }
    }
  })
  .meta({ id: "IonProfile" });
export type IonProfile = z.infer<typeof ionProfileSchema>;

/**
 * Checks an ion-chain profile, with the experiment's overrides of its assumptions laid over it.
 *
 * @param overrides - by assumption name (bare or with unit suffix): a value, or {value, source}
 * @throws EntrainError `profile.invalid` or `quantity.…` with all problems
 */
export function parseIonProfile(document: unknown, overrides: Record<string, unknown> = {}): IonProfile {
  const profile = parseWith(ionProfileSchema, normaliseIonQuantities(document), "profile.invalid");
  if (Object.keys(overrides).length === 0) return profile;
  const { assume } = normaliseIonQuantities({ assume: overrides }) as { assume: Record<string, unknown> };
  const assumptions: Record<string, unknown> = { ...profile.assumptions };
  for (const [name, given] of Object.entries(assume)) {
    if (!(name in ionAssumptionsSchema.shape)) {
      throw invalidInput(
        {
          path: `device.assume.${name}`,
          message: `"${name}" is not an assumption of an ion-chain profile`,
          found: name,
          expected: `one of ${Object.keys(ionAssumptionsSchema.shape).join(", ")}`,
        },
        "experiment.invalid",
      );
    }
    const sourced = given !== null && typeof given === "object" && !Array.isArray(given) && "value" in given;
    assumptions[name] = sourced
      ? { source: "set by the experiment", ...given }
      : { value: given, source: "set by the experiment" };
  }
  return parseWith(ionProfileSchema, { ...profile, assumptions }, "profile.invalid");
}

/** The dimensionless model that is wanted of a chain, in units of γ₋. */
export const ionTargetSchema = z.strictObject({
  /** γ₊/γ₋. */
  gain_ratio: positive,
  /** K/γ₋. Only the sign of K·V counts: the complex conjugate of a model synchronizes as the model does. */
  asymmetry_ratio: z.number().refine((v) => v !== 0, { message: "must not be zero" }),
  /** δ/γ₋ between the groups. */
  detuning_ratio: z.number().default(0),
  /** V/γ₋ within a group. */
  coupling_ratio: z.number().refine((v) => v !== 0, { message: "must not be zero" }),
  /** What the experiment is meant to see. */
  expect: z.enum(["synchronization", "blockade"]),
  /** |K|/2π, which sets the scale of all rates; the profile's when absent. */
  asymmetry_hz: positive.optional(),
});
export type IonTarget = z.infer<typeof ionTargetSchema>;
