import { createHash } from "node:crypto";
import { z } from "zod";
import { EntrainError } from "#core/errors";
import { parseWith } from "#core/schema";
import type { Finding } from "#ir/finding";
import type { Program, ProgramFile } from "#ir/program";
import { readDocument } from "../read-document.ts";
import { refuseErrors } from "../target.ts";
import { experimentText } from "./experiment.ts";
import { eventKinds, planArtiq } from "./schedule.ts";
import { type ArtiqSequence, artiqSequenceSchema, artiqSettingsSchema } from "./sequence.ts";

export const artiqVersion = "1";

const fields = artiqSequenceSchema.shape;
const mu = z
  .int()
  .min(0)
  .max(2 ** 50);

/** The argument `program` of the experiment; all that is played. */
export const artiqProgramSchema = z.strictObject({
  format: z.literal("entrain artiq"),
  version: z.literal(artiqVersion),
  device: fields.device,
  shots: fields.shots,
  shots_per_kernel: z.int().min(1),
  ticks_per_s: z.int().min(1),
  dds: fields.dds,
  ttl: fields.ttl,
  counters: fields.counters,
  sites: fields.sites,
  axes: fields.axes,
  points: z.array(
    z.strictObject({
      at: z.record(z.string(), z.int().min(0)),
      slack_mu: mu,
      duration_mu: mu,
      /** Site of each counting window, in the order of the events. */
      windows: z.array(z.string()),
      /** Time in mu, kind (0 TTL, 1 DDS words, 2 DDS switch, 3 window), device, and three words. */
      events: z.array(
        z.tuple([
          z.int(),
          z.int().min(0).max(3),
          z.int().min(0),
          mu,
          z.int().min(0).max(0xffff),
          z.int().min(0).max(0x3fff),
        ]),
      ),
    }),
  ),
});
export type ArtiqProgram = z.output<typeof artiqProgramSchema>;

/** Everything that the crate would refuse or be strained by. */
export function checkArtiq(sequence: unknown, settings: unknown = {}): Finding[] {
  return [...planned(sequence, settings).plan.findings];
}

function planned(input: unknown, settings: unknown) {
  const sequence = parseWith(artiqSequenceSchema, input, "input.invalid");
  const resolved = parseWith(artiqSettingsSchema, settings, "input.invalid", "settings");
  return { sequence, settings: resolved, plan: planArtiq(sequence, resolved) };
}

/**
 * Writes a sequence as the data that `experiment.py` plays: times in machine units, words of the AD9910, and for each
 * point the slack that keeps the processor ahead of the hardware.
 *
 * @throws EntrainError `input.invalid`, `target.unsupported` with everything that the crate could not do
 */
export function emitArtiq(input: unknown, given: unknown = {}): Program {
  const { sequence, settings, plan } = planned(input, given);
  refuseErrors("artiq", plan.findings);
  const document: ArtiqProgram = {
    format: "entrain artiq",
    version: artiqVersion,
    device: sequence.device,
    shots: sequence.shots,
    shots_per_kernel: settings.shots_per_kernel,
    ticks_per_s: settings.ticks_per_s,
    dds: sequence.dds,
    ttl: sequence.ttl,
    counters: sequence.counters,
    sites: sequence.sites,
    axes: sequence.axes,
    points: sequence.points.map((point, index) => {
      const { events, slack_mu, duration_mu } = plan.points[index]!;
      const ticks = (time_s: number) => Math.round(time_s * settings.ticks_per_s);
      const windows = events
        .filter(({ kind }) => kind === eventKinds.gate)
        .map(({ device, time_mu }) => {
          const window = point.detections.find(
            ({ counter, start_s }) => counter === sequence.counters[device] && ticks(start_s) === time_mu,
          );
          return window!.site;
        });
      const at = Object.fromEntries(sequence.axes.map(({ name }) => [name, point.at[name]!]));
      return {
        at,
        slack_mu,
        duration_mu,
        windows,
        events: events.map(({ time_mu, kind, device, a, b, c }) => [time_mu, kind, device, a, b, c]),
      };
    }),
  };
  const text = `${JSON.stringify(document)}\n`;
  return {
    target: "artiq",
    target_version: artiqVersion,
    file_name: "program.json",
    text,
    sha256: createHash("sha256").update(text).digest("hex"),
    quantisation: plan.quantiser.report,
    assumptions: [
      `Setting a DDS channel takes ${settings.dds_set_s} s, and channels of one CPLD wait for each other.`,
      `The processor takes ${settings.cpu_ttl_s} s for a TTL event, ${settings.cpu_dds_s} s for a DDS setting, ${settings.cpu_gate_s} s for a window.`,
      "A tone's phase holds up to its frequency times one latency, from the words being computed to IO_UPDATE, the same for every tone of a channel.",
      "TTL channels are outputs (TTLOut), counters are EdgeCounter devices.",
    ],
  };
}

/** @throws EntrainError `program.syntax`, `program.version`, `program.invalid` */
export function readArtiqProgram(text: string): ArtiqProgram {
  const program = readDocument(text, artiqProgramSchema, artiqVersion);
  for (const [p, { events, windows }] of program.points.entries()) {
    const gates = events.filter(([, kind]) => kind === eventKinds.gate);
    const lists = [program.ttl, program.dds, program.dds, program.counters];
    const stray = events.find(([, kind, device]) => device >= lists[kind]!.length);
    const unknown = windows.find((site) => !program.sites.some(({ id }) => id === site));
    if (gates.length === windows.length && !stray && unknown === undefined) continue;
    throw new EntrainError("program.invalid", {
      path: `points[${p}]`,
      message: "an event or a window speaks of something that the program does not have",
      found: stray ?? unknown ?? windows.length,
    });
  }
  return program;
}

/**
 * Reads the data back into the sequence that it plays, on the crate's grid: emitting that gives the same text.
 *
 * @throws EntrainError `program.syntax`, `program.version`, `program.invalid`
 */
export function parseArtiq(text: string): ArtiqSequence {
  const program = readArtiqProgram(text);
  const seconds = (ticks: number) => ticks / program.ticks_per_s;
  const { device, shots, dds, ttl, counters, sites, axes } = program;
  const points = program.points.map(
    ({ at, duration_mu, events, windows }, p): ArtiqSequence["points"][number] => {
      const tones: ArtiqSequence["points"][number]["tones"] = [];
      const words = new Map<number, readonly number[]>();
      const started = new Map<number, number>();
      for (const [time, kind, index, a, b, c] of events) {
        const channel = dds[index];
        if (kind === eventKinds.dds_set) words.set(index, [a, b, c]);
        if (kind !== eventKinds.dds_switch || !channel) continue;
        const [ftw, pow, asf] = words.get(index) ?? [];
        const start = started.get(index);
        if (a === 1 && start === undefined && ftw !== undefined) started.set(index, time);
        else if (a === 0 && start !== undefined) {
          started.delete(index);
          tones.push({
            channel: channel.name,
            frequency_hz: (ftw! * channel.sysclk_hz) / 2 ** 32,
            amplitude: asf! / 0x3fff,
            phase_turns: pow! / 2 ** 16,
            start_s: seconds(start),
            duration_s: seconds(time - start),
          });
        } else {
          throw new EntrainError("program.invalid", {
            path: `points[${p}]`,
            message: `${channel.name} is switched at ${time} mu without words, or twice the same way`,
            found: a,
          });
        }
      }
      const gates = events.filter(([, kind]) => kind === eventKinds.gate);
      return {
        at,
        duration_s: seconds(duration_mu),
        tones,
        edges: events
          .filter(([, kind]) => kind === eventKinds.ttl)
          .map(([time, , index, a]) => ({
            channel: ttl[index]!.name,
            time_s: seconds(time),
            level: a === 1,
          })),
        detections: gates.map(([time, , index, length], w) => ({
          site: windows[w]!,
          counter: counters[index]!,
          start_s: seconds(time),
          duration_s: seconds(length),
        })),
      };
    },
  );
  return { device, shots, dds, ttl, counters, sites, axes, points };
}

/** The experiment beside the data. */
export function artiqFiles(program: Program): ProgramFile[] {
  const { dds, ttl, counters } = readArtiqProgram(program.text);
  const parts = { dds: dds.length > 0, ttl: ttl.length > 0, counters: counters.length > 0 };
  return [{ name: "experiment.py", text: experimentText(parts) }];
}
