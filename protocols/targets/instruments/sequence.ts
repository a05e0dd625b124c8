import { z } from "zod";

/**
 * What instruments should do, in seconds: level changes of digital lines and settings of radio-frequency tones. Time 0
 * is the experiment's; everything is low and silent before the first entry, and must be again after the last.
 */
export const instrumentSequenceSchema = z
  .strictObject({
    lines: z.array(
      z.strictObject({
        name: z.string().min(1),
        /** Output of the PrawnDO. */
        output: z.int().min(0).max(15),
        edges: z.array(
          z.strictObject({ time_s: z.number().nonnegative(), level: z.union([z.literal(0), z.literal(1)]) }),
        ),
      }),
    ),
    tones: z.array(
      z.strictObject({
        name: z.string().min(1),
        /** Channel of the AD9959. */
        channel: z.int().min(0).max(3),
        segments: z.array(
          z.strictObject({
            start_s: z.number().nonnegative(),
            /** May be 0 in a silent segment only. */
            frequency_hz: z.number().nonnegative(),
            /** Of full scale; 0 is off. */
            amplitude: z.number().min(0).max(1),
            phase_turns: z.number().default(0),
            /**
             * coherent: the phase is that of an oscillator of this frequency which started at time 0.
             * continuous: the phase goes on from where the tone before left it, plus `phase_turns`.
             */
            phase_reference: z.enum(["coherent", "continuous"]).default("coherent"),
          }),
        ),
      }),
    ),
  })
  .meta({ id: "InstrumentSequence" });
export type InstrumentSequence = z.infer<typeof instrumentSequenceSchema>;
export type InstrumentSequenceInput = z.input<typeof instrumentSequenceSchema>;

/** The three boards as they are set up: clocks, delays, whether they share a reference. */
export const chainSetupSchema = z
  .strictObject({
    pulse_clock_hz: z.int().positive().default(100_000_000),
    digital_clock_hz: z.int().positive().default(100_000_000),
    tone_board_clock_hz: z.literal(125_000_000).default(125_000_000),
    tone_system_hz: z.int().positive().max(500_000_000).default(500_000_000),
    /** From the trigger's edge to the first word at the PrawnDO's outputs, s; four ticks, counted in its program. */
    digital_delay_s: z.number().nonnegative().default(40e-9),
    /** From the trigger's edge to the AD9959's IO_UPDATE, s; two cycles, counted in its program. */
    tone_delay_s: z.number().nonnegative().default(16e-9),
    /** All boards run from one reference clock. */
    common_reference: z.boolean().default(false),
  })
  .meta({ id: "InstrumentChainSetup" });
export type ChainSetup = z.infer<typeof chainSetupSchema>;
