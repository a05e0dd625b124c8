import type { IonProfile } from "../schema.ts";

/** Radio-frequency tones: two sideband beams, and the electrode that drives the motion at its two transitions. */
export const tonePorts = ["blue", "red", "drive01", "drive12"] as const;
export type TonePort = (typeof tonePorts)[number];

/** Digital lines but for those of the exchange. */
const fixedLines = ["cool", "repump", "detect"] as const;

export const exchangeLine = (bit: number): string => `exchange${bit}`;

/** Digital lines; the place in the list is the output that a line is wired to. */
export function linePorts(profile: IonProfile): string[] {
  const bits = profile.control?.exchange_bits ?? 0;
  return [...fixedLines, ...Array.from({ length: bits }, (_, bit) => exchangeLine(bit))];
}

export const counterPort = (site: string): string => `counter_${site}`;

/** Ids of the ions, in their order along the trap. */
export function siteIds(profile: IonProfile): string[] {
  return Array.from(profile.ions.groups, (_, i) => `i${i}`);
}
