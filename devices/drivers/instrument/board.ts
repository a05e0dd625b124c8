import { EntrainError, type Problem } from "#core/errors";
import { type ChannelOptions, CommandChannel, type Probe } from "#devices/transports/serial/channel";
import type { ReplyGrammar } from "#devices/transports/serial/grammar";
import { type BytePort, type Clock, pause, systemClock } from "#devices/transports/serial/port";
import type { InstrumentDefinition } from "./definition.ts";
import type { Identity } from "./identity.ts";

/**
 * closed: no connection, nothing known. safe: outputs off, verified. loaded: a checked program is in the instrument.
 * armed, running: outputs may change. lost: the connection went while something was known. unsafe: the safe state was
 * asked for and could not be verified.
 */
export type InstrumentState = "closed" | "safe" | "loaded" | "armed" | "running" | "lost" | "unsafe";

export interface InstrumentOptions {
  /** Opens the port, at the instrument's usual rate unless another is asked for; called again for a reconnection. */
  readonly openPort: (baudRate?: number) => Promise<BytePort>;
  readonly clock?: Clock;
  /** Upload and verify, but never start anything. */
  readonly dryRun?: boolean;
  /** Take firmware versions that are not in the definition's table. */
  readonly acceptUnknownFirmware?: boolean;
  readonly log?: ChannelOptions["log"];
  /** Told about text that no command asked for. */
  readonly onRemark?: (remark: string) => void;
}

export function deviceFault(code: string, problem: Problem, retryable = false): EntrainError {
  return new EntrainError(code, problem, { kind: "device", retryable });
}

/** Refuses with all problems, or goes on. */
export function refuseIf(problems: readonly Problem[]): void {
  if (problems.length > 0) throw new EntrainError("instrument.limit", problems);
}

/**
 * The life of a connection to one instrument: opened, brought in step, identified, made safe; made safe again on the
 * way out. What is sent for each of these is the subclass's.
 */
export abstract class Instrument {
  readonly clock: Clock;
  readonly dryRun: boolean;
  readonly #options: InstrumentOptions;
  #channel: CommandChannel | undefined;
  #state: InstrumentState = "closed";
  #identity: Identity | undefined;
  #generation = 0;
  #safety: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;

  constructor(options: InstrumentOptions) {
    this.#options = options;
    this.clock = options.clock ?? systemClock;
    this.dryRun = options.dryRun ?? false;
  }

  abstract readonly definition: InstrumentDefinition;
  abstract readonly settings: object;
  protected abstract readonly probe: Probe;
  /** Asks which board carries the firmware, where the firmware can tell. */
  protected readonly boardQuery: { readonly text: string; readonly reply: ReplyGrammar } | undefined =
    undefined;
  protected abstract readonly channelOptions: ChannelOptions;
  /** Asks who is there; sends nothing that could change a setting. */
  protected abstract identify(): Promise<Identity>;
  /** Outputs off and runs ended; returns only when the instrument has confirmed it. */
  protected abstract bringToSafe(): Promise<void>;

  get state(): InstrumentState {
    if (this.#channel !== undefined && !this.#channel.open && this.#state !== "closed") return "lost";
    return this.#state;
  }

  /** Who answered at the last connection. */
  get identity(): Identity | undefined {
    return this.#identity;
  }

  /** Whether the firmware that answered is listed with this capability. */
  capable(capability: string): boolean {
    const known = this.definition.firmware.find(({ version }) => version === this.#identity?.version);
    return known?.capabilities.includes(capability) ?? false;
  }

  /** Who is there and how it is set, for the record of a run. */
  async snapshot(): Promise<Readonly<Record<string, unknown>>> {
    const { boardQuery } = this;
    const asks = boardQuery !== undefined && this.capable("board") && this.#channel?.synchronised === true;
    const [board] = asks ? await this.channel.command(boardQuery.text, boardQuery.reply) : [];
    return {
      kind: this.definition.kind,
      version: this.#identity?.version ?? null,
      board: board ?? null,
      state: this.state,
      dry_run: this.dryRun,
      settings: this.settings,
    };
  }

  /** The newest traffic, as hex with times. */
  get trafficLog(): string {
    return this.#channel?.log.toString() ?? "";
  }

  /**
   * Opens, brings in step, identifies and makes safe.
   *
   * @param recover - the instrument is known to be the right one and may have been cut off in the middle of a payload,
   *   so it may be fed line ends until it answers
   */
  async connect(options: { readonly recover?: boolean } = {}): Promise<void> {
    if (this.#channel?.open === true) return;
    const port = await this.#options.openPort();
    const channel = new CommandChannel(port, this.clock, {
      ...this.channelOptions,
      ...(this.#options.log === undefined ? {} : { log: this.#options.log }),
      onStray: (text) => this.#stray(text),
    });
    this.#channel = channel;
    const known = options.recover === true || this.#identity !== undefined;
    try {
      await channel.resync(known ? this.probe : { ...this.probe, payloadLimit_bytes: 0 });
      const identity = await this.identify();
      this.#mustBeOurs(identity);
      this.#identity = identity;
      this.#state = "unsafe";
      await this.makeSafe();
    } catch (error) {
      await channel.close();
      this.#state = this.#state === "unsafe" ? "unsafe" : "closed";
      throw error;
    }
  }

  /**
   * Everything off, and verified; from any state in which the instrument can be reached. Ends an upload that is under
   * way; calls at the same time follow each other.
   */
  makeSafe(): Promise<void> {
    this.#generation++;
    const run = this.#safety.then(() => this.#makeSafe());
    this.#safety = run.catch(() => {});
    return run;
  }

  async #makeSafe(): Promise<void> {
    const channel = this.channel;
    try {
      if (!channel.synchronised) await channel.resync(this.probe);
      await this.bringToSafe();
      this.#state = "safe";
    } catch (error) {
      this.#state = channel.open ? "unsafe" : "lost";
      throw this.#unsafe(error instanceof Error ? error.message : String(error));
    }
  }

  /**
   * Makes safe and closes.
   *
   * @throws EntrainError `device.unsafe` when the instrument went away with outputs that may be on, or could not be made
   *   safe; it is closed all the same
   */
  close(): Promise<void> {
    this.#closing ??= this.#close().finally(() => {
      this.#closing = undefined;
    });
    return this.#closing;
  }

  async #close(): Promise<void> {
    const channel = this.#channel;
    if (channel === undefined) return;
    try {
      if (channel.open) await this.makeSafe();
      else if (["armed", "running", "unsafe"].includes(this.#state))
        throw this.#unsafe("the connection is gone");
    } finally {
      await channel.close();
      this.#channel = undefined;
      this.#state = "closed";
    }
  }

  protected get channel(): CommandChannel {
    if (this.#channel === undefined) {
      throw deviceFault("device.closed", {
        path: "",
        message: `${this.definition.title} is not connected`,
        found: "closed",
        expected: "a connection",
      });
    }
    return this.#channel;
  }

  protected enter(state: InstrumentState): void {
    this.#state = state;
  }

  protected mustBe(...states: readonly InstrumentState[]): void {
    if (states.includes(this.state)) return;
    throw deviceFault("device.state", {
      path: "",
      message: `${this.definition.title} is ${this.state}`,
      found: this.state,
      expected: states.join(" or "),
    });
  }

  /** Refuses to energise in a dry run. */
  protected mustEnergise(): void {
    if (!this.dryRun) return;
    throw deviceFault("device.dry-run", {
      path: "",
      message: `${this.definition.title} is in a dry run: nothing is started`,
      found: "dry run",
      expected: "a driver that may energise outputs",
    });
  }

  /** Energises by `act`; when that fails, what it may have begun is ended. */
  protected async startBy(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      // The fault of the start is the one to report; a safe state that cannot be reached shows in `state`.
      await this.makeSafe().catch(() => {});
      throw error;
    }
  }

  /** A check to call between the parts of something long: throws once the safe state was asked for meanwhile. */
  protected watch(): () => void {
    const generation = this.#generation;
    return () => {
      if (generation === this.#generation) return;
      throw deviceFault("device.interrupted", {
        path: "",
        message: `${this.definition.title} was made safe meanwhile`,
        found: this.#state,
        expected: "no interruption",
      });
    };
  }

  /** Asks for a value until it is one of those wanted. */
  protected async pollFor<T>(
    ask: () => Promise<T>,
    wanted: (value: T) => boolean,
    options: { readonly every_ms: number; readonly within_ms: number },
  ): Promise<{ readonly reached: boolean; readonly value: T }> {
    const end = this.clock.now() + options.within_ms;
    for (;;) {
      const value = await ask();
      if (wanted(value)) return { reached: true, value };
      if (this.clock.now() >= end) return { reached: false, value };
      await pause(this.clock, options.every_ms);
    }
  }

  /** Text that nobody asked for. A subclass that knows it acts on it. */
  protected onStray(_text: string): void {}

  #unsafe(reason: string): EntrainError {
    return deviceFault(
      "device.unsafe",
      {
        path: "",
        message: `${this.definition.title} could not be brought to its safe state: ${reason}`,
        found: this.state,
        expected: this.definition.safeState,
        hint: "Its outputs may be on. Switch off what they drive, or cut its power.",
      },
      true,
    );
  }

  #stray(text: string): void {
    this.#options.onRemark?.(text);
    this.onStray(text);
  }

  #mustBeOurs({ kind, version }: Identity): void {
    const { definition } = this;
    if (kind !== definition.kind) {
      throw deviceFault("device.wrong-instrument", {
        path: "port",
        message: `this is a ${kind} (${version}), not a ${definition.kind}`,
        found: kind,
        expected: definition.kind,
        hint: "The boards look alike to USB; only their answers tell them apart.",
      });
    }
    const known = definition.firmware.find((entry) => entry.version === version);
    // Where no version is listed, none has been compared, and the definition says so.
    if (definition.firmware.length === 0 || (known !== undefined && known.evidence !== "unverified")) return;
    if (this.#options.acceptUnknownFirmware === true) return;
    throw deviceFault("device.firmware-unknown", {
      path: "firmware",
      message: `${definition.title} runs ${version}, whose dialect nobody has compared with this driver's`,
      found: version,
      expected: definition.firmware.map((entry) => entry.version).join(", "),
      hint: "Flash a known version, or accept unknown firmware after a dry run.",
    });
  }
}
