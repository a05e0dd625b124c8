import { z } from "zod";

/**
 * What a driver brings back for one point of the sweep: the level that the read-out assigned to each site in each
 * shot, before any correction.
 */
export const recordSchema = z
  .strictObject({
    /** Index on every axis, e.g. {exchange: 3, setting: 1}. */
    point: z.record(z.string(), z.int().min(0)),
    shots: z.int().min(1),
    sites: z.array(z.string()).min(1),
    /** base64 of shots × sites bytes, shot by shot; each 0, 1 or 2. */
    levels: z.base64(),
  })
  .meta({ id: "Record" });
export type Record = z.infer<typeof recordSchema>;

/** The levels of a record as bytes, shot by shot. */
export function levelsOf(record: Record): Uint8Array {
  return Uint8Array.from(Buffer.from(record.levels, "base64"));
}

/** How often each site showed each level: counts[site][level]. */
export function countsOf(record: Record): number[][] {
  const levels = levelsOf(record);
  const counts = record.sites.map(() => [0, 0, 0]);
  for (let i = 0; i < levels.length; i++) {
    const site = counts[i % record.sites.length]!;
    const level = levels[i]!;
    site[level] = (site[level] ?? 0) + 1;
  }
  return counts;
}
