import { z } from "zod";

const circuitSchema = z.strictObject({
  /** Unique in its batch; results come back under it. */
  name: z.string().min(1).max(200),
  /** OpenQASM 3 in the device's own gates on `$k`. The service does not transpile. */
  qasm: z.string().min(1),
  /** Values of its `input float[64]` parameters. */
  parameters: z.record(z.string(), z.number()).optional(),
  /** Length of one shot without initialisation and repetition delay, s; makes the cost estimate better. */
  duration_s: z.number().min(0).optional(),
});

export const batchOptionsSchema = z.strictObject({
  /** Time between shots, s; the device's default when absent. */
  rep_delay_s: z.number().min(0).optional(),
  /** Qubits are set to |0⟩ before each shot. */
  init_qubits: z.boolean().optional(),
  /** Random bit flips before read-out that average its asymmetry; off unless asked for. */
  twirl_measurement: z.boolean().optional(),
  /** Longest execution, whole seconds; from the estimate when absent. */
  max_seconds: z.int().min(1).max(10_800).optional(),
  /** Results are readable once and then gone from the service. */
  private: z.boolean().optional(),
  session_id: z.string().max(36).optional(),
  /** Labels beside the submission's own; short. */
  tags: z.array(z.string().min(1).max(24)).max(4).optional(),
});

/** Circuits that are sent as one job: a job costs about 2 s whatever is in it. */
export const circuitBatchSchema = z
  .strictObject({
    backend: z.string().min(1),
    circuits: z.array(circuitSchema).min(1),
    /** The same for all circuits: different counts in a job are on their way out. */
    shots: z.int().min(1),
    options: batchOptionsSchema.default({}),
  })
  .refine(({ circuits }) => new Set(circuits.map(({ name }) => name)).size === circuits.length, {
    path: ["circuits"],
    message: "two circuits have the same name",
    params: { expected: "names that differ" },
  })
  .meta({ id: "CircuitBatch" });
export type CircuitBatch = z.infer<typeof circuitBatchSchema>;
export type CircuitBatchInput = z.input<typeof circuitBatchSchema>;

/** One classical register of one circuit. */
export interface Register {
  readonly num_bits: number;
  /** shots × num_bits values 0 or 1, shot by shot; c[0] comes first. */
  readonly bits: Uint8Array;
}

export interface CircuitResult {
  readonly name: string;
  readonly shots: number;
  readonly registers: Readonly<Record<string, Register>>;
}
