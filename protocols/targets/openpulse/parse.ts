import { EntrainError } from "#core/errors";
import type { Amplitude, Frame, Sequence, SequenceAxis, SequenceOperation, Waveform } from "#ir/sequence";
import { openPulseVersion } from "./emit.ts";
import { syntaxError, type Token, TokenReader, tokenize } from "./syntax.ts";

/**
 * Reads the OpenQASM 3 / OpenPulse text that `emitOpenPulse` writes, edited by hand or not, back into a sequence.
 *
 * @throws EntrainError `program.syntax` with line and column; `program.undefined` for a frame, port, table or
 * axis that was not declared; `program.version` for text of another version
 */
export function parseOpenPulse(text: string): Sequence {
  return new Parser(text).program();
}

class Parser {
  readonly #in: TokenReader;
  readonly #ports: string[] = [];
  readonly #frames: Frame[] = [];
  readonly #biases: { port: string; flux_quanta: number }[] = [];
  readonly #axes: SequenceAxis[] = [];
  readonly #tables: Record<string, number[]> = {};
  readonly #body: SequenceOperation[] = [];
  #device = "";
  #clock_hz = 0;
  #shots = 0;
  #pastReset = false;

  constructor(text: string) {
    this.#in = new TokenReader(tokenize(text));
  }

  program(): Sequence {
    const input = this.#in;
    input.expect("OPENQASM");
    if (input.number() !== 3) throw syntaxError(input.next, "OPENQASM 3.0");
    input.expect(";", "defcalgrammar");
    if (input.take().text !== '"openpulse"') throw syntaxError(input.next, '"openpulse"');
    input.expect(";");
    while (input.next.kind === "pragma") this.#pragma(input.take());
    if (!(this.#clock_hz > 0)) throw syntaxError(input.next, "pragma entrain clock_hz");
    input.expect("const", "int", "shots", "=");
    this.#shots = input.integer();
    input.expect(";");
    while (input.is("array")) this.#table();
    this.#declarations();
    input.expect("for", "int", "shot", "in", "[");
    if (input.integer() !== 0) throw syntaxError(input.next, "0");
    input.expect(":", "shots", "-");
    if (input.integer() !== 1) throw syntaxError(input.next, "1");
    input.expect("]", "{");
    this.#loops();
    input.expect("}");
    if (input.next.kind !== "end") throw syntaxError(input.next, "end of file");
    for (const bias of this.#biases)
      this.#defined("port", bias.port, this.#ports.includes(bias.port), input.next);
    return {
      device: this.#device,
      clock_hz: this.#clock_hz,
      shots: this.#shots,
      ports: this.#ports,
      frames: this.#frames,
      biases: this.#biases,
      axes: this.#axes,
      tables: this.#tables,
      body: this.#body,
    };
  }

  #pragma(token: Token): void {
    const [, owner, key, ...values] = token.text.trim().split(/\s+/);
    if (owner !== "entrain") return;
    const value = Number(values.at(-1));
    if (key === "version") {
      if (values[0] !== openPulseVersion) {
        throw new EntrainError("program.version", {
          path: `line ${token.line}`,
          message: `this program has version ${values[0]}`,
          found: values[0],
          expected: `version ${openPulseVersion}`,
        });
      }
    } else if (key === "device") this.#device = values[0] ?? "";
    else if (key === "clock_hz" && Number.isFinite(value)) this.#clock_hz = value;
    else if (key === "flux_quanta" && values.length === 2 && Number.isFinite(value)) {
      this.#biases.push({ port: values[0]!, flux_quanta: value });
    } else throw syntaxError(token, "version, device, clock_hz or flux_quanta PORT VALUE");
  }

  #table(): void {
    const input = this.#in;
    input.expect("array", "[", "float", "[");
    input.integer();
    input.expect("]", ",");
    const size = input.integer();
    input.expect("]");
    const name = input.name();
    input.expect("=", "{");
    const values = [input.number()];
    while (input.accept(",")) values.push(input.number());
    if (values.length !== size) throw syntaxError(input.next, `${size} numbers in ${name}`);
    input.expect("}", ";");
    this.#tables[name] = values;
  }

  #declarations(): void {
    const input = this.#in;
    input.expect("cal", "{");
    while (!input.accept("}")) {
      if (input.accept("extern")) input.skipPast(";");
      else if (input.accept("port")) {
        this.#ports.push(input.name());
        input.expect(";");
      } else {
        input.expect("frame");
        const id = input.name();
        input.expect("=", "newframe", "(");
        const place = input.next;
        const port = input.name();
        this.#defined("port", port, this.#ports.includes(port), place);
        input.expect(",");
        const frequency_hz = input.number();
        input.expect(",");
        const phase_rad = input.number();
        input.expect(")", ";");
        this.#frames.push({ id, port, frequency_hz, phase_rad });
      }
    }
  }

  #loops(): void {
    const input = this.#in;
    if (input.accept("for")) {
      input.expect("int");
      const name = input.name();
      if (!name.startsWith("i_")) throw syntaxError(input.next, "an index named i_AXIS");
      input.expect("in", "[");
      if (input.integer() !== 0) throw syntaxError(input.next, "0");
      input.expect(":");
      const size = input.integer() + 1;
      input.expect("]", "{");
      this.#axes.push({ name: name.slice(2), size });
      this.#loops();
      input.expect("}");
      return;
    }
    while (!input.is("}")) {
      if (input.is("if")) this.#body.push(this.#branch());
      else this.#body.push(...this.#cal());
    }
  }

  #cal(): SequenceOperation[] {
    const input = this.#in;
    input.expect("cal", "{");
    const operations: SequenceOperation[] = [];
    while (!input.accept("}")) operations.push(this.#operation());
    return operations;
  }

  #branch(): SequenceOperation {
    const input = this.#in;
    const cases: SequenceOperation[][] = [];
    let axis = "";
    do {
      input.expect("if", "(");
      const place = input.next;
      const name = this.#axisName(input.name(), place);
      if (axis !== "" && name !== axis) throw syntaxError(place, `a branch on i_${axis}`);
      axis = name;
      input.expect("==");
      if (input.integer() !== cases.length) throw syntaxError(place, `case ${cases.length}`);
      input.expect(")", "{");
      const body: SequenceOperation[] = [];
      while (!input.accept("}")) {
        if (input.is("if")) body.push(this.#branch());
        else body.push(...this.#cal());
      }
      cases.push(body);
    } while (input.is("if"));
    return { kind: "branch", axis, cases };
  }

  #operation(): SequenceOperation {
    const input = this.#in;
    const place = input.next;
    const word = input.name();
    switch (word) {
      case "delay": {
        input.expect("[");
        const duration_ticks = this.#ticks();
        input.expect("]");
        const frames = this.#frameList();
        // The first statement of a shot is its passive reset.
        const first = !this.#pastReset;
        this.#pastReset = true;
        return first ? { kind: "reset", duration_ticks } : { kind: "delay", frames, duration_ticks };
      }
      case "barrier":
        this.#pastReset = true;
        return { kind: "barrier", frames: this.#frameList() };
      case "set_phase":
      case "shift_phase": {
        this.#pastReset = true;
        input.expect("(");
        const frame = this.#frame();
        input.expect(",");
        const phase_rad = input.number();
        input.expect(")", ";");
        return { kind: word, frame, phase_rad };
      }
      case "play": {
        this.#pastReset = true;
        input.expect("(");
        const frame = this.#frame();
        input.expect(",");
        const { waveform, amplitude } = this.#waveform();
        input.expect(")", ";");
        return { kind: "play", frame, waveform, amplitude };
      }
      case "capture_v1": {
        this.#pastReset = true;
        input.expect("(");
        const frame = this.#frame();
        input.expect(",");
        const { waveform } = this.#waveform();
        input.expect(")", ";");
        return { kind: "capture", frame, duration_ticks: waveform.duration_ticks };
      }
      default:
        throw syntaxError(place, "play, delay, barrier, set_phase, shift_phase or capture_v1");
    }
  }

  #waveform(): { waveform: Waveform; amplitude: Amplitude } {
    const input = this.#in;
    const place = input.next;
    const kind = input.name();
    input.expect("(");
    const amplitude = this.#amplitude();
    input.expect(",");
    const duration_ticks = this.#ticks();
    if (!Number.isInteger(duration_ticks) || duration_ticks < 1)
      throw syntaxError(place, "a whole number of ticks");
    let waveform: Waveform;
    if (kind === "constant") waveform = { kind, duration_ticks };
    else if (kind === "gaussian") {
      input.expect(",");
      waveform = { kind, duration_ticks, sigma_ticks: this.#ticks() };
    } else throw syntaxError(place, "constant or gaussian");
    input.expect(")");
    return { waveform, amplitude };
  }

  #amplitude(): Amplitude {
    const input = this.#in;
    if (input.next.kind !== "name") return input.number();
    const place = input.next;
    const table = input.name();
    this.#defined("table", table, table in this.#tables, place);
    input.expect("[");
    const axisPlace = input.next;
    const axis = this.#axisName(input.name(), axisPlace);
    const size = this.#axes.find((a) => a.name === axis)!.size;
    if (this.#tables[table]!.length < size) throw syntaxError(place, `a table of ${size} numbers`);
    input.expect("]");
    return { table, axis };
  }

  #axisName(name: string, place: Token): string {
    const axis = name.slice(2);
    this.#defined("axis", name, name.startsWith("i_") && this.#axes.some((a) => a.name === axis), place);
    return axis;
  }

  #ticks(): number {
    const token = this.#in.take();
    const match = /^(.*?)(dt|ns|us|ms|s)$/.exec(token.text);
    if (token.kind !== "duration" || !match) throw syntaxError(token, "a duration such as 40ns");
    const value = Number(match[1]);
    if (match[2] === "dt") return value;
    const perSecond = { ns: 1e9, us: 1e6, ms: 1e3, s: 1 }[match[2] as "ns" | "us" | "ms" | "s"];
    const ticks = (value * this.#clock_hz) / perSecond;
    return Math.abs(ticks - Math.round(ticks)) < 1e-6 ? Math.round(ticks) : ticks;
  }

  #frame(): string {
    const place = this.#in.next;
    const id = this.#in.name();
    this.#defined(
      "frame",
      id,
      this.#frames.some((frame) => frame.id === id),
      place,
    );
    return id;
  }

  #frameList(): string[] {
    const frames = [this.#frame()];
    while (this.#in.accept(",")) frames.push(this.#frame());
    this.#in.expect(";");
    return frames;
  }

  #defined(what: string, name: string, known: boolean, place: Token): void {
    if (known) return;
    throw new EntrainError("program.undefined", {
      path: `line ${place.line}, column ${place.column}`,
      message: `the ${what} "${name}" is not declared`,
      found: name,
      expected: `a declared ${what}`,
    });
  }
}
