import type { Problem } from "#core/errors";
import type { ChannelOptions, Probe } from "#devices/transports/serial/channel";
import { line, ok, reply } from "#devices/transports/serial/grammar";
import { ddsSweeperLimits as limits, type ToneRow } from "#protocols/targets/instruments/boards";
import { deviceFault, Instrument, type InstrumentOptions, refuseIf } from "../instrument/board.ts";
import { FaultList, packed, parts } from "../instrument/chunks.ts";
import { boardOf, boardProbe, type Identity } from "../instrument/identity.ts";
import { ddsSweeperDefinition } from "./definition.ts";
import { type DdsSweeperSettings, ddsSweeperDefaults, settingsProblems, systemClock_hz } from "./settings.ts";
import { readTable, rowBytesAsStored } from "./table-text.ts";

export interface DdsSweeperProgram {
  /** Active channels, 1…4; every row has as many words. */
  readonly channels: number;
  /** Can be gone through more than once. The last row's amplitudes must be nought. */
  readonly rows: Iterable<ToneRow>;
}

const status = { stopped: 0, starting: 1, running: 2, aborting: 3, aborted: 4 } as const;
const statusDigit = line("status 0 to 5", /([0-5])/);
const modeText = reply("channels and mode", /(\d) active channels\nMode (\d) - [\w ]+\n/, { patient: true });
/** Longest table that is read back whole: the board prints some 80 characters a row and channel. */
const readBackRows = 400;
const rowsPerPayload = 512;

/** Drives a DDS-sweeper: tables of single tones, one row a trigger. */
export class DdsSweeper extends Instrument {
  readonly definition = ddsSweeperDefinition;
  readonly settings: DdsSweeperSettings;
  protected readonly probe: Probe = {
    ...boardProbe,
    payloadLimit_bytes: 8 * Math.max(...limits.externalRows.map((rows, k) => rows * (k + 1))),
  };
  protected override readonly boardQuery = { text: "board", reply: line("a board", /(pico\d)/) };
  protected readonly channelOptions: ChannelOptions = { clipped_bytes: 127, replyLimit_bytes: 1 << 19 };
  #loaded: { readonly channels: number; readonly rows: number } | undefined;

  constructor(options: InstrumentOptions & { readonly settings?: Partial<DdsSweeperSettings> }) {
    super(options);
    this.settings = { ...ddsSweeperDefaults, ...options.settings };
    refuseIf(settingsProblems(this.settings));
  }

  check({ channels, rows }: DdsSweeperProgram): Problem[] {
    const faults = new FaultList<Problem>();
    if (!Number.isInteger(channels) || channels < 1 || channels > limits.channels) {
      return [{ path: "channels", message: `${channels} channels`, found: channels, expected: "1 to 4" }];
    }
    let count = 0;
    let last: ToneRow | undefined;
    for (const row of rows) {
      this.#checkRow(row, channels, count++, faults);
      last = row;
    }
    const capacity = limits.externalRows[channels - 1]!;
    // A stop at row 0 counts as none.
    if (count < 1 || count > capacity) {
      faults.add({ path: "rows", message: `${count} rows`, found: count, expected: `1 to ${capacity}` });
    }
    last?.channels.forEach(({ asf }, channel) => {
      if (asf === 0) return;
      faults.add({
        path: `rows[${count - 1}].channels[${channel}]`,
        message: "the table ends with a tone on; it would stay on",
        found: asf,
        expected: "amplitude 0 in the last row",
      });
    });
    return faults.list;
  }

  /** Loads a table and, if it is short enough, compares it byte for byte. No tone changes. */
  async upload(program: DdsSweeperProgram): Promise<void> {
    refuseIf(this.check(program));
    this.mustBe("safe", "loaded");
    const watch = this.watch();
    this.#loaded = undefined;
    this.enter("safe");
    const { source, frequency_hz, multiplier } = this.settings.reference;
    await this.channel.command(`setclock ${source === "internal" ? 0 : 1} ${frequency_hz} ${multiplier}`, ok);
    await this.channel.command(`setchannels ${program.channels}`, ok);
    await this.channel.command("mode 0 0", ok);
    let address = 0;
    for (const part of parts(program.rows, rowsPerPayload)) {
      watch();
      const bytes = 8 * program.channels;
      const payload = packed(part, bytes, (view, at, row) => {
        row.channels.forEach(({ ftw, asf, pow }, channel) => {
          view.setUint32(at + 8 * channel, ftw, true);
          view.setUint16(at + 8 * channel + 4, asf, true);
          view.setUint16(at + 8 * channel + 6, pow, true);
        });
      });
      const ready = line("ready for the payload", new RegExp(`ready for ${payload.length} bytes`));
      await this.channel.transfer(`setb ${address} ${part.length}`, ready, [payload], ok, {
        deadline_ms: 5000,
      });
      address += part.length;
    }
    watch();
    // After the payload: a payload that reaches the stop makes the board forget it.
    await this.channel.command(`seti 4 ${address}`, ok);
    this.#loaded = { channels: program.channels, rows: address };
    await this.#verifyMode();
    if (address <= readBackRows) await this.#verifyTable(program);
    // Changing mode or clock sends updates; what they leave must be silence.
    await this.#silence();
    this.enter("loaded");
  }

  /** Starts the table: the first trigger applies the first row. */
  async start(): Promise<void> {
    this.mustEnergise();
    this.mustBe("loaded");
    const watch = this.watch();
    await this.#verifyMode();
    // Without its end the table would not run, and the status would stick: it is set again.
    await this.channel.command(`seti 4 ${this.#loaded?.rows}`, ok);
    watch();
    this.enter("armed");
    await this.startBy(async () => {
      // A table without its end is complained about after the `ok`.
      await this.channel.command("start", ok, { settle_ms: 80 });
      const { reached, value } = await this.pollFor(
        () => this.status(),
        (digit) => digit === status.running,
        { every_ms: 2, within_ms: 200 },
      );
      if (reached) return;
      throw deviceFault("device.not-started", {
        path: "",
        message: `the table did not start: status stays at ${value}`,
        found: value,
        expected: "2 (running)",
      });
    });
  }

  async status(): Promise<number> {
    const [digit] = await this.channel.command("status", statusDigit);
    return Number(digit);
  }

  /** Triggers seen in the present or last run. */
  async triggers(): Promise<number> {
    const [count] = await this.channel.command("numtriggers", line("a number", /(\d+)/));
    return Number(count);
  }

  /** Waits until every row has had its trigger. */
  async waitForEnd(within_ms: number): Promise<void> {
    const watch = this.watch();
    const { reached } = await this.pollFor(
      () => this.status(),
      (s) => s === status.stopped,
      {
        every_ms: 10,
        within_ms,
      },
    );
    const seen = await this.triggers();
    watch();
    if (reached && seen === this.#loaded?.rows) {
      this.enter("loaded");
      return;
    }
    const wanted = this.#loaded?.rows;
    await this.makeSafe();
    throw deviceFault("device.timeout", {
      path: "",
      message: `${seen} of ${wanted} triggers came${reached ? "" : ` within ${within_ms} ms`}`,
      found: seen,
      expected: `${wanted} triggers`,
      hint: "Look at the trigger line: level, ground, and that nothing else pulls it.",
    });
  }

  protected async identify(): Promise<Identity> {
    const [answer = ""] = await this.channel.command(boardProbe.text, boardProbe.reply);
    return boardOf(answer);
  }

  protected async bringToSafe(): Promise<void> {
    this.#loaded = undefined;
    // First, because with debug on every later reply would have lines before its `ok`.
    await this.channel.command("debug off", ok);
    await this.#endRun();
    await this.#silence();
    const after = await this.status();
    if (after !== status.stopped && after !== status.aborted)
      throw new Error(`status is ${after} after silencing`);
  }

  /** Ends a run: an abort that comes too early is lost and sent again, a status that sticks is reset. */
  async #endRun(): Promise<void> {
    let stuck = 0;
    for (let attempt = 0; attempt < 60; attempt++) {
      const now = await this.status();
      if (now === status.stopped || now === status.aborted) return;
      stuck = now === status.running ? 0 : stuck + 1;
      if (now === status.running) await this.channel.command("abort", ok);
      else if (stuck > 8) await this.channel.command("reset", ok);
      await this.pollFor(
        async () => true,
        () => false,
        { every_ms: 2, within_ms: 1 },
      );
    }
    throw new Error(`the run does not end: status ${await this.status()}`);
  }

  async #silence(): Promise<void> {
    for (let channel = 0; channel < limits.channels; channel++)
      await this.channel.command(`setamp ${channel} 0`, ok);
  }

  async #verifyMode(): Promise<void> {
    const [channels, mode] = await this.channel.command("getmode", modeText);
    if (Number(channels) === this.#loaded?.channels && mode === "0") return;
    this.enter("safe");
    throw deviceFault("device.corrupt", {
      path: "",
      message: "the board is not set up as it was",
      found: `${channels} channels, mode ${mode}`,
      expected: `${this.#loaded?.channels} channels, mode 0`,
      hint: "It may have been without power, or another program may have used it. Upload again.",
    });
  }

  async #verifyTable({ rows }: DdsSweeperProgram): Promise<void> {
    const [text = ""] = await this.channel.command("readtable", readTable, { deadline_ms: 5000 });
    const stored = text.match(/(?<=instruction \d+: )(?:[0-9A-F]{2} )+/g) ?? [];
    let address = 0;
    for (const row of rows) {
      const expected = rowBytesAsStored(row);
      if (stored[address]?.trim() !== expected) {
        throw deviceFault("device.corrupt", {
          path: `rows[${address}]`,
          message: "the board holds another row than was sent",
          found: stored[address]?.trim() ?? "nothing",
          expected,
        });
      }
      address++;
    }
  }

  #checkRow(row: ToneRow, channels: number, index: number, faults: FaultList<Problem>): void {
    if (row.channels.length !== channels) {
      const found = row.channels.length;
      faults.add({ path: `rows[${index}]`, message: `${found} words`, found, expected: `${channels}` });
    }
    const system_hz = systemClock_hz(this.settings);
    row.channels.forEach(({ ftw, asf, pow }, channel) => {
      const path = `rows[${index}].channels[${channel}]`;
      const integers = [ftw, asf, pow].every(Number.isInteger) && ftw >= 0 && asf >= 0 && pow >= 0;
      if (!integers || ftw >= 2 ** 32 || asf > limits.largestAsf || pow >= 16_384) {
        faults.add({
          path,
          message: "word out of range",
          found: `${ftw} ${asf} ${pow}`,
          expected: "32, 10, 14 bits",
        });
        return;
      }
      if (asf === 0) return;
      const limit = this.settings.channels.find((entry) => entry.channel === channel);
      if (limit === undefined) {
        faults.add({
          path,
          message: `channel ${channel} may not be used`,
          found: asf,
          expected: "amplitude 0",
        });
        return;
      }
      if (asf > Math.floor(1024 * limit.largestAmplitude)) {
        faults.add({
          path,
          message: `amplitude ${(asf / 1024).toFixed(4)} on channel ${channel}`,
          found: asf / 1024,
          expected: `at most ${limit.largestAmplitude}`,
        });
      }
      const frequency_hz = (ftw * system_hz) / 2 ** 32;
      if (frequency_hz < limit.lowest_hz || frequency_hz > limit.highest_hz) {
        faults.add({
          path,
          message: `${frequency_hz} Hz on channel ${channel}`,
          found: frequency_hz,
          expected: `${limit.lowest_hz} to ${limit.highest_hz} Hz`,
        });
      }
    });
  }
}
