import { EntrainError } from "#core/errors";
import { openSerialPort } from "#devices/transports/serial/serial-port";
import { DdsSweeper } from "./dds-sweeper/driver.ts";
import type { Instrument, InstrumentOptions } from "./instrument/board.ts";
import { findInstrument } from "./instrument-definitions.ts";
import { Novatech } from "./novatech-409b/driver.ts";
import { PrawnDo } from "./prawn-do/driver.ts";
import { PrawnBlaster } from "./prawnblaster/driver.ts";
import { QuantumComposers } from "./quantum-composers-9520/driver.ts";
import { Dg645 } from "./srs-dg645/driver.ts";

type Create = (options: InstrumentOptions & { readonly settings?: object }) => Instrument;

/** Drivers by the kind of their definition; a new one is a folder, a definition in the list, and a line here. */
const drivers: Readonly<Record<string, Create>> = {
  prawnblaster: (options) => new PrawnBlaster(options),
  "prawn-do": (options) => new PrawnDo(options),
  "dds-sweeper": (options) => new DdsSweeper(options),
  "novatech-409b": (options) => new Novatech(options),
  "quantum-composers-9520": (options) => new QuantumComposers(options),
  "srs-dg645": (options) => new Dg645(options),
};

/** Where an instrument is and how it may be used. */
export interface InstrumentPlace {
  readonly kind: string;
  readonly path: string;
  /** Of the instrument; its own defaults where absent. */
  readonly settings?: object;
}

/**
 * A driver on a serial port of this machine; nothing is opened yet.
 *
 * @throws EntrainError `instrument.unknown` with the list
 */
export function createInstrument(
  { kind, path, settings }: InstrumentPlace,
  options: Omit<InstrumentOptions, "openPort"> = {},
): Instrument {
  const create = drivers[kind];
  const definition = findInstrument(kind);
  if (create === undefined || definition === undefined) {
    throw new EntrainError("instrument.unknown", {
      path: "kind",
      message: `there is no instrument "${kind}"`,
      found: kind,
      expected: `one of ${Object.keys(drivers).join(", ")}`,
    });
  }
  return create({
    ...options,
    ...(settings === undefined ? {} : { settings }),
    openPort: (baudRate = definition.serial.baudRate) => openSerialPort({ path, baudRate }),
  });
}
