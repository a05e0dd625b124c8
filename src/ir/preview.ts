/**
 * Planes of a map as the page gets them while knobs move: small, coarse at first, in float32.
 *
 * Four uint32 (mark, columns, rows, planes), then the planes one after the other, row by row from the first row on,
 * everything little-endian; NaN where a quantity is not defined.
 */

const mark = 0x50414d45;
const headerBytes = 16;

/** What a point of a map is; the place in this list is its code in the plane `kind`. */
export const pointKinds = [
  "none",
  "partial",
  "locked",
  "breathing",
  "irregular",
  "multistable",
  "unsolved",
  "growing",
] as const;
export type PointKind = (typeof pointKinds)[number];

/** Planes of each preview, in their order. */
export const previewPlanes = {
  /** Linear stability alone: what grows has not been followed yet. */
  growth: ["kind", "growth_rate"],
  /** Long-time states. */
  state: ["kind", "growth_rate", "order_parameter", "frequency_difference"],
  /** 1 where some γ₋ of the device makes the model, 0 elsewhere. */
  reach: ["within"],
} as const;
export type PreviewName = keyof typeof previewPlanes;

export interface Preview {
  readonly columns: number;
  readonly rows: number;
  readonly planes: readonly Float32Array[];
}

/**
 * Code of a point from the planes `state` (0 none, 1 partial, 2 full; NaN: not solved) and `flags` (1 breathing, 2
 * irregular, 4 multistable) of a map; the first that fits, as in the drawn maps.
 */
export function kindCode(state: number, flags: number): number {
  if (Number.isNaN(state)) return 6;
  if (flags & 4) return 5;
  if (flags & 2) return 4;
  if (state === 0) return 0;
  if (state === 1) return 1;
  return flags & 1 ? 3 : 2;
}

export function encodePreview({ columns, rows, planes }: Preview): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(headerBytes + 4 * columns * rows * planes.length);
  const view = new DataView(bytes.buffer);
  [mark, columns, rows, planes.length].forEach((value, k) => {
    view.setUint32(4 * k, value, true);
  });
  let at = headerBytes;
  for (const plane of planes) {
    for (const value of plane) {
      view.setFloat32(at, value, true);
      at += 4;
    }
  }
  return bytes;
}

/** @throws RangeError for bytes that are not a whole preview */
export function decodePreview(bytes: ArrayBuffer): Preview {
  const view = new DataView(bytes);
  const word = (k: number) => view.getUint32(4 * k, true);
  if (bytes.byteLength < headerBytes || word(0) !== mark)
    throw new RangeError("these bytes are not a preview");
  const [columns, rows, count] = [word(1), word(2), word(3)];
  const size = columns * rows;
  if (bytes.byteLength !== headerBytes + 4 * size * count) throw new RangeError("the preview is not whole");
  const planes = Array.from({ length: count }, (_, p) =>
    Float32Array.from({ length: size }, (__, k) => view.getFloat32(headerBytes + 4 * (p * size + k), true)),
  );
  return { columns, rows, planes };
}
