import { z } from "zod";
import { invalidInput } from "#core/errors";
import { parseWith } from "#core/schema";
import type { Sequence } from "#ir/sequence";
import type { BundleModule, ModuleSettings } from "./bundle.ts";
import { limits, type ModuleType, outputsOf } from "./limits.ts";

/**
 * The laboratory's side of a Cluster. What is left out is supposed, and every supposition is written into the
 * program.
 */
export const qbloxSettingsSchema = z
  .strictObject({
    /** Local oscillators that are not given are set to multiples of this. */
    lo_grid_hz: z
      .number()
      .gt(0)
      .default(250e6)
      .describe(
        "Grid of the local oscillators; at 250 MHz their phase is the same at every multiple of 4 ns, so that frames of different modules keep their relative phase from shot to shot",
      ),
    /** Local oscillators by port. */
    lo_hz: z
      .record(z.string(), z.int().min(limits.lo_hz[0]).max(limits.lo_hz[1]))
      .default({})
      .describe("Local oscillator of the output that feeds a port"),
  })
  .describe("Settings of the target qblox-q1asm");
export type QbloxSettings = z.infer<typeof qbloxSettingsSchema>;

export function parseQbloxSettings(settings: unknown): QbloxSettings {
  return parseWith(qbloxSettingsSchema, settings ?? {}, "target.settings");
}

/** A sequencer to be: the frames it serves and the output it drives. */
export interface SequencerSlot {
  readonly name: string;
  readonly plays: string | null;
  readonly captures: string | null;
  readonly module: string;
  readonly index: number;
  readonly output: number;
  readonly type: ModuleType;
  /** 0 for a baseband output. */
  readonly lo_hz: number;
  /** NCO frequency, on its grid. */
  readonly nco_hz: number;
}

export interface Wiring {
  readonly modules: readonly BundleModule[];
  readonly sequencers: readonly SequencerSlot[];
  /** Frames without any signal. */
  readonly idle: readonly string[];
  readonly clusters: number;
}

/** An output to be, and the frames on it. */
interface Output {
  readonly type: ModuleType;
  readonly port: string;
  readonly groups: { readonly plays: string | null; readonly captures: string | null; readonly hz: number }[];
}

/** The nearest frequency that LO + NCO can give. */
export function onNcoGrid(frequency_hz: number): number {
  return Math.round(frequency_hz / limits.nco_step_hz) * limits.nco_step_hz;
}

/**
 * Lays frames on sequencers and ports on outputs, in the order of the sequence: |f| ≤ 500 MHz on QCM, captures and
 * what they listen to on QRM-RF, everything else on QCM-RF; one sequencer for a frame, one for a capture and the
 * tone it reads.
 *
 * @throws EntrainError `target.settings` for an oscillator that belongs to no port of the sequence
 */
export function wire(
  sequence: Sequence,
  used: ReadonlyMap<string, FrameUse>,
  settings: QbloxSettings,
): Wiring {
  for (const port of Object.keys(settings.lo_hz)) {
    if (sequence.ports.includes(port)) continue;
    throw invalidInput(
      { path: `lo_hz.${port}`, message: `the sequence has no port "${port}"`, found: port },
      "target.settings",
    );
  }
  const outputs = outputsFor(sequence, used);
  const modules: BundleModule[] = [];
  const sequencers: SequencerSlot[] = [];
  for (const type of ["QCM_RF", "QCM", "QRM_RF"] as const) {
    let module: BundleModule | undefined;
    let taken = 0;
    let running = 0;
    for (const output of outputs.filter((o) => o.type === type)) {
      const full = taken === outputsOf[type] || running + output.groups.length > limits.sequencers_per_module;
      if (!module || full) {
        const number = modules.length;
        const cluster = Math.floor(number / limits.slots) + 1;
        const slot = (number % limits.slots) + 1;
        module = {
          name: cluster === 1 ? `module${slot}` : `cluster${cluster}_module${slot}`,
          cluster,
          slot,
          type,
          settings: {},
        };
        modules.push(module);
        taken = 0;
        running = 0;
      }
      const lo_hz = type === "QCM" ? 0 : oscillatorFor(output, settings);
      Object.assign(module.settings, oscillatorSettings(type, taken, lo_hz));
      for (const { plays, captures, hz } of output.groups) {
        sequencers.push({
          name: (plays ?? captures)!,
          plays,
          captures,
          module: module.name,
          index: running++,
          output: taken,
          type,
          lo_hz,
          nco_hz: onNcoGrid(hz) - lo_hz,
        });
      }
      taken++;
    }
  }
  const idle = sequence.frames.filter(({ id }) => !used.has(id)).map(({ id }) => id);
  return { modules, sequencers, idle, clusters: Math.max(1, ...modules.map((m) => m.cluster)) };
}

/** What is done with a frame, over all points. */
export interface FrameUse {
  readonly plays: boolean;
  readonly captures: boolean;
  /** Something other than constant tones is played. */
  readonly shaped: boolean;
  /** Its phase is set or moved. */
  readonly phased: boolean;
}

function outputsFor(sequence: Sequence, used: ReadonlyMap<string, FrameUse>): Output[] {
  const outputs: Output[] = [];
  const listening = new Set<string>();
  sequence.frames.forEach(({ id, port, frequency_hz: hz, phase_rad }, k) => {
    const use = used.get(id);
    if (!use || listening.has(id)) return;
    const next = sequence.frames[k + 1];
    const nextUse = next && used.get(next.id);
    // A plain tone and the capture that listens at the same frequency share one sequencer and its NCO.
    const together =
      nextUse?.captures &&
      !nextUse.plays &&
      use.plays &&
      !use.captures &&
      !use.shaped &&
      !use.phased &&
      !nextUse.phased &&
      next!.frequency_hz === hz &&
      next!.phase_rad === phase_rad;
    if (together) listening.add(next!.id);
    const captures = together ? next!.id : use.captures ? id : null;
    const type: ModuleType = captures !== null ? "QRM_RF" : Math.abs(hz) <= limits.nco_hz ? "QCM" : "QCM_RF";
    const group = { plays: use.plays ? id : null, captures, hz };
    const known = outputs.find((output) => output.port === port && output.type === type);
    if (known) known.groups.push(group);
    else outputs.push({ type, port, groups: [group] });
  });
  return outputs;
}

/** The multiple of the grid that keeps the NCOs smallest. */
function oscillatorFor({ port, groups }: Output, settings: QbloxSettings): number {
  const given = settings.lo_hz[port];
  if (given !== undefined) return given;
  const [low, high] = [Math.min(...groups.map((g) => g.hz)), Math.max(...groups.map((g) => g.hz))];
  const middle = Math.round((low + high) / 2 / settings.lo_grid_hz) * settings.lo_grid_hz;
  return Math.round(Math.min(Math.max(middle, limits.lo_hz[0]), limits.lo_hz[1]));
}

function oscillatorSettings(type: ModuleType, output: number, lo_hz: number): ModuleSettings {
  if (type === "QCM") return {};
  if (type === "QRM_RF") return { out0_in0_lo_en: true, out0_in0_lo_freq: lo_hz };
  return output === 0 ? { out0_lo_en: true, out0_lo_freq: lo_hz } : { out1_lo_en: true, out1_lo_freq: lo_hz };
}

/** Local oscillator of a sequencer's output as a bundle's settings give it; 0 at baseband. */
export function oscillatorOf(module: BundleModule, output: number): number {
  const { settings } = module;
  if (module.type === "QCM") return 0;
  const [on, hz] =
    module.type === "QRM_RF"
      ? [settings.out0_in0_lo_en, settings.out0_in0_lo_freq]
      : output === 0
        ? [settings.out0_lo_en, settings.out0_lo_freq]
        : [settings.out1_lo_en, settings.out1_lo_freq];
  return on === true && hz !== undefined ? hz : Number.NaN;
}
