/** Instruction memory of the board, bytes: rows from the bottom, cycles of internal timing at the top. */
export const memorySize = 244 * 1024;
export const timerRows = 5000;
const timingAt = memorySize - 4 * timerRows;

/** Bytes of one channel's row in memory by mode: single tone; amplitude, frequency, phase sweep; the same with steps. */
export const rowBytes = [14, 28, 29, 27, 36, 36, 36] as const;
/** Bytes of one channel's row in a payload by mode. */
export const payloadBytes = [8, 7, 13, 7, 13, 17, 13] as const;

const wordBytes = (value: number, count: number): number[] =>
  Array.from({ length: count }, (_, k) => Math.floor(value / 256 ** (count - 1 - k)) % 256);

export const frequencyBytes = (ftw: number) => wordBytes(ftw, 4);
export const phaseBytes = (pow: number) => wordBytes(pow & 0xffff, 2);
export const amplitudeBytes = (asf: number) => [0, ((asf >> 8) & 3) | 0x10, asf & 0xff];

export interface TableShape {
  readonly mode: number;
  readonly channels: number;
  readonly mirror: boolean;
  readonly internalTiming: boolean;
}

/** The board's table of instructions, byte for byte as it is sent to the synthesiser. */
export class InstructionTable {
  readonly memory = new Uint8Array(memorySize);
  /** Row of the stop or repeat; 0 counts as none. */
  stop = 0;

  step({ mode, channels }: TableShape): number {
    return rowBytes[mode]! * channels + 1;
  }

  /** Place of a row, or −1 when it does not fit. */
  offset(shape: TableShape, channel: number, address: number): number {
    const size = rowBytes[shape.mode]!;
    const at = this.step(shape) * address;
    const reserved = shape.internalTiming ? 4 * timerRows : 0;
    if (at + size * channel + 1 + size + reserved >= memorySize) return -1;
    return shape.internalTiming && address > timerRows ? -1 : at;
  }

  end(shape: TableShape, address: number, repeat: boolean): boolean {
    const at = this.offset(shape, 0, address);
    if (at < 0) return false;
    this.memory[at] = 0;
    this.memory[at + 1] = repeat ? 0xff : 0;
    this.stop = address;
    return true;
  }

  singleTone(
    shape: TableShape,
    address: number,
    channel: number,
    ftw: number,
    asf: number,
    pow: number,
  ): void {
    const at = this.offset(shape, channel, address);
    this.memory[at] = this.memory[at]! | 1;
    this.memory.set(
      [
        0,
        this.#select(shape, channel),
        4,
        ...frequencyBytes(ftw),
        5,
        ...phaseBytes(pow),
        6,
        ...amplitudeBytes(asf),
      ],
      at + rowBytes[0] * channel + 1,
    );
  }

  frequencySweep(
    shape: TableShape,
    address: number,
    channel: number,
    sweep: { readonly from: number; readonly to: number; readonly delta: number; readonly rate: number },
  ): void {
    const at = this.offset(shape, channel, address);
    const rising = sweep.to > sweep.from;
    const low = shape.mirror ? 0x0f : 1 << (3 - channel);
    const high = shape.mirror ? 0xf0 : 1 << (7 - channel);
    this.memory[at] = rising ? this.memory[at]! | low | high : (this.memory[at]! & ~high) | low;
    const up = sweep.from <= sweep.to;
    this.memory.set(
      [
        ...[0, this.#select(shape, channel), 4, ...frequencyBytes(Math.min(sweep.from, sweep.to))],
        ...[7, up ? 1 : sweep.rate, up ? sweep.rate : 1],
        ...[8, ...(up ? frequencyBytes(sweep.delta) : [0xff, 0xff, 0xff, 0xff])],
        ...[9, ...(up ? [0, 0, 0, 0] : frequencyBytes(sweep.delta))],
        ...[0x0a, ...frequencyBytes(Math.max(sweep.from, sweep.to)), 3, 0x80, 0x43, 0x10],
      ],
      at + rowBytes[2] * channel + 1,
    );
  }

  setTime(address: number, cycles: number): void {
    new DataView(this.memory.buffer).setUint32(timingAt + 4 * address, cycles >>> 0, true);
  }

  time(address: number): number {
    return new DataView(this.memory.buffer).getUint32(timingAt + 4 * address, true);
  }

  /** A row as it goes over the bus, without the byte for the profile pins. */
  busBytes(shape: TableShape, address: number): Uint8Array {
    const at = this.step(shape) * address;
    return this.memory.slice(at + 1, at + this.step(shape));
  }

  /** The table's rows as printed, one message each. */
  *dump(shape: TableShape): Generator<string> {
    yield "Instruction Table Dump:\n";
    if (this.stop === 0) {
      yield "Instruction table does not contain a stop or repeat. Cannot print\n";
      return;
    }
    const hex = (value: number) => value.toString(16).toUpperCase().padStart(2, "0");
    for (let row = 0; row < this.stop; row++) {
      const at = row * this.step(shape);
      yield `Offset: ${at} | `;
      yield `Bytes for instruction ${row}: `;
      for (const byte of this.memory.subarray(at, at + this.step(shape))) yield `${hex(byte)} `;
      if (shape.internalTiming) yield `| Timing: ${hex(this.time(row))} `;
      yield "\n";
    }
    yield "End of Instruction Table\n";
  }

  #select({ mirror }: TableShape, channel: number): number {
    return mirror ? 0xf2 : (1 << (channel + 4)) | 2;
  }
}

/**
 * The best fraction p/q for a sweep rate that continued fractions give before p or q leaves its range: what the board
 * programs for a rate given in Hz/s.
 */
export function sweepFraction(wanted: number, largestNumerator: number, largestDenominator: number) {
  let [p, pBefore, q, qBefore] = [Math.floor(wanted), 1, 1, 0];
  if (p === 0) return { delta: 1, rate: 255 };
  let rest = wanted - p;
  for (let k = 1; k < 100 && Math.abs(wanted - p / q) >= 1e-9; k++) {
    const digit = Math.floor(1 / rest);
    const next = [digit * p + pBefore, digit * q + qBefore] as const;
    if (next[0] > largestNumerator || next[1] > largestDenominator) break;
    rest = 1 / rest - digit;
    [pBefore, qBefore] = [p, q];
    [p, q] = next;
  }
  return { delta: p, rate: q };
}
