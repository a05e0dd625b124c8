import { EntrainError } from "#core/errors";
import { openSerialPort } from "#devices/transports/serial/serial-port";
import { ddsSweeperDefinition } from "./dds-sweeper/definition.ts";
import { DdsSweeper } from "./dds-sweeper/driver.ts";
import type { Instrument, InstrumentOptions } from "./instrument/board.ts";
import type { InstrumentDefinition } from "./instrument/definition.ts";
import { prawnDoDefinition } from "./prawn-do/definition.ts";
import { PrawnDo } from "./prawn-do/driver.ts";
import { prawnBlasterDefinition } from "./prawnblaster/definition.ts";
import { PrawnBlaster } from "./prawnblaster/driver.ts";

interface InstrumentEntry {
  readonly definition: InstrumentDefinition;
  /** @param settings - of the instrument; its own defaults where absent */
  create(options: InstrumentOptions & { readonly settings?: object }): Instrument;
}

/** All instruments on serial ports; a new one is a folder and an entry here. */
const instruments: readonly InstrumentEntry[] = [
  { definition: prawnBlasterDefinition, create: (options) => new PrawnBlaster(options) },
  { definition: prawnDoDefinition, create: (options) => new PrawnDo(options) },
  { definition: ddsSweeperDefinition, create: (options) => new DdsSweeper(options) },
];

export const instrumentDefinitions: readonly InstrumentDefinition[] = instruments.map(
  (entry) => entry.definition,
);

/** @returns undefined when there is none of that name */
export function findInstrument(kind: string): InstrumentDefinition | undefined {
  return instrumentDefinitions.find((definition) => definition.kind === kind);
}

/** Where an instrument is and how it may be used. */
export interface InstrumentPlace {
  readonly kind: string;
  readonly path: string;
  readonly settings?: object;
}

/** A driver on a serial port of this machine; nothing is opened yet. */
export function createInstrument(
  { kind, path, settings }: InstrumentPlace,
  options: Omit<InstrumentOptions, "openPort"> = {},
): Instrument {
  const entry = instruments.find(({ definition }) => definition.kind === kind);
  if (entry === undefined) {
    throw new EntrainError("instrument.unknown", {
      path: "kind",
      message: `there is no instrument "${kind}"`,
      found: kind,
      expected: `one of ${instruments.map(({ definition }) => definition.kind).join(", ")}`,
    });
  }
  const { baudRate } = entry.definition.serial;
  return entry.create({
    ...options,
    ...(settings === undefined ? {} : { settings }),
    openPort: () => openSerialPort({ path, baudRate }),
  });
}
