import type { Clock } from "#devices/transports/serial/port";
import {
  decimal,
  FakeBoard,
  frequencyReport,
  hexadecimal,
  pllReaches,
  runStatus,
  scan,
} from "../instrument/fake-board.ts";

/** The sixteen outputs from this tick on; ticks of the system clock, counted from the first word of a run. */
export interface WordChange {
  readonly tick: number;
  readonly word: number;
}

export interface PrawnDoQuirks {
  /** An abort stops the state machine and leaves the outputs as they are. */
  readonly abortKeepsOutputs: boolean;
}

const maxInstructions = 30_000;
const outputMask = 0xffff;

/** PrawnDO 1.3.1 on an RP2040 as observed. */
export class FakePrawnDo extends FakeBoard {
  readonly quirks: PrawnDoQuirks;
  readonly version: string;
  /** Words of the last run. */
  words: WordChange[] = [];
  #memory = new Uint32Array(2 * maxInstructions);
  #count = 0;
  #status: number = runStatus.stopped;
  #clockStatus = 0;
  #frequency_hz = 100_000_000;
  #debug = false;
  #adding = false;
  #outputs = 0;
  #armed = false;
  #runStart_ms: number | undefined;
  #end = () => {};

  constructor(
    clock: Clock,
    options: { readonly quirks?: Partial<PrawnDoQuirks>; readonly version?: string } = {},
  ) {
    super(clock);
    this.quirks = { abortKeepsOutputs: true, ...options.quirks };
    this.version = options.version ?? "1.3.1";
  }

  get status(): number {
    return this.#status;
  }

  get frequency_hz(): number {
    return this.#frequency_hz;
  }

  /** The outputs as they are now. */
  get outputs(): number {
    if (this.#runStart_ms === undefined) return this.#outputs;
    const tick = ((this.clock.now() - this.#runStart_ms) * this.#frequency_hz) / 1000;
    let word = this.#outputs;
    for (const change of this.words) if (change.tick <= tick) word = change.word;
    return word;
  }

  outputsOff(): boolean {
    const busy = this.#status === runStatus.running || this.#status === runStatus.transitionToRunning;
    return !busy && this.outputs === 0;
  }

  /** The trigger pin, from outside. */
  trigger() {
    if (!this.#armed) return;
    this.#armed = false;
    this.#play();
  }

  loseClock() {
    this.#clockStatus = 0;
    this.#frequency_hz = 100_000_000;
    this.say("System Clock Resus'd\r\n");
  }

  protected boot() {
    this.#count = 0;
    this.#memory.fill(0);
    this.#status = runStatus.stopped;
    this.#clockStatus = 0;
    this.#frequency_hz = 100_000_000;
    this.#debug = false;
    this.#adding = false;
    this.#outputs = 0;
    this.#armed = false;
    this.#runStart_ms = undefined;
    this.say("Prawn Digital Output online\r\n");
  }

  protected command(line: string) {
    if (this.#adding) return this.#addLine(line);
    if (line.length < 3) return this.say(`Invalid command: ${line}\r\n`);
    const starts = (word: string) => line.startsWith(word);
    if (starts("ver")) return this.say(`Version: ${this.version}\r\n`);
    if (starts("brd")) return this.say("board: pico1\r\n");
    if (starts("sts")) return this.say(`run-status:${this.#status} clock-status:${this.#clockStatus}\r\n`);
    if (starts("deb")) return this.#setDebug(true);
    if (starts("ndb")) return this.#setDebug(false);
    if (starts("abt")) return this.#abort();
    if (this.#status !== runStatus.stopped && this.#status !== runStatus.aborted) {
      return this.say(`Cannot execute command ${line} during buffered execution.\r\n`);
    }
    if (starts("cls")) {
      this.#count = 0;
      return this.#ok();
    }
    if (starts("run")) return this.#start(true);
    if (starts("swr")) return this.#start(false);
    if (starts("man")) {
      const [word] = scan(line, hexadecimal);
      if (word === undefined) return this.say("invalid request\r\n");
      this.#outputs = word & outputMask;
      this.#runStart_ms = undefined;
      this.words = [{ tick: 0, word: this.#outputs }];
      return this.#ok();
    }
    if (starts("gto")) return this.say(`${this.outputs.toString(16)}\r\n`);
    if (starts("set")) return this.#set(line);
    if (starts("get")) return this.#get(line);
    if (starts("add")) {
      this.#adding = true;
      return;
    }
    if (starts("adm")) return this.#addMany(line);
    if (starts("dmp")) return this.#dump();
    if (starts("len")) {
      this.say(`Number of command lines: ${this.#count}\r\n`);
      return this.say(`Number of instructions: ${Math.floor(this.#count / 2)}\r\n`);
    }
    if (starts("clk")) return this.#setClock(line);
    if (starts("cur")) {
      const reps = this.#memory[this.#count - 1] ?? 0;
      this.say(`Output: ${(this.#memory[this.#count - 2] ?? 0).toString(16)}\r\n`);
      this.say(`Reps: ${reps + 4}\r\n`);
      if (reps === 0) this.say("Wait\r\n");
      return;
    }
    if (starts("frq")) {
      for (const row of frequencyReport(this.#frequency_hz / 1000, "\r\n")) this.say(row);
      return;
    }
    this.say(`Invalid command: ${line}\r\n`);
  }

  #ok() {
    this.say("ok\r\n");
  }

  #setDebug(on: boolean) {
    this.#debug = on;
    this.#ok();
  }

  #abort() {
    if (this.#status !== runStatus.running && this.#status !== runStatus.transitionToRunning) {
      return this.say("Can only abort when status is 1 or 2\r\n");
    }
    this.#outputs = this.quirks.abortKeepsOutputs ? this.outputs : 0;
    this.#runStart_ms = undefined;
    this.#status = runStatus.abortRequested;
    this.#armed = false;
    this.#end();
    this.later(0.1, () => {
      this.#status = runStatus.aborted;
    });
    this.#ok();
  }

  #set(line: string) {
    const [address, word, reps] = scan(line, hexadecimal);
    if (address === undefined || word === undefined || reps === undefined)
      return this.say("Invalid instruction\r\n");
    if (address >= maxInstructions)
      return this.say(`Invalid instruction address ${address.toString(16)}\r\n`);
    if (word > outputMask) return this.say(`Invalid output specification ${word.toString(16)}\r\n`);
    if (reps !== 0 && reps < 5)
      return this.say(`Reps must be 0 or greater than 4, got ${reps.toString(16)}\r\n`);
    const at = 2 * address;
    this.#memory[at] = word;
    this.#memory[at + 1] = reps === 0 ? 0 : reps - 4;
    const second = reps === 0 && address !== 0 && this.#memory[at - 1] === 0;
    if (at + 1 > this.#count || second) this.#count = at + 2;
    this.#ok();
  }

  #get(line: string) {
    const [address] = scan(line, hexadecimal);
    if (address === undefined) return this.say("Invalid request\r\n");
    if (2 * address + 1 > this.#count) return this.say("Invalid address\r\n");
    const reps = this.#memory[2 * address + 1]!;
    const cycles = reps === 0 ? 0 : reps + 4;
    this.say(`${this.#memory[2 * address]!.toString(16)} ${cycles.toString(16)}\r\n`);
  }

  #addLine(line: string) {
    if (line.startsWith("end")) {
      this.#adding = false;
      return this.#ok();
    }
    const [word, reps] = scan(line, hexadecimal, 0);
    if (word === undefined || reps === undefined) return;
    if (word > outputMask || (reps !== 0 && reps < 5)) {
      this.#adding = false;
      return this.say(
        word > outputMask
          ? `Invalid output specification ${word.toString(16)}\r\n`
          : `Reps must be 0 or greater than 4, got ${reps.toString(16)}\r\n`,
      );
    }
    this.#memory[this.#count++] = word;
    this.#memory[this.#count++] = reps === 0 ? 0 : reps - 4;
  }

  #addMany(line: string) {
    const [start, count] = scan(line, hexadecimal);
    if (start === undefined || count === undefined) return this.say("Invalid request\r\n");
    if (start + count > maxInstructions) {
      return this.say(`Invalid address and/or too many instructions (${start} + ${count}).\r\n`);
    }
    this.say("ready\r\n");
    this.#count = 2 * start;
    let bad = 0;
    let lastBad = 0;
    const take = (block: Uint8Array) => {
      const view = new DataView(block.buffer);
      for (let at = 0; at + 6 <= block.length; at += 6) {
        this.#memory[this.#count++] = view.getUint16(at, true);
        let reps = view.getUint32(at + 2, true);
        if (reps !== 0 && reps < 5) {
          bad++;
          lastBad = Math.floor((this.#count + 1) / 2);
          reps = 0;
        }
        this.#memory[this.#count++] = reps === 0 ? 0 : reps - 4;
      }
    };
    this.expectPayload(6 * count, 6 * 42, take, () => {
      if (bad === 0) return this.#ok();
      this.say(
        `Invalid number of reps in ${bad} instructions, most recent error at instruction ${lastBad}. Setting reps to zero for these instructions.\r\n`,
      );
    });
  }

  #dump() {
    for (let at = 0; at < this.#count; at += 2) {
      const reps = this.#memory[at + 1]!;
      this.say(`do_cmd: ${this.#memory[at]!.toString(16).padStart(4, "0")}\r\n`);
      this.say(reps === 0 ? "\tWait\r\n" : `\treps: ${(reps + 4).toString(16)}\r\n`);
    }
  }

  #setClock(line: string) {
    const [source, frequency] = scan(line, decimal);
    if (source === undefined || frequency === undefined) return this.say("invalid clock request\r\n");
    if (source > 2) return this.say("invalid clock source request\r\n");
    if (frequency > 133_000_000) return this.say("invalid clock frequency request\r\n");
    if (source === 0 && !pllReaches(Math.floor(frequency / 1000))) {
      return this.say("Failure. Cannot exactly achieve that clock frequency\r\n");
    }
    this.#clockStatus = source === 0 ? 0 : 1;
    this.#frequency_hz = frequency;
    this.#ok();
  }

  #start(hardware: boolean) {
    this.#ok();
    this.#outputs = this.outputs;
    this.#runStart_ms = undefined;
    this.#status = runStatus.running;
    this.#armed = hardware;
    if (this.#debug) this.say(`hwstart: ${hardware ? 1 : 0}\r\n`);
    if (!hardware) this.#play();
  }

  #play() {
    const words: WordChange[] = [];
    let tick = 0;
    let ended = false;
    for (let at = 0; at < this.#count; at += 2) {
      const reps = this.#memory[at + 1]!;
      words.push({ tick, word: this.#memory[at]! });
      if (reps === 0) {
        // The row after a wait decides: zero again is the end. A second trigger is not modelled.
        ended = at + 2 < this.#count && this.#memory[at + 3] === 0;
        break;
      }
      tick += reps + 4;
    }
    this.words = words;
    this.#runStart_ms = this.clock.now();
    if (!ended) return;
    this.#end = this.later((1000 * tick) / this.#frequency_hz, () => {
      this.#outputs = words.at(-1)?.word ?? this.#outputs;
      this.#runStart_ms = undefined;
      this.#status = runStatus.stopped;
    });
  }
}
