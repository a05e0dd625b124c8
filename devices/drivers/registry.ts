import { EntrainError } from "#core/errors";
import type { Driver, DriverDescription } from "#ir/driver";
import { parseIonProfile } from "../ion-chain/schema.ts";
import { parseTransmonProfile } from "../transmon/schema.ts";
import { crateOptions } from "./artiq/crate.ts";
import { ArtiqDriver, artiqDescription } from "./artiq/driver.ts";
import { EmulatorDriver, emulatorDescription } from "./emulator/driver.ts";
import { IonEmulatorDriver } from "./emulator/ion-driver.ts";
import { SerialDriver, serialDescription } from "./serial/driver.ts";

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
      (profile as { kind?: unknown }).kind === "ion-chain"
        ? new IonEmulatorDriver(parseIonProfile(profile), emulatorDescription)
        : new EmulatorDriver(parseTransmonProfile(profile)),
  },
  {
    description: serialDescription,
    create: (profile) => new SerialDriver(parseIonProfile(profile)),
  },
  {
    description: artiqDescription,
    create: (profile) => new ArtiqDriver(crateOptions(parseIonProfile(profile))),
  },
];

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
