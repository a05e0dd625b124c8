import { MemoryPort } from "#devices/transports/serial/memory-port";
import { type Clock, systemClock } from "#devices/transports/serial/port";
import type { ToneWords } from "../dds-sweeper/ad9959.ts";
import { DdsSweeper } from "../dds-sweeper/driver.ts";
import { FakeDdsSweeper } from "../dds-sweeper/fake.ts";
import type { DdsSweeperSettings } from "../dds-sweeper/settings.ts";
import { PrawnDo, type PrawnDoSettings } from "../prawn-do/driver.ts";
import { FakePrawnDo } from "../prawn-do/fake.ts";
import { PrawnBlaster } from "../prawnblaster/driver.ts";
import { type ClockEdge, FakePrawnBlaster } from "../prawnblaster/fake.ts";
import { TriggerChain } from "./trigger-chain.ts";

/** A level of a digital output from this time on, ps after the pseudoclock's first rising edge. */
export interface SeenEdge {
  readonly output: number;
  readonly level: 0 | 1;
  readonly time_ps: number;
}

/** Words of a synthesiser channel from this time on. */
export interface SeenTone extends ToneWords {
  readonly channel: number;
  readonly time_ps: number;
}

export interface EmulatedDelays {
  readonly digital_ps: number;
  readonly tone_ps: number;
}

const perSecond_ps = 1e12;
const toneBoard_hz = 125_000_000;

/**
 * The three boards wired together, worked by the bytes they are sent: the pseudoclock's output triggers the other two,
 * and what comes out of them is recorded with its time. Nothing is known here of the plan behind the bytes.
 */
export class EmulatedChain {
  readonly pulses: FakePrawnBlaster;
  readonly digital: FakePrawnDo;
  readonly tones: FakeDdsSweeper;
  readonly #delays: EmulatedDelays;
  readonly #clock: Clock;
  #firstTrigger_ps = 0;

  constructor(options: { readonly clock?: Clock; readonly delays: EmulatedDelays }) {
    this.#clock = options.clock ?? systemClock;
    this.#delays = options.delays;
    this.pulses = new FakePrawnBlaster(this.#clock);
    this.digital = new FakePrawnDo(this.#clock);
    this.tones = new FakeDdsSweeper(this.#clock);
    this.pulses.onRun = (edges) => this.#trigger(edges);
  }

  /** Drivers on ports in memory to these boards. */
  chain(
    settings: {
      readonly digital?: Partial<PrawnDoSettings>;
      readonly tones?: Partial<DdsSweeperSettings>;
    } = {},
  ): TriggerChain {
    const clock = this.#clock;
    return new TriggerChain({
      pulses: new PrawnBlaster({ clock, openPort: async () => new MemoryPort(this.pulses) }),
      digital: new PrawnDo({
        clock,
        openPort: async () => new MemoryPort(this.digital),
        ...(settings.digital === undefined ? {} : { settings: settings.digital }),
      }),
      tones: new DdsSweeper({
        clock,
        openPort: async () => new MemoryPort(this.tones),
        ...(settings.tones === undefined ? {} : { settings: settings.tones }),
      }),
    });
  }

  /** What the boards were made to do wrong. */
  get faults(): readonly string[] {
    return this.tones.faults;
  }

  /** Level changes of the last run. */
  edges(): SeenEdge[] {
    const tick_ps = perSecond_ps / this.digital.frequency_hz;
    const start_ps = this.#firstTrigger_ps + this.#delays.digital_ps;
    let before = 0;
    return this.digital.words.flatMap(({ tick, word }) => {
      const changed = word ^ before;
      before = word;
      return Array.from({ length: 16 }, (_, output) => output)
        .filter((output) => ((changed >> output) & 1) === 1)
        .map((output) => ({
          output,
          level: ((word >> output) & 1) as 0 | 1,
          time_ps: start_ps + tick * tick_ps,
        }));
    });
  }

  /** Words in force at all four channels after every update of the last run. */
  words(): SeenTone[] {
    return this.tones.tones.map(({ cycle, channel, ftw, asf, pow }) => ({
      ...{ channel, ftw, asf, pow },
      time_ps: (cycle * perSecond_ps) / toneBoard_hz + this.#delays.tone_ps,
    }));
  }

  #trigger(edges: readonly ClockEdge[]): void {
    const tick_ps = perSecond_ps / this.pulses.frequency_hz;
    const rises = edges.filter(({ clock, level }) => clock === 0 && level === 1);
    this.#firstTrigger_ps = (rises[0]?.tick ?? 0) * tick_ps;
    for (const { tick } of rises) {
      this.digital.trigger();
      // The board sees the edge at its next own cycle.
      this.tones.trigger(Math.ceil((tick * tick_ps * toneBoard_hz) / perSecond_ps));
    }
  }
}
