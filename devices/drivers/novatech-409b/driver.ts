import type { Problem } from "#core/errors";
import { type ChannelOptions, CommandChannel, type Probe } from "#devices/transports/serial/channel";
import { reply } from "#devices/transports/serial/grammar";
import { systemClock } from "#devices/transports/serial/port";
import { deviceFault, Instrument, type InstrumentOptions, refuseIf } from "../instrument/board.ts";
import { FaultList } from "../instrument/chunks.ts";
import type { Identity } from "../instrument/identity.ts";
import { novatechDefinition } from "./definition.ts";

/** One channel's setting: frequency in steps of 0.1 Hz, phase in turns/2¹⁴, amplitude in 1/1024. */
export interface NovatechTone {
  readonly frequency_dHz: number;
  readonly phase: number;
  readonly amplitude: number;
}

export interface NovatechProgram {
  /** Rows for channels 0 and 1; the last must be silent. Can be gone through more than once. */
  readonly rows: Iterable<readonly [NovatechTone, NovatechTone]>;
}

export interface NovatechSettings {
  readonly channels: readonly {
    readonly channel: number;
    /** Of full scale, 0…1. */
    readonly largestAmplitude: number;
    readonly lowest_hz: number;
    readonly highest_hz: number;
  }[];
}

const errors: Readonly<Record<string, string>> = {
  "?0": "unrecognised command",
  "?1": "bad frequency",
  "?2": "bad amplitude modulation",
  "?3": "line too long",
  "?4": "bad phase",
  "?5": "bad time",
  "?6": "bad mode",
  "?7": "bad amplitude",
  "?8": "bad constant",
};
const baudRates = [19_200, 9600, 38_400, 57_600, 115_200];
const mostRows = 16_384;
const highest_dHz = 1_710_000_000;
/** With echo on, the line comes back before its answer. */
const okEchoed = reply("OK", /(?:[^\n?]*\r?\n)?OK\r?\n/);
const status = reply("five lines of QUE", /((?:[0-9A-Fa-f][^\n]*\r?\n){5})/, { patient: true });
const probe: Probe = { text: "e d", reply: okEchoed };
const channelOptions: ChannelOptions = { lineEnd: "\r\n", idleGap_ms: 100, deadline_ms: 2000 };

const hex = (value: number, digits: number) => value.toString(16).padStart(digits, "0");

/** Drives a Novatech 409B or DDS9m, single tones or the table of channels 0 and 1. */
export class Novatech extends Instrument {
  readonly definition = novatechDefinition;
  readonly settings: NovatechSettings;
  protected readonly probe = probe;
  protected readonly channelOptions = channelOptions;
  #rows = 0;

  constructor(options: InstrumentOptions & { readonly settings?: Partial<NovatechSettings> }) {
    super({ ...options, openPort: () => openAtItsRate(options) });
    this.settings = { channels: [], ...options.settings };
  }

  check({ rows }: NovatechProgram): Problem[] {
    const faults = new FaultList<Problem>();
    let count = 0;
    let last: readonly [NovatechTone, NovatechTone] | undefined;
    for (const row of rows) {
      row.forEach((tone, channel) => {
        this.#checkTone(tone, channel, `rows[${count}][${channel}]`, faults);
      });
      last = row;
      count++;
    }
    if (count < 1 || count > mostRows) {
      faults.add({ path: "rows", message: `${count} rows`, found: count, expected: `1 to ${mostRows}` });
    }
    if (last?.some(({ amplitude }) => amplitude !== 0)) {
      const message = "the table ends with a tone on; it would stay on";
      faults.add({
        path: `rows[${count - 1}]`,
        message,
        found: "amplitude above 0",
        expected: "amplitude 0",
      });
    }
    return faults.list;
  }

  async upload(program: NovatechProgram): Promise<void> {
    refuseIf(this.check(program));
    this.mustBe("safe", "loaded");
    const watch = this.watch();
    this.enter("safe");
    // To table mode and back before loading, as other drivers of this unit do.
    await this.#say("m t");
    await this.#say("m 0");
    let address = 0;
    for (const row of program.rows) {
      watch();
      for (const [channel, { frequency_dHz, phase, amplitude }] of row.entries()) {
        await this.#say(
          `t${channel} ${hex(address, 4)} ${hex(frequency_dHz, 8)},${hex(phase, 4)},${hex(amplitude, 4)},ff`,
        );
      }
      address++;
    }
    this.#rows = address;
    this.enter("loaded");
  }

  /** Steps through the table from now on, a row a trigger. */
  async start(): Promise<void> {
    this.mustEnergise();
    this.mustBe("loaded");
    const watch = this.watch();
    await this.#say("I e");
    watch();
    this.enter("armed");
    await this.#say("m t");
  }

  get rows(): number {
    return this.#rows;
  }

  /** Amplitude words of the four channels, as read back. */
  async amplitudes(): Promise<number[]> {
    const [text = ""] = await this.channel.command("QUE", status);
    return text
      .trim()
      .split(/\r?\n/)
      .slice(0, 4)
      .map((row) => Number.parseInt(row.trim().split(/\s+/)[2] ?? "", 16));
  }

  protected async identify(): Promise<Identity> {
    await this.channel.command(probe.text, okEchoed);
    await this.amplitudes();
    return { kind: novatechDefinition.kind, version: "not told" };
  }

  protected async bringToSafe(): Promise<void> {
    await this.#say("e d");
    await this.#say("m 0");
    await this.#say("I a");
    for (let channel = 0; channel < 4; channel++) await this.#say(`V${channel} 0`);
    const amplitudes = await this.amplitudes();
    if (amplitudes.length !== 4 || amplitudes.some((word) => word !== 0)) {
      throw new Error(`amplitudes read ${amplitudes.join(", ")}`);
    }
  }

  async #say(text: string): Promise<void> {
    try {
      await this.channel.command(text, okEchoed);
    } catch (error) {
      const found = (error as { problems?: readonly Problem[] }).problems?.[0]?.found;
      const code = /\?\d/.exec(String(found))?.[0];
      if (code === undefined) throw error;
      throw deviceFault("device.refused", {
        path: "",
        message: `"${text}": ${errors[code] ?? "unknown error"}`,
        found: code,
        expected: "OK",
      });
    }
  }

  #checkTone(
    { frequency_dHz, phase, amplitude }: NovatechTone,
    channel: number,
    path: string,
    faults: FaultList<Problem>,
  ) {
    const integers = [frequency_dHz, phase, amplitude].every(Number.isInteger);
    if (!integers || frequency_dHz < 1 || frequency_dHz > highest_dHz || phase < 0 || phase > 16_383) {
      faults.add({
        path,
        message: "setting out of range",
        found: `${frequency_dHz} ${phase}`,
        expected: "0.1 Hz to 171 MHz",
      });
    }
    if (amplitude === 0) return;
    const limit = this.settings.channels.find((entry) => entry.channel === channel);
    if (limit === undefined || amplitude < 0 || amplitude > Math.floor(1023 * limit.largestAmplitude)) {
      const expected =
        limit === undefined ? "amplitude 0" : `at most ${limit.largestAmplitude} of full scale`;
      faults.add({
        path,
        message: `amplitude ${amplitude} on channel ${channel}`,
        found: amplitude,
        expected,
      });
      return;
    }
    if (frequency_dHz / 10 < limit.lowest_hz || frequency_dHz / 10 > limit.highest_hz) {
      const expected = `${limit.lowest_hz} to ${limit.highest_hz} Hz`;
      faults.add({ path, message: `${frequency_dHz / 10} Hz`, found: frequency_dHz / 10, expected });
    }
  }
}

/** Opens at the first rate at which the unit answers. */
async function openAtItsRate({ openPort, clock = systemClock }: InstrumentOptions) {
  for (const rate of baudRates) {
    const channel = new CommandChannel(await openPort(rate), clock, channelOptions);
    const answers = await channel.resync(probe).then(
      () => true,
      () => false,
    );
    await channel.close();
    if (answers) return openPort(rate);
  }
  throw deviceFault("device.silent", {
    path: "port",
    message: "no answer at any rate",
    found: "silence",
    expected: `an OK at ${baudRates.join(", ")} baud`,
  });
}
