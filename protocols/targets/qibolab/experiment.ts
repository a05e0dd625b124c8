import { z } from "zod";

/** Version of the documents; raised when a reader of older text would misunderstand them. */
export const qibolabVersion = "1";

const name = z.string().min(1);

/** `Pulse` of qibolab 0.2: durations in ns, phases in rad, the width of a Gaussian relative to its duration. */
const pulseSchema = z.strictObject({
  kind: z.literal("pulse"),
  duration: z.number().gt(0),
  amplitude: z.number().min(-1).max(1),
  envelope: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("rectangular") }),
    z.strictObject({ kind: z.literal("gaussian"), rel_sigma: z.number().gt(0) }),
  ]),
  relative_phase: z.number(),
});

const operationSchema = z.discriminatedUnion("kind", [
  pulseSchema,
  z.strictObject({ kind: z.literal("delay"), duration: z.number().gt(0) }),
  z.strictObject({
    kind: z.literal("readout"),
    acquisition: z.strictObject({ kind: z.literal("acquisition"), duration: z.number().gt(0) }),
    probe: pulseSchema,
    time_of_flight: z.number().min(0),
  }),
]);
export type QibolabOperation = z.infer<typeof operationSchema>;

const configSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("iq"), frequency: z.number() }),
  z.strictObject({ kind: z.literal("dc"), offset: z.number() }),
  z.strictObject({
    kind: z.literal("acquisition"),
    delay: z.number(),
    smearing: z.number(),
    threshold: z.null(),
    iq_angle: z.null(),
    kernel: z.null(),
  }),
]);

/** What a platform and an experiment on it are made of; `qibolabFiles` takes it apart. */
export const qibolabSchema = z.strictObject({
  format: z.literal("entrain qibolab"),
  version: z.string(),
  device: z.string(),
  assumptions: z.array(z.string()),
  clock_hz: z.number().gt(0),
  axes: z.array(z.strictObject({ name, size: z.int().min(1) })),
  ports: z.array(name),
  static_flux: z.record(name, z.number()),
  /** Channel of each frame; the probe channel of each captured one. */
  frames: z.array(
    z.strictObject({ id: name, port: name, channel: name, frequency_hz: z.number(), probe: name.optional() }),
  ),
  /** `parameters.json` of the platform. */
  parameters: z.strictObject({
    settings: z.strictObject({ nshots: z.int().min(1), relaxation_time: z.int().min(0) }),
    configs: z.record(name, configSchema),
    native_gates: z.strictObject({
      single_qubit: z.strictObject({}),
      coupler: z.strictObject({}),
      two_qubit: z.strictObject({}),
    }),
  }),
  swept: z.string().nullable(),
  /** One `PulseSequence` for each index of the axes that are not swept. */
  runs: z.array(
    z.strictObject({
      at: z.record(name, z.int().min(0)),
      duration_ns: z.number().min(0),
      sequence: z.array(z.tuple([name, operationSchema])),
      sweepers: z.array(
        z.strictObject({
          parameter: z.literal("amplitude"),
          values: z.array(z.number().min(-1).max(1)),
          elements: z.array(z.int().min(0)),
        }),
      ),
    }),
  ),
});
export type QibolabDocument = z.infer<typeof qibolabSchema>;
