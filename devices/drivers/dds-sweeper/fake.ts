import type { Clock } from "#devices/transports/serial/port";
import { decimal, FakeBoard, float, frequencyReport, pllReaches, scan } from "../instrument/fake-board.ts";
import { Ad9959, type ToneWords } from "./ad9959.ts";
import {
  amplitudeWord,
  clearBytes,
  type DdsQuirks,
  ddsStatus,
  frequencyWord,
  genuineQuirks,
  modeNames,
  phaseWord,
  rowComplaint,
} from "./fake-dialect.ts";
import {
  amplitudeBytes,
  frequencyBytes,
  InstructionTable,
  payloadBytes,
  phaseBytes,
  sweepFraction,
  type TableShape,
} from "./fake-table.ts";

/** Words of one channel from this cycle of the board's clock on. */
export interface ToneChange extends ToneWords {
  readonly cycle: number;
  readonly channel: number;
}

const boardClock_hz = 125_000_000;
/** Synchronising the synthesiser takes two milliseconds before a table runs. */
const transition_ms = 2;

/**
 * DDS-sweeper 0.4.0 on an RP2040 as observed, with the AD9959 behind it. Tables of single tones run; those of frequency
 * sweeps are stored as the board stores them, the other modes are accepted and not stored.
 */
export class FakeDdsSweeper extends FakeBoard {
  readonly quirks: DdsQuirks;
  readonly version: string;
  readonly chip = new Ad9959();
  /** Everything written to the synthesiser's bus since it was last taken. */
  bus: number[] = [];
  /** Cycles of the board at which IO_UPDATE rose in the present run. */
  updates: number[] = [];
  /** Words in force during the present run. */
  tones: ToneChange[] = [];
  /** What the board would do wrong with the triggers it was given. */
  faults: string[] = [];
  readonly #table = new InstructionTable();
  #shape: TableShape = { mode: 1, channels: 1, mirror: false, internalTiming: false };
  #status: number = ddsStatus.stopped;
  #debug: boolean;
  #external = false;
  #reference_hz = boardClock_hz;
  #multiplier = 4;
  #triggers = 0;
  #row = 0;
  #ready = false;
  #cancelRun = () => {};
  #abortPending = false;

  constructor(
    clock: Clock,
    options: { readonly quirks?: Partial<DdsQuirks>; readonly version?: string } = {},
  ) {
    super(clock);
    this.quirks = { ...genuineQuirks, ...options.quirks };
    this.version = options.version ?? "0.4.0";
    this.#debug = this.quirks.debugAtBoot;
  }

  get status(): number {
    return this.#status;
  }

  get system_hz(): number {
    return this.#reference_hz * this.#multiplier;
  }

  outputsOff(): boolean {
    const busy: number[] = [ddsStatus.transitionToRunning, ddsStatus.running];
    return this.chip.silent && !busy.includes(this.#status);
  }

  /** The bus bytes since the last call, as hex. */
  takeBus(): string {
    const hex = this.bus.map((byte) => byte.toString(16).padStart(2, "0")).join("");
    this.bus = [];
    return hex;
  }

  /**
   * A rising edge at the trigger pin.
   *
   * @param cycle - of the board's clock, for the trace
   */
  trigger(cycle: number) {
    if (this.#status !== ddsStatus.running || !this.#ready) return;
    if (this.#shape.internalTiming) {
      this.#ready = false;
      return this.#runInternally(cycle);
    }
    this.#advance(cycle);
  }

  protected boot() {
    this.chip.clear();
    this.bus = [];
    this.#debug = this.quirks.debugAtBoot;
    this.#table.memory.fill(0);
    this.#table.stop = 0;
    this.#shape = { mode: 1, channels: 1, mirror: false, internalTiming: false };
    this.#status = ddsStatus.stopped;
    this.#external = false;
    this.#reference_hz = boardClock_hz;
    this.#multiplier = 4;
    this.#triggers = 0;
    this.#ready = false;
  }

  protected command(line: string) {
    const starts = (word: string) => line.startsWith(word);
    if (starts("version")) return this.say(`${this.version}\n`);
    if (starts("board")) return this.say("pico1\n");
    if (starts("status")) return this.say(`${this.#status}\n`);
    if (starts("clkstatus")) {
      return this.say(`${this.#external ? 1 : 0} ${this.#reference_hz.toFixed(6)} ${this.#multiplier}\n`);
    }
    if (starts("debug on") || starts("debug off")) {
      this.#debug = starts("debug on");
      return this.#ok();
    }
    if (starts("getfreqs")) {
      for (const row of frequencyReport(boardClock_hz / 1000, "\n")) this.say(row);
      return this.#ok();
    }
    if (starts("numtriggers")) return this.say(`${this.#triggers}\n`);
    if (starts("reset")) {
      this.#abort();
      this.#reset();
      return this.#ok();
    }
    if (starts("abort")) {
      this.#abort();
      return this.#ok();
    }
    if (this.#status !== ddsStatus.stopped && this.#status !== ddsStatus.aborted) {
      const message = `Cannot execute command "${line}" during buffered execution. Check status first and wait for it to return stopped (0) or aborted (4).\n`;
      if (this.quirks.busyIsCut) return this.say(message);
      this.say(message.slice(0, 100));
      return this.say(message.slice(100));
    }
    if (starts("readtable")) {
      for (const text of this.#table.dump(this.#shape)) this.say(text);
      return;
    }
    if (starts("getmode")) {
      this.say(`${this.#shape.channels} active channels\n`);
      return this.say(`Mode ${this.#shape.mode} - ${modeNames[this.#shape.mode]}\n`);
    }
    if (starts("setchannels")) return this.#setChannels(line);
    if (starts("setfreq")) return this.#setNow(line, "setfreq");
    if (starts("setphase")) return this.#setNow(line, "setphase");
    if (starts("setamp")) return this.#setNow(line, "setamp");
    if (starts("setclock")) return this.#setClock(line);
    if (starts("mode")) return this.#setMode(line);
    if (starts("set ") || starts("seti ")) return this.#setRow(line, starts("seti "));
    if (starts("setb ")) return this.#setMany(line);
    if (starts("start")) return this.#start(false);
    if (starts("hwstart")) return this.#start(true);
    this.say(`Unrecognized Command: "${line}"\n`);
  }

  #ok() {
    this.say("ok\n");
  }

  #chat(text: string) {
    if (this.#debug) this.say(text);
  }

  #spi(bytes: Iterable<number>) {
    const list = [...bytes];
    this.bus.push(...list);
    this.chip.write(Uint8Array.from(list));
  }

  #setMultiplier() {
    const vco = this.system_hz >= 255_000_000 ? 0x80 : 0;
    this.#spi([1, vco | (this.#multiplier << 2), 0, 0]);
  }

  #reset() {
    this.#cancelRun();
    this.#status = ddsStatus.stopped;
    this.#ready = false;
    this.#abortPending = false;
    // Mode 1 comes with the row size of mode 0, as the firmware has it.
    this.#shape = { ...this.#shape, mode: 1, channels: 1, mirror: false };
    this.#setMultiplier();
    this.#spi(clearBytes);
    this.chip.update();
  }

  #abort() {
    if (this.#status === ddsStatus.running) {
      this.#cancelRun();
      this.#ready = false;
      this.#status = ddsStatus.aborting;
      this.#cancelRun = this.later(0.1, () => {
        this.#status = ddsStatus.aborted;
      });
    } else if (this.#status === ddsStatus.transitionToRunning) {
      // The run that is being prepared overwrites the request, or never looks at it.
      this.#status = ddsStatus.aborting;
      this.#abortPending = !this.quirks.losesEarlyAbort;
    }
  }

  #setChannels(line: string) {
    const [count] = scan(line, decimal);
    if (count === undefined) return this.say("Missing Argument - expected: setchannels <num:int>\n");
    if (count > 4) return this.say("Invalid Channels - expected: num must be in range 0-4\n");
    this.#shape = { ...this.#shape, channels: Math.max(count, 1), mirror: count === 0 };
    this.#ok();
  }

  #setNow(line: string, name: "setfreq" | "setphase" | "setamp") {
    const [channel] = scan(line, decimal);
    const value = scan(line, float)[1];
    if (channel === undefined || value === undefined) {
      const few =
        name === "setfreq" ? "too few arguments - " : name === "setphase" ? "too few arguments - " : "";
      const argument = name === "setamp" ? "<amp:double>" : "<frequency:double>";
      return this.say(`Missing Argument - ${few}expected: ${name} <channel:int> ${argument}\n`);
    }
    if (channel > 3) {
      const what = name === "setfreq" ? "num" : "channel";
      return this.say(`Invalid Channel - ${what} must be in range 0-3\n`);
    }
    this.#spi([0, 2 | (1 << (channel + 4))]);
    if (name === "setfreq") this.#spi([4, ...frequencyBytes(frequencyWord(value, this.system_hz))]);
    else if (name === "setphase") this.#spi([5, ...phaseBytes(phaseWord(value))]);
    else this.#spi([6, ...amplitudeBytes(amplitudeWord(value))]);
    this.chip.update();
    this.#chat(`${name}: ${value}\n`);
    this.#ok();
  }

  #setClock(line: string) {
    const [source, frequency, multiplier] = scan(line, decimal);
    if (source === undefined || frequency === undefined) {
      return this.say("Missing Argument - expected: setclock <mode:int> <freq:int> (<pll_mult:int>)\n");
    }
    if (source > 1) return this.say("Invalid Mode - mode must be in range 0-1\n");
    if (multiplier !== undefined && multiplier !== 1 && (multiplier < 4 || multiplier > 20)) {
      return this.say("Invalid Multiplier: multiplier must be 1 or in range 4-20\n");
    }
    if (multiplier !== undefined && multiplier * frequency > 500e6) {
      // The firmware prints a double as an integer: what shows is its upper half.
      const view = new DataView(new ArrayBuffer(8));
      view.setFloat64(0, multiplier * frequency * 1e-6);
      return this.say(`Requested system clock frequency (${view.getInt32(0)} MHz) exceeds 500 MHz\n`);
    }
    if (source === 0 && !pllReaches(Math.floor(frequency / 1000))) {
      this.say("Failure. Cannot exactly achieve that clock frequency.\n");
    } else {
      this.#reference_hz = frequency;
    }
    if (multiplier !== undefined) {
      this.#multiplier = multiplier;
      this.#setMultiplier();
      this.chip.update();
    }
    this.#external = source === 1;
    this.#ok();
  }

  #setMode(line: string) {
    const [mode, timing] = scan(line, decimal);
    if (mode === undefined || timing === undefined) {
      return this.say("Missing Argument - expected: mode <type:int> <timing:int>\n");
    }
    if (mode > 6) return this.say("Invalid Type - table type must be in range 0-6\n");
    this.#shape = { ...this.#shape, mode, internalTiming: timing !== 0 };
    if (mode === 0) {
      this.#spi([0, 0xf2, 3, 0, 3, 0]);
      this.chip.update();
    }
    this.#ok();
  }

  #minimumCycles(): number {
    const base = this.#shape.mode === 0 ? 250 : 500;
    return base * (1 + this.#shape.channels);
  }

  #setTime(address: number, cycles: number) {
    const taken = this.quirks.clampsTimes ? Math.max(cycles, this.#minimumCycles()) : cycles;
    this.#table.setTime(address, taken - (address === 0 ? 18 : 10));
  }

  #setRow(line: string, integers: boolean) {
    const words = scan(line, integers ? decimal : float);
    const sweep = this.#shape.mode !== 0;
    if (integers && sweep) this.say(`${words.length}\n`);
    const complaint = rowComplaint(this.#table, this.#shape, words, integers);
    if (complaint !== undefined) this.say(complaint);
    else this.#storeRow(words, integers);
    if (complaint === undefined || this.quirks.okAfterErrors) this.#ok();
  }

  #storeRow(words: readonly number[], integers: boolean) {
    const [channel, address, a = 0, b = 0, c = 0, d = 0] = words as [number, number, ...number[]];
    if (channel > 3) {
      this.#table.end(this.#shape, address, channel === 5);
      return;
    }
    if (this.#table.stop === address) this.#table.stop = 0;
    if (this.#shape.mode === 0) {
      const ftw = integers ? a : frequencyWord(a, this.system_hz);
      const asf = integers ? b : amplitudeWord(b);
      const pow = integers ? c : phaseWord(c);
      this.#chat(
        `Set ins #${address} for channel ${channel} with amp: ${(asf / 1023).toFixed(6)} % freq: ${((ftw * this.system_hz) / 2 ** 32).toFixed(6)} Hz phase: ${((pow / 16_383) * 360).toFixed(6)} deg\n`,
      );
      this.#table.singleTone(this.#shape, address, channel, ftw, asf, pow);
      // Seconds are turned into cycles of the reference, though the timer counts the board's own clock.
      if (this.#shape.internalTiming)
        this.#setTime(address, integers ? d : Math.round(d * this.#reference_hz));
    } else if (this.#shape.mode === 2) {
      if (integers) {
        this.#table.frequencySweep(this.#shape, address, channel, { from: a, to: b, delta: c, rate: d });
        return;
      }
      const [from, to] = [frequencyWord(a, this.system_hz), frequencyWord(b, this.system_hz)];
      const sync_s = 4 / this.system_hz;
      const perHz = 2 ** 32 / this.system_hz;
      const { delta, rate } = sweepFraction(c * sync_s * perHz, 2 ** 32 - 1, from < to ? 255 : 1);
      const back = (word: number) => ((word * this.system_hz) / 2 ** 32).toFixed(6);
      const exponential = (delta / rate / perHz / sync_s).toExponential(6).replace(/e([+-])(\d)$/, "e$10$2");
      this.#chat(
        `Set ins #${address} for channel ${channel} from ${back(from)} Hz to ${back(to)} Hz with sweep rate ${exponential} Hz/s\n`,
      );
      this.#table.frequencySweep(this.#shape, address, channel, { from, to, delta, rate });
    }
  }

  #setMany(line: string) {
    const [start, count] = scan(line, decimal);
    if (start === undefined || count === undefined) {
      return this.say("Missing Argument - expected: setb <start addr:int> <instruction count:int>\n");
    }
    if (this.#table.offset(this.#shape, 0, start + count) < 0) {
      return this.say("Insufficient space for instructions\n");
    }
    if (this.quirks.payloadForgetsStop && this.#table.stop <= start + count) this.#table.stop = 0;
    const { mode, channels, internalTiming } = this.#shape;
    const perChannel = payloadBytes[mode]! + (internalTiming ? 4 : 0);
    const row = perChannel * channels;
    this.say(`ready for ${row * count} bytes\n`);
    let address = start;
    const take = (block: Uint8Array) => {
      const view = new DataView(block.buffer);
      for (let at = 0; at + row <= block.length; at += row, address++) {
        if (mode !== 0) continue;
        for (let channel = 0; channel < channels; channel++) {
          const k = at + channel * perChannel;
          const ftw = view.getUint32(k, true);
          this.#table.singleTone(
            this.#shape,
            address,
            channel,
            ftw,
            view.getUint16(k + 4, true),
            view.getUint16(k + 6, true),
          );
          if (internalTiming) this.#setTime(address, view.getUint32(k + 8, true));
        }
      }
    };
    this.expectPayload(row * count, Math.floor(256 / row) * row, take, () => this.#ok());
  }

  #start(hardware: boolean) {
    this.#status = ddsStatus.transitionToRunning;
    this.#abortPending = false;
    this.#ok();
    if (this.#table.stop === 0) {
      // The run gives up without telling the status.
      return this.say("Instruction table does not contain a stop or repeat. Cannot execute!\n");
    }
    this.#triggers = 0;
    this.#row = 0;
    this.updates = [];
    this.tones = [];
    this.faults = [];
    this.#cancelRun = this.later(transition_ms, () => {
      if (this.#abortPending) {
        this.#status = ddsStatus.aborted;
        return;
      }
      this.#status = ddsStatus.running;
      this.#ready = true;
      this.#loadRow();
      if (!hardware && this.#shape.internalTiming) {
        this.#ready = false;
        this.#runInternally(0);
      }
    });
  }

  #loadRow() {
    this.#spi(this.#table.busBytes(this.#shape, this.#row));
  }

  /** IO_UPDATE: the loaded row takes effect, the next is loaded. */
  #advance(cycle: number) {
    const last = this.updates.at(-1);
    if (last !== undefined && cycle - last < this.#minimumCycles()) {
      this.faults.push(`trigger ${this.#triggers} came ${cycle - last} cycles after the one before`);
    }
    this.updates.push(cycle);
    this.#triggers++;
    this.chip.update();
    for (let channel = 0; channel < 4; channel++)
      this.tones.push({ cycle, channel, ...this.chip.tone(channel) });
    this.#row++;
    if (this.#row !== this.#table.stop) return this.#loadRow();
    const repeats = this.#table.memory[this.#table.step(this.#shape) * this.#row + 1] !== 0;
    if (repeats) {
      this.#row = 0;
      return this.#loadRow();
    }
    this.#ready = false;
    this.#status = ddsStatus.stopped;
  }

  #runInternally(cycle: number) {
    this.#advance(cycle);
    const stored = this.#table.time(this.#row - 1);
    if (this.#status !== ddsStatus.running) return;
    const next = cycle + stored + 10;
    this.#cancelRun = this.later((1000 * (stored + 10)) / boardClock_hz, () => this.#runInternally(next));
  }
}
