import { EntrainError, type Problem } from "#core/errors";
import type { ChannelOptions, Probe } from "#devices/transports/serial/channel";
import { line, type ReplyGrammar } from "#devices/transports/serial/grammar";
import { deviceFault, Instrument, type InstrumentOptions, refuseIf } from "../instrument/board.ts";
import type { Identity } from "../instrument/identity.ts";
import { quantumComposersDefinition } from "./definition.ts";

export interface QuantumComposersPulse {
  /** 1 for A, 2 for B, … */
  readonly channel: number;
  readonly delay_s: number;
  readonly width_s: number;
}

export interface QuantumComposersSettings {
  /** Channels of the unit, all of which the safe state disables. */
  readonly channels: number;
  /** Channels that may be enabled. */
  readonly allowed: readonly number[];
  readonly longest_s: number;
}

const okLine = line("ok", /ok/);
const number = line("a number", /([+-]?[\d.]+(?:[eE][+-]?\d+)?)/);
const identity = line("an identity", /((?:QC,|95\d\d)[^\r\n]*)/);
/** What the unit rounds times to, s. */
const resolution_s = 10e-9;

/** Drives a Quantum Composers 9520 or a BNC 575. */
export class QuantumComposers extends Instrument {
  readonly definition = quantumComposersDefinition;
  readonly settings: QuantumComposersSettings;
  protected readonly probe: Probe = { text: "*IDN?", reply: identity };
  protected readonly channelOptions: ChannelOptions = { lineEnd: "\r\n", idleGap_ms: 100, deadline_ms: 2000 };

  constructor(options: InstrumentOptions & { readonly settings?: Partial<QuantumComposersSettings> }) {
    super(options);
    this.settings = { channels: 8, allowed: [], longest_s: 1, ...options.settings };
  }

  check(pulses: readonly QuantumComposersPulse[]): Problem[] {
    return pulses.flatMap(({ channel, delay_s, width_s }, k): Problem[] => {
      const path = `pulses[${k}]`;
      const problems: Problem[] = [];
      if (!this.settings.allowed.includes(channel)) {
        const expected = `one of ${this.settings.allowed.join(", ") || "none"}`;
        problems.push({ path, message: `channel ${channel} may not be used`, found: channel, expected });
      }
      if (!(delay_s >= 0) || !(width_s >= resolution_s) || !(delay_s + width_s <= this.settings.longest_s)) {
        const expected = `width from ${resolution_s} s, end within ${this.settings.longest_s} s`;
        problems.push({
          path,
          message: `delay ${delay_s} s, width ${width_s} s`,
          found: delay_s + width_s,
          expected,
        });
      }
      return problems;
    });
  }

  /** Sets the pulses and enables their channels; nothing comes out before `start`. */
  async upload(pulses: readonly QuantumComposersPulse[]): Promise<void> {
    refuseIf(this.check(pulses));
    this.mustBe("safe", "loaded");
    const watch = this.watch();
    this.enter("safe");
    for (const { channel, delay_s, width_s } of pulses) {
      watch();
      await this.#set(`:PULSE${channel}:DELAY`, delay_s);
      await this.#set(`:PULSE${channel}:WIDTH`, width_s);
      await this.#set(`:PULSE${channel}:STATE`, 1);
    }
    this.enter("loaded");
  }

  async start(): Promise<void> {
    this.mustEnergise();
    this.mustBe("loaded");
    this.enter("running");
    await this.#set(":SPULSE:STATE", 1);
  }

  protected async identify(): Promise<Identity> {
    const [text = ""] = await this.#ask("*IDN?", identity);
    return { kind: quantumComposersDefinition.kind, version: text };
  }

  protected async bringToSafe(): Promise<void> {
    await this.#set(":SPULSE:STATE", 0);
    for (let channel = 1; channel <= this.settings.channels; channel++)
      await this.#set(`:PULSE${channel}:STATE`, 0);
  }

  /** Sets a value and reads it back. */
  async #set(name: string, value: number): Promise<void> {
    await this.channel.command(`${name} ${Number.isInteger(value) ? value : value.toFixed(11)}`, okLine);
    const [text] = await this.#ask(`${name}?`, number);
    if (Math.abs(Number(text) - value) <= resolution_s / 2) return;
    throw deviceFault("device.corrupt", {
      path: name,
      message: `${name} reads ${text} after it was set to ${value}`,
      found: text,
      expected: `${value}`,
    });
  }

  /** Queries change nothing and may be repeated. */
  async #ask(text: string, grammar: ReplyGrammar): Promise<readonly string[]> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.channel.command(text, grammar);
      } catch (error) {
        const slow = error instanceof EntrainError && error.code === "device.timeout";
        if (!slow || attempt === 2) throw error;
        await this.channel.resync(this.probe);
      }
    }
  }
}
