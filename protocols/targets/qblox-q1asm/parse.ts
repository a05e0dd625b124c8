import { EntrainError } from "#core/errors";
import type { Sequence } from "#ir/sequence";
import { sequenceOfShots, type TimedEvent } from "../normal-form.ts";
import { readDocument } from "../read-document.ts";
import { type Bundle, type BundleSequencer, bundleSchema, q1asmVersion } from "./bundle.ts";
import { asmError, assemble } from "./instructions.ts";
import { limits } from "./limits.ts";
import { phaseOfSteps } from "./normalise.ts";
import { Processor, type SequencerRun } from "./processor.ts";
import type { RawEvent, Window } from "./realtime.ts";
import { ncoPhase } from "./steps.ts";
import { shapeOfSamples } from "./waveforms.ts";
import { oscillatorOf } from "./wiring.ts";

/**
 * Reads a Cluster's document back into a sequence by carrying out the programs of all sequencers.
 *
 * What is returned is what the sequencers would play: it comes from the instructions, the waveforms and the settings,
 * and from nothing that was written down beside them.
 *
 * @throws EntrainError `program.version`, `program.syntax`, `program.invalid` for text that is no such document;
 * `program.lock_step` when sequencers do not keep time with each other; `program.shots_differ` when a shot is not
 * like the one before; `program.bins` when acquisitions do not go where the sweep says; `program.…` with sequencer
 * and line for what a sequencer would flag
 */
export function parseQ1asm(text: string): Sequence {
  const bundle = readDocument(text, bundleSchema, q1asmVersion);
  checkNames(bundle);
  const points = bundle.axes.reduce((count, { size }) => count * size, 1);
  const runs = bundle.sequencers.map((sequencer) => runSequencer(bundle, sequencer, points));
  checkLockStep(bundle, runs, points);
  const oscillators = bundle.sequencers.map((sequencer) => oscillator(bundle, sequencer));
  const frequencies = new Map<string, number>();
  bundle.sequencers.forEach(({ plays, captures, settings }, k) => {
    const frequency_hz = oscillators[k]! + (settings.mod_en_awg ? settings.nco_freq : 0);
    for (const frame of [plays, captures]) if (frame !== null) frequencies.set(frame, frequency_hz);
  });
  const shots = Array.from({ length: points }, (_, point) => ({
    duration_ticks: runs[0]?.windows[point]?.duration ?? 0,
    events: bundle.sequencers.flatMap((sequencer, k) =>
      eventsOf(sequencer, runs[k]!.windows[point]!, oscillators[k]!),
    ),
  }));
  return sequenceOfShots(
    {
      device: bundle.device,
      clock_hz: limits.sample_rate_hz,
      shots: bundle.shots,
      ports: bundle.ports,
      frames: bundle.frames.map(({ id, port, frequency_hz }) => ({
        id,
        port,
        frequency_hz: frequencies.get(id) ?? frequency_hz ?? 0,
        phase_rad: 0,
      })),
      biases: Object.entries(bundle.static_flux).map(([port, flux_quanta]) => ({ port, flux_quanta })),
      axes: bundle.axes,
    },
    shots,
  );
}

/** Every name that something refers to exists, and nothing is there twice. */
function checkNames(bundle: Bundle): void {
  const refuse = (path: string, message: string, found: unknown) => {
    throw new EntrainError("program.undefined", { path, message, found });
  };
  const served = new Map<string, number>();
  const places = new Set<string>();
  bundle.sequencers.forEach(({ plays, captures, module, index, settings }, k) => {
    const path = `sequencers[${k}]`;
    for (const frame of [plays, captures]) {
      if (frame === null) continue;
      if (!bundle.frames.some(({ id }) => id === frame)) refuse(path, `there is no frame "${frame}"`, frame);
      served.set(frame, (served.get(frame) ?? 0) + 1);
      if (served.get(frame)! > 1) refuse(path, `the frame "${frame}" has two sequencers`, frame);
    }
    if (!bundle.modules.some(({ name }) => name === module)) {
      refuse(`${path}.module`, `there is no module "${module}"`, module);
    }
    const place = `${module} ${index}`;
    if (places.has(place)) refuse(path, `two sequencers are sequencer ${index} of ${module}`, place);
    places.add(place);
    if (!settings.sync_en) {
      throw new EntrainError("program.lock_step", {
        path: `${path}.settings.sync_en`,
        message: "a sequencer that does not synchronise starts on its own",
        found: false,
        expected: "true",
      });
    }
  });
  bundle.frames.forEach(({ id, port, frequency_hz }, k) => {
    if (!bundle.ports.includes(port)) refuse(`frames[${k}].port`, `there is no port "${port}"`, port);
    if (!served.has(id) && frequency_hz === undefined)
      refuse(`frames[${k}]`, `no sequencer serves "${id}"`, id);
  });
  for (const port of Object.keys(bundle.static_flux)) {
    if (!bundle.ports.includes(port)) refuse(`static_flux.${port}`, `there is no port "${port}"`, port);
  }
}

/** Which output carries a sequencer's signal; the first that is connected. */
function connectedOutput(sequencer: BundleSequencer): number | undefined {
  const { connect_out0, connect_out1, connect_out2, connect_out3 } = sequencer.settings;
  const at = [connect_out0, connect_out1, connect_out2, connect_out3].findIndex(
    (value) => value !== undefined && value !== "off",
  );
  return at < 0 ? undefined : at;
}

function oscillator(bundle: Bundle, sequencer: BundleSequencer): number {
  const module = bundle.modules.find(({ name }) => name === sequencer.module)!;
  const hz = oscillatorOf(module, connectedOutput(sequencer) ?? 0);
  if (Number.isFinite(hz)) return hz;
  throw new EntrainError("program.invalid", {
    path: `modules.${module.name}.settings`,
    message: `the local oscillator that ${sequencer.name} needs is off or not set`,
    found: module.settings,
  });
}

function runSequencer(bundle: Bundle, sequencer: BundleSequencer, points: number): SequencerRun {
  const { waveforms, acquisitions, program } = sequencer.sequence;
  const module = bundle.modules.find(({ name }) => name === sequencer.module)!;
  const where = sequencer.name;
  const assembled = assemble(program, where);
  const room = limits.instructions[module.type];
  if (assembled.instructions.length > room) {
    throw asmError(
      "memory",
      where,
      program.length,
      `${assembled.instructions.length} instructions; there is room for ${room}`,
    );
  }
  if (!assembled.labels.has("point")) {
    throw asmError("undefined", where, 1, "there is no label `point`, where a shot at a point begins");
  }
  return new Processor({
    where,
    program: assembled,
    points,
    nco_hz: sequencer.settings.nco_freq,
    integration_ns: sequencer.settings.integration_length_acq ?? 0,
    lengths: new Map(Object.values(waveforms).map(({ index, data }) => [index, data.length])),
    bins: new Map(Object.values(acquisitions).map(({ index, num_bins }) => [index, num_bins])),
  }).run();
}

/**
 * Proves that the sequencers of a Cluster keep time with each other and that every shot is like the first: they
 * arrive together at every `wait_sync`, begin every point together, end together; all shots have the same signals,
 * and the acquisition of shot s at point p goes to bin s·points + p.
 */
function checkLockStep(bundle: Bundle, runs: readonly SequencerRun[], points: number): void {
  const name = (k: number) => bundle.sequencers[k]!.name;
  const first = runs[0];
  if (!first) {
    throw new EntrainError("program.invalid", { path: "sequencers", message: "there are no sequencers" });
  }
  const problems: { path: string; message: string; found: unknown; expected: string }[] = [];
  const compare = (k: number, what: string, found: number | undefined, wanted: number | undefined) => {
    if (found === wanted || problems.some(({ path }) => path === name(k))) return;
    problems.push({
      path: name(k),
      message: `out of step with ${name(0)}: ${what}`,
      found: found ?? "nothing",
      expected: String(wanted ?? "nothing"),
    });
  };
  runs.forEach((run, k) => {
    compare(k, "number of wait_sync", run.syncs.length, Math.max(1, first.syncs.length));
    first.syncs.forEach((time, i) => {
      compare(k, `arrival at wait_sync ${i}, ns`, run.syncs[i], time);
    });
    first.windows.slice(0, run.windows.length).forEach(({ start }, w) => {
      compare(
        k,
        `begin of shot ${Math.floor(w / points)} at point ${w % points}, ns`,
        run.windows[w]?.start,
        start,
      );
    });
    compare(k, "number of points", run.windows.length + run.repeated * points, bundle.shots * points);
    compare(k, "end, ns", run.end, first.end);
  });
  if (problems.length > 0) throw new EntrainError("program.lock_step", problems);
  runs.forEach((run, k) => {
    checkShots(name(k), run, points);
    const { acquisitions } = bundle.sequencers[k]!.sequence;
    const acquired = new Set(
      run.windows.flatMap(({ events }) => events.flatMap((e) => (e.kind === "acquire" ? [e.index] : []))),
    );
    for (const { index, num_bins } of Object.values(acquisitions)) {
      if (!acquired.has(index) || num_bins >= bundle.shots * points) continue;
      throw new EntrainError("program.bins", {
        path: name(k),
        message: "there are fewer bins than shots and points",
        found: num_bins,
        expected: `at least ${bundle.shots * points}`,
      });
    }
  });
}

function checkShots(sequencer: string, run: SequencerRun, points: number): void {
  const signature = ({ events, duration }: Window) =>
    JSON.stringify([duration, events.map((event) => ({ ...event, bin: 0 }))]);
  run.windows.forEach((window, w) => {
    const place = `${sequencer}, shot ${Math.floor(w / points)}, point ${w % points}`;
    for (const event of window.events) {
      if (event.kind === "acquire" && event.bin !== w) {
        throw new EntrainError("program.bins", {
          path: place,
          message: "the acquisition goes to another bin than its shot and point",
          found: event.bin,
          expected: String(w),
        });
      }
      if (event.end > window.duration) {
        throw new EntrainError("program.tone_left_on", {
          path: place,
          message: "a signal lasts into the next point",
          found: event.end,
          expected: `at most ${window.duration} ns`,
        });
      }
    }
    if (w >= points && signature(window) !== signature(run.windows[w - points]!)) {
      throw new EntrainError("program.shots_differ", {
        path: place,
        message: "the shot is not like the one before",
      });
    }
  });
}

/** What a sequencer does in a window, as frames see it. */
function eventsOf(sequencer: BundleSequencer, window: Window, lo_hz: number): TimedEvent[] {
  const { settings, sequence, plays, captures, name } = sequencer;
  const nco = Math.round(settings.nco_freq / limits.nco_step_hz);
  return window.events.flatMap((event): TimedEvent[] => {
    if (event.frequency !== nco) {
      throw asmError("unsupported", name, 0, "the NCO is retuned within the program", event.frequency / 4);
    }
    const place = { start: event.start, ...carrierOf(event, settings.mod_en_awg, lo_hz) };
    if (event.kind === "acquire") {
      if (captures === null) throw asmError("undefined", name, 0, "the sequencer captures for no frame");
      return [{ ...place, kind: "capture", frame: captures, duration_ticks: event.end - event.start }];
    }
    const [inPhase, quadrature] = event.codes;
    if (inPhase === 0 && quadrature === 0) return [];
    if (connectedOutput(sequencer) === undefined) return [];
    if (plays === null) throw asmError("undefined", name, 0, "the sequencer plays for no frame");
    const shape =
      event.kind === "offset"
        ? { waveform: { kind: "constant" as const, duration_ticks: event.end - event.start }, height: 1 }
        : shapeOf(event, sequence.waveforms, name);
    // Both paths together are one complex amplitude.
    const turned = quadrature === 0 ? 0 : Math.atan2(quadrature, inPhase);
    const code = quadrature === 0 ? inPhase : Math.hypot(inPhase, quadrature);
    return [
      {
        ...place,
        phase_rad: place.phase_rad + turned,
        kind: "play",
        frame: plays,
        waveform: shape.waveform,
        amplitude: (code / limits.full_scale) * shape.height,
      },
    ];
  });
}

/** Reference and phase of the frame, the local oscillator having run since the point began. */
function carrierOf(
  event: RawEvent,
  modulated: boolean,
  lo_hz: number,
): { reference: number; phase_rad: number } {
  if (!modulated) return { reference: 0, phase_rad: 0 };
  const reference = Math.max(0, event.reference);
  // Not reset since the point began: the NCO's phase then is what counts.
  const before = event.reference < 0 ? (-event.reference * event.frequency) / 4 : 0;
  return { reference, phase_rad: phaseOfSteps(ncoPhase(0, -lo_hz, reference) + event.phase + before) };
}

function shapeOf(
  event: Extract<RawEvent, { kind: "wave" }>,
  waveforms: BundleSequencer["sequence"]["waveforms"],
  where: string,
): NonNullable<ReturnType<typeof shapeOfSamples>> {
  const [first, second] = event.waves;
  const data = Object.values(waveforms).find(({ index }) => index === first)!.data;
  if (event.codes[1] !== 0 && first !== second) {
    throw asmError("unsupported", where, 0, "different waveforms on the two paths", event.waves);
  }
  const shape = shapeOfSamples(data);
  if (shape) return shape;
  throw asmError("waveform", where, 0, `waveform ${first} is neither constant nor Gaussian`, first);
}
