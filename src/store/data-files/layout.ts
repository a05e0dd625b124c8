import type { Plan } from "#ir/plan";

/**
 * Names in a data file; docs/data-files.md describes them for people.
 */

export const formatName = "entrain-data";
export const formatVersion = 1;

/** Dimensions after the axes of the scan. */
export const settingDimension = "setting";
export const shotDimension = "shot";
export const siteDimension = "site";

export const levelsName = "levels";
export const checksName = "levels_crc32";
export const countsName = "counts";

/** Read-out points instead of levels, and those of prepared levels. */
export const pointsName = "iq";
export const calibrationName = "iq_calibration";
/** Attribute of the calibration: how levels are told apart. */
export const classifierName = "classifier";
export const quadratureDimension = "quadrature";

/** Level of a shot that was not taken. */
export const missingLevel = 255;

/** Group of the documents of a run, as the texts that its folder holds. */
export const documentsGroup = "documents";

/** Names that an axis cannot have beside them. */
export const reservedNames: readonly string[] = [
  settingDimension,
  shotDimension,
  siteDimension,
  levelsName,
  checksName,
  countsName,
  pointsName,
  calibrationName,
  quadratureDimension,
  documentsGroup,
];

/** Dimensions of `levels`, slowest first. */
export function levelDimensions({ axes }: Pick<Plan, "axes">): string[] {
  return [...axes.map(({ name }) => name), settingDimension, shotDimension, siteDimension];
}

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value >>> 0;
});

/**
 * CRC-32 (IEEE 802.3, as zlib and Python's `zlib.crc32` have it), to be continued.
 *
 * @param before - CRC of what came before, 0 at the start
 */
export function crc32(bytes: ArrayLike<number>, before = 0): number {
  let value = ~before >>> 0;
  for (let i = 0; i < bytes.length; i++) value = table[(value ^ bytes[i]!) & 0xff]! ^ (value >>> 8);
  return ~value >>> 0;
}
