import { ddsSweeperDefinition } from "./dds-sweeper/definition.ts";
import type { InstrumentDefinition } from "./instrument/definition.ts";
import { novatechDefinition } from "./novatech-409b/definition.ts";
import { prawnDoDefinition } from "./prawn-do/definition.ts";
import { prawnBlasterDefinition } from "./prawnblaster/definition.ts";
import { quantumComposersDefinition } from "./quantum-composers-9520/definition.ts";
import { dg645Definition } from "./srs-dg645/definition.ts";

/** What is known of all instruments on serial ports; apart from their drivers, so that a list loads no serial port. */
export const instrumentDefinitions: readonly InstrumentDefinition[] = [
  prawnBlasterDefinition,
  prawnDoDefinition,
  ddsSweeperDefinition,
  novatechDefinition,
  quantumComposersDefinition,
  dg645Definition,
];

/** @returns undefined when there is none of that name */
export function findInstrument(kind: string): InstrumentDefinition | undefined {
  return instrumentDefinitions.find((definition) => definition.kind === kind);
}
