import { EntrainError } from "#core/errors";
import type { Driver, DriverDescription } from "#ir/driver";
import { parseDigitalProfile } from "../digital/profile.ts";
import { parseIonProfile } from "../ion-chain/schema.ts";
import { parseTransmonProfile } from "../transmon/schema.ts";
import { crateOptions } from "./artiq/crate.ts";
import { ArtiqDriver, artiqDescription } from "./artiq/driver.ts";
import { CircuitEmulator, circuitEmulatorDescription } from "./emulator/circuits.ts";
import { EmulatorDriver, emulatorDescription } from "./emulator/driver.ts";
import { IonEmulatorDriver } from "./emulator/ion-driver.ts";
import { ibmDescription } from "./ibm/driver.ts";
import { IbmProgramDriver, type IbmServices } from "./ibm/program-driver.ts";
import { SerialDriver, serialDescription } from "./serial/driver.ts";

export interface DriverEntry {
  readonly description: DriverDescription;
  /** Where it differs between devices. */
  describe?(profile: unknown): DriverDescription;
  /** @param profile - as the platform resolved it */
  create(profile: unknown, services: DriverServices): Driver;
}

/** What a driver may need of whoever starts it. */
export interface DriverServices {
  /** For drivers that submit to a service that charges. */
  readonly ibm?: () => IbmServices;
}

/** All drivers; a new one is a folder and an entry here. */
const drivers: readonly DriverEntry[] = [
  {
    description: {
      ...emulatorDescription,
      title: "emulated device, driven by the program's text",
      targets: [...emulatorDescription.targets, ...circuitEmulatorDescription.targets],
      limits: [
        ...emulatorDescription.limits,
        ...circuitEmulatorDescription.limits.map((limit) => `Circuits: ${limit}`),
      ],
    },
    describe: (profile) => (isDigital(profile) ? circuitEmulatorDescription : emulatorDescription),
    create: (profile) => {
      if (isDigital(profile)) return new CircuitEmulator(parseDigitalProfile(profile));
      return (profile as { kind?: unknown }).kind === "ion-chain"
        ? new IonEmulatorDriver(parseIonProfile(profile), emulatorDescription)
        : new EmulatorDriver(parseTransmonProfile(profile));
    },
  },
  {
    description: ibmDescription,
    create: (profile, { ibm }) => {
      if (!isDigital(profile)) {
        throw new EntrainError("driver.profile", {
          path: "driver",
          message: "IBM Quantum runs circuits, and the device of this experiment is no gate-model machine",
          found: (profile as { readonly name?: unknown }).name,
          expected: "a profile of kind digital",
        });
      }
      if (ibm !== undefined) return new IbmProgramDriver(parseDigitalProfile(profile), ibm());
      throw new EntrainError("driver.services", {
        path: "driver",
        message: "the driver ibm submits what is charged; it is started from the command line",
        expected: "entrain run FILE --driver ibm",
      });
    },
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

/** What a driver is and does for a device with this profile. */
export function describeDriver(kind: string, profile: unknown): DriverDescription {
  const entry = findDriver(kind);
  return entry.describe?.(profile) ?? entry.description;
}

/** A driver for a device with this profile. */
export function createDriver(kind: string, profile: unknown, services: DriverServices = {}): Driver {
  return findDriver(kind).create(profile, services);
}
