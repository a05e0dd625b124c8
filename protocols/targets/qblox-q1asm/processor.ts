import { compute, unsigned } from "./arithmetic.ts";
import { type Assembled, asmError, type Instruction, type Operand } from "./instructions.ts";
import { limits } from "./limits.ts";
import { RealTime, type SequencerSetup, type Window } from "./realtime.ts";

export interface SequencerRun {
  /** Arrival at each `wait_sync`, ns. */
  readonly syncs: readonly number[];
  readonly windows: readonly Window[];
  /** Shots after these windows that were shown to repeat the last one. */
  readonly repeated: number;
  readonly end: number;
}

export interface SequencerCase extends SequencerSetup {
  readonly program: Assembled;
  /** Passages of `point` in one shot. */
  readonly points: number;
}

/** State of a sequencer when a loop jumps back. */
interface LoopTurn {
  readonly key: string;
  readonly time: number;
  readonly registers: readonly number[];
  readonly windows: number;
}

/** Instructions carried out before the reader gives up. */
const budget = 20_000_000;

/**
 * Carries out the program of one sequencer: registers and jumps of the classical processor, waits, latched settings,
 * waveforms and acquisitions of the real-time one.
 *
 * A shot loop that comes round with the same registers (bins aside, which may only count up) and the same output is
 * not run to its end: what follows repeats.
 *
 * @throws EntrainError `program.…` with sequencer and line for whatever the processor would flag: spacing below 4 ns,
 * registers read too early, waveforms cut short, bins and indices out of range
 */
export class Processor {
  readonly #case: SequencerCase;
  readonly #registers = new Array<number>(limits.registers).fill(0);
  readonly #binCounters: ReadonlySet<number>;
  readonly #loops = new Map<number, LoopTurn>();
  #pc = 0;
  #written = -1;
  #zero = false;
  #repeated = 0;
  readonly #signals: RealTime;

  constructor(description: SequencerCase) {
    this.#case = description;
    this.#signals = new RealTime(description);
    this.#binCounters = binCounters(description.program.instructions);
  }

  run(): SequencerRun {
    const { instructions, labels } = this.#case.program;
    const point = labels.get("point");
    for (let count = 0; count < budget; count++) {
      if (this.#pc === point) this.#signals.enterPoint();
      const instruction = instructions[this.#pc];
      if (!instruction) {
        throw asmError("runs_out", this.#case.where, instructions.length, "the program runs past its end");
      }
      if (instruction.mnemonic === "stop") {
        this.#signals.stop(instruction);
        const { syncs, windows, time } = this.#signals;
        return { syncs, windows, repeated: this.#repeated, end: time };
      }
      this.#pc++;
      this.#step(instruction);
    }
    const last = instructions[this.#pc]!;
    throw asmError(
      "too_long",
      this.#case.where,
      last.line,
      `no end after ${budget} instructions, and the shots do not repeat each other`,
    );
  }

  #read(instruction: Instruction, operand: Operand): number {
    if (operand.kind !== "register") return operand.value;
    if (operand.value === this.#written) {
      const message = `R${operand.value} is read right after it was written`;
      throw asmError("register", this.#case.where, instruction.line, message);
    }
    return this.#registers[operand.value]!;
  }

  #step(instruction: Instruction): void {
    const { mnemonic, operands } = instruction;
    const values = operands.map((operand, k) =>
      writes.has(mnemonic) && k === operands.length - 1 ? operand.value : this.#read(instruction, operand),
    );
    this.#written = -1;
    const [a, b, c] = values as [number, number, number];
    switch (mnemonic) {
      case "nop":
      case "set_mrk":
        return;
      case "jmp":
        this.#pc = a;
        return;
      case "jlt":
        if (unsigned(a) < unsigned(b)) this.#pc = c;
        return;
      case "jge":
        if (unsigned(a) >= unsigned(b)) this.#pc = c;
        return;
      case "jz":
        if (this.#zero) this.#pc = a;
        return;
      case "jnz":
        if (!this.#zero) this.#pc = a;
        return;
      case "loop": {
        const counter = operands[0]!.value;
        const left = unsigned(a - 1);
        this.#write(counter, left);
        if (left === 0) this.#loops.delete(this.#pc - 1);
        else this.#loopBack(counter, b);
        return;
      }
      case "move":
        this.#write(b, a);
        return;
      case "not":
        this.#arithmetic(~a, b);
        return;
      case "cmp":
        this.#zero = unsigned(a - b) === 0;
        return;
      case "test":
        this.#zero = (a & b) === 0;
        return;
      case "add":
      case "sub":
      case "and":
      case "or":
      case "xor":
      case "asl":
      case "lsl":
      case "asr":
      case "lsr":
        this.#arithmetic(compute(mnemonic, a, b), c);
        return;
      default:
        this.#signals.signal(instruction, values);
    }
  }

  #write(register: number, value: number): void {
    this.#registers[register] = unsigned(value);
    this.#written = register;
  }

  #arithmetic(value: number, register: number): void {
    this.#zero = unsigned(value) === 0;
    this.#write(register, value);
  }

  /** Jumps back, or past the loop when its remaining turns are known to repeat the last one. */
  #loopBack(counter: number, target: number): void {
    const here = this.#pc - 1;
    const { windows } = this.#signals;
    this.#pc = target;
    // Only a loop that waits, or one that closes a whole shot, can be told to repeat.
    const idle = this.#idle(target, here);
    if (!idle && windows.length % this.#case.points !== 0) return;
    const before = this.#loops.get(here);
    const now = {
      key: this.#stateKey(counter),
      time: this.#signals.time,
      registers: [...this.#registers],
      windows: windows.length,
    };
    this.#loops.set(here, now);
    if (before?.key !== now.key || !this.#countsOnly(counter, here)) return;
    const passed = now.windows - before.windows;
    const wholeShot = passed === this.#case.points;
    if (!wholeShot && !(passed === 0 && idle)) return;
    const left = this.#registers[counter]!;
    if (wholeShot) {
      this.#signals.closeWindow();
      this.#repeated += left;
    }
    for (const r of this.#binCounters) {
      this.#registers[r] = unsigned(now.registers[r]! + left * (now.registers[r]! - before.registers[r]!));
    }
    this.#signals.skip(left * (now.time - before.time));
    this.#write(counter, 0);
    this.#loops.delete(here);
    this.#pc = here + 1;
  }

  /** Everything that decides what comes next, times relative to now; counters of this loop and of bins left out. */
  #stateKey(counter: number): string {
    return JSON.stringify([
      this.#registers.map((value, r) => (r === counter || this.#binCounters.has(r) ? null : value)),
      this.#zero,
      this.#signals.state,
    ]);
  }

  /** True when a register is set and counted down by this loop and used nowhere else. */
  #countsOnly(counter: number, loop: number): boolean {
    return this.#case.program.instructions.every(({ mnemonic, operands }, at) =>
      operands.every(
        (operand, k) =>
          operand.kind !== "register" ||
          operand.value !== counter ||
          at === loop ||
          (mnemonic === "move" && k === 1 && operands[0]!.kind === "number"),
      ),
    );
  }

  /** True when the loop's body does nothing but wait. */
  #idle(from: number, to: number): boolean {
    return this.#case.program.instructions
      .slice(from, to)
      .every(({ mnemonic }) => mnemonic === "wait" || mnemonic === "nop");
  }
}

/** Their last operand is the register that is written. */
const writes: ReadonlySet<string> = new Set([
  "move",
  "not",
  "add",
  "sub",
  "and",
  "or",
  "xor",
  "asl",
  "asr",
  "lsl",
  "lsr",
]);

/** Registers that are only ever counted up by a fixed number and used as a bin: they may differ between shots. */
function binCounters(instructions: readonly Instruction[]): Set<number> {
  const candidates = new Set<number>();
  const spoilt = new Set<number>();
  for (const { mnemonic, operands } of instructions) {
    operands.forEach((operand, k) => {
      if (operand.kind !== "register") return;
      const r = operand.value;
      const counting =
        mnemonic === "add" && operands[1]!.kind === "number" && operands[0]!.value === operands[2]!.value;
      if (mnemonic === "acquire" && k === 1) candidates.add(r);
      else if (!(counting || (mnemonic === "move" && k === 1 && operands[0]!.kind === "number")))
        spoilt.add(r);
    });
  }
  return new Set([...candidates].filter((r) => !spoilt.has(r)));
}
