import type { ReplyGrammar } from "./grammar.ts";
import type { LogEntry } from "./hex-log.ts";

export interface ChannelOptions {
  /** Ends every command; default `\n`. */
  readonly lineEnd?: string;
  /** Silence after which a reply that nothing fits is over, ms; default 60. */
  readonly idleGap_ms?: number;
  /** Default deadline of a command, ms; default 1000. */
  readonly deadline_ms?: number;
  /** Largest reply, bytes; default 65 536. */
  readonly replyLimit_bytes?: number;
  /** Length at which firmware cuts its messages, terminator included; none when it does not. */
  readonly clipped_bytes?: number;
  readonly log?: (entry: LogEntry) => void;
  /** Lines that may come at any moment, in the middle of a reply too; taken out and handed to `onStray`. */
  readonly unsolicited?: RegExp;
  /** Text nobody asked for: boot messages, lost clocks, late complaints. */
  readonly onStray?: (text: string) => void;
}

export interface CommandOptions {
  readonly deadline_ms?: number;
  /** Wait this long after the reply for a complaint that belongs to it, ms. */
  readonly settle_ms?: number;
}

/** How to find the start of a reply again. */
export interface Probe {
  readonly text: string;
  readonly reply: ReplyGrammar;
  /** Lines that end modes in which the probe would not be read as a command. */
  readonly escapes?: readonly string[];
  /** Largest binary payload that an instrument may still be waiting for, bytes. */
  readonly payloadLimit_bytes?: number;
}
