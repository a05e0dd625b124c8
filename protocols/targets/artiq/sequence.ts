import { z } from "zod";

/**
 * What an ion platform wants of an ARTIQ crate: RF tones, TTL edges and photon-counting windows at absolute times of
 * a shot, for every point of a sweep.
 */

/** Becomes the name of a Python attribute and part of a dataset key, so nothing else is let in. */
const deviceName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,62}$/, "a device name is a Python identifier");
const seconds = z.number().min(0).max(1000);

export const artiqToneSchema = z.strictObject({
  channel: deviceName,
  frequency_hz: z.number().min(0),
  /** Fraction of full scale. */
  amplitude: z.number().min(0).max(1),
  /** Phase at the start of the shot, in turns: the tone is cos 2π(f·t + phase), t counted from there. */
  phase_turns: z.number().min(-1e6).max(1e6),
  start_s: seconds,
  duration_s: z.number().gt(0).max(1000),
});

export const artiqSequenceSchema = z
  .strictObject({
    device: z.string().min(1),
    shots: z.int().min(1).max(1_000_000),
    /** AD9910 channels; those with one bus are programmed one after the other. */
    dds: z.array(
      z.strictObject({
        name: deviceName,
        /** Its Urukul CPLD. */
        bus: deviceName,
        sysclk_hz: z.number().gt(0).default(1e9),
        attenuation_db: z.number().min(0).max(31.5).default(31.5),
      }),
    ),
    /** TTL outputs, with the level that is safe. */
    ttl: z.array(z.strictObject({ name: deviceName, safe: z.boolean().default(false) })),
    /** Gateware edge counters. */
    counters: z.array(deviceName),
    /** Windows decide one site: the first with counts at or above the threshold shows its bright level. */
    sites: z.array(
      z.strictObject({
        id: z.string().min(1),
        threshold: z.int().min(0),
        bright_level: z.int().min(0).max(2),
        /** Levels of the windows after the first, asked in their order; the first bright one decides. */
        later_bright_levels: z.array(z.int().min(0).max(2)).optional(),
        dark_level: z.int().min(0).max(2),
      }),
    ),
    axes: z.array(z.strictObject({ name: z.string().min(1), size: z.int().min(1) })),
    points: z
      .array(
        z.strictObject({
          at: z.record(z.string(), z.int().min(0)),
          duration_s: z.number().gt(0).max(1000),
          tones: z.array(artiqToneSchema),
          edges: z.array(z.strictObject({ channel: deviceName, time_s: seconds, level: z.boolean() })),
          detections: z.array(
            z.strictObject({
              site: z.string(),
              counter: deviceName,
              start_s: seconds,
              duration_s: z.number().gt(0).max(1000),
            }),
          ),
        }),
      )
      .min(1),
  })
  .meta({ id: "ArtiqSequence" });
export type ArtiqSequence = z.output<typeof artiqSequenceSchema>;

/** Machine units of the coarse RTIO clock, to which `set_mu` of the AD9910 aligns itself (its `now_mu() & ~7`). */
export const coarseTicks = 8;

/** Costs and margins of the crate; those not given are supposed, and the program says so. */
export const artiqSettingsSchema = z.strictObject({
  /** RTIO machine units in a second. */
  ticks_per_s: z.int().min(1).default(1_000_000_000),
  /** From the call of set_mu to the tone's new word being valid: 152 bits at 16 ns on the SPI bus and the gaps. */
  dds_set_s: z.number().gt(0).default(4e-6),
  /** Processor time that a TTL event, a DDS setting and a counting window take. */
  cpu_ttl_s: z.number().gt(0).default(1e-6),
  cpu_dds_s: z.number().gt(0).default(12e-6),
  cpu_gate_s: z.number().gt(0).default(3e-6),
  /** Least slack that must remain at every event. */
  margin_s: z.number().min(0).default(20e-6),
  /** Shots between two looks at the scheduler. */
  shots_per_kernel: z.int().min(1).default(100),
  /** Windows of one shot that a counter can hold before they are read. */
  counter_depth: z.int().min(1).default(64),
});
export type ArtiqSettings = z.output<typeof artiqSettingsSchema>;
