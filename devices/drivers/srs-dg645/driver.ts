import type { Problem } from "#core/errors";
import type { ChannelOptions, Probe } from "#devices/transports/serial/channel";
import { line } from "#devices/transports/serial/grammar";
import { deviceFault, Instrument, type InstrumentOptions, refuseIf } from "../instrument/board.ts";
import type { Identity } from "../instrument/identity.ts";
import { dg645Definition } from "./definition.ts";

/** Edges as the unit numbers them: 0 T0, 1 T1, 2 A … 9 H. */
export interface Dg645Delay {
  readonly edge: number;
  /** Edge that the delay counts from. */
  readonly from: number;
  readonly delay_s: number;
}

export interface Dg645Settings {
  /** Edges that may be moved. */
  readonly edges: readonly number[];
  readonly longest_s: number;
}

const singleShot = 5;
const identity = line("an identity", /([^\r\n]*DG645[^\r\n]*)/);
const integer = line("an integer", /([+-]?\d+)/);
const delay = line("<edge>,<delay>", /(\d),([+-]?[\d.]+(?:[eE][+-]?\d+)?)/);
const resolution_s = 5e-12;

/** Drives an SRS DG645 in single shots. */
export class Dg645 extends Instrument {
  readonly definition = dg645Definition;
  readonly settings: Dg645Settings;
  protected readonly probe: Probe = { text: "*IDN?", reply: identity };
  protected readonly channelOptions: ChannelOptions = { lineEnd: "\n", idleGap_ms: 100, deadline_ms: 2000 };

  constructor(options: InstrumentOptions & { readonly settings?: Partial<Dg645Settings> }) {
    super(options);
    this.settings = { edges: [], longest_s: 1, ...options.settings };
  }

  check(delays: readonly Dg645Delay[]): Problem[] {
    return delays.flatMap(({ edge, from, delay_s }, k): Problem[] => {
      const path = `delays[${k}]`;
      const problems: Problem[] = [];
      if (!this.settings.edges.includes(edge) || edge < 2 || edge > 9) {
        const expected = `one of ${this.settings.edges.join(", ") || "none"}`;
        problems.push({ path, message: `edge ${edge} may not be moved`, found: edge, expected });
      }
      if (!Number.isInteger(from) || from < 0 || from > 9 || from === edge) {
        problems.push({
          path,
          message: `counted from edge ${from}`,
          found: from,
          expected: "another edge, 0 to 9",
        });
      }
      if (!(Math.abs(delay_s) <= this.settings.longest_s)) {
        const expected = `at most ${this.settings.longest_s} s`;
        problems.push({ path, message: `delay of ${delay_s} s`, found: delay_s, expected });
      }
      return problems;
    });
  }

  async upload(delays: readonly Dg645Delay[]): Promise<void> {
    refuseIf(this.check(delays));
    this.mustBe("safe", "loaded");
    const watch = this.watch();
    this.enter("safe");
    for (const { edge, from, delay_s } of delays) {
      watch();
      await this.#set(`DLAY ${edge},${from},${delay_s.toExponential(12)}`);
      const [reference, value] = await this.channel.command(`DLAY?${edge}`, delay);
      if (Number(reference) === from && Math.abs(Number(value) - delay_s) <= resolution_s) continue;
      throw deviceFault("device.corrupt", {
        path: `edge ${edge}`,
        message: "the unit holds another delay than was sent",
        found: `${reference},${value}`,
        expected: `${from},${delay_s}`,
      });
    }
    this.enter("loaded");
  }

  /** One shot, now. */
  async start(): Promise<void> {
    this.mustEnergise();
    this.mustBe("loaded");
    await this.#set("*TRG");
  }

  protected async identify(): Promise<Identity> {
    const [text = ""] = await this.channel.command("*IDN?", identity);
    return { kind: dg645Definition.kind, version: text };
  }

  protected async bringToSafe(): Promise<void> {
    // Errors that others left behind would be taken for ours.
    for (let k = 0; k < 20 && (await this.#error()) !== 0; k++);
    await this.#set("BURM 0");
    await this.#set(`TSRC ${singleShot}`);
    const [burst] = await this.channel.command("BURM?", integer);
    const [source] = await this.channel.command("TSRC?", integer);
    if (Number(burst) !== 0 || Number(source) !== singleShot)
      throw new Error(`burst ${burst}, trigger source ${source}`);
  }

  /** A command without an answer; the error query behind it says whether it was taken. */
  async #set(text: string): Promise<void> {
    await this.channel.tell(text);
    const code = await this.#error();
    if (code === 0) return;
    throw deviceFault("device.refused", {
      path: "",
      message: `"${text}": error ${code}`,
      found: code,
      expected: "0",
    });
  }

  async #error(): Promise<number> {
    const [code] = await this.channel.command("LERR?", integer);
    return Number(code);
  }
}
