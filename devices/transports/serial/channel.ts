import { EntrainError } from "#core/errors";
import type { ChannelOptions, CommandOptions, Probe } from "./channel-options.ts";
import type { ReplyGrammar } from "./grammar.ts";
import { HexLog } from "./hex-log.ts";
import { type BytePort, bytesOf, type Clock, type PortClosed, pause, textOf } from "./port.ts";

export type { ChannelOptions, CommandOptions, Probe } from "./channel-options.ts";

interface Waiting {
  readonly what: string;
  readonly grammar: ReplyGrammar;
  readonly settle_ms: number;
  readonly resolve: (captures: readonly string[]) => void;
  readonly reject: (error: EntrainError) => void;
  text: string;
  cancelDeadline: () => void;
  cancelIdle: () => void;
}

function deviceError(code: string, message: string, found: string, expected: string, retryable = false) {
  return new EntrainError(code, { path: "", message, found, expected }, { kind: "device", retryable });
}

/**
 * Commands and replies over a byte pipe: one command in flight, each with the grammar of its reply and a deadline.
 *
 * After a deadline, an oversized reply or a refusal in the middle of a payload nobody knows what arrives next; the
 * channel then takes no command until `resync` has found the start of a reply again. When the port closes, the command
 * in flight and all that wait behind it are rejected with `device.lost`.
 */
export class CommandChannel {
  readonly log: HexLog;
  readonly #port: BytePort;
  readonly #clock: Clock;
  readonly #lineEnd: string;
  readonly #idleGap_ms: number;
  readonly #deadline_ms: number;
  readonly #replyLimit: number;
  readonly #clipped: number | undefined;
  readonly #onStray: (text: string) => void;
  readonly #unsolicited: RegExp | undefined;
  #waiting: Waiting | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  #closed: PortClosed | undefined;
  #synchronised = false;
  #lastByte_ms = Number.NEGATIVE_INFINITY;
  #strayBytes = 0;
  readonly #closeWaiters = new Set<() => void>();

  constructor(port: BytePort, clock: Clock, options: ChannelOptions = {}) {
    this.#port = port;
    this.#clock = clock;
    this.#lineEnd = options.lineEnd ?? "\n";
    this.#idleGap_ms = options.idleGap_ms ?? 60;
    this.#deadline_ms = options.deadline_ms ?? 1000;
    this.#replyLimit = options.replyLimit_bytes ?? 65_536;
    this.#clipped = options.clipped_bytes;
    this.#onStray = options.onStray ?? (() => {});
    this.#unsolicited = options.unsolicited;
    this.log = new HexLog(options.log === undefined ? {} : { sink: options.log });
    port.onData((bytes) => this.#receive(bytes));
    port.onClose((closed) => this.#close(closed));
  }

  get open(): boolean {
    return this.#closed === undefined;
  }

  /** False until the first `resync`, and again after anything that leaves replies and commands out of step. */
  get synchronised(): boolean {
    return this.#synchronised && this.open;
  }

  /**
   * Sends a line and waits for its reply.
   *
   * @returns the grammar's captures
   * @throws EntrainError `device.refused` with the instrument's words, `device.timeout`, `device.reply-too-long`,
   *   `device.unsynchronised`, `device.lost`
   */
  command(text: string, grammar: ReplyGrammar, options: CommandOptions = {}): Promise<readonly string[]> {
    return this.#enqueue(() => {
      this.#mustBeSynchronised(text);
      return this.#exchange(text, bytesOf(text + this.#lineEnd), grammar, options);
    });
  }

  /** Sends a line that is never answered. Whether it was understood, only a query afterwards can tell. */
  tell(text: string): Promise<void> {
    return this.#enqueue(async () => {
      this.#mustBeSynchronised(text);
      await this.#write(bytesOf(text + this.#lineEnd), this.#deadline_ms, text);
    });
  }

  /**
   * A command with a payload: sends the line, waits for `ready`, sends the chunks as they are produced (each taken by
   * the operating system before the next is made, so memory stays constant), then waits for `final`.
   */
  transfer(
    text: string,
    ready: ReplyGrammar,
    chunks: Iterable<Uint8Array>,
    final: ReplyGrammar,
    options: CommandOptions = {},
  ): Promise<readonly string[]> {
    return this.#enqueue(async () => {
      this.#mustBeSynchronised(text);
      await this.#exchange(text, bytesOf(text + this.#lineEnd), ready, options);
      // Complaints may come while the payload is under way, so the reply is listened for from its first byte.
      let failed: unknown;
      const answer = this.#listen(`payload of "${text}"`, final, options);
      answer.catch((error) => {
        failed = error;
      });
      try {
        for (const chunk of chunks) {
          if (failed !== undefined) break;
          await this.#write(chunk, options.deadline_ms ?? this.#deadline_ms, text);
        }
      } catch (error) {
        this.#synchronised = false;
        this.#drop(error as EntrainError);
      }
      try {
        return await answer;
      } catch (error) {
        // The instrument may have stopped reading anywhere in the payload.
        this.#synchronised = false;
        throw error;
      }
    });
  }

  /**
   * Finds the start of a reply again, whatever the instrument was doing: half a line, half a payload, chatter.
   *
   * Ends an open line, waits for silence and probes. Where the probe is swallowed, the instrument is taken to be
   * reading a payload, which is filled with line ends until it answers. The caller must wipe what was loaded: the
   * table then holds line ends.
   */
  resync(probe: Probe): Promise<void> {
    return this.#enqueue(async () => {
      this.#synchronised = false;
      const tries: string[] = [
        "",
        this.#lineEnd,
        ...(probe.escapes ?? []).map((line) => `${line}${this.#lineEnd}`),
      ];
      // Only an instrument that is known may be fed.
      let fillers = probe.payloadLimit_bytes ? probe.payloadLimit_bytes + 2 * 4096 : 0;
      let size = 64;
      for (;;) {
        const next = tries.shift() ?? "";
        if (next !== "") await this.#write(bytesOf(next), this.#deadline_ms, "line end");
        await this.#silence();
        if (await this.#answers(probe)) {
          this.#synchronised = true;
          this.#remark(`in step: ${probe.text}`);
          return;
        }
        if (tries.length > 0) continue;
        if (fillers <= 0) break;
        const block = this.#lineEnd.slice(-1).repeat(Math.min(size, 4096));
        fillers -= block.length;
        size *= 4;
        tries.push(block);
      }
      throw new EntrainError(
        "device.silent",
        {
          path: "port",
          message: `${this.#port.path} does not answer "${probe.text}"`,
          found: "nothing that fits",
          expected: probe.reply.expected,
          hint: "Is it the right port? An instrument that was cut off in an upload waits for the rest: unplug it, or connect with recover.",
        },
        { kind: "device", retryable: true },
      );
    });
  }

  /** Closes the port; what is under way is rejected. */
  async close(): Promise<void> {
    this.#close({ disconnected: false, message: "closed" });
    await this.#port.close();
  }

  #enqueue<T>(task: () => Promise<T>): Promise<T> {
    const run = this.#queue.then(() => {
      this.#mustBeOpen();
      return task();
    });
    this.#queue = run.catch(() => {});
    return run;
  }

  #mustBeOpen() {
    if (this.#closed === undefined) return;
    throw deviceError(
      "device.lost",
      `${this.#port.path} is closed: ${this.#closed.message}`,
      "closed",
      "open",
      true,
    );
  }

  #mustBeSynchronised(text: string) {
    if (this.#synchronised) return;
    throw deviceError(
      "device.unsynchronised",
      `"${text}" was not sent: replies and commands are out of step until a resync`,
      "out of step",
      "in step",
      true,
    );
  }

  #exchange(
    what: string,
    bytes: Uint8Array,
    grammar: ReplyGrammar,
    options: CommandOptions,
  ): Promise<readonly string[]> {
    const answer = this.#listen(what, grammar, options);
    this.#write(bytes, options.deadline_ms ?? this.#deadline_ms, what).catch((error: EntrainError) => {
      this.#drop(error);
    });
    return answer;
  }

  #listen(what: string, grammar: ReplyGrammar, options: CommandOptions): Promise<readonly string[]> {
    return new Promise((resolve, reject) => {
      const deadline = options.deadline_ms ?? this.#deadline_ms;
      const waiting: Waiting = {
        what,
        grammar,
        settle_ms: options.settle_ms ?? 0,
        resolve,
        reject,
        text: "",
        cancelDeadline: () => {},
        cancelIdle: () => {},
      };
      this.#waiting = waiting;
      waiting.cancelDeadline = this.#clock.after(deadline, () => {
        this.#synchronised = false;
        this.#drop(
          deviceError(
            "device.timeout",
            `no whole reply to "${what}" within ${deadline} ms`,
            waiting.text,
            grammar.expected,
            true,
          ),
        );
      });
    });
  }

  async #write(bytes: Uint8Array, deadline_ms: number, what: string): Promise<void> {
    this.#mustBeOpen();
    this.#note(">", bytes);
    let cancel = () => {};
    const late = new Promise<never>((_, reject) => {
      const gone = () =>
        reject(
          deviceError(
            "device.lost",
            `${this.#port.path} went away`,
            this.#closed?.message ?? "",
            "open",
            true,
          ),
        );
      this.#closeWaiters.add(gone);
      const stop = this.#clock.after(deadline_ms, () => {
        this.#synchronised = false;
        reject(
          deviceError("device.timeout", `"${what}" was not taken`, `${bytes.length} bytes pending`, "", true),
        );
      });
      cancel = () => {
        stop();
        this.#closeWaiters.delete(gone);
      };
    });
    try {
      await Promise.race([this.#port.write(bytes), late]);
    } catch (error) {
      if (error instanceof EntrainError) throw error;
      const message = error instanceof Error ? error.message : String(error);
      throw deviceError(
        "device.lost",
        `${this.#port.path} cannot be written: ${message}`,
        message,
        "open",
        true,
      );
    } finally {
      cancel();
    }
  }

  #receive(bytes: Uint8Array) {
    if (this.#closed !== undefined) return;
    this.#note("<", bytes);
    this.#lastByte_ms = this.#clock.now();
    const waiting = this.#waiting;
    if (waiting === undefined) {
      this.#strayBytes += bytes.length;
      if (this.#synchronised) this.#onStray(textOf(bytes));
      return;
    }
    waiting.cancelIdle();
    waiting.text += textOf(bytes);
    if (this.#unsolicited !== undefined) {
      waiting.text = waiting.text.replace(this.#unsolicited, (found) => {
        this.#onStray(found);
        return "";
      });
      if (waiting.text === "") return;
    }
    if (waiting.text.length > this.#replyLimit) {
      this.#synchronised = false;
      return this.#drop(
        deviceError(
          "device.reply-too-long",
          `the reply to "${waiting.what}" does not end`,
          `${waiting.text.slice(0, 80)}…`,
          `at most ${this.#replyLimit} bytes`,
        ),
      );
    }
    const accepted = waiting.grammar.accept(waiting.text);
    if (accepted !== undefined && waiting.settle_ms === 0) return this.#settle(waiting, accepted);
    const gap = accepted === undefined ? this.#idleGap_ms : waiting.settle_ms;
    // A busy process sees its timer before the bytes that wait to be read: those get another moment.
    waiting.cancelIdle = this.#clock.after(gap, () => {
      waiting.cancelIdle = this.#clock.after(gap / 4, () => this.#judge(waiting));
    });
  }

  /** After a silence: a whole reply, a refusal, or something that is still under way. */
  #judge(waiting: Waiting) {
    if (this.#waiting !== waiting) return;
    const accepted = waiting.grammar.accept(waiting.text);
    if (accepted !== undefined) return this.#settle(waiting, accepted);
    if (waiting.grammar.patient === true) return;
    // Firmware that cuts its messages leaves them without a terminator; only then is the end known by length.
    const ended = waiting.text.endsWith("\n") || waiting.text.length === this.#clipped;
    if (!ended) return;
    this.#drop(
      deviceError(
        "device.refused",
        `"${waiting.what}" was refused: ${waiting.text.trim().replace(/\s*[\r\n]+\s*/g, " / ")}`,
        waiting.text,
        waiting.grammar.expected,
      ),
    );
  }

  #settle(waiting: Waiting, captures: readonly string[]) {
    this.#release(waiting);
    waiting.resolve(captures);
  }

  #drop(error: EntrainError) {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    this.#remark(`${error.code}: ${waiting.what}`);
    this.#release(waiting);
    waiting.reject(error);
  }

  #release(waiting: Waiting) {
    waiting.cancelDeadline();
    waiting.cancelIdle();
    this.#waiting = undefined;
  }

  /** Resolves after one idle gap without a byte; at the latest after twenty. */
  async #silence(): Promise<void> {
    const start = this.#clock.now();
    this.#lastByte_ms = Math.max(this.#lastByte_ms, start);
    while (this.#clock.now() - start < 20 * this.#idleGap_ms) {
      const quiet = this.#clock.now() - this.#lastByte_ms;
      if (quiet >= this.#idleGap_ms) return;
      await pause(this.#clock, this.#idleGap_ms - quiet);
      this.#mustBeOpen();
    }
  }

  async #answers(probe: Probe): Promise<boolean> {
    try {
      await this.#exchange(probe.text, bytesOf(probe.text + this.#lineEnd), probe.reply, {
        deadline_ms: 4 * this.#idleGap_ms,
      });
    } catch (error) {
      if (error instanceof EntrainError && error.code !== "device.lost") return false;
      throw error;
    }
    // The answer to an earlier probe would leave this one's still to come.
    const seen = this.#strayBytes;
    await pause(this.#clock, this.#idleGap_ms);
    this.#mustBeOpen();
    return this.#strayBytes === seen;
  }

  #close(closed: PortClosed) {
    if (this.#closed !== undefined) return;
    this.#closed = closed;
    this.#synchronised = false;
    this.#remark(`closed: ${closed.message}`);
    for (const waiter of this.#closeWaiters) waiter();
    this.#closeWaiters.clear();
    this.#drop(
      deviceError(
        "device.lost",
        `${this.#port.path} closed while "${this.#waiting?.what}" was under way: ${closed.message}`,
        closed.disconnected ? "disconnected" : "closed",
        "open",
        true,
      ),
    );
  }

  #note(direction: ">" | "<", bytes: Uint8Array) {
    this.log.add({ time_ms: this.#clock.now(), direction, bytes, remark: "" });
  }

  #remark(remark: string) {
    this.log.add({ time_ms: this.#clock.now(), direction: "!", bytes: new Uint8Array(), remark });
  }
}
