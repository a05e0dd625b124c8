import { invalidInput } from "#core/errors";
import { isStabilised, type Operation, type Rotation } from "#ir/operations";
import type { Frame, Sequence, SequenceOperation, Waveform } from "#ir/sequence";
import type { TransmonKnobs } from "./forward.ts";
import { portId } from "./ports.ts";
import { amplitudeForAngle, gaussianArea } from "./pulses.ts";
import type { TransmonProfile } from "./schema.ts";

/** Fraction of full scale of the read-out tone; its level does not enter the three-outcome model. */
const readoutAmplitude = 0.15;
const exchangeTable = "exchange_amplitude";

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
 * Each operation ends in a barrier over all frames, except that gain and loss tones play without a break through a
 * run of stabilised operations, whose barriers leave them out. Drive frames are zeroed when the shot begins, so that the phase of
 * a frame is 2πf·t since then; a rotation about φ is played at frame phase −φ, because the port's signal is
 * Re[envelope·e^{i(2πft+θ)}] and level m+1 is reached through its e^{−2πift} part.
 *
 * @throws EntrainError `sequence.misaligned` when a duration is not a multiple of the clock's granularity
 */
export function lowerOperations(
  profile: TransmonProfile,
  knobs: TransmonKnobs,
  operations: readonly Operation[],
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
  const biasPorts = profile.sites.map(({ id }) => portId({ role: "flux", sites: [id] }));
  const barrier = { kind: "barrier" as const, frames: frames.map((frame) => frame.id) };

  const pulse: Waveform = {
    kind: "gaussian",
    duration_ticks: ticks(assumptions.pulse_duration_s.value, "assumptions.pulse_duration_s"),
    sigma_ticks: assumptions.pulse_sigma_s.value * clock,
  };
  const area_s = gaussianArea(assumptions.pulse_duration_s.value, assumptions.pulse_sigma_s.value);
  const rotate = ({ transition, angle_rad, phase_rad }: Rotation): SequenceOperation[] => {
    const amplitude = amplitudeForAngle(assumptions, transition, angle_rad, area_s);
    return lines.flatMap((line) => {
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
  const constant = (duration_ticks: number): Waveform => ({ kind: "constant", duration_ticks });
  const reservoirs = (duration_ticks: number): SequenceOperation[] =>
    lines.flatMap((line, i) => [
      {
        kind: "play",
        frame: line.gain,
        waveform: constant(duration_ticks),
        amplitude: knobs.sites[i]!.gain_amplitude,
      },
      {
        kind: "play",
        frame: line.loss,
        waveform: constant(duration_ticks),
        amplitude: knobs.sites[i]!.loss_amplitude,
      },
    ]);

  const quiet = {
    kind: "barrier" as const,
    frames: barrier.frames.filter((id) => !lines.some((line) => id === line.gain || id === line.loss)),
  };
  const durationOf = (operation: Operation, path: string): number =>
    "duration_s" in operation ? ticks(operation.duration_s, `${path}.duration_s`) : pulse.duration_ticks;

  const body: SequenceOperation[] = [];
  let settings = 0;
  operations.forEach((operation, index) => {
    const path = `operations[${index}]`;
    const stabilised = isStabilised(operation);
    if (stabilised && !isStabilised(operations[index - 1] ?? { kind: "prepare" })) {
      let total = 0;
      for (let k = index; k < operations.length && isStabilised(operations[k]!); k++) {
        total += durationOf(operations[k]!, `operations[${k}]`);
      }
      body.push(...reservoirs(total));
    }
    const next = operations[index + 1];
    const end = stabilised && next !== undefined && isStabilised(next) ? quiet : barrier;
    switch (operation.kind) {
      case "prepare": {
        body.push({
          kind: "reset",
          duration_ticks: ticks(assumptions.reset_duration_s.value, "assumptions.reset_duration_s"),
        });
        for (const line of lines) {
          body.push({ kind: "set_phase", frame: line.f01, phase_rad: 0 });
          body.push({ kind: "set_phase", frame: line.f12, phase_rad: 0 });
        }
        break;
      }
      case "stabilise":
        body.push({ kind: "delay", frames: quiet.frames, duration_ticks: durationOf(operation, path) }, end);
        break;
      case "rotate":
        body.push(...rotate(operation.rotation), end);
        break;
      case "couple": {
        for (const { frame } of couplers) {
          body.push({
            kind: "play",
            frame,
            waveform: constant(durationOf(operation, path)),
            amplitude: { table: exchangeTable, axis: "exchange" },
          });
        }
        // Without couplers the operation is a wait.
        if (couplers.length === 0) {
          body.push({ kind: "delay", frames: quiet.frames, duration_ticks: durationOf(operation, path) });
        }
        body.push(end);
        break;
      }
      case "evolve":
        body.push({
          kind: "delay",
          frames: frames.map((frame) => frame.id),
          duration_ticks: ticks(operation.duration_s, `${path}.duration_s`),
        });
        break;
      case "measure": {
        settings = operation.settings.length;
        body.push({
          kind: "branch",
          axis: "setting",
          cases: operation.settings.map((setting) =>
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

  return {
    device: profile.name,
    clock_hz: clock,
    shots,
    ports: [...new Set([...frames.map((frame) => frame.port), ...biasPorts])],
    frames,
    biases: biasPorts.map((port, i) => ({ port, flux_quanta: knobs.sites[i]!.flux_quanta })),
    axes: [
      { name: "exchange", size: knobs.exchange_amplitude.length },
      { name: "setting", size: settings },
    ],
    tables: { [exchangeTable]: knobs.exchange_amplitude },
    body,
  };
}
