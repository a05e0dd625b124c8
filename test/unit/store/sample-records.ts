import type { Record as MeasurementRecord } from "#ir/record";

/** A small record of point n. */
export function recordAt(n: number): MeasurementRecord {
  const levels = Uint8Array.from({ length: 60 }, (_, k) => (k * 7 + n) % 3);
  return {
    point: { exchange: n, setting: 0 },
    shots: 20,
    sites: ["q0", "q1", "q2"],
    levels: Buffer.from(levels).toString("base64"),
  };
}
