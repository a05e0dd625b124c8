import { z } from "zod";
import { parseWith } from "#core/schema";

const positive = z.number().gt(0);

/** What is read of a board's configuration, as `QickConfig.dump_cfg()` writes it; frequencies in MHz. */
export const boardSchema = z.looseObject({
  board: z.string(),
  sw_version: z.string(),
  refclk_freq: positive,
  tprocs: z
    .array(z.looseObject({ pmem_size: z.int(), wmem_size: z.int(), f_time: positive }))
    .min(1, "the board has no tProcessor"),
  gens: z.array(
    z.looseObject({
      type: z.string(),
      fs: positive,
      f_fabric: positive,
      f_dds: positive,
      b_dds: z.int(),
      b_phase: z.int().optional(),
      samps_per_clk: z.int(),
      maxv: positive,
      maxlen: z.int(),
      has_dds: z.boolean(),
    }),
  ),
  readouts: z.array(
    z.looseObject({ f_output: positive, buf_maxlen: z.int(), tproc_ctrl: z.int().nullable().optional() }),
  ),
});
export type QickBoard = z.infer<typeof boardSchema>;

export const qickSettingsSchema = z
  .strictObject({
    board: boardSchema
      .optional()
      .describe(
        "The board's configuration from QickConfig.dump_cfg(); without it, one like a ZCU216's is supposed",
      ),
    external_lo_hz: z
      .record(z.string(), positive)
      .default({})
      .describe("Local oscillator of an external mixer behind the generator of a port; upper sideband"),
    trigger_offset_ns: z
      .number()
      .min(0)
      .default(0)
      .describe("From the tone leaving the generator to its arrival at the readout"),
  })
  .describe("Settings of the target qick");
export type QickSettings = z.infer<typeof qickSettingsSchema>;

export function parseQickSettings(settings: unknown): QickSettings {
  return parseWith(qickSettingsSchema, settings ?? {}, "target.settings");
}

/**
 * A board like the QICK firmware for ZCU216: converters of 9.58 GHz, 599 MHz fabric, tProcessor v2. Numbers in the form
 * of qick 0.2.436's own configuration; a real board's is preferable.
 */
export function supposedBoard(generators = 16, readouts = 8): QickBoard {
  const refclk = 245.76;
  return boardSchema.parse({
    board: "ZCU216",
    sw_version: "0.2.436",
    fw_timestamp: "supposed",
    refclk_freq: refclk,
    extra_description: [],
    tprocs: [
      {
        type: "qick_processor",
        revision: 24,
        pmem_size: 4096,
        dmem_size: 1024,
        wmem_size: 1024,
        dreg_qty: 16,
        f_core: 200,
        f_time: 430.08,
        output_pins: [],
        start_pin: "none",
        stop_pin: "none",
      },
    ],
    gens: Array.from({ length: generators }, (_, ch) => ({
      type: "axis_signal_gen_v6",
      dac: `${Math.floor(ch / 4)}${ch % 4}`,
      fs: refclk * 39,
      fs_mult: 39,
      fs_div: 1,
      fdds_div: 1,
      interpolation: 1,
      f_fabric: (refclk * 39) / 16,
      f_dds: refclk * 39,
      b_dds: 32,
      b_phase: 32,
      samps_per_clk: 16,
      maxv: 32_766,
      maxv_scale: 1,
      maxlen: 65_536,
      complex_env: true,
      has_dds: true,
      has_mixer: false,
      tproc_ch: ch,
    })),
    readouts: Array.from({ length: readouts }, (_, ch) => ({
      ro_type: "axis_dyn_readout_v1",
      avgbuf_type: "axis_avg_buffer",
      adc: `${Math.floor(ch / 4) + 2}${ch % 4}`,
      fs: refclk * 10,
      fs_mult: 10,
      fs_div: 1,
      fdds_div: 1,
      f_fabric: (refclk * 10) / 8,
      f_output: (refclk * 10) / 8,
      f_dds: refclk * 10,
      b_dds: 32,
      b_phase: 32,
      has_outsel: true,
      has_weights: false,
      has_edge_counter: false,
      avg_maxlen: 16_384,
      buf_maxlen: 4096,
      iq_offset: 0,
      tproc_ctrl: generators + ch,
      tproc_ch: ch,
      trigger_type: "trig",
      trigger_port: ch,
      trigger_bit: 0,
    })),
  });
}

/** Limits of the tProcessor and its generators: qick 0.2.436, asm_v2.py (`params2wave`). */
export const qickLimits = {
  min_cycles: 3,
  max_cycles: 65_535,
  /** Generators that can reset their phase: `phrst_gens`. */
  phase_reset_types: ["axis_signal_gen_v6", "axis_sg_int4_v1", "axis_sg_int4_v2"],
} as const;
