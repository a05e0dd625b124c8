import { EntrainError } from "#core/errors";
import type { Driver, DriverDescription } from "#ir/driver";
import { parseDigitalProfile } from "../digital/profile.ts";
import { parseTransmonProfile } from "../transmon/schema.ts";
import { CircuitEmulator } from "./emulator/circuits.ts";
import { EmulatorDriver, emulatorDescription } from "./emulator/driver.ts";

export interface DriverEntry {
  readonly description: DriverDescription;
  /** @param profile - as the platform resolved it */
  create(profile: unknown): Driver;
}

/** All drivers; a new one is a folder and an entry here. */
const drivers: readonly DriverEntry[] = [
  {
    description: emulatorDescription,
    create: (profile) =>
      isDigital(profile)
        ? new CircuitEmulator(parseDigitalProfile(profile))
        : new EmulatorDriver(parseTransmonProfile(profile)),
  },
];

function isDigital(profile: unknown): boolean {
  return (profile as { readonly kind?: unknown } | null)?.kind === "digital";
}

export const driverDescriptions: readonly DriverDescription[] = drivers.map((entry) => entry.description);

/** @throws EntrainError `driver.unknown` with the list */
export function findDriver(kind: string): DriverEntry {
  const entry = drivers.find((candidate) => candidate.description.kind === kind);
  if (entry) return entry;
  throw new EntrainError("driver.unknown", {
    path: "driver",
    message: `there is no driver "${kind}"`,
    found: kind,
    expected: `one of ${drivers.map((d) => d.description.kind).join(", ")}`,
  });
}

/** A driver for a device with this profile. */
export function createDriver(kind: string, profile: unknown): Driver {
  return findDriver(kind).create(profile);
}
