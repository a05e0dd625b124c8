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
});
export type Rotation = z.infer<typeof rotationSchema>;

/** A named read-out setting: rotations before a measurement in the level basis. */
export const settingSchema = z.strictObject({ name: z.string(), rotations: z.array(rotationSchema) });
export type Setting = z.infer<typeof settingSchema>;

/** What a protocol asks for, in words that no hardware owns; the same for all sites at once. */
export const operationSchema = z.discriminatedUnion("kind", [
  /** A new shot: sites relaxed to equilibrium, drive frames zeroed. Gain and loss bring them to level 1. */
  z.strictObject({ kind: z.literal("prepare") }),
  /** Gain and loss on, couplings off. */
  z.strictObject({ kind: z.literal("stabilise"), duration_s: z.number().min(0) }),
  /** Couplings off, all sites rotated; gain and loss stay on if `stabilised`. */
  z.strictObject({ kind: z.literal("rotate"), rotation: rotationSchema, stabilised: z.boolean() }),
  /** Gain, loss and the couplings on; the exchange steps through the axis `exchange`. */
  z.strictObject({ kind: z.literal("couple"), duration_s: z.number().min(0) }),
  /** Everything off. */
  z.strictObject({ kind: z.literal("evolve"), duration_s: z.number().min(0) }),
  /** Each setting in turn (axis `setting`), then a three-outcome read-out of every site. */
  z.strictObject({ kind: z.literal("measure"), settings: z.array(settingSchema).min(1) }),
]);
export type Operation = z.infer<typeof operationSchema>;

/** True while gain and loss are on; a run of such operations is one uninterrupted tone. */
export function isStabilised(operation: Operation): boolean {
  return (
    operation.kind === "stabilise" ||
    operation.kind === "couple" ||
    (operation.kind === "rotate" && operation.stabilised)
  );
}
