import type { Clock } from "#devices/transports/serial/port";
import {
  decimal,
  FakeBoard,
  frequencyReport,
  pllReaches,
  runStatus,
  scan,
} from "../instrument/fake-board.ts";

/** Change of level of a clock output; `tick` counts system-clock cycles from the run's first rising edge. */
export interface ClockEdge {
  readonly clock: number;
  readonly tick: number;
  readonly level: 0 | 1;
}

/** Quirks of the genuine firmware that a test may switch off to see that a countermeasure is needed. */
export interface PrawnBlasterQuirks {
  /** The busy message is cut at 127 bytes, without a terminator. */
  readonly busyIsCut: boolean;
  /** `set` does not compare the address with the clock's own share of the memory. */
  readonly addressesOverlap: boolean;
  /** A payload row is half-period first; the firmware's documentation says repetitions first. */
  readonly halfPeriodFirst: boolean;
}

const genuine: PrawnBlasterQuirks = { busyIsCut: true, addressesOverlap: true, halfPeriodFirst: true };

const maxInstructions = 30_000;
const maxWaits = 400;
/** Cycles of a half-period that the program itself takes. */
const path = 5;
const timedOut = 4_294_967_295;
/** Cycles from `start` to the first edge, about; the genuine firmware scatters by some tens. */
const startup = 6000;
const unset = 100;

/** PrawnBlaster 1.1.1 as observed: lines, replies, memory and edges. Waits always run into their timeout. */
export class FakePrawnBlaster extends FakeBoard {
  readonly quirks: PrawnBlasterQuirks;
  readonly version: string;
  /** Every level change of the last run or of `go`; cut off by an abort. */
  edges: ClockEdge[] = [];
  /** Told when a run's first edge is due. */
  onRun: (edges: readonly ClockEdge[]) => void = () => {};
  onAbort: () => void = () => {};
  readonly levels: (0 | 1)[] = [0, 0, 0, 0];
  #memory = new Uint32Array(2 * maxInstructions + 8);
  #waits: number[][] = [[], [], [], []];
  #clocks = 1;
  #status: number = runStatus.stopped;
  #clockStatus = 0;
  #frequency_hz = 100_000_000;
  #debug = false;
  #inPins: number[] = [unset, unset, unset, unset];
  #outPins: number[] = [unset, unset, unset, unset];
  #inLevels: (0 | 1)[] = [0, 0, 0, 0];
  #armed = false;
  #end = () => {};

  constructor(
    clock: Clock,
    options: { readonly quirks?: Partial<PrawnBlasterQuirks>; readonly version?: string } = {},
  ) {
    super(clock);
    this.quirks = { ...genuine, ...options.quirks };
    this.version = options.version ?? "1.1.1";
  }

  get status(): number {
    return this.#status;
  }

  get frequency_hz(): number {
    return this.#frequency_hz;
  }

  outputsOff(): boolean {
    return !this.#armed && this.#status !== runStatus.running && this.levels.every((level) => level === 0);
  }

  /** The level of an input pin, from outside. */
  setPin(pin: number, level: 0 | 1) {
    this.#inPins.forEach((wired, clock) => {
      if (wired === pin) this.#inLevels[clock] = level;
    });
    if (this.#armed && level === 1 && this.#inPins[0] === pin) {
      this.#armed = false;
      this.#play(0);
    }
  }

  /** The external clock fails: the board goes on with its own. */
  loseClock() {
    this.#clockStatus = 0;
    this.#frequency_hz = 100_000_000;
    this.say("System Clock Resus'd\r\n");
  }

  protected boot() {
    this.#memory.fill(0);
    this.#waits = [[], [], [], []];
    this.#clocks = 1;
    this.#status = runStatus.stopped;
    this.#clockStatus = 0;
    this.#frequency_hz = 100_000_000;
    this.#debug = false;
    this.#armed = false;
    this.levels.fill(0);
    this.#inPins.fill(unset);
    this.#outPins.fill(unset);
  }

  protected command(line: string) {
    const starts = (word: string) => line.startsWith(word);
    if (starts("version")) return this.say(`version: ${this.version}\r\n`);
    if (starts("board") && this.#boardKnown()) return this.say("board: pico1\r\n");
    if (starts("status")) return this.say(`run-status:${this.#status} clock-status:${this.#clockStatus}\r\n`);
    if (starts("debug on")) return this.#setDebug(true);
    if (starts("debug off")) return this.#setDebug(false);
    if (starts("getfreqs")) {
      for (const row of frequencyReport(this.#frequency_hz / 1000, "\r\n")) this.say(row);
      return this.#ok();
    }
    if (starts("abort")) return this.#abort();
    if (starts("getwait")) return this.#getWait(line);
    if (this.#status !== runStatus.stopped && this.#status !== runStatus.aborted) {
      const message = `Cannot execute command ${line} during buffered execution. Check status first and wait for it to return 0 or 5 (stopped or aborted).\r\n`;
      if (this.quirks.busyIsCut) return this.say(message);
      this.say(message.slice(0, 100));
      return this.say(message.slice(100));
    }
    if (starts("setnumpseudoclocks")) return this.#setClocks(line);
    if (starts("setinpin")) return this.#setPinNumber(line, this.#inPins, this.#outPins, "IN", "OUT");
    if (starts("setoutpin")) return this.#setPinNumber(line, this.#outPins, this.#inPins, "OUT", "IN");
    if (starts("getinpin")) return this.#getPinNumber(line, this.#inPins);
    if (starts("getoutpin")) return this.#getPinNumber(line, this.#outPins);
    if (starts("setclock")) return this.#setClock(line);
    if (starts("setpio")) {
      const [pio] = scan(line, decimal);
      if (pio === undefined) return this.say("invalid request\r\n");
      if (pio > 1) return this.say("You must specify either 0 for PIO0 or 1 for PIO1\r\n");
      return this.#ok();
    }
    if (starts("hwstart")) return this.#start(true);
    if (starts("start")) return this.#start(false);
    if (starts("set ")) return this.#set(line);
    if (starts("get ")) return this.#get(line);
    if (starts("setb ")) return this.#setMany(line);
    if (starts("go high")) return this.#go(line, 1);
    if (starts("go low")) return this.#go(line, 0);
    this.say(`invalid request: ${line}\r\n`);
  }

  #boardKnown(): boolean {
    const [major = 0, minor = 0] = this.version.split(".").map(Number);
    return major > 1 || (major === 1 && minor >= 2);
  }

  #ok() {
    this.say("ok\r\n");
  }

  #setDebug(on: boolean) {
    this.#debug = on;
    this.#ok();
  }

  #chat(text: string) {
    if (this.#debug) this.say(text);
  }

  #abort() {
    if (this.#status !== runStatus.running && this.#status !== runStatus.transitionToRunning) {
      return this.say("Can only abort when status is 1 or 2 (transitioning to running or running)\r\n");
    }
    this.#status = runStatus.abortRequested;
    this.#armed = false;
    this.#end();
    this.levels.fill(0);
    this.edges = [];
    this.onAbort();
    this.later(0.1, () => {
      this.#status = runStatus.aborted;
    });
    this.#ok();
  }

  #getWait(line: string) {
    const [clock, address] = scan(line, decimal);
    if (clock === undefined || address === undefined) return this.say("invalid request\r\n");
    if (clock > 3) return this.say("The specified pseudoclock must be between 0 and 3 (inclusive)\r\n");
    if (address >= Math.floor(maxWaits / this.#clocks) + 1) return this.say("invalid address\r\n");
    const value = this.#waits[clock]![address];
    this.say(value === undefined ? "wait not yet available\r\n" : `${value}\r\n`);
  }

  #setClocks(line: string) {
    const [count] = scan(line, decimal);
    if (count === undefined) return this.say("invalid request\r\n");
    if (count < 1 || count > 4) {
      return this.say("The number of pseudoclocks must be between 1 and 4 (inclusive)\r\n");
    }
    this.#memory.fill(0);
    this.#clocks = count;
    this.#ok();
  }

  #setPinNumber(line: string, own: number[], other: number[], name: string, otherName: string) {
    const [clock, pin] = scan(line, decimal);
    if (clock === undefined || pin === undefined) return this.say("invalid request\r\n");
    if (clock > 3) return this.say("The specified pseudoclock must be between 0 and 3 (inclusive)\r\n");
    if (other.includes(pin)) {
      return this.say(`${name} pin cannot be the same as one of the ${otherName} pins\r\n`);
    }
    const led = name === "OUT" && pin === 25;
    if (pin > 19 && !led) {
      const more = name === "OUT" ? " or 25 (LED for debugging)" : "";
      return this.say(`${name} pin must be between 0 and 19 (inclusive)${more}\r\n`);
    }
    own[clock] = pin;
    this.#ok();
  }

  #getPinNumber(line: string, pins: readonly number[]) {
    const [clock] = scan(line, decimal);
    if (clock === undefined) return this.say("invalid request\r\n");
    if (clock > 3) return this.say("The specified pseudoclock must be between 0 and 3 (inclusive)\r\n");
    this.say(pins[clock] === unset ? "default\r\n" : `${pins[clock]}\r\n`);
  }

  #setClock(line: string) {
    const [source, frequency] = scan(line, decimal);
    if (source === undefined || frequency === undefined || source > 2) return this.say("invalid request\r\n");
    if (frequency > 133_000_000) return this.say("Invalid clock frequency specified\r\n");
    if (source === 0 && !pllReaches(Math.floor(frequency / 1000))) {
      return this.say("Failure. Cannot exactly achieve that clock frequency.\r\n");
    }
    this.#clockStatus = source === 0 ? 0 : 1;
    this.#frequency_hz = frequency;
    this.#ok();
  }

  #configurePins() {
    for (let k = 0; k < this.#clocks; k++) {
      if (this.#inPins[k] === unset) this.#inPins[k] = 2 * k;
      if (this.#outPins[k] === unset) this.#outPins[k] = 9 + 2 * k;
    }
  }

  #go(line: string, level: 0 | 1) {
    const [clock] = scan(line, decimal, 2);
    if (clock === undefined) return this.say("invalid request\r\n");
    if (clock > 3) return this.say("The specified pseudoclock must be between 0 and 3 (inclusive)\r\n");
    this.#configurePins();
    this.edges = this.levels[clock] === level ? [] : [{ clock, tick: 0, level }];
    this.levels[clock] = level;
    this.#ok();
  }

  #base(clock: number): number {
    return clock * (Math.floor((2 * maxInstructions) / this.#clocks) + 2);
  }

  /** @returns false when the row is not taken */
  #store(at: number, half: number, reps: number): boolean {
    if (reps === 0) {
      if (half !== 0 && half < 6) return false;
      this.#memory[at] = 0;
      this.#memory[at + 1] = half === 0 ? 0 : Math.floor((half - 4) / 2);
      return true;
    }
    if (half < path) return false;
    this.#memory[at] = reps;
    this.#memory[at + 1] = half - path;
    return true;
  }

  #set(line: string) {
    const [clock, address, half, reps] = scan(line, decimal);
    if (clock === undefined || address === undefined || half === undefined || reps === undefined) {
      return this.say("invalid request\n");
    }
    if (clock > 3) return this.say("The specified pseudoclock must be between 0 and 3 (inclusive)\r\n");
    const limit = this.quirks.addressesOverlap ? maxInstructions : Math.floor(maxInstructions / this.#clocks);
    if (address >= limit) return this.say("invalid address\r\n");
    if (this.#store(this.#base(clock) + 2 * address, half, reps)) return this.#ok();
    this.say(reps === 0 ? "invalid request\r\n" : "half-period too short\r\n");
  }

  #get(line: string) {
    const [clock, address] = scan(line, decimal);
    if (clock === undefined || address === undefined) return this.say("invalid request\r\n");
    if (clock > 3) return this.say("The specified pseudoclock must be between 0 and 3 (inclusive)\r\n");
    if (address >= maxInstructions) return this.say("invalid address\r\n");
    const at = this.#base(clock) + 2 * address;
    const reps = this.#memory[at]!;
    const stored = this.#memory[at + 1]!;
    const half = reps !== 0 ? stored + path : stored === 0 ? 0 : 2 * stored + 4;
    this.say(`${half} ${reps}\r\n`);
  }

  #setMany(line: string) {
    const [clock, start, count] = scan(line, decimal);
    if (clock === undefined || start === undefined || count === undefined)
      return this.say("invalid request\n");
    if (clock > 3) return this.say("The specified pseudoclock must be between 0 and 3 (inclusive)\r\n");
    if (start + count >= maxInstructions) {
      return this.say(`Invalid address and/or too many instructions (${start} + ${count}).\r\n`);
    }
    this.say("ready\r\n");
    let address = start;
    let badWaits = 0;
    let lastBadWait = 0;
    let short = 0;
    let lastShort = 0;
    const take = (block: Uint8Array) => {
      const view = new DataView(block.buffer);
      for (let at = 0; at + 8 <= block.length; at += 8) {
        const first = view.getUint32(at, true);
        const second = view.getUint32(at + 4, true);
        const [half, reps] = this.quirks.halfPeriodFirst ? [first, second] : [second, first];
        const cell = this.#base(clock) + 2 * address;
        if (this.#store(cell, half, reps)) {
          address++;
        } else if (reps === 0) {
          badWaits++;
          lastBadWait = Math.floor((cell + 1) / 2);
        } else {
          short++;
          lastShort = Math.floor((cell + 1) / 2);
          this.say("half-period too short\r\n");
        }
      }
    };
    this.expectPayload(8 * count, 256, take, () => {
      if (badWaits === 0 && short === 0) return this.#ok();
      // The summary of short half-periods hangs on the other counter: with those alone, nothing more is said.
      if (badWaits === 0) return;
      this.say(
        `Invalid half-period for wait in ${badWaits} instructions, most recent error at instruction ${lastBadWait}. Skipping these instructions.\r\n`,
      );
      this.say(
        `Too short half-period in ${short} instructions, most recent error at instruction ${lastShort}. Skipping these instructions.\r\n`,
      );
    });
  }

  #start(hardware: boolean) {
    this.#configurePins();
    this.#waits = [[], [], [], []];
    this.edges = [];
    this.levels.fill(0);
    this.#ok();
    const rows = this.#rows(0);
    const empty = Array.from({ length: this.#clocks }, (_, k) => this.#rows(k)).every(
      (list) => list.length === 0,
    );
    const waits = rows.filter(([reps]) => reps === 0).length;
    if (empty) {
      this.#chat("Pseudoclock 0 has no instructions. It will not run this time.\r\n");
      return;
    }
    this.#chat(`Will send ${rows.length} instructions containing ${waits} waits to pseudoclock 0\r\n`);
    this.#chat("Tight loop for pseudoclock 0 beginning\r\n");
    this.#status = runStatus.running;
    if (hardware) {
      this.#armed = true;
      if (this.#inLevels[0] === 1) this.setPin(this.#inPins[0]!, 1);
    } else {
      this.#play(startup);
    }
  }

  /** Rows of a clock up to its stop: repetitions and stored half-period. */
  #rows(clock: number): [reps: number, stored: number][] {
    const rows: [number, number][] = [];
    const base = this.#base(clock);
    const words = Math.floor((2 * maxInstructions) / this.#clocks) + 2;
    for (let at = base; at < base + words; at += 2) {
      if (this.#memory[at] === 0 && this.#memory[at + 1] === 0) break;
      rows.push([this.#memory[at]!, this.#memory[at + 1]!]);
    }
    return rows;
  }

  /** Edges of all clocks, as far as they fit into a list of a million; longer runs only take their time. */
  #play(lead: number) {
    const edges: ClockEdge[] = [];
    const waits: number[][] = [[], [], [], []];
    let end = 0;
    for (let clock = 0; clock < this.#clocks; clock++) {
      let tick = 0;
      for (const [reps, stored] of this.#rows(clock)) {
        if (reps === 0) {
          // A wait costs its timeout and eight cycles of the program around it.
          tick += 2 * stored + 4 + 8;
          waits[clock]!.push(timedOut);
          continue;
        }
        const half = stored + path;
        for (let k = 0; k < reps && edges.length < 1_000_000; k++) {
          edges.push({ clock, tick: tick + 2 * half * k, level: 1 });
          edges.push({ clock, tick: tick + 2 * half * k + half, level: 0 });
        }
        tick += 2 * half * reps;
      }
      waits[clock]!.push(0);
      end = Math.max(end, tick);
    }
    edges.sort((a, b) => a.tick - b.tick || a.clock - b.clock);
    this.edges = edges;
    this.onRun(edges);
    const duration_ms = (1000 * (lead + end)) / this.#frequency_hz;
    this.#end = this.later(duration_ms, () => {
      this.#waits = waits;
      this.#status = runStatus.stopped;
      this.#chat("Tight loop for pseudoclock waits 0 beginning\r\n");
      this.#chat("Tight loops done for pseudoclock 0\r\n");
      this.#chat("Pseudoclock program complete\r\n");
      this.#chat("Draining TX FIFO\r\n");
      this.#chat("Core1 loop ended\r\n");
    });
  }
}
