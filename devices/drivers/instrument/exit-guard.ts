import type { Instrument } from "./board.ts";

/** The parts of a process that end it; the real one, or a test's. */
export interface ExitSource {
  on(event: string, listener: (cause: unknown) => void): unknown;
  off(event: string, listener: (cause: unknown) => void): unknown;
  /** Ends the process as the event would have, had nobody listened. */
  end(event: string, cause: unknown): void;
}

const signals = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;
const events = [...signals, "uncaughtException", "unhandledRejection", "beforeExit"] as const;

const thisProcess: ExitSource = {
  on: (event, listener) => process.on(event, listener),
  off: (event, listener) => process.off(event, listener),
  end(event, cause) {
    if ((signals as readonly string[]).includes(event)) {
      process.kill(process.pid, event as NodeJS.Signals);
      return;
    }
    if (event === "beforeExit") return;
    process.stderr.write(`${cause instanceof Error ? (cause.stack ?? cause.message) : cause}\n`);
    process.exit(1);
  },
};

/**
 * Makes instruments safe before this process ends: on signals, on errors that nobody caught, and when nothing is left
 * to do. What ends a process without asking (SIGKILL, loss of power, a hard crash) is the watchdog's.
 */
export class ExitGuard {
  readonly #instruments = new Set<Instrument>();
  readonly #source: ExitSource;
  readonly #report: (text: string) => void;
  readonly #listeners = new Map<string, (cause: unknown) => void>();
  #leaving: Promise<void> | undefined;

  constructor(options: { readonly source?: ExitSource; readonly report?: (text: string) => void } = {}) {
    this.#source = options.source ?? thisProcess;
    this.#report = options.report ?? ((text) => process.stderr.write(`${text}\n`));
    for (const event of events) {
      const listener = (cause: unknown) => {
        this.#leaving ??= this.#leave(event, cause);
      };
      this.#listeners.set(event, listener);
      this.#source.on(event, listener);
    }
  }

  /** From now on this instrument is made safe on the way out. */
  watch(instrument: Instrument): void {
    this.#instruments.add(instrument);
  }

  /** After an orderly close. */
  forget(instrument: Instrument): void {
    this.#instruments.delete(instrument);
  }

  /** Stops listening. */
  dispose(): void {
    for (const [event, listener] of this.#listeners) this.#source.off(event, listener);
    this.#listeners.clear();
  }

  /** Makes all safe, one not waiting for another. */
  async makeAllSafe(): Promise<void> {
    await Promise.all(
      [...this.#instruments].map(async (instrument) => {
        try {
          await instrument.close();
        } catch (error) {
          this.#report(error instanceof Error ? error.message : String(error));
        }
      }),
    );
    this.#instruments.clear();
  }

  async #leave(event: string, cause: unknown): Promise<void> {
    await this.makeAllSafe();
    this.dispose();
    this.#source.end(event, cause);
  }
}
