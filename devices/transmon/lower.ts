import { invalidInput } from "#core/errors";
import { type Operation, type Rotation, type Step, stepsAt, tonesOf, turns } from "#ir/operations";
import { type Axis, sizesOf } from "#ir/scan";
import type { Frame, Sequence, SequenceOperation, Waveform } from "#ir/sequence";
import type { SiteKnobs, TransmonKnobs } from "./forward.ts";
import { portId } from "./ports.ts";
import { amplitudeForAngle, fluxPerAmplitude_quanta, gaussianArea } from "./pulses.ts";
import type { TransmonProfile } from "./schema.ts";

/** Fraction of full scale of the read-out tone; its level does not enter the three-outcome model. */
const readoutAmplitude = 0.15;
const exchangeTable = "exchange_amplitude";
const fluxTable = (site: string) => `flux_${site}`;

interface Lines {
  readonly site: string;
  readonly f01: string;
  readonly f12: string;
  readonly gain: string;
  readonly loss: string;
  readonly tx: string;
  readonly rx: string;
}

/**
 * Operations → timed signals of a transmon array.
 *
 * Each step ends in a barrier over all frames, except that gain and loss tones play without a break through a run of
 * steps with the same tones, whose barriers leave them out. Steps that depend on an axis stand in a branch of their
 * own. While a pair is detuned its flux lines are pulsed; where settings change along an axis, gain and loss play on
 * frames of the scan's point. Modulated couplers play on two frames, one at rest. Drive frames and modulations are
 * zeroed when the shot begins, so that the phase of a frame is 2πf·t since then; a rotation about φ is played at frame phase −φ, because the port's signal is
 * Re[envelope·e^{i(2πft+θ)}] and level m+1 is reached through its e^{−2πift} part.
 *
 * @throws EntrainError `sequence.misaligned` when a duration is not a multiple of the clock's granularity
 */
export function lowerOperations(
  profile: TransmonProfile,
  knobs: TransmonKnobs,
  { axes, operations }: { readonly axes: readonly Axis[]; readonly operations: readonly Operation[] },
  shots: number,
): Sequence {
  const assumptions = profile.assumptions;
  const clock = assumptions.clock_hz.value;
  const granularity = assumptions.granularity_ticks.value;
  const ticks = (duration_s: number, path: string): number => {
    const count = Math.round(duration_s * clock);
    if (Math.abs(count - duration_s * clock) > 1e-3 || count % granularity !== 0) {
      throw invalidInput(
        {
          path,
          message: `${duration_s} s is not a multiple of ${granularity} clock ticks`,
          found: duration_s,
          expected: `a multiple of ${granularity / clock} s`,
        },
        "sequence.misaligned",
      );
    }
    return count;
  };

  const lines: Lines[] = profile.sites.map(({ id }) => ({
    site: id,
    f01: `${id}_f01`,
    f12: `${id}_f12`,
    gain: `${id}_gain`,
    loss: `${id}_loss`,
    tx: `${id}_tx`,
    rx: `${id}_rx`,
  }));
  const couplers = profile.bonds.map(([a, b]) => ({
    bond: [a, b] as const,
    frame: `${a}__${b}_j`,
    port: portId({ role: "coupler", sites: [a, b] }),
  }));
  const frames: Frame[] = [];
  lines.forEach((line, i) => {
    const settings = knobs.sites[i]!;
    const frame = (id: string, port: string, frequency_hz: number) =>
      frames.push({ id, port, frequency_hz, phase_rad: 0 });
    frame(line.f01, portId({ role: "drive", sites: [line.site] }), settings.drive01_hz);
    frame(line.f12, portId({ role: "drive", sites: [line.site] }), settings.drive12_hz);
    frame(line.gain, portId({ role: "flux_gain", sites: [line.site] }), settings.gain_tone_hz);
    frame(line.loss, portId({ role: "flux_loss", sites: [line.site] }), settings.loss_tone_hz);
    frame(
      line.tx,
      portId({ role: "readout_in", sites: [line.site] }),
      assumptions.readout_frequency_hz.value,
    );
    frame(
      line.rx,
      portId({ role: "readout_out", sites: [line.site] }),
      assumptions.readout_frequency_hz.value,
    );
  });
  for (const { frame, port } of couplers) frames.push({ id: frame, port, frequency_hz: 0, phase_rad: 0 });
  const { modulation } = knobs;
  const swings = modulation === undefined ? [] : couplers.map(({ frame }) => `${frame}_m`);
  swings.forEach((id, k) => {
    frames.push({ id, port: couplers[k]!.port, frequency_hz: modulation!.frequency_hz, phase_rad: 0 });
  });
  const stepAxis = knobs.stepped?.axis;
  const stepped = knobs.stepped?.sites ?? [];
  if (stepAxis === "detuning") {
    for (const { site } of lines) {
      frames.push({ id: `${site}_z`, port: fluxPort(site), frequency_hz: 0, phase_rad: 0 });
    }
  }
  const biasPorts = profile.sites.map(({ id }) => fluxPort(id));
  const barrier = { kind: "barrier" as const, frames: frames.map((frame) => frame.id) };
  // Tones of the scan's points, in no barrier but the one that starts them.
  const pointTones = stepped.map((sites, k) =>
    lines.map((line, i): Tone[] => {
      const tone = (base: string, role: "flux_gain" | "flux_loss", frequency_hz: number): string => {
        const id = `${base}_${k}`;
        frames.push({ id, port: portId({ role, sites: [line.site] }), frequency_hz, phase_rad: 0 });
        return id;
      };
      const settings = sites[i]!;
      return [
        {
          tone: "gain",
          frame: tone(line.gain, "flux_gain", settings.gain_tone_hz),
          amplitude: settings.gain_amplitude,
        },
        {
          tone: "loss",
          frame: tone(line.loss, "flux_loss", settings.loss_tone_hz),
          amplitude: settings.loss_amplitude,
        },
      ];
    }),
  );

  const pulse: Waveform = {
    kind: "gaussian",
    duration_ticks: ticks(assumptions.pulse_duration_s.value, "assumptions.pulse_duration_s"),
    sigma_ticks: assumptions.pulse_sigma_s.value * clock,
  };
  const area_s = gaussianArea(assumptions.pulse_duration_s.value, assumptions.pulse_sigma_s.value);
  const rotate = (rotation: Rotation): SequenceOperation[] => {
    const { transition, angle_rad, phase_rad } = rotation;
    const amplitude = amplitudeForAngle(assumptions, transition, angle_rad, area_s);
    const turned = lines.filter(({ site }) => turns(rotation, site));
    return turned.flatMap((line) => {
      const frame = transition === "01" ? line.f01 : line.f12;
      const play: SequenceOperation = { kind: "play", frame, waveform: pulse, amplitude };
      if (phase_rad === 0) return [play];
      return [
        { kind: "shift_phase", frame, phase_rad: -phase_rad },
        play,
        { kind: "shift_phase", frame, phase_rad },
      ];
    });
  };
  // A scan of the exchange steps through a table; a fixed one is written as it is.
  const exchangeAmplitude = axes.some(({ name }) => name === "exchange")
    ? { table: exchangeTable, axis: "exchange" }
    : knobs.exchange_amplitude[0]!;
  const constant = (duration_ticks: number): Waveform => ({ kind: "constant", duration_ticks });
  const playTones = (played: readonly Tone[], which: string, duration_ticks: number): SequenceOperation[] =>
    played
      .filter(({ tone }) => which === "both" || tone === which)
      .map(({ frame, amplitude }) => ({
        kind: "play",
        frame,
        waveform: constant(duration_ticks),
        amplitude,
      }));
  const reservoirs = (which: string, duration_ticks: number): SequenceOperation[] => {
    if (stepAxis === undefined) {
      const idle = lines.flatMap((line, i) => tonesAt(line, knobs.sites[i]!));
      return playTones(idle, which, duration_ticks);
    }
    const pulsed = stepAxis === "detuning" ? lines : [];
    return [
      ...pulsed.map(
        ({ site }): SequenceOperation => ({
          kind: "play",
          frame: `${site}_z`,
          waveform: constant(duration_ticks),
          amplitude: { table: fluxTable(site), axis: stepAxis },
        }),
      ),
      {
        kind: "branch",
        axis: stepAxis,
        cases: pointTones.map((sites) => {
          const played = sites.flat();
          const start = { kind: "barrier" as const, frames: [...waiting, ...played.map((t) => t.frame)] };
          return [start, ...playTones(played, which, duration_ticks)];
        }),
      },
    ];
  };

  const busy = new Set(
    lines.flatMap(({ site, gain, loss }) =>
      stepAxis === "detuning" ? [gain, loss, `${site}_z`] : [gain, loss],
    ),
  );
  const waiting = barrier.frames.filter((id) => !busy.has(id));
  const quiet = { kind: "barrier" as const, frames: waiting };
  const durationOf = (step: Step, path: string): number =>
    "duration_s" in step ? ticks(step.duration_s, `${path}.duration_s`) : pulse.duration_ticks;

  const lowerSteps = (steps: readonly Step[]): SequenceOperation[] => {
    const body: SequenceOperation[] = [];
    steps.forEach((step, index) => {
      const path = `operations[${index}]`;
      const tones = tonesOf(step);
      if (tones !== "none" && tonesOf(steps[index - 1] ?? { kind: "prepare" }) !== tones) {
        let total = 0;
        for (let k = index; k < steps.length && tonesOf(steps[k]!) === tones; k++) {
          total += durationOf(steps[k]!, `operations[${k}]`);
        }
        body.push(...reservoirs(tones, total));
      }
      const next = steps[index + 1];
      const end = tones !== "none" && next !== undefined && tonesOf(next) === tones ? quiet : barrier;
      switch (step.kind) {
        case "prepare": {
          body.push({
            kind: "reset",
            duration_ticks: ticks(assumptions.reset_duration_s.value, "assumptions.reset_duration_s"),
          });
          for (const line of lines) {
            body.push({ kind: "set_phase", frame: line.f01, phase_rad: 0 });
            body.push({ kind: "set_phase", frame: line.f12, phase_rad: 0 });
          }
          for (const frame of swings) body.push({ kind: "set_phase", frame, phase_rad: 0 });
          break;
        }
        case "stabilise":
          body.push({ kind: "delay", frames: quiet.frames, duration_ticks: durationOf(step, path) }, end);
          break;
        case "rotate":
          body.push(...rotate(step.rotation), end);
          break;
        case "couple": {
          const joined = couplers.filter(({ bond }) => isAmong(step.bonds, bond));
          for (const { frame } of joined) {
            body.push({
              kind: "play",
              frame,
              waveform: constant(durationOf(step, path)),
              amplitude: exchangeAmplitude,
            });
            if (modulation === undefined) continue;
            body.push({
              kind: "play",
              frame: `${frame}_m`,
              waveform: constant(durationOf(step, path)),
              amplitude: modulation.amplitude,
            });
          }
          // Without couplers the operation is a wait.
          if (joined.length === 0) {
            body.push({ kind: "delay", frames: quiet.frames, duration_ticks: durationOf(step, path) });
          }
          body.push(end);
          break;
        }
        case "evolve":
          body.push({
            kind: "delay",
            frames: barrier.frames,
            duration_ticks: ticks(step.duration_s, `${path}.duration_s`),
          });
          break;
        case "measure": {
          body.push({
            kind: "branch",
            axis: "setting",
            cases: step.settings.map((setting) =>
              setting.rotations.flatMap((rotation) => [...rotate(rotation), barrier]),
            ),
          });
          const longest = Math.max(...profile.sites.map((site) => site.readout.duration_s));
          const duration = Math.ceil((longest * clock) / granularity - 1e-6) * granularity;
          for (const line of lines) {
            body.push({
              kind: "play",
              frame: line.tx,
              waveform: constant(duration),
              amplitude: readoutAmplitude,
            });
            body.push({ kind: "capture", frame: line.rx, duration_ticks: duration });
          }
          body.push(barrier);
          break;
        }
      }
    });
    return body;
  };

  const tables: Record<string, readonly number[]> = {};
  if (typeof exchangeAmplitude !== "number") tables[exchangeTable] = knobs.exchange_amplitude;
  if (stepAxis === "detuning") {
    lines.forEach(({ site }, i) => {
      const idle = knobs.sites[i]!.flux_quanta;
      tables[fluxTable(site)] = stepped.map(
        (sites) => (sites[i]!.flux_quanta - idle) / fluxPerAmplitude_quanta,
      );
    });
  }
  const settings = operations.flatMap((operation) =>
    operation.kind === "measure" ? operation.settings : [],
  ).length;

  return {
    device: profile.name,
    clock_hz: clock,
    shots,
    ports: [...new Set([...frames.map((frame) => frame.port), ...biasPorts])],
    frames,
    biases: biasPorts.map((port, i) => ({ port, flux_quanta: knobs.sites[i]!.flux_quanta })),
    axes: [...sizesOf(axes), { name: "setting", size: settings }],
    tables,
    body: chosenSteps(axes, operations, lowerSteps, barrier),
  };
}

interface Tone {
  readonly tone: "gain" | "loss";
  readonly frame: string;
  readonly amplitude: number;
}

function tonesAt(line: Lines, settings: SiteKnobs): Tone[] {
  return [
    { tone: "gain", frame: line.gain, amplitude: settings.gain_amplitude },
    { tone: "loss", frame: line.loss, amplitude: settings.loss_amplitude },
  ];
}

function fluxPort(site: string): string {
  return portId({ role: "flux", sites: [site] });
}

function isAmong(
  bonds: readonly (readonly [string, string])[] | undefined,
  [a, b]: readonly [string, string],
): boolean {
  return bonds === undefined || bonds.some(([x, y]) => (x === a && y === b) || (x === b && y === a));
}

/** Steps as they are, or, between preparation and measurement, in branches over the axes that choose among them. */
function chosenSteps(
  axes: readonly Axis[],
  operations: readonly Operation[],
  lower: (steps: readonly Step[]) => SequenceOperation[],
  barrier: SequenceOperation,
): SequenceOperation[] {
  const names = new Set(operations.flatMap((o) => (o.kind === "choose" ? o.axes : [])));
  if (names.size === 0) return lower(stepsAt(operations, [], {}));
  const sizes = sizesOf(axes);
  const chosen = sizes.filter(({ name }) => names.has(name));
  const isOuter = (o: Operation) => o.kind === "prepare" || o.kind === "measure";
  const branch = (depth: number, point: Record<string, number>): SequenceOperation[] => {
    const axis = chosen[depth];
    if (axis === undefined)
      return lower(
        stepsAt(
          operations.filter((o) => !isOuter(o)),
          sizes,
          point,
        ),
      );
    const cases = Array.from({ length: axis.size }, (_, k) =>
      branch(depth + 1, { ...point, [axis.name]: k }),
    );
    return [{ kind: "branch", axis: axis.name, cases }];
  };
  const outer = (kind: "prepare" | "measure") => lower(operations.filter((o): o is Step => o.kind === kind));
  return [...outer("prepare"), ...branch(0, {}), barrier, ...outer("measure")];
}
