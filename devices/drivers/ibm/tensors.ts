import { inflateSync } from "node:zlib";
import { EntrainError } from "#core/errors";

/** An error about results that do not have the form they should have. */
export function undecodable(path: string, message: string, found: unknown, expected: string): EntrainError {
  return new EntrainError(
    "ibm.results_unreadable",
    {
      path,
      message,
      found,
      expected,
      hint: "The bytes as they came are kept in the journal's folder; nothing is lost.",
    },
    { kind: "device" },
  );
}

function inflate(text: unknown, path: string): Uint8Array {
  if (typeof text !== "string") throw undecodable(path, "no text", typeof text, "base64 of zlib data");
  try {
    return inflateSync(Buffer.from(text, "base64"));
  } catch {
    throw undecodable(path, "the data is not zlib in base64", `${text.slice(0, 24)}…`, "base64 of zlib data");
  }
}

export interface ByteTensor {
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/**
 * A `.npy` file of unsigned bytes in C order, compressed by zlib and written in base64 (the service's `ndarray`).
 *
 * @throws EntrainError `ibm.results_unreadable`
 */
export function decodeNpy(text: unknown, path: string): ByteTensor {
  const file = inflate(text, path);
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  if (bytes.length < 12 || bytes.toString("latin1", 0, 6) !== "\u0093NUMPY") {
    throw undecodable(path, "not a .npy file", bytes.toString("hex", 0, 6), "the bytes 93 4e 55 4d 50 59");
  }
  // Version 1 has a length of two bytes, later ones of four.
  const wide = bytes[6]! > 1;
  const start = wide ? 12 : 10;
  const end = start + (wide ? bytes.readUInt32LE(8) : bytes.readUInt16LE(8));
  const header = bytes.toString("latin1", start, end);
  const descr = /'descr':\s*'([^']*)'/.exec(header)?.[1];
  const shapeText = /'shape':\s*\(([^)]*)\)/.exec(header)?.[1];
  if (descr !== "|u1" || shapeText === undefined || !/'fortran_order':\s*False/.test(header)) {
    throw undecodable(path, "an array of another kind", header.trim(), "'|u1' in C order");
  }
  const shape = shapeText
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .map(Number);
  const data = new Uint8Array(bytes.buffer, bytes.byteOffset + end, bytes.length - end);
  const size = shape.reduce((product, n) => product * n, 1);
  if (data.length !== size)
    throw undecodable(path, "the array has another size", data.length, `${size} bytes`);
  return { shape, data };
}

/**
 * The bits of a `BitArray`: bytes big-endian with the padding on the left, so that c[0] is the lowest bit of the last
 * byte.
 *
 * @returns shots × num_bits values, c[0] first
 */
export function unpackBytes(tensor: ByteTensor, shots: number, num_bits: number, path: string): Uint8Array {
  const width = Math.ceil(num_bits / 8);
  const expected = [shots, width];
  if (tensor.shape.length !== 2 || tensor.shape[0] !== shots || tensor.shape[1] !== width) {
    throw undecodable(path, "the array has another shape", tensor.shape.join("×"), expected.join("×"));
  }
  const bits = new Uint8Array(shots * num_bits);
  for (let shot = 0; shot < shots; shot++) {
    for (let k = 0; k < num_bits; k++) {
      const byte = tensor.data[shot * width + width - 1 - (k >> 3)]!;
      bits[shot * num_bits + k] = (byte >> (k & 7)) & 1;
    }
  }
  return bits;
}

/** Hex texts, one a shot, c[0] the lowest bit; registers may be wider than a number holds. */
export function unpackHex(
  samples: readonly unknown[],
  shots: number,
  num_bits: number,
  path: string,
): Uint8Array {
  if (samples.length !== shots) {
    throw undecodable(path, "another number of samples", samples.length, `${shots}, one a shot`);
  }
  const bits = new Uint8Array(shots * num_bits);
  samples.forEach((sample, shot) => {
    if (typeof sample !== "string" || !/^0x[0-9a-f]+$/i.test(sample)) {
      throw undecodable(`${path}[${shot}]`, "not a hex number", sample, "0x…");
    }
    const value = BigInt(sample);
    if (value >> BigInt(num_bits) !== 0n) {
      throw undecodable(`${path}[${shot}]`, "more bits than the register has", sample, `${num_bits} bits`);
    }
    for (let k = 0; k < num_bits; k++) bits[shot * num_bits + k] = Number((value >> BigInt(k)) & 1n);
  });
  return bits;
}

/**
 * A boolean tensor of the executor: bits packed in little order, C order of the elements.
 *
 * @returns one byte an element, 0 or 1
 */
export function decodeBooleans(tensor: unknown, path: string): ByteTensor {
  const { data, shape, dtype } = (tensor ?? {}) as { data?: unknown; shape?: unknown; dtype?: unknown };
  if (dtype !== "bool" || !Array.isArray(shape) || !shape.every((n) => Number.isInteger(n) && n >= 0)) {
    throw undecodable(path, "not a boolean tensor", { dtype, shape }, 'dtype "bool" and a shape');
  }
  const packed = inflate(data, `${path}.data`);
  const size = (shape as number[]).reduce((product, n) => product * n, 1);
  if (packed.length !== Math.ceil(size / 8)) {
    throw undecodable(path, "the tensor has another size", packed.length, `${Math.ceil(size / 8)} bytes`);
  }
  const values = Uint8Array.from({ length: size }, (_, i) => (packed[i >> 3]! >> (i & 7)) & 1);
  return { shape: shape as number[], data: values };
}
