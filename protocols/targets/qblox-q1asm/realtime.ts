import { signed, unsigned } from "./arithmetic.ts";
import { asmError, type Instruction } from "./instructions.ts";
import { limits } from "./limits.ts";

/** What the output of a sequencer is told to be; new values wait for the next real-time instruction. */
interface Output {
  gain: readonly [number, number];
  offset: readonly [number, number];
  /** NCO frequency in quarters of a Hz. */
  frequency: number;
  /** Time of the last phase reset, ns. */
  reference: number;
  /** Phase offset since then, 1e-9 turn. */
  phase: number;
}

/** A stretch of output or an acquisition, as the real-time processor carries it out; times in ns. */
export type RawEvent = {
  readonly start: number;
  readonly end: number;
  /** NCO frequency in quarters of a Hz; its phase at t is `phase`·1e-9 + f(t − reference) turns. */
  readonly frequency: number;
  readonly reference: number;
  readonly phase: number;
} & (
  | { readonly kind: "offset"; readonly codes: readonly [number, number] }
  | {
      readonly kind: "wave";
      readonly codes: readonly [number, number];
      readonly waves: readonly [number, number];
    }
  | { readonly kind: "acquire"; readonly index: number; readonly bin: number }
);

/** What happened from one passage of the label `point` to the next; times since then. */
export interface Window {
  readonly start: number;
  readonly duration: number;
  readonly events: readonly RawEvent[];
}

/** What a sequencer is loaded and set up with, apart from its program. */
export interface SequencerSetup {
  readonly where: string;
  /** Samples of each waveform index. */
  readonly lengths: ReadonlyMap<number, number>;
  /** Bins of each acquisition index. */
  readonly bins: ReadonlyMap<number, number>;
  /** 0 where nothing is acquired. */
  readonly integration_ns: number;
  readonly nco_hz: number;
}

/**
 * The real-time half of a sequencer: waits, settings that are latched by the next real-time instruction, waveforms,
 * acquisitions. Keeps what happens in windows that begin with `enterPoint`.
 */
export class RealTime {
  readonly #setup: SequencerSetup;
  #time = 0;
  #output: Output;
  #next: { reset: boolean; phase?: number; delta: number; frequency?: number } = { reset: false, delta: 0 };
  #nextGain: readonly [number, number] = [limits.full_scale - 1, limits.full_scale - 1];
  #nextOffset: readonly [number, number] = [0, 0];
  #toneSince = 0;
  #waveEnd = 0;
  #acquireEnd = Number.NEGATIVE_INFINITY;
  #open = false;
  #line = 0;
  readonly syncs: number[] = [];
  readonly windows: { start: number; duration: number; events: RawEvent[] }[] = [];

  constructor(setup: SequencerSetup) {
    this.#setup = setup;
    this.#output = {
      gain: this.#nextGain,
      offset: this.#nextOffset,
      frequency: Math.round(setup.nco_hz / limits.nco_step_hz),
      reference: 0,
      phase: 0,
    };
  }

  get time(): number {
    return this.#time;
  }

  enterPoint(): void {
    this.closeWindow();
    this.windows.push({ start: this.#time, duration: 0, events: [] });
    this.#open = true;
  }

  closeWindow(): void {
    this.#closeTone();
    const window = this.windows.at(-1);
    if (window && this.#open) window.duration = this.#time - window.start;
    this.#open = false;
  }

  /** Ends the last window and makes sure that nothing is left on. */
  stop(instruction: Instruction): void {
    this.closeWindow();
    if (this.#nextOffset.some((code) => code !== 0) || this.#output.offset.some((code) => code !== 0)) {
      this.#fail(instruction, "tone_left_on", "the output is left on at the end");
    }
  }

  /** Everything that decides what comes next, times relative to now. */
  get state(): readonly unknown[] {
    return [
      { ...this.#output, reference: this.#output.reference - this.#time },
      this.#next,
      this.#nextGain,
      this.#nextOffset,
      Math.max(0, this.#waveEnd - this.#time),
      Math.max(0, this.#acquireEnd - this.#time),
    ];
  }

  /** Lets time pass in which what was before repeats. */
  skip(duration: number): void {
    this.#time += duration;
    this.#output = { ...this.#output, reference: this.#output.reference + duration };
    this.#toneSince += duration;
    this.#waveEnd += duration;
    this.#acquireEnd += duration;
  }

  #fail(instruction: Instruction, code: string, message: string, found?: unknown, expected?: string): never {
    throw asmError(code, this.#setup.where, instruction.line, message, found, expected);
  }

  /** Carries out one instruction that has to do with signals. */
  signal(instruction: Instruction, [a, b, c]: readonly number[]): void {
    this.#line = instruction.line;
    switch (instruction.mnemonic) {
      case "set_freq": {
        const frequency = signed(a!, 32);
        if (Math.abs(frequency * limits.nco_step_hz) > limits.nco_hz) {
          this.#fail(instruction, "range", "the NCO reaches ±500 MHz", frequency * limits.nco_step_hz);
        }
        this.#next.frequency = frequency;
        return;
      }
      case "reset_ph":
        this.#next.reset = true;
        return;
      case "set_ph":
        this.#next.phase = unsigned(a!);
        return;
      case "set_ph_delta":
        this.#next.delta += unsigned(a!);
        return;
      case "set_awg_gain":
        this.#nextGain = [this.#code(instruction, 0, a!), this.#code(instruction, 1, b!)];
        return;
      case "set_awg_offs":
        this.#nextOffset = [this.#code(instruction, 0, a!), this.#code(instruction, 1, b!)];
        return;
      case "upd_param":
        this.#latch(instruction);
        this.#wait(instruction, a!);
        return;
      case "play":
        this.#latch(instruction);
        this.#play(instruction, [a!, b!]);
        this.#wait(instruction, c!);
        return;
      case "acquire":
        this.#latch(instruction);
        this.#acquire(instruction, a!, b!);
        this.#wait(instruction, c!);
        return;
      case "wait":
        this.#wait(instruction, a!);
        return;
      case "wait_sync":
        this.syncs.push(this.#time);
        this.#wait(instruction, a!);
        return;
    }
  }

  /** 16 bits of a register, or a number that must fit them. */
  #code(instruction: Instruction, k: number, value: number): number {
    if (instruction.operands[k]!.kind === "register") return signed(value, 16);
    if (value < -limits.full_scale || value >= limits.full_scale) {
      this.#fail(instruction, "range", "gains and offsets have 16 bits", value, "−32768 … 32767");
    }
    return value;
  }

  #wait(instruction: Instruction, duration: number): void {
    if (duration < limits.min_wait_ns || duration > 65_535) {
      this.#fail(instruction, "spacing", `a wait of ${duration} ns`, duration, "4 … 65535 ns");
    }
    this.#time += duration;
  }

  /** Takes over everything set since the last real-time instruction. */
  #latch(instruction: Instruction): void {
    const next = this.#next;
    const before = this.#output;
    const after: Output = { ...before, gain: this.#nextGain, offset: this.#nextOffset };
    if (next.reset) {
      after.reference = this.#time;
      after.phase = 0;
    }
    if (next.phase !== undefined) after.phase = next.phase;
    if (next.delta !== 0) after.phase = after.phase + next.delta;
    after.phase %= limits.phase_steps;
    if (next.frequency !== undefined && next.frequency !== before.frequency) {
      // The phase runs on through the change.
      const turned = (before.frequency - next.frequency) * (this.#time - after.reference);
      after.phase = (after.phase + turned / 4) % limits.phase_steps;
      after.frequency = next.frequency;
    }
    this.#next = { reset: false, delta: 0 };
    const changed = JSON.stringify({ ...after, gain: 0 }) !== JSON.stringify({ ...before, gain: 0 });
    const gainChanged = after.gain[0] !== before.gain[0] || after.gain[1] !== before.gain[1];
    if ((changed || gainChanged) && this.#waveEnd > this.#time) {
      this.#fail(instruction, "unsupported", "settings change while a waveform plays");
    }
    if (changed) this.#closeTone();
    this.#output = after;
  }

  /** Ends the stretch of constant output that stands. */
  #closeTone(): void {
    const { offset } = this.#output;
    if ((offset[0] !== 0 || offset[1] !== 0) && this.#time > this.#toneSince) {
      this.#emit({ kind: "offset", codes: offset, ...this.#carrier(this.#toneSince, this.#time) });
    }
    this.#toneSince = this.#time;
  }

  #carrier(start: number, end: number) {
    const { frequency, reference, phase } = this.#output;
    return { start, end, frequency, reference, phase };
  }

  #emit(event: RawEvent): void {
    const window = this.windows.at(-1);
    if (!window || !this.#open) {
      throw asmError("outside_point", this.#setup.where, this.#line, "a signal outside the label `point`");
    }
    const at = window.start;
    window.events.push({
      ...event,
      start: event.start - at,
      end: event.end - at,
      reference: event.reference - at,
    });
  }

  #play(instruction: Instruction, waves: readonly [number, number]): void {
    const lengths = waves.map((index) => this.#setup.lengths.get(index));
    if (lengths[0] === undefined || lengths[1] === undefined) {
      this.#fail(instruction, "undefined", "there is no waveform with this index", waves);
    }
    if (this.#waveEnd > this.#time) {
      this.#fail(instruction, "unsupported", "a waveform starts before the last one has ended");
    }
    const { offset, gain } = this.#output;
    if (offset[0] !== 0 || offset[1] !== 0) {
      this.#fail(instruction, "unsupported", "a waveform on top of a tone");
    }
    this.#waveEnd = this.#time + Math.max(...(lengths as number[]));
    this.#emit({ kind: "wave", codes: gain, waves, ...this.#carrier(this.#time, this.#waveEnd) });
  }

  #acquire(instruction: Instruction, index: number, bin: number): void {
    const bins = this.#setup.bins.get(index);
    if (bins === undefined) this.#fail(instruction, "undefined", "there is no such acquisition", index);
    if (bin >= bins) this.#fail(instruction, "bins", "bin out of range", bin, `below ${bins}`);
    if (this.#setup.integration_ns === 0) {
      this.#fail(instruction, "unsupported", "the sequencer has no integration length");
    }
    if (this.#time < this.#acquireEnd) {
      this.#fail(instruction, "spacing", "an acquisition begins before the last one has ended");
    }
    this.#acquireEnd = this.#time + Math.max(this.#setup.integration_ns, limits.acquisition_spacing_ns);
    const carrier = this.#carrier(this.#time, this.#time + this.#setup.integration_ns);
    this.#emit({ kind: "acquire", index, bin, ...carrier });
  }
}
