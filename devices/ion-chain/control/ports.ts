import type { IonProfile } from "../schema.ts";

/** Radio-frequency tones: two sideband beams, and the electrode that drives the motion at its two transitions. */
export const toneRoles = ["blue", "red", "drive01", "drive12"] as const;
export type ToneRole = (typeof toneRoles)[number];

/** A tone's port: for all ions, or for the one whose beam or electrode it is. */
export interface TonePort {
  readonly id: string;
  readonly role: ToneRole;
  /** Index of the ion; null for all. */
  readonly ion: number | null;
}

/** Tones of a trap; the place in the list is the channel that a tone is wired to. */
export function tonePorts(profile: IonProfile): TonePort[] {
  if (profile.control?.addressing !== "single") {
    return toneRoles.map((role) => ({ id: role, role, ion: null }));
  }
  return siteIds(profile).flatMap((site, ion) =>
    toneRoles.map((role) => ({ id: `${role}_${site}`, role, ion })),
  );
}

/** Digital lines but for those of the exchange. */
const fixedLines = ["cool", "repump", "detect"] as const;

export const exchangeLine = (bit: number): string => `exchange${bit}`;

/** Bits of the wells' detuning, in two's complement. */
export const wellLine = (bit: number): string => `well${bit}`;

/** Digital lines; the place in the list is the output that a line is wired to. */
export function linePorts(profile: IonProfile): string[] {
  const { exchange_bits = 0, well_bits = 0 } = profile.control ?? {};
  const numbered = (count: number, name: (bit: number) => string) =>
    Array.from({ length: count }, (_, bit) => name(bit));
  return [...fixedLines, ...numbered(exchange_bits, exchangeLine), ...numbered(well_bits, wellLine)];
}

export const counterPort = (site: string): string => `counter_${site}`;

/** Ids of the ions, in their order along the trap. */
export function siteIds(profile: IonProfile): string[] {
  return Array.from(profile.ions.groups, (_, i) => `i${i}`);
}
