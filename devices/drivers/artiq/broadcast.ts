import { LineConnection, type LineOptions } from "../../transports/tcp/line-connection.ts";
import { decodePyon } from "./pyon/decode.ts";
import { itemsOf, type Pyon } from "./pyon/values.ts";

/** A line of the master's log. */
export interface LogEntry {
  /** As Python's logging counts: 40 is an error. */
  readonly level: number;
  /** `worker(<rid>,<file>)` or `master`. */
  readonly source: string;
  readonly time_s: number;
  readonly message: string;
}

/** The run that wrote a log entry, or null. */
export function ridOf({ source }: LogEntry): number | null {
  const match = /^worker\((\d+),/.exec(source);
  return match ? Number(match[1]) : null;
}

/** Null for what is not a log entry. */
export function readLogEntry(value: Pyon): LogEntry | null {
  const [level, source, time, message] = itemsOf(value) ?? [];
  if (typeof level !== "number" || typeof source !== "string" || typeof message !== "string") return null;
  return { level, source, time_s: Number(time), message };
}

/**
 * Listens to one broadcast of a master (`log`, `ccb`) on one connection. Nothing is sent to confirm the subscription,
 * and what was broadcast before or between connections is gone.
 */
export class Broadcast {
  readonly #connection: LineConnection;
  readonly ended: Promise<unknown>;
  #closing = false;

  private constructor(connection: LineConnection, onMessage: (message: Pyon) => void) {
    this.#connection = connection;
    this.ended = this.#follow(onMessage).then(
      () => null,
      (error: unknown) => (this.#closing ? null : error),
    );
  }

  static async open(
    options: LineOptions,
    name: string,
    onMessage: (message: Pyon) => void,
  ): Promise<Broadcast> {
    const connection = await LineConnection.open(options);
    connection.send("ARTIQ broadcast");
    connection.send(name);
    return new Broadcast(connection, onMessage);
  }

  close(): void {
    this.#closing = true;
    this.#connection.close();
  }

  async #follow(onMessage: (message: Pyon) => void): Promise<void> {
    try {
      for (;;) onMessage(decodePyon(await this.#connection.read()));
    } finally {
      this.#connection.close();
    }
  }
}
