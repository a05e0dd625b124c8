import type { ByteDevice } from "#devices/transports/serial/memory-port";
import { bytesOf, type Clock, textOf } from "#devices/transports/serial/port";

/** Longest message that the three boards' firmware can print; the rest, terminator included, is lost. */
const printLimit = 127;
/** Bytes of a line before the firmware takes it without its end. */
const lineLimit = 255;

interface Payload {
  left: number;
  readonly block: number;
  readonly take: (block: Uint8Array) => void;
  readonly end: () => void;
}

/**
 * What the firmware of the three Pico boards has in common: lines ended by `\n`, matched by prefix; payloads read to
 * their last byte whatever they contain, even after the host has gone; messages cut at 127 bytes.
 */
export abstract class FakeBoard implements ByteDevice {
  protected readonly clock: Clock;
  #send: ((bytes: Uint8Array) => void) | undefined;
  #line = "";
  #payload: Payload | undefined;
  #block: number[] = [];
  readonly #timers = new Set<() => void>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  attach(send: ((bytes: Uint8Array) => void) | undefined) {
    this.#send = send;
  }

  receive(bytes: Uint8Array) {
    for (let k = 0; k < bytes.length; ) {
      if (this.#payload === undefined) {
        const end = bytes.indexOf(10, k);
        const upTo = Math.min(end < 0 ? bytes.length : end + 1, k + lineLimit - this.#line.length);
        this.#line += textOf(bytes.subarray(k, upTo));
        k = upTo;
        if (!this.#line.endsWith("\n") && this.#line.length < lineLimit) continue;
        const line = this.#line;
        this.#line = "";
        this.command(line);
      } else {
        k += this.#fill(bytes.subarray(k));
      }
    }
  }

  /** Power off and on: everything that was loaded is gone. */
  powerCycle() {
    this.#line = "";
    this.#payload = undefined;
    this.#block = [];
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
    this.boot();
  }

  /** True while the rest of a payload is waited for. */
  get readingPayload(): boolean {
    return this.#payload !== undefined;
  }

  /** True when nothing that could be energised is. */
  abstract outputsOff(): boolean;
  protected abstract command(line: string): void;
  protected abstract boot(): void;

  /** One print of the firmware. */
  protected say(text: string) {
    this.#send?.(bytesOf(text.slice(0, printLimit)));
  }

  /** Reads `size` bytes in the firmware's blocks before the next line is looked at. */
  protected expectPayload(size: number, block: number, take: (block: Uint8Array) => void, end: () => void) {
    if (size === 0) return end();
    this.#payload = { left: size, block, take, end };
    this.#block = [];
  }

  protected later(delay_ms: number, action: () => void): () => void {
    const cancel = this.clock.after(delay_ms, () => {
      this.#timers.delete(cancel);
      action();
    });
    this.#timers.add(cancel);
    return cancel;
  }

  #fill(bytes: Uint8Array): number {
    const payload = this.#payload!;
    const wanted = Math.min(payload.left, payload.block - this.#block.length, bytes.length);
    for (let k = 0; k < wanted; k++) this.#block.push(bytes[k]!);
    payload.left -= wanted;
    if (this.#block.length === payload.block || payload.left === 0) {
      const block = Uint8Array.from(this.#block);
      this.#block = [];
      if (payload.left === 0) this.#payload = undefined;
      payload.take(block);
      if (payload.left === 0) payload.end();
    }
    return wanted;
  }
}

/** The leading whitespace-separated numbers of a command's arguments, as C's `sscanf` finds them. */
export function scan(line: string, pattern: RegExp, skip = 1): number[] {
  const found: number[] = [];
  for (const word of line.trim().split(/\s+/).slice(skip)) {
    const match = pattern.exec(word);
    if (match === null) break;
    found.push(pattern === hexadecimal ? Number.parseInt(match[0], 16) : Number(match[0]));
    if (match[0].length < word.length) break;
  }
  return found;
}

export const decimal = /^\d+/;
export const hexadecimal = /^[0-9a-fA-F]+/;
export const float = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/;

/** Whether the system PLL of an RP2040 on a 12 MHz crystal reaches a frequency exactly. */
export function pllReaches(frequency_khz: number): boolean {
  const crystal_khz = 12_000;
  for (let feedback = 320; feedback >= 16; feedback--) {
    const vco = feedback * crystal_khz;
    if (vco < 750_000 || vco > 1_600_000) continue;
    for (let first = 7; first >= 1; first--)
      for (let second = first; second >= 1; second--)
        if (vco / (first * second) === frequency_khz) return true;
  }
  return false;
}

/** The firmware's frequency report, one message a line. */
export function frequencyReport(system_khz: number, lineEnd: string): string[] {
  const rows: [string, number][] = [
    ["pll_sys", system_khz],
    ["pll_usb", 48_000],
    ["rosc", 6500],
    ["clk_sys", system_khz],
    ["clk_peri", 48_000],
    ["clk_usb", 48_000],
    ["clk_adc", 48_000],
    ["clk_rtc", 47],
  ];
  return rows.map(([name, khz]) => `${name} = ${khz}kHz${lineEnd}`);
}

export const runStatus = {
  stopped: 0,
  transitionToRunning: 1,
  running: 2,
  abortRequested: 3,
  aborting: 4,
  aborted: 5,
  transitionToStop: 6,
} as const;
