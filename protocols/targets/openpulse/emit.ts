import { createHash } from "node:crypto";
import type { Program } from "#ir/program";
import type { Amplitude, Sequence, SequenceOperation, Waveform } from "#ir/sequence";

/** Version of the emitted subset; raised when a reader of older text would misunderstand it. */
export const openPulseVersion = "1";

/**
 * Writes a sequence as OpenQASM 3 with OpenPulse calibration blocks.
 *
 * Shots are the outermost loop, then one loop for each axis; frames are zeroed in every shot. Static flux biases,
 * which OpenPulse has no statement for, are pragmas. `parseOpenPulse` reads the text back.
 *
 * @returns program text accepted by the reference parser (PyPI `openpulse`)
 */
export function emitOpenPulse(sequence: Sequence): Program {
  const ticks = durationWriter(sequence.clock_hz);
  const lines: string[] = [];
  const indent = (depth: number) => "  ".repeat(depth);
  const index = (axis: string) => `i_${axis}`;

  const amplitude = (value: Amplitude): string =>
    typeof value === "number" ? number(value) : `${value.table}[${index(value.axis)}]`;
  const waveform = (shape: Waveform, scale: Amplitude): string =>
    shape.kind === "constant"
      ? `constant(${amplitude(scale)}, ${ticks(shape.duration_ticks)})`
      : `gaussian(${amplitude(scale)}, ${ticks(shape.duration_ticks)}, ${ticks(shape.sigma_ticks)})`;

  const write = (operation: SequenceOperation, depth: number): void => {
    const put = (text: string) => lines.push(indent(depth) + text);
    switch (operation.kind) {
      case "reset":
        put(`delay[${ticks(operation.duration_ticks)}] ${sequence.frames.map((f) => f.id).join(", ")};`);
        break;
      case "barrier":
        put(`barrier ${operation.frames.join(", ")};`);
        break;
      case "delay":
        put(`delay[${ticks(operation.duration_ticks)}] ${operation.frames.join(", ")};`);
        break;
      case "set_phase":
      case "shift_phase":
        put(`${operation.kind}(${operation.frame}, ${number(operation.phase_rad)});`);
        break;
      case "play":
        put(`play(${operation.frame}, ${waveform(operation.waveform, operation.amplitude)});`);
        break;
      case "capture":
        put(`capture_v1(${operation.frame}, constant(1.0, ${ticks(operation.duration_ticks)}));`);
        break;
      case "branch":
        operation.cases.forEach((body, k) => {
          put(`if (${index(operation.axis)} == ${k}) {`);
          writeBlock(body, depth + 1);
          put("}");
        });
        break;
    }
  };

  /** Branches are statements of the program, everything else belongs into calibration blocks. */
  const writeBlock = (body: readonly SequenceOperation[], depth: number): void => {
    let open = body.length === 0;
    if (open) lines.push(`${indent(depth)}cal {`);
    const close = () => {
      if (open) lines.push(`${indent(depth)}}`);
      open = false;
    };
    for (const operation of body) {
      if (operation.kind === "branch") {
        close();
        write(operation, depth);
      } else {
        if (!open) lines.push(`${indent(depth)}cal {`);
        open = true;
        write(operation, depth + 1);
      }
    }
    close();
  };

  lines.push("OPENQASM 3.0;", 'defcalgrammar "openpulse";');
  lines.push(`pragma entrain version ${openPulseVersion}`);
  lines.push(`pragma entrain device ${sequence.device}`);
  lines.push(`pragma entrain clock_hz ${number(sequence.clock_hz)}`);
  for (const { port, flux_quanta } of sequence.biases) {
    lines.push(`pragma entrain flux_quanta ${port} ${number(flux_quanta)}`);
  }
  lines.push("", `const int shots = ${sequence.shots};`);
  for (const [name, values] of Object.entries(sequence.tables)) {
    lines.push(`array[float[64], ${values.length}] ${name} = {${values.map(number).join(", ")}};`);
  }
  lines.push("", "cal {");
  lines.push("  extern constant(complex[float[64]], duration) -> waveform;");
  lines.push("  extern gaussian(complex[float[64]], duration, duration) -> waveform;");
  lines.push("  extern capture_v1(frame, waveform) -> complex[float[64]];");
  for (const port of sequence.ports) lines.push(`  port ${port};`);
  for (const frame of sequence.frames) {
    lines.push(
      `  frame ${frame.id} = newframe(${frame.port}, ${number(frame.frequency_hz)}, ${number(frame.phase_rad)});`,
    );
  }
  lines.push("}", "");

  lines.push("for int shot in [0:shots - 1] {");
  sequence.axes.forEach((axis, k) => {
    lines.push(`${indent(k + 1)}for int ${index(axis.name)} in [0:${axis.size - 1}] {`);
  });
  const depth = sequence.axes.length + 1;
  writeBlock(sequence.body, depth);
  for (let k = sequence.axes.length; k >= 0; k--) lines.push(`${indent(k)}}`);
  const text = `${lines.join("\n")}\n`;
  return {
    target: "openpulse",
    target_version: openPulseVersion,
    file_name: "program.qasm",
    text,
    sha256: createHash("sha256").update(text).digest("hex"),
  };
}

/** Shortest text that reads back as the same number; always with a point or an exponent. */
function number(value: number): string {
  const text = String(value);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

/** Ticks as exact text: whole nanoseconds when the clock allows, device ticks otherwise. */
function durationWriter(clock_hz: number): (ticks: number) => string {
  const nanoseconds = 1e9 / clock_hz;
  return (ticks) => {
    const ns = ticks * nanoseconds;
    return Number.isInteger(ns) || clock_hz === 1e9 ? `${ns}ns` : `${ticks}dt`;
  };
}
