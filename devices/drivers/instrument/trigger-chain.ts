import { EntrainError, type Problem } from "#core/errors";
import type { CompiledChain } from "#protocols/targets/instruments/compile";
import type { DdsSweeper } from "../dds-sweeper/driver.ts";
import { systemClock_hz } from "../dds-sweeper/settings.ts";
import type { PrawnDo } from "../prawn-do/driver.ts";
import type { PrawnBlaster } from "../prawnblaster/driver.ts";

export interface ChainInstruments {
  readonly pulses: PrawnBlaster;
  readonly digital: PrawnDo;
  readonly tones: DdsSweeper;
}

/** What the boards are loaded with. */
export type LoadedChain = Pick<CompiledChain, "setup" | "pulses" | "words" | "tones" | "duration_s">;

/**
 * PrawnBlaster, PrawnDO and DDS-sweeper on one trigger line: loaded together, those that wait armed first, the
 * pseudoclock started last. Whatever goes wrong at one, all are made safe.
 */
export class TriggerChain {
  readonly #instruments: ChainInstruments;

  constructor(instruments: ChainInstruments) {
    this.#instruments = instruments;
  }

  async connect(): Promise<void> {
    await this.#together(async ({ pulses, digital, tones }) => {
      await Promise.all([pulses.connect(), digital.connect(), tones.connect()]);
    });
  }

  /** Everything that one of the boards would refuse, with the board's name before the path. */
  check(compiled: LoadedChain): Problem[] {
    const { pulses, digital, tones } = this.#instruments;
    const named = (name: string, problems: readonly Problem[]) =>
      problems.map((problem) => ({ ...problem, path: `${name}.${problem.path}` }));
    const { setup } = compiled;
    const clocks = [
      ["prawnblaster", setup.pulse_clock_hz, pulses.settings.clock.frequency_hz],
      ["prawn-do", setup.digital_clock_hz, digital.settings.clock.frequency_hz],
      ["dds-sweeper", setup.tone_system_hz, systemClock_hz(tones.settings)],
    ] as const;
    return [
      // Words and ticks mean other frequencies and times at another clock.
      ...clocks
        .filter(([, compiledFor_hz, set_hz]) => compiledFor_hz !== set_hz)
        .map(([name, compiledFor_hz, set_hz]) => ({
          path: `${name}.clock`,
          message: `compiled for ${compiledFor_hz} Hz, set to ${set_hz} Hz`,
          found: set_hz,
          expected: `${compiledFor_hz}`,
        })),
      ...named("prawnblaster", pulses.check({ clocks: [compiled.pulses] })),
      ...(compiled.words.length === 0 ? [] : named("prawn-do", digital.check({ rows: compiled.words }))),
      ...(compiled.tones.rows.length === 0 ? [] : named("dds-sweeper", tones.check(compiled.tones))),
    ];
  }

  async upload(compiled: LoadedChain): Promise<void> {
    const problems = this.check(compiled);
    if (problems.length > 0) throw new EntrainError("instrument.limit", problems);
    await this.#together(async ({ pulses, digital, tones }) => {
      await Promise.all([
        pulses.upload({ clocks: [compiled.pulses] }),
        compiled.words.length === 0 ? undefined : digital.upload({ rows: compiled.words }),
        compiled.tones.rows.length === 0 ? undefined : tones.upload(compiled.tones),
      ]);
    });
  }

  /** Runs what was loaded, once, to its end. */
  async run(compiled: LoadedChain): Promise<void> {
    const within_ms = 1000 * compiled.duration_s + 1000;
    await this.#together(async ({ pulses, digital, tones }) => {
      const waiting = [
        ...(compiled.words.length === 0 ? [] : [digital]),
        ...(compiled.tones.rows.length === 0 ? [] : [tones]),
      ];
      await Promise.all(waiting.map((instrument) => instrument.start()));
      await pulses.start();
      await Promise.all([pulses, ...waiting].map((instrument) => instrument.waitForEnd(within_ms)));
    });
  }

  /** All three to their safe states; the first fault is thrown when all have been tried. */
  async makeSafe(): Promise<void> {
    await this.#all((instrument) => instrument.makeSafe());
  }

  async close(): Promise<void> {
    await this.#all((instrument) => instrument.close());
  }

  async #all(act: (instrument: PrawnBlaster | PrawnDo | DdsSweeper) => Promise<void>): Promise<void> {
    const { pulses, digital, tones } = this.#instruments;
    const results = await Promise.allSettled([pulses, digital, tones].map(act));
    for (const result of results) if (result.status === "rejected") throw result.reason;
  }

  async #together(act: (instruments: ChainInstruments) => Promise<void>): Promise<void> {
    try {
      await act(this.#instruments);
    } catch (error) {
      // The first fault is the one to report; what cannot be made safe says so by its state.
      await this.makeSafe().catch(() => {});
      throw error;
    }
  }
}
