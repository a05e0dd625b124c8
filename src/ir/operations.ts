import { z } from "zod";

/** The two transitions of a three-level oscillator. */
export const transitionSchema = z.enum(["01", "12"]);
export type Transition = z.infer<typeof transitionSchema>;

/**
 * Rotation R(θ, φ) = exp[−i(θ/2)(cos φ X + sin φ Y)] on one transition {m, m+1}, where X and Y act on
 * (|m⟩, |m+1⟩) and φ is measured in the frame that turns at the transition's drive frequency since the start of
 * the shot.
 */
export const rotationSchema = z.strictObject({
  transition: transitionSchema,
  angle_rad: z.number(),
  phase_rad: z.number(),
  /** Sites that are turned; all of them when absent. */
  sites: z.array(z.string()).optional(),
});
export type Rotation = z.infer<typeof rotationSchema>;

/** A pulse on a blue sideband in place of the level read-out, then one look: level 0 is shown where it did nothing. */
export const probeSchema = z.strictObject({
  line: z.enum(["01", "12", "23"]),
  duration_s: z.number().gt(0),
});
export type Probe = z.infer<typeof probeSchema>;

/** A named read-out setting: rotations before a measurement in the level basis, or by a probe. */
export const settingSchema = z.strictObject({
  name: z.string(),
  rotations: z.array(rotationSchema),
  probe: probeSchema.optional(),
});
export type Setting = z.infer<typeof settingSchema>;

const duration = z.number().min(0);

/** What a shot does next, the same at every point of the scan; for all sites at once unless it names some. */
export const stepSchema = z.discriminatedUnion("kind", [
  /** A new shot: sites relaxed to equilibrium, drive frames zeroed. Gain and loss bring them to level 1. */
  z.strictObject({ kind: z.literal("prepare") }),
  /** Gain and loss on, or one of them; couplings off. */
  z.strictObject({
    kind: z.literal("stabilise"),
    duration_s: duration,
    tones: z.enum(["gain", "loss"]).optional(),
  }),
  /** Couplings off, sites rotated; gain and loss stay on if `stabilised`. */
  z.strictObject({ kind: z.literal("rotate"), rotation: rotationSchema, stabilised: z.boolean() }),
  /** Gain, loss and the couplings on, all of them or those of the bonds given. */
  z.strictObject({
    kind: z.literal("couple"),
    duration_s: duration,
    bonds: z.array(z.tuple([z.string(), z.string()])).optional(),
  }),
  /** Everything off. */
  z.strictObject({ kind: z.literal("evolve"), duration_s: duration }),
  /** Each setting in turn (axis `setting`), then a three-outcome read-out of every site. */
  z.strictObject({ kind: z.literal("measure"), settings: z.array(settingSchema).min(1) }),
]);
export type Step = z.infer<typeof stepSchema>;

/**
 * What a protocol asks for, in words that no hardware owns: steps, and choices among steps by the indices of axes.
 * An axis that a device steps through by itself (`exchange`, `detuning`) needs no choice.
 */
export const operationSchema = z.discriminatedUnion("kind", [
  ...stepSchema.options,
  z.strictObject({
    kind: z.literal("choose"),
    axes: z.array(z.string()).min(1),
    /** One list for each combination of the axes' indices, the last axis fastest. */
    cases: z.array(z.array(stepSchema)).min(1),
  }),
]);
export type Operation = z.infer<typeof operationSchema>;

/** Which of the engineered reservoirs act. */
export type Tones = "none" | "both" | "gain" | "loss";

/** Reservoirs that are on; a run of operations with the same ones is one uninterrupted tone. */
export function tonesOf(operation: Operation): Tones {
  switch (operation.kind) {
    case "stabilise":
      return operation.tones ?? "both";
    case "couple":
      return "both";
    case "rotate":
      return operation.stabilised ? "both" : "none";
    default:
      return "none";
  }
}

/** The steps at one point of the scan. */
export function stepsAt(
  operations: readonly Operation[],
  axes: readonly { readonly name: string; readonly size: number }[],
  point: Readonly<Record<string, number>>,
): Step[] {
  return operations.flatMap((operation): readonly Step[] => {
    if (operation.kind !== "choose") return [operation];
    const index = operation.axes.reduce(
      (k, name) => k * axes.find((axis) => axis.name === name)!.size + point[name]!,
      0,
    );
    return operation.cases[index]!;
  });
}

/** True for a rotation that turns the site. */
export function turns(rotation: Rotation, site: string): boolean {
  return rotation.sites === undefined || rotation.sites.includes(site);
}
