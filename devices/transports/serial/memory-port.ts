import type { BytePort, PortClosed } from "./port.ts";

/** What stands at the other end of a port in memory. */
export interface ByteDevice {
  receive(bytes: Uint8Array): void;
  /** Where the device's bytes go from now on; undefined while nobody is connected. */
  attach(send: ((bytes: Uint8Array) => void) | undefined): void;
}

export interface MemoryPortOptions {
  readonly path?: string;
  /** Splits what the device sends; default as it is. */
  readonly split?: (bytes: Uint8Array) => Iterable<Uint8Array>;
  /** Cuts the connection after this many bytes in both directions together. */
  readonly cutAfter_bytes?: number;
}

/**
 * A port whose other end is an object: delivers on later turns of the event loop, as a real one does. Like the real
 * one, it never settles a write that is under way when the connection is cut.
 */
export class MemoryPort implements BytePort {
  readonly path: string;
  readonly #device: ByteDevice;
  readonly #split: (bytes: Uint8Array) => Iterable<Uint8Array>;
  readonly #data: ((bytes: Uint8Array) => void)[] = [];
  readonly #closed: ((closed: PortClosed) => void)[] = [];
  #left: number;
  #open = true;
  /** Bytes that have passed, both directions. */
  passed = 0;

  constructor(device: ByteDevice, options: MemoryPortOptions = {}) {
    this.path = options.path ?? "memory";
    this.#device = device;
    this.#split = options.split ?? ((bytes) => [bytes]);
    this.#left = options.cutAfter_bytes ?? Number.POSITIVE_INFINITY;
    device.attach((bytes) => {
      for (const part of this.#split(bytes)) queueMicrotask(() => this.#deliver(part));
    });
  }

  write(bytes: Uint8Array): Promise<void> {
    if (!this.#open) return new Promise(() => {});
    return new Promise((resolve) => {
      queueMicrotask(() => {
        if (!this.#open) return;
        const passing = bytes.subarray(0, Math.min(bytes.length, this.#left));
        this.#count(passing.length);
        if (passing.length > 0) this.#device.receive(passing);
        if (this.#left === 0) this.cut();
        else resolve();
      });
    });
  }

  onData(listener: (bytes: Uint8Array) => void): void {
    this.#data.push(listener);
  }

  onClose(listener: (closed: PortClosed) => void): void {
    this.#closed.push(listener);
  }

  async close(): Promise<void> {
    this.#shut({ disconnected: false, message: "closed" });
  }

  /** The cable is pulled. */
  cut(): void {
    this.#shut({ disconnected: true, message: "bad file descriptor" });
  }

  #deliver(bytes: Uint8Array): void {
    if (!this.#open) return;
    const passing = bytes.subarray(0, Math.min(bytes.length, this.#left));
    this.#count(passing.length);
    if (passing.length > 0) for (const listener of this.#data) listener(passing);
    if (this.#left === 0) this.cut();
  }

  #count(bytes: number): void {
    this.passed += bytes;
    this.#left -= bytes;
  }

  #shut(closed: PortClosed): void {
    if (!this.#open) return;
    this.#open = false;
    this.#device.attach(undefined);
    for (const listener of this.#closed) listener(closed);
  }
}
