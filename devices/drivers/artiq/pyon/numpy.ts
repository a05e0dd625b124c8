import { EntrainError } from "#core/errors";
import type { NumpyArray, NumpyScalar, Pyon } from "./values.ts";

/**
 * The entries of a numpy array in C order. Integers of 64 bits come as `number` where that is exact, else as
 * `bigint`.
 *
 * @throws EntrainError `pyon.dtype` for a type that is not read (datetimes, records), `pyon.shape` when the bytes
 * do not fill the shape
 */
export function valuesOf(array: NumpyArray): Pyon[] {
  const count = array.shape.reduce((product, size) => product * size, 1);
  const { size, read } = readerOf(array.dtype);
  if (array.data.length !== count * size) {
    throw new EntrainError(
      "pyon.shape",
      {
        path: "nparray",
        message: `the array needs ${count * size} bytes, and ${array.data.length} came`,
        found: array.data.length,
      },
      { kind: "device" },
    );
  }
  const view = new DataView(array.data.buffer, array.data.byteOffset, array.data.byteLength);
  return Array.from({ length: count }, (_, i) => read(view, i * size));
}

export function scalarOf(scalar: NumpyScalar): Pyon {
  return valuesOf({ kind: "nparray", shape: [], dtype: scalar.dtype, data: scalar.data })[0]!;
}

/** An array of 64-bit floats. */
export function float64Array(
  values: readonly number[],
  shape: readonly number[] = [values.length],
): NumpyArray {
  const data = new Uint8Array(values.length * 8);
  const view = new DataView(data.buffer);
  values.forEach((value, i) => {
    view.setFloat64(i * 8, value, true);
  });
  return { kind: "nparray", shape, dtype: "<f8", data };
}

interface ItemReader {
  readonly size: number;
  read(view: DataView, at: number): Pyon;
}

function readerOf(dtype: string): ItemReader {
  const match = /^([<>|=])([biufcSU])(\d+)$/.exec(dtype);
  if (!match) throw unreadable(dtype);
  const little = match[1] !== ">";
  const count = Number(match[3]);
  if (match[2] === "S") return { size: count, read: (view, at) => latin(view, at, count) };
  if (match[2] === "U") {
    return { size: 4 * count, read: (view, at) => codePoints(view, at, count, little) };
  }
  const key = `${match[2]}${count}`;
  if (key === "c8" || key === "c16") {
    const part = readerOf(`${match[1]}f${count / 2}`);
    return {
      size: count,
      read: (view, at) => ({
        kind: "complex",
        re: Number(part.read(view, at)),
        im: Number(part.read(view, at + part.size)),
      }),
    };
  }
  const read = numbers[key];
  if (!read) throw unreadable(dtype);
  return { size: count, read: (view, at) => read(view, at, little) };
}

const numbers: Readonly<Record<string, (view: DataView, at: number, little: boolean) => Pyon>> = {
  b1: (view, at) => view.getUint8(at) !== 0,
  i1: (view, at) => view.getInt8(at),
  i2: (view, at, little) => view.getInt16(at, little),
  i4: (view, at, little) => view.getInt32(at, little),
  i8: (view, at, little) => exact(view.getBigInt64(at, little)),
  u1: (view, at) => view.getUint8(at),
  u2: (view, at, little) => view.getUint16(at, little),
  u4: (view, at, little) => view.getUint32(at, little),
  u8: (view, at, little) => exact(view.getBigUint64(at, little)),
  f2: (view, at, little) => half(view.getUint16(at, little)),
  f4: (view, at, little) => view.getFloat32(at, little),
  f8: (view, at, little) => view.getFloat64(at, little),
};

function exact(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** IEEE 754 binary16. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function latin(view: DataView, at: number, length: number): string {
  const codes = Array.from({ length }, (_, i) => view.getUint8(at + i));
  return String.fromCharCode(...codes).replace(/\0+$/, "");
}

function codePoints(view: DataView, at: number, length: number, little: boolean): string {
  const codes = Array.from({ length }, (_, i) => view.getUint32(at + 4 * i, little));
  return String.fromCodePoint(...codes).replace(/\0+$/, "");
}

function unreadable(dtype: string): EntrainError {
  return new EntrainError(
    "pyon.dtype",
    { path: "dtype", message: `entries of type "${dtype}" are not read`, found: dtype },
    { kind: "device" },
  );
}
