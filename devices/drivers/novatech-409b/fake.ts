import { FakeLines } from "../instrument/fake-lines.ts";

interface Channel {
  frequency_dHz: number;
  phase: number;
  amplitude: number;
}

/**
 * A Novatech 409B as other drivers describe it. Full amplitude and echo after power-up; table rows are lost unless the
 * mode went to table and back since the last run, which stands in for whatever the real unit does then.
 */
export class FakeNovatech extends FakeLines {
  readonly channels: Channel[] = Array.from({ length: 4 }, () => ({
    frequency_dHz: 100_000_000,
    phase: 0,
    amplitude: 1023,
  }));
  readonly table: (Channel | undefined)[][] = [[], []];
  mode: "0" | "t" = "0";
  /** The rate it listens at; at any other it hears noise. */
  readonly baudRate: number;
  listening: number;
  #echo = true;
  #clutched = false;
  #row = 0;

  constructor(baudRate = 19_200) {
    super();
    this.baudRate = baudRate;
    this.listening = baudRate;
  }

  outputsOff(): boolean {
    return this.mode === "0" && this.channels.every(({ amplitude }) => amplitude === 0);
  }

  /** A pulse at the table input. */
  trigger(): void {
    if (this.mode !== "t") return;
    this.table.forEach((rows, channel) => {
      const row = rows[this.#row];
      if (row !== undefined) Object.assign(this.channels[channel]!, row);
    });
    this.#row++;
  }

  protected command(line: string) {
    if (this.listening !== this.baudRate) return;
    if (this.#echo) this.say(`${line}\r\n`);
    if (line === "") return;
    const answer = this.#answer(line);
    this.say(answer ?? "OK\r\n");
  }

  #answer(line: string): string | undefined {
    if (line === "e d" || line === "e e") {
      this.#echo = line === "e e";
      return undefined;
    }
    if (line === "I a" || line === "I e") return undefined;
    if (line === "QUE") {
      const rows = this.channels.map(
        ({ frequency_dHz, phase, amplitude }) =>
          `${[hex(frequency_dHz, 8), hex(phase, 4), hex(amplitude, 4)].join(" ")} 0000 00000000 00000000 000301\r\n`,
      );
      return [...rows, "80 BC0000 0000 0102 21\r\n"].join("");
    }
    const mode = /^m ([0t])$/.exec(line);
    if (mode !== null) {
      this.#clutched = this.mode === "t" && mode[1] === "0";
      this.mode = mode[1] as "0" | "t";
      this.#row = 0;
      return undefined;
    }
    const value = /^([FVP])([0-3]) (\S+)$/.exec(line);
    if (value !== null) return this.#set(this.channels[Number(value[2])]!, value[1]!, value[3]!);
    const row = /^t([01]) ([0-9a-f]{4}) ([0-9a-f]{8}),([0-9a-f]{4}),([0-9a-f]{4}),ff$/.exec(line);
    if (row === null) return "?0\r\n";
    const [channel, address, frequency_dHz, phase, amplitude] = row
      .slice(1)
      .map((text) => Number.parseInt(text, 16));
    if (frequency_dHz === 0 || frequency_dHz! > 1_710_000_000) return "?1\r\n";
    if (this.#clutched) {
      this.table[channel!]![address!] = {
        frequency_dHz: frequency_dHz!,
        phase: phase!,
        amplitude: amplitude!,
      };
    }
    return undefined;
  }

  #set(channel: Channel, what: string, text: string): string | undefined {
    const value = Number(text);
    if (what === "F") {
      if (!(value > 0) || value > 171) return "?1\r\n";
      channel.frequency_dHz = Math.round(1e7 * value);
    } else if (what === "V") {
      if (!(value >= 0) || value > 1023) return "?7\r\n";
      channel.amplitude = value;
    } else {
      if (!(value >= 0) || value > 16_383) return "?4\r\n";
      channel.phase = value;
    }
    return undefined;
  }
}

const hex = (value: number, digits: number) => value.toString(16).toUpperCase().padStart(digits, "0");
