import { connect, type Socket } from "node:net";
import { EntrainError } from "#core/errors";

export interface LineOptions {
  readonly host: string;
  readonly port: number;
  /** For the connection to be made, ms. */
  readonly connect_ms?: number;
  /** Idle time after which the peer is probed, ms. */
  readonly keep_alive_ms?: number;
  /** A longer line closes the connection. */
  readonly max_line_bytes?: number;
  /** Lines kept for the reader; beyond them the socket is paused. */
  readonly max_lines?: number;
}

const defaults = { connect_ms: 5000, keep_alive_ms: 10_000, max_line_bytes: 64 * 2 ** 20, max_lines: 1024 };

interface Waiter {
  resolve(line: string): void;
  reject(error: EntrainError): void;
  readonly timer: NodeJS.Timeout | undefined;
}

/**
 * UTF-8 lines that end with a newline, over TCP. Lines are bounded, every wait has a deadline, and a connection that
 * ends rejects whatever waits on it; a last line without its newline is dropped with it, never handed out.
 */
export class LineConnection {
  readonly #socket: Socket;
  readonly #name: string;
  readonly #maxBytes: number;
  readonly #maxLines: number;
  readonly #lines: string[] = [];
  readonly #waiters: Waiter[] = [];
  #tail: Buffer[] = [];
  #tailBytes = 0;
  #failure: EntrainError | null = null;

  private constructor(socket: Socket, options: LineOptions) {
    this.#socket = socket;
    this.#name = `${options.host}:${options.port}`;
    this.#maxBytes = options.max_line_bytes ?? defaults.max_line_bytes;
    this.#maxLines = options.max_lines ?? defaults.max_lines;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, options.keep_alive_ms ?? defaults.keep_alive_ms);
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    socket.on("error", (cause) => this.#fail(failure("tcp.lost", this.#name, cause.message)));
    socket.on("close", () => this.#fail(failure("tcp.closed", this.#name, "the other side closed it")));
  }

  /** @throws EntrainError `tcp.unreachable` */
  static open(options: LineOptions): Promise<LineConnection> {
    const { host, port, connect_ms = defaults.connect_ms } = options;
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port });
      const refuse = (why: string) => {
        clearTimeout(timer);
        socket.destroy();
        reject(failure("tcp.unreachable", `${host}:${port}`, why));
      };
      const timer = setTimeout(() => refuse(`no answer within ${connect_ms} ms`), connect_ms);
      const refused = (error: Error) => refuse(error.message);
      socket.once("error", refused);
      socket.once("connect", () => {
        clearTimeout(timer);
        socket.off("error", refused);
        resolve(new LineConnection(socket, options));
      });
    });
  }

  get closed(): boolean {
    return this.#failure !== null;
  }

  /** @throws EntrainError `tcp.closed` or `tcp.lost` once the connection has ended */
  send(line: string): void {
    if (this.#failure) throw this.#failure;
    this.#socket.write(`${line}\n`);
  }

  /**
   * The next line, without its newline.
   *
   * @param timeout_ms - without it, waits as long as the connection lasts
   * @throws EntrainError `tcp.timeout`; `tcp.closed`, `tcp.lost`, `tcp.line-too-long` when the connection has ended
   */
  read(timeout_ms?: number): Promise<string> {
    const line = this.#lines.shift();
    if (line !== undefined) {
      if (this.#lines.length < this.#maxLines / 2) this.#socket.resume();
      return Promise.resolve(line);
    }
    if (this.#failure) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      const late = () => {
        this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
        reject(failure("tcp.timeout", this.#name, `no line within ${timeout_ms} ms`));
      };
      const timer = timeout_ms === undefined ? undefined : setTimeout(late, timeout_ms);
      const waiter: Waiter = { resolve, reject, timer };
      this.#waiters.push(waiter);
    });
  }

  /** Rejects what waits; safe to call twice. */
  close(): void {
    this.#fail(failure("tcp.closed", this.#name, "it was closed here"));
  }

  #receive(chunk: Buffer): void {
    let from = 0;
    for (;;) {
      const end = chunk.indexOf(0x0a, from);
      const part = chunk.subarray(from, end < 0 ? chunk.length : end);
      if (this.#tailBytes + part.length > this.#maxBytes) {
        this.#fail(failure("tcp.line-too-long", this.#name, `a line is longer than ${this.#maxBytes} bytes`));
        return;
      }
      this.#tail.push(part);
      this.#tailBytes += part.length;
      if (end < 0) break;
      this.#deliver(Buffer.concat(this.#tail).toString("utf8"));
      this.#tail = [];
      this.#tailBytes = 0;
      from = end + 1;
    }
    if (this.#lines.length > this.#maxLines) this.#socket.pause();
  }

  #deliver(line: string): void {
    const waiter = this.#waiters.shift();
    if (!waiter) {
      this.#lines.push(line);
      return;
    }
    clearTimeout(waiter.timer);
    waiter.resolve(line);
  }

  #fail(error: EntrainError): void {
    if (this.#failure) return;
    this.#failure = error;
    this.#tail = [];
    this.#socket.destroy();
    for (const waiter of this.#waiters.splice(0)) {
      clearTimeout(waiter.timer);
      waiter.reject(error);
    }
  }
}

function failure(code: string, path: string, why: string): EntrainError {
  return new EntrainError(
    code,
    { path, message: `connection to ${path}: ${why}` },
    { kind: "device", retryable: true },
  );
}
