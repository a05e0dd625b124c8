import type { Problem } from "#core/errors";
import type { ChannelOptions, Probe } from "#devices/transports/serial/channel";
import { line, ok, reply } from "#devices/transports/serial/grammar";
import { prawnDoLimits as limits, type WordRow } from "#protocols/targets/instruments/boards";
import { deviceFault, Instrument, type InstrumentOptions, refuseIf } from "../instrument/board.ts";
import { FaultList, packed, parts, rowsPerPayload, samples } from "../instrument/chunks.ts";
import { boardOf, boardProbe, type Identity } from "../instrument/identity.ts";
import {
  clockLost,
  isIdle,
  isRunning,
  type PicoStatus,
  picoStatus,
  statusLine,
  unsolicited,
} from "../instrument/pico-status.ts";
import { prawnDoDefinition } from "./definition.ts";

export interface PrawnDoProgram {
  /** Words and how long each lasts; all outputs go low after the last. Can be gone through more than once. */
  readonly rows: Iterable<WordRow>;
}

export interface PrawnDoSettings {
  /** Bit mask of the outputs that may ever go high. */
  readonly allowedOutputs: number;
  readonly clock: { readonly source: "internal" | "external"; readonly frequency_hz: number };
}

export const prawnDoDefaults: PrawnDoSettings = {
  allowedOutputs: 0xffff,
  clock: { source: "internal", frequency_hz: 100_000_000 },
};

const hex = (value: number) => value.toString(16);
const bytesPerRow = 6;
/** Rows that end a program: hold the word, then end. */
const end: readonly WordRow[] = [
  { word: 0, cycles: 0 },
  { word: 0, cycles: 0 },
];
const row = line("<word> <cycles>, hexadecimal", /([0-9a-f]+) ([0-9a-f]+)/);
const length = reply(
  "two lines of length",
  /Number of command lines: (\d+)\r?\nNumber of instructions: (\d+)\r?\n/,
  { patient: true },
);

function* withEnd(rows: Iterable<WordRow>): Generator<WordRow> {
  yield* rows;
  yield* end;
}

/** Drives a PrawnDO. */
export class PrawnDo extends Instrument {
  readonly definition = prawnDoDefinition;
  readonly settings: PrawnDoSettings;
  protected readonly probe: Probe = {
    ...boardProbe,
    // Ends the mode in which lines are instructions.
    escapes: ["end"],
    payloadLimit_bytes: bytesPerRow * limits.instructions,
  };
  protected override readonly boardQuery = { text: "brd", reply: line("a board", /board: (pico\d)/) };
  protected readonly channelOptions: ChannelOptions = { clipped_bytes: 127, unsolicited };
  #clockLost = false;
  #loaded: { readonly count: number; readonly marks: readonly (readonly [number, WordRow])[] } = {
    count: 0,
    marks: [],
  };

  constructor(options: InstrumentOptions & { readonly settings?: Partial<PrawnDoSettings> }) {
    super(options);
    this.settings = { ...prawnDoDefaults, ...options.settings };
    const { frequency_hz } = this.settings.clock;
    if (!(frequency_hz > 0) || frequency_hz > limits.highestClock_hz) {
      const expected = `at most ${limits.highestClock_hz} Hz`;
      refuseIf([{ path: "clock.frequency_hz", message: "clock too fast", found: frequency_hz, expected }]);
    }
  }

  check({ rows }: PrawnDoProgram): Problem[] {
    const faults = new FaultList<Problem>();
    let count = 0;
    for (const { word, cycles } of rows) {
      const path = `rows[${count++}]`;
      if (!Number.isInteger(word) || word < 0 || word > 0xffff) {
        faults.add({ path, message: `word ${word}`, found: word, expected: "sixteen bits" });
      } else if ((word & ~this.settings.allowedOutputs) !== 0) {
        const outputs = [...Array(limits.outputs).keys()].filter(
          (bit) => ((word & ~this.settings.allowedOutputs) >> bit) & 1,
        );
        faults.add({
          path,
          message: `output ${outputs.join(", ")} may not be used`,
          found: `0x${hex(word)}`,
          expected: `only bits of 0x${hex(this.settings.allowedOutputs)}`,
        });
      }
      // The board would store a shorter hold as 0, which waits for ever.
      if (!Number.isInteger(cycles) || cycles < limits.shortestHold || cycles > limits.longestHold) {
        const expected = `${limits.shortestHold} to ${limits.longestHold} ticks`;
        faults.add({ path, message: `hold of ${cycles} ticks`, found: cycles, expected });
      }
    }
    const capacity = limits.instructions - end.length;
    if (count === 0 || count > capacity) {
      faults.add({
        path: "rows",
        message: `${count} instructions`,
        found: count,
        expected: `1 to ${capacity} beside the two that end the program`,
      });
    }
    return faults.list;
  }

  /** Loads a program and reads part of it back. Nothing moves. */
  async upload(program: PrawnDoProgram): Promise<void> {
    refuseIf(this.check(program));
    this.mustBe("safe", "loaded");
    const watch = this.watch();
    this.enter("safe");
    this.#loaded = { count: 0, marks: [] };
    const { source, frequency_hz } = this.settings.clock;
    await this.channel.command(`clk ${source === "internal" ? 0 : 1} ${frequency_hz}`, ok);
    this.#clockLost = false;
    await this.channel.command("cls", ok);
    let count = 0;
    const marks: (readonly [number, WordRow])[] = [];
    for (const part of parts(withEnd(program.rows), rowsPerPayload)) {
      watch();
      const payload = packed(part, bytesPerRow, (view, at, { word, cycles }) => {
        view.setUint16(at, word, true);
        view.setUint32(at + 2, cycles, true);
      });
      // Anything but `ok` here means that a hold was replaced by an endless wait.
      await this.channel.transfer(
        `adm ${hex(count)} ${hex(part.length)}`,
        line("ready", /ready/),
        [payload],
        ok,
        { deadline_ms: 5000 },
      );
      marks.push(...samples(part.length).map((k) => [count + k, part[k]!] as const));
      count += part.length;
    }
    this.#loaded = { count, marks: samples(marks.length).map((k) => marks[k]!) };
    await this.#verify();
    this.enter("loaded");
  }

  /** Waits for the trigger; with `software` starts at once. */
  async start(options: { readonly software?: boolean } = {}): Promise<void> {
    this.mustEnergise();
    this.mustBe("loaded");
    const watch = this.watch();
    const status = await this.status();
    const external = this.settings.clock.source === "external";
    if (this.#clockLost || status.externalClock !== external) {
      throw deviceFault("device.clock-lost", {
        path: "clock",
        message: "the board has gone back to its own clock; every hold would be wrong",
        found: status.externalClock ? "external" : "internal",
        expected: this.settings.clock.source,
        hint: "Bring the reference back, make safe and upload again.",
      });
    }
    await this.#verify();
    watch();
    this.enter(options.software === true ? "running" : "armed");
    await this.startBy(async () => {
      await this.channel.command(options.software === true ? "swr" : "run", ok);
      if (options.software === true) return;
      const waiting = await this.pollFor(
        () => this.status(),
        ({ run }) => run === 2,
        { every_ms: 5, within_ms: 200 },
      );
      if (waiting.reached) return;
      throw deviceFault("device.not-started", {
        path: "",
        message: "the board does not wait for its trigger",
        found: waiting.value.run,
        expected: "status 2",
      });
    });
  }

  async status(): Promise<PicoStatus> {
    return picoStatus(await this.channel.command("sts", statusLine));
  }

  /** The outputs as read from the pins. */
  async outputs(): Promise<number> {
    const [word = "0"] = await this.channel.command("gto", line("a word, hexadecimal", /([0-9a-f]+)/));
    return Number.parseInt(word, 16);
  }

  /** Waits for the end of a run and checks that all outputs are low then. */
  async waitForEnd(within_ms: number): Promise<void> {
    const watch = this.watch();
    const { reached } = await this.pollFor(() => this.status(), isIdle, { every_ms: 10, within_ms });
    const low = reached && (await this.outputs()) === 0;
    watch();
    if (low) {
      this.enter("loaded");
      return;
    }
    await this.makeSafe();
    throw deviceFault("device.timeout", {
      path: "",
      message: reached ? "outputs were high after the end" : `the run did not end within ${within_ms} ms`,
      found: reached ? "outputs high" : "running",
      expected: "stopped, all outputs low",
    });
  }

  protected async identify(): Promise<Identity> {
    const [answer = ""] = await this.channel.command(boardProbe.text, boardProbe.reply);
    return boardOf(answer);
  }

  protected async bringToSafe(): Promise<void> {
    this.#loaded = { count: 0, marks: [] };
    const first = await this.status();
    if (isRunning(first)) {
      await this.channel.command(
        "abt",
        reply("ok, or nothing to abort", /(?:ok|Can only abort when .*)\r?\n/),
      );
    }
    const { value: status } = await this.pollFor(() => this.status(), isIdle, {
      every_ms: 5,
      within_ms: 1000,
    });
    if (!isIdle(status)) throw new Error(`status stays at ${status.run}`);
    await this.channel.command("ndb", ok);
    await this.channel.command("cls", ok);
    await this.channel.command("man 0", ok);
    const { value: word } = await this.pollFor(
      () => this.outputs(),
      (word) => word === 0,
      {
        every_ms: 5,
        within_ms: 200,
      },
    );
    if (word !== 0) throw new Error(`outputs read 0x${hex(word)}`);
  }

  protected override onStray(text: string): void {
    if (clockLost.test(text)) this.#clockLost = true;
  }

  async #verify(): Promise<void> {
    const corrupt = (found: string, expected: string, path: string) => {
      this.enter("safe");
      return deviceFault("device.corrupt", {
        path,
        message: "the board holds another program than was sent",
        found,
        expected,
        hint: "It may have been without power, or another program may have used it. Upload again.",
      });
    };
    const [, instructions] = await this.channel.command("len", length);
    if (Number(instructions) !== this.#loaded.count)
      throw corrupt(`${instructions}`, `${this.#loaded.count}`, "rows");
    for (const [address, wanted] of this.#loaded.marks) {
      const [word, cycles] = await this.channel.command(`get ${hex(address)}`, row);
      const expected = `${hex(wanted.word)} ${hex(wanted.cycles)}`;
      if (`${word} ${cycles}` !== expected) throw corrupt(`${word} ${cycles}`, expected, `rows[${address}]`);
    }
  }
}
