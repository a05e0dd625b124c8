/**
 * A byte pipe to an instrument: a serial port, a pty, or a fake in memory.
 *
 * `write` resolves when the operating system has taken the bytes, which says nothing about the instrument, and may
 * stay pending for ever when the port goes away meanwhile; whoever waits for it needs a deadline of their own.
 */
export interface BytePort {
  /** For messages only; never used to tell what is connected. */
  readonly path: string;
  write(bytes: Uint8Array): Promise<void>;
  onData(listener: (bytes: Uint8Array) => void): void;
  /** Called once, whoever closed. */
  onClose(listener: (closed: PortClosed) => void): void;
  /** Resolves when the port is free for the next one; never rejects. */
  close(): Promise<void>;
}

export interface PortClosed {
  /** True when the other side went away: cable, power, reset. */
  readonly disconnected: boolean;
  readonly message: string;
}

/** Time as the channel sees it, so that tests need not wait. */
export interface Clock {
  /** Monotonic, ms. */
  now(): number;
  /** Calls back after `delay_ms`; the result cancels. */
  after(delay_ms: number, callback: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  after(delay_ms, callback) {
    const timer = setTimeout(callback, delay_ms);
    return () => clearTimeout(timer);
  },
};

/** Resolves after `delay_ms` of that clock. */
export function pause(clock: Clock, delay_ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(delay_ms, resolve);
  });
}

/** Bytes as text, one character each: what firmware prints is ASCII, what line noise prints survives. */
export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

export function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, "latin1"));
}
