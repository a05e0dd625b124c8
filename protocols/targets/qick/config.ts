import { z } from "zod";

/** Version of the configuration; raised when a reader of older text would misunderstand it. */
export const qickVersion = "1";

const name = z.string().min(1);
const place = { frame: name, start_ns: z.number().min(0), phase_rad: z.number() };
const amplitude = z.union([
  z.number().min(-1).max(1),
  z.strictObject({ from: z.number().min(-1).max(1), to: z.number().min(-1).max(1) }),
]);

/** The document that the program reads. */
export const qickConfigSchema = z.strictObject({
  format: z.literal("entrain qick"),
  version: z.string(),
  device: z.string(),
  assumptions: z.array(z.string()),
  clock_hz: z.number().gt(0),
  shots: z.int().min(1),
  axes: z.array(z.strictObject({ name, size: z.int().min(1) })),
  ports: z.array(name),
  static_flux: z.record(name, z.number()),
  frames: z.array(z.strictObject({ id: name, port: name, frequency_hz: z.number() })),
  trigger_offset_ns: z.number().min(0),
  generators: z.array(
    z.strictObject({
      port: name,
      ch: z.int().min(0),
      nqz: z.union([z.literal(1), z.literal(2)]),
      external_lo_hz: z.number().min(0),
    }),
  ),
  readouts: z.array(
    z.strictObject({
      frame: name,
      ch: z.int().min(0),
      generator: z.int().min(0).nullable(),
      length_ns: z.number().gt(0),
    }),
  ),
  /** The axis that the tProcessor loops over; the others have a run for each of their indices. */
  swept: z.string().nullable(),
  runs: z.array(
    z.strictObject({
      at: z.record(name, z.int().min(0)),
      shot_ns: z.number().min(0),
      events: z.array(
        z.discriminatedUnion("kind", [
          z.strictObject({ kind: z.literal("constant"), ...place, duration_ns: z.number().gt(0), amplitude }),
          z.strictObject({
            kind: z.literal("gaussian"),
            ...place,
            duration_ns: z.number().gt(0),
            sigma_ns: z.number().gt(0),
            amplitude,
          }),
          z.strictObject({ kind: z.literal("capture"), ...place, duration_ns: z.number().gt(0) }),
        ]),
      ),
    }),
  ),
});
export type QickProgramConfig = z.infer<typeof qickConfigSchema>;
