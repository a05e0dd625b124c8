import type { SequenceAxis } from "#ir/sequence";
import { factorPoints, type Part } from "../factor.ts";
import { limits } from "./limits.ts";
import type { Step } from "./steps.ts";
import type { Code } from "./timing.ts";

/** What the program of one sequencer is made of. */
export interface ProgramPlan {
  /** Lines of explanation at the top. */
  readonly comments: readonly string[];
  readonly shots: number;
  readonly axes: readonly SequenceAxis[];
  readonly branched: readonly SequenceAxis[];
  /** One list for each point of the branched axes. */
  readonly steps: readonly (readonly Step[])[];
  readonly tables: Readonly<Record<string, readonly number[]>>;
  readonly waveIndex: ReadonlyMap<string, number>;
}

export interface ProgramText {
  readonly lines: readonly string[];
  /** Instructions that the sequencer holds. */
  readonly instructions: number;
  readonly registers: number;
  /** Upper estimate of the classical processor's time for one point, ns. */
  readonly classical_ns: number;
}

/** Waits longer than this many full instructions become a loop. */
const unrolledWaits = 3;
/** Lead of the classical processor over the first signals, ns. */
const lead_ns = 1000;

/** An amplitude that changes along an axis, kept in a register. */
interface Sweep {
  readonly axis: string;
  readonly codes: readonly number[];
  /** Register that holds the 16-bit value at the current point. */
  readonly value: number;
  /** Evenly spaced: a 16.16 number and its step. */
  readonly ramp?: { readonly accumulator: number; readonly start: number; readonly step: number };
}

/**
 * Writes the Q1ASM of one sequencer: shots outermost, one loop for each axis, the label `point` where a shot at a point
 * begins. Amplitudes that are evenly spaced are counted up, others looked up; what differs between points is branched.
 */
export function writeProgram(plan: ProgramPlan): ProgramText {
  return new Writer(plan).write();
}

class Writer {
  readonly #plan: ProgramPlan;
  readonly #lines: string[] = [];
  #instructions = 0;
  #registers = 0;
  #labels = 0;
  #pointStart = 0;
  #classical = 0;
  readonly #index = new Map<string, number>();
  readonly #sweeps = new Map<string, Sweep>();
  #bin = -1;
  #zero = -1;
  #waits = -1;

  constructor(plan: ProgramPlan) {
    this.#plan = plan;
  }

  write(): ProgramText {
    const { shots, axes, branched, steps, comments } = this.#plan;
    const parts = factorPoints(branched, steps, sameStep);
    for (const comment of comments) this.#lines.push(`# ${comment}`);
    this.#allocate(parts);
    const shotCounter = this.#register();
    const counters = axes.map(() => this.#register());
    if (this.#bin >= 0) this.#put("move", [0, `R${this.#bin}`], "bin: shot × points + point");
    if (this.#zero >= 0) this.#put("move", [0, `R${this.#zero}`]);
    this.#put("move", [shots, `R${shotCounter}`], "shots");
    this.#put("wait_sync", [limits.min_wait_ns]);
    this.#put("upd_param", [lead_ns], "lead of the classical processor");
    this.#label(axes.length === 0 ? "point" : "shot");
    axes.forEach((axis, k) => {
      const index = this.#index.get(axis.name);
      if (index !== undefined) this.#put("move", [0, `R${index}`]);
      for (const { axis: along, ramp } of this.#sweeps.values()) {
        if (along === axis.name && ramp) this.#put("move", [ramp.start, `R${ramp.accumulator}`]);
      }
      // Last, so that no register is read right after it was written.
      this.#put("move", [axis.size, `R${counters[k]!}`], axis.name);
      this.#label(k === axes.length - 1 ? "point" : `next_${axis.name}`);
    });
    this.#pointStart = this.#instructions;
    this.#lookUp();
    this.#parts(parts);
    if (this.#bin >= 0) this.#put("add", [`R${this.#bin}`, 1, `R${this.#bin}`]);
    for (let k = axes.length - 1; k >= 0; k--) {
      const axis = axes[k]!;
      for (const { axis: along, ramp } of this.#sweeps.values()) {
        if (along !== axis.name || !ramp) continue;
        this.#put("add", [`R${ramp.accumulator}`, ramp.step, `R${ramp.accumulator}`]);
      }
      const index = this.#index.get(axis.name);
      if (index !== undefined) this.#put("add", [`R${index}`, 1, `R${index}`]);
      this.#put(
        "loop",
        [`R${counters[k]!}`, k === axes.length - 1 ? "@point" : `@next_${axis.name}`],
        axis.name,
      );
    }
    this.#put("loop", [`R${shotCounter}`, axes.length === 0 ? "@point" : "@shot"], "shots");
    this.#classical = (this.#instructions - this.#pointStart) * 3 * limits.cycle_ns;
    this.#put("stop", []);
    return {
      lines: this.#lines,
      instructions: this.#instructions,
      registers: this.#registers,
      classical_ns: this.#classical,
    };
  }

  /** Registers for what the steps need: swept amplitudes, indices of axes that are branched on, bins, long waits. */
  #allocate(parts: readonly Part<Step>[]): void {
    const { axes, tables } = this.#plan;
    const visit = (part: Part<Step>): void => {
      if (part.kind === "branch") {
        this.#indexOf(part.axis);
        for (const body of part.cases) body.forEach(visit);
        return;
      }
      const { gain, offset, operation, wait } = part.step;
      for (const code of [gain, offset]) {
        if (code === null || typeof code === "number") continue;
        if (this.#zero < 0) this.#zero = this.#register();
        const key = JSON.stringify(code);
        if (this.#sweeps.has(key)) continue;
        const codes = tables[code.table]!.slice(0, axes.find((axis) => axis.name === code.axis)?.size);
        const ramp = rampOf(codes);
        const value = this.#register();
        if (ramp)
          this.#sweeps.set(key, {
            axis: code.axis,
            codes,
            value,
            ramp: { ...ramp, accumulator: this.#register() },
          });
        else {
          this.#indexOf(code.axis);
          this.#sweeps.set(key, { axis: code.axis, codes, value });
        }
      }
      if (typeof operation === "object" && "acquire" in operation && this.#bin < 0)
        this.#bin = this.#register();
      if (wait > (unrolledWaits + 1) * limits.max_wait_ns && this.#waits < 0) this.#waits = this.#register();
    };
    parts.forEach(visit);
  }

  #register(): number {
    return this.#registers++;
  }

  #indexOf(axis: string): number {
    const known = this.#index.get(axis);
    if (known !== undefined) return known;
    const register = this.#register();
    this.#index.set(axis, register);
    return register;
  }

  /** Brings every swept amplitude of this point into its register. */
  #lookUp(): void {
    for (const { axis, codes, value, ramp } of this.#sweeps.values()) {
      if (ramp) {
        this.#put("asr", [`R${ramp.accumulator}`, 16, `R${value}`], `amplitude along ${axis}`);
      } else {
        const done = `found_${++this.#labels}`;
        const index = this.#indexOf(axis);
        codes.forEach((code, k) => {
          this.#put(
            "move",
            [code >= 0 ? code : 2 ** 32 + code, `R${value}`],
            k === 0 ? `amplitude along ${axis}` : "",
          );
          if (k < codes.length - 1) this.#put("jlt", [`R${index}`, k + 1, `@${done}`]);
        });
        this.#label(done);
      }
      this.#put("nop", []);
    }
  }

  #parts(parts: readonly Part<Step>[]): void {
    for (const part of parts) {
      if (part.kind === "step") this.#step(part.step);
      else this.#branch(part);
    }
  }

  #branch(part: Extract<Part<Step>, { kind: "branch" }>): void {
    const name = `${part.axis}_${++this.#labels}`;
    const index = this.#indexOf(part.axis);
    // Neighbouring cases that do the same are one.
    const texts = part.cases.map((body) => JSON.stringify(body));
    const starts = texts.flatMap((text, k) => (k > 0 && text === texts[k - 1] ? [] : [k]));
    starts.forEach((from, n) => {
      const next = starts[n + 1];
      const to = (next ?? part.cases.length) - 1;
      if (n > 0) this.#label(`${name}_case_${from}`);
      const which = from === to ? `${from}` : `${from} to ${to}`;
      if (next !== undefined) {
        this.#put("jge", [`R${index}`, next, `@${name}_case_${next}`], `${part.axis} ${which}`);
      }
      this.#parts(part.cases[from]!);
      if (next !== undefined) this.#put("jmp", [`@${name}_end`]);
    });
    this.#label(`${name}_end`);
    this.#put("nop", []);
  }

  #step({ reset, phase, gain, offset, operation, wait }: Step): void {
    if (reset) this.#put("reset_ph", []);
    if (phase !== null)
      this.#put("set_ph", [phase], `${Number((phase / limits.phase_steps).toFixed(6))} turn`);
    if (gain !== null) this.#put("set_awg_gain", this.#pair(gain));
    if (offset !== null) this.#put("set_awg_offs", this.#pair(offset), offset === 0 ? "tone off" : "tone on");
    const [first, ...rest] = splitWait(wait);
    if (operation === "upd_param") this.#put("upd_param", [first!]);
    else if ("play" in operation) {
      const index = this.#plan.waveIndex.get(operation.play)!;
      this.#put("play", [index, index, first!], operation.play);
    } else this.#put("acquire", [operation.acquire, `R${this.#bin}`, first!]);
    this.#wait(rest);
  }

  #wait(waits: readonly number[]): void {
    const full = waits.filter((wait) => wait === limits.max_wait_ns).length;
    if (full <= unrolledWaits) {
      for (const wait of waits) this.#put("wait", [wait]);
      return;
    }
    const label = `wait_${++this.#labels}`;
    this.#put("move", [full, `R${this.#waits}`]);
    this.#label(label);
    this.#put("wait", [limits.max_wait_ns]);
    this.#put("loop", [`R${this.#waits}`, `@${label}`]);
    for (const wait of waits.slice(full)) this.#put("wait", [wait]);
  }

  /** The two paths of a gain or offset: the signal on the first, nothing on the second. */
  #pair(code: Code): (string | number)[] {
    if (typeof code === "number") return [code, 0];
    return [`R${this.#sweeps.get(JSON.stringify(code))!.value}`, `R${this.#zero}`];
  }

  #label(name: string): void {
    this.#lines.push(`${name}:`);
  }

  #put(mnemonic: string, operands: readonly (string | number)[], comment = ""): void {
    this.#instructions++;
    const text = `      ${mnemonic.padEnd(13)}${operands.join(",")}`.trimEnd();
    this.#lines.push(comment === "" ? text : `${text.padEnd(48)} # ${comment}`);
  }
}

/** Waits that add up, each one allowed: full ones first. */
export function splitWait(wait: number): number[] {
  const { max_wait_ns: most, min_wait_ns: least } = limits;
  if (wait <= most) return [wait];
  const full = Math.floor(wait / most);
  const rest = wait - full * most;
  const waits = new Array<number>(full).fill(most);
  if (rest === 0) return waits;
  if (rest >= least) return [...waits, rest];
  return [...waits.slice(1), most - least, rest + least];
}

/** Start and step in 16.16 such that the upper half counts exactly through the codes, if there are such. */
function rampOf(codes: readonly number[]): { start: number; step: number } | undefined {
  if (codes.length < 3) return undefined;
  const step = Math.round(((codes.at(-1)! - codes[0]!) * 65_536) / (codes.length - 1));
  const start = codes[0]! * 65_536 + 32_768;
  if (codes.some((code, k) => Math.floor((start + k * step) / 65_536) !== code)) return undefined;
  const word = (value: number) => ((value % 2 ** 32) + 2 ** 32) % 2 ** 32;
  return { start: word(start), step: word(step) };
}

function sameStep(steps: readonly Step[]): Step | undefined {
  const texts = steps.map((step) => JSON.stringify(step));
  return texts.every((text) => text === texts[0]) ? steps[0] : undefined;
}
