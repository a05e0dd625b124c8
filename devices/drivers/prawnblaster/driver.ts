import type { Problem } from "#core/errors";
import type { ChannelOptions, Probe } from "#devices/transports/serial/channel";
import { line, ok, reply } from "#devices/transports/serial/grammar";
import {
  prawnBlasterLimits as limits,
  type PulseRow,
  pulseRowsPerClock,
} from "#protocols/targets/instruments/boards";
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
import { prawnBlasterDefinition } from "./definition.ts";

export interface PrawnBlasterProgram {
  /** Rows of each pseudoclock without its stop; every list can be gone through more than once. */
  readonly clocks: readonly Iterable<PulseRow>[];
}

export interface PrawnBlasterSettings {
  /** Pseudoclocks that are wired, 1…4; no other output is ever driven. */
  readonly clocks: number;
  /** Where ticks come from. */
  readonly clock: { readonly source: "internal" | "gpio20" | "gpio22"; readonly frequency_hz: number };
}

export const prawnBlasterDefaults: PrawnBlasterSettings = {
  clocks: 1,
  clock: { source: "internal", frequency_hz: 100_000_000 },
};

const sources = { internal: 0, gpio20: 1, gpio22: 2 } as const;
const row = line("<half-period> <repetitions>", /(\d+) (\d+)/);

/** Drives a PrawnBlaster. */
export class PrawnBlaster extends Instrument {
  readonly definition = prawnBlasterDefinition;
  readonly settings: PrawnBlasterSettings;
  protected readonly probe: Probe = { ...boardProbe, payloadLimit_bytes: 8 * limits.instructions };
  // A cut busy message is known by its length.
  protected override readonly boardQuery = { text: "board", reply: line("a board", /board: (pico\d)/) };
  protected readonly channelOptions: ChannelOptions = { clipped_bytes: 127, unsolicited };
  #clockLost = false;
  #loaded: { readonly clock: number; readonly address: number; readonly row: PulseRow }[] = [];

  constructor(options: InstrumentOptions & { readonly settings?: Partial<PrawnBlasterSettings> }) {
    super(options);
    this.settings = { ...prawnBlasterDefaults, ...options.settings };
    refuseIf(settingsProblems(this.settings));
  }

  /** Everything about a program that the board would refuse, or worse, take. */
  check({ clocks }: PrawnBlasterProgram): Problem[] {
    const faults = new FaultList<Problem>();
    if (clocks.length === 0 || clocks.length > this.settings.clocks) {
      faults.add({
        path: "clocks",
        message: `${clocks.length} pseudoclocks are programmed, ${this.settings.clocks} may be used`,
        found: clocks.length,
        expected: `1 to ${this.settings.clocks}`,
      });
    }
    const capacity = pulseRowsPerClock(this.settings.clocks) - 1;
    let total = 0;
    clocks.forEach((rows, clock) => {
      let count = 0;
      for (const { half, reps } of rows) {
        const path = `clocks[${clock}][${count++}]`;
        if (!Number.isInteger(half) || half < limits.shortestHalf || half > limits.longestHalf) {
          const expected = `${limits.shortestHalf} to ${limits.longestHalf} ticks`;
          faults.add({ path, message: `half-period of ${half} ticks`, found: half, expected });
        }
        if (!Number.isInteger(reps) || reps < 1 || reps > limits.mostReps) {
          const expected = `1 to ${limits.mostReps}`;
          faults.add({ path, message: `${reps} repetitions`, found: reps, expected });
        }
      }
      total += count;
      // The board checks addresses against all of its memory, not against one pseudoclock's share.
      if (count > capacity) {
        faults.add({
          path: `clocks[${clock}]`,
          message: `${count} instructions do not fit beside the stop`,
          found: count,
          expected: `at most ${capacity} with ${this.settings.clocks} pseudoclocks`,
        });
      }
    });
    // The board would say `ok` to a start and do nothing.
    if (total === 0) {
      faults.add({
        path: "clocks",
        message: "there is nothing to play",
        found: 0,
        expected: "an instruction",
      });
    }
    return faults.list;
  }

  /** Loads a program and reads part of it back. Nothing moves. */
  async upload(program: PrawnBlasterProgram): Promise<void> {
    refuseIf(this.check(program));
    this.mustBe("safe", "loaded");
    const watch = this.watch();
    this.#loaded = [];
    this.enter("safe");
    const { source, frequency_hz } = this.settings.clock;
    await this.channel.command(`setclock ${sources[source]} ${frequency_hz}`, ok);
    this.#clockLost = false;
    // Wipes the table, so no stop of an earlier program can end this one.
    await this.channel.command(`setnumpseudoclocks ${this.settings.clocks}`, ok);
    for (const [clock, rows] of program.clocks.entries()) {
      let address = 0;
      const marks: (readonly [number, PulseRow])[] = [];
      for (const part of parts(rows, rowsPerPayload)) {
        watch();
        marks.push(...samples(part.length).map((k) => [address + k, part[k]!] as const));
        await this.#send(clock, address, part);
        address += part.length;
      }
      watch();
      await this.channel.command(`set ${clock} ${address} 0 0`, ok);
      const stop = [address, { half: 0, reps: 0 }] as const;
      for (const [at, row] of [...samples(marks.length).map((k) => marks[k]!), stop]) {
        this.#loaded.push({ clock, address: at, row });
      }
    }
    await this.#verify();
    this.enter("loaded");
  }

  /** Starts at once, or waits for a rising edge at the trigger input of pseudoclock 0. */
  async start(options: { readonly onTrigger?: boolean } = {}): Promise<void> {
    this.mustEnergise();
    this.mustBe("loaded");
    const watch = this.watch();
    const status = await this.status();
    const external = this.settings.clock.source !== "internal";
    if (this.#clockLost || status.externalClock !== external) {
      throw deviceFault("device.clock-lost", {
        path: "clock",
        message: "the board has gone back to its own clock; every interval would be wrong",
        found: status.externalClock ? "external" : "internal",
        expected: this.settings.clock.source,
        hint: "Bring the reference back, make safe and upload again.",
      });
    }
    await this.#verify();
    watch();
    this.enter(options.onTrigger === true ? "armed" : "running");
    await this.startBy(async () => {
      await this.channel.command(options.onTrigger === true ? "hwstart" : "start", ok);
    });
  }

  async status(): Promise<PicoStatus> {
    return picoStatus(await this.channel.command("status", statusLine));
  }

  /**
   * Waits for the end of a run.
   *
   * @throws EntrainError `device.timeout` after which the run has been aborted and everything is safe
   */
  async waitForEnd(within_ms: number): Promise<void> {
    const watch = this.watch();
    const { reached } = await this.pollFor(() => this.status(), isIdle, { every_ms: 10, within_ms });
    watch();
    if (reached) {
      this.enter("loaded");
      return;
    }
    await this.makeSafe();
    throw deviceFault("device.timeout", {
      path: "",
      message: `the run did not end within ${within_ms} ms and was aborted`,
      found: "running",
      expected: "stopped",
    });
  }

  protected async identify(): Promise<Identity> {
    const [answer = ""] = await this.channel.command(boardProbe.text, boardProbe.reply);
    return boardOf(answer);
  }

  protected async bringToSafe(): Promise<void> {
    this.#loaded = [];
    let status = await this.status();
    if (isRunning(status)) {
      // The run may end between question and abort; then the refusal is as good.
      await this.channel.command(
        "abort",
        reply("ok, or nothing to abort", /(?:ok|Can only abort when .*)\r?\n/),
      );
    }
    ({ value: status } = await this.pollFor(() => this.status(), isIdle, { every_ms: 5, within_ms: 1000 }));
    if (!isIdle(status)) throw new Error(`status stays at ${status.run}`);
    await this.channel.command("debug off", ok);
    await this.channel.command(`setnumpseudoclocks ${this.settings.clocks}`, ok);
    for (let clock = 0; clock < this.settings.clocks; clock++)
      await this.channel.command(`go low ${clock}`, ok);
    status = await this.status();
    if (!isIdle(status)) throw new Error(`status is ${status.run} after the outputs were set low`);
  }

  protected override onStray(text: string): void {
    if (clockLost.test(text)) this.#clockLost = true;
  }

  async #send(clock: number, address: number, rows: readonly PulseRow[]): Promise<void> {
    // One payload may not end at the last address; what is left goes row by row.
    const fitting = Math.max(0, Math.min(rows.length, limits.instructions - 1 - address));
    if (fitting > 0) {
      const payload = packed(rows.slice(0, fitting), 8, (view, at, { half, reps }) => {
        // Half-period first: the firmware's own documentation has it the other way round.
        view.setUint32(at, half, true);
        view.setUint32(at + 4, reps, true);
      });
      await this.channel.transfer(
        `setb ${clock} ${address} ${fitting}`,
        line("ready", /ready/),
        [payload],
        ok,
        {
          deadline_ms: 5000,
        },
      );
    }
    for (const [k, { half, reps }] of rows.slice(fitting).entries()) {
      await this.channel.command(`set ${clock} ${address + fitting + k} ${half} ${reps}`, ok);
    }
  }

  async #verify(): Promise<void> {
    for (const { clock, address, row: wanted } of this.#loaded) {
      const [half, reps] = await this.channel.command(`get ${clock} ${address}`, row);
      if (Number(half) === wanted.half && Number(reps) === wanted.reps) continue;
      this.enter("safe");
      throw deviceFault("device.corrupt", {
        path: `clocks[${clock}][${address}]`,
        message: "the board holds another instruction than was sent",
        found: `${half} ${reps}`,
        expected: `${wanted.half} ${wanted.reps}`,
        hint: "It may have been without power, or another program may have used it. Upload again.",
      });
    }
  }
}

function settingsProblems({ clocks, clock }: PrawnBlasterSettings): Problem[] {
  const problems: Problem[] = [];
  if (!Number.isInteger(clocks) || clocks < 1 || clocks > limits.clocks) {
    problems.push({
      path: "clocks",
      message: "no such number of pseudoclocks",
      found: clocks,
      expected: "1 to 4",
    });
  }
  if (!(clock.frequency_hz > 0) || clock.frequency_hz > limits.highestClock_hz) {
    const expected = `at most ${limits.highestClock_hz} Hz`;
    problems.push({
      path: "clock.frequency_hz",
      message: "clock too fast",
      found: clock.frequency_hz,
      expected,
    });
  }
  return problems;
}
