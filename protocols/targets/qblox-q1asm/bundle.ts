import { z } from "zod";
import { limits, moduleTypes } from "./limits.ts";

/** Version of the bundle; raised when a reader of older text would misunderstand it. */
export const q1asmVersion = "1";

const name = z.string().min(1);

const waveformSchema = z.strictObject({
  data: z.array(z.number().min(-1).max(1)).min(1),
  index: z.int().min(0).lt(limits.waveforms),
});

/** The document that a sequencer's `sequence` parameter takes; here the program is a list of lines. */
const sequenceSchema = z.strictObject({
  waveforms: z.record(name, waveformSchema),
  weights: z.strictObject({}),
  acquisitions: z.record(
    name,
    z.strictObject({
      num_bins: z.int().min(1).max(limits.bins),
      index: z.int().min(0).lt(limits.acquisitions),
    }),
  ),
  program: z.array(z.string()),
});

/** QCoDeS parameters of a sequencer, by their names in qblox-instruments. */
export const sequencerSettingsSchema = z.strictObject({
  sync_en: z.boolean(),
  mod_en_awg: z.boolean(),
  nco_freq: z.number().min(-limits.nco_hz).max(limits.nco_hz),
  connect_out0: z.enum(["I", "IQ", "off"]).optional(),
  connect_out1: z.enum(["I", "IQ", "off"]).optional(),
  connect_out2: z.enum(["I", "IQ", "off"]).optional(),
  connect_out3: z.enum(["I", "IQ", "off"]).optional(),
  connect_acq: z.enum(["in0", "off"]).optional(),
  demod_en_acq: z.boolean().optional(),
  integration_length_acq: z
    .int()
    .min(limits.integration_step_ns)
    .max(limits.max_integration_ns)
    .multipleOf(limits.integration_step_ns)
    .optional(),
});
export type SequencerSettings = z.infer<typeof sequencerSettingsSchema>;

/** QCoDeS parameters of a module: its local oscillators. */
export const moduleSettingsSchema = z.strictObject({
  out0_lo_en: z.boolean().optional(),
  out0_lo_freq: z.int().min(limits.lo_hz[0]).max(limits.lo_hz[1]).optional(),
  out1_lo_en: z.boolean().optional(),
  out1_lo_freq: z.int().min(limits.lo_hz[0]).max(limits.lo_hz[1]).optional(),
  out0_in0_lo_en: z.boolean().optional(),
  out0_in0_lo_freq: z.int().min(limits.lo_hz[0]).max(limits.lo_hz[1]).optional(),
});
export type ModuleSettings = z.infer<typeof moduleSettingsSchema>;

const axisSchema = z.strictObject({ name, size: z.int().min(1) });
const frameSchema = z.strictObject({
  id: name,
  port: name,
  /** Given for frames that nothing is played or captured on; the others turn at LO + NCO. */
  frequency_hz: z.number().optional(),
});

/** Everything a Cluster is loaded with for one sequence: sequencers with their programs, modules, the sweep's layout. */
export const bundleSchema = z.strictObject({
  format: z.literal("entrain qblox-q1asm"),
  version: z.string(),
  device: z.string(),
  assumptions: z.array(z.string()),
  shots: z.int().min(1),
  /** Outermost first; bin = shot × points + point, the last axis fastest. */
  axes: z.array(axisSchema),
  ports: z.array(name),
  /** Set by the laboratory's current sources before the run, in flux quanta. */
  static_flux: z.record(name, z.number()),
  frames: z.array(frameSchema),
  modules: z.array(
    z.strictObject({
      name,
      cluster: z.int().min(1),
      slot: z.int().min(1).max(limits.slots),
      type: z.enum(moduleTypes),
      settings: moduleSettingsSchema,
    }),
  ),
  sequencers: z.array(
    z.strictObject({
      name,
      module: name,
      index: z.int().min(0).lt(limits.sequencers_per_module),
      /** Frame of what the sequencer plays, and of what it acquires. */
      plays: z.string().nullable(),
      captures: z.string().nullable(),
      settings: sequencerSettingsSchema,
      sequence: sequenceSchema,
    }),
  ),
});
export type Bundle = z.infer<typeof bundleSchema>;
export type BundleSequencer = Bundle["sequencers"][number];
export type BundleModule = Bundle["modules"][number];
