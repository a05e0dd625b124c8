/** How sure a statement about an instrument is. */
export type Evidence =
  /** Compared byte for byte with a recording of the genuine firmware. */
  | "recorded"
  /** Read in published source, of the firmware or of another driver. */
  | "source"
  /** Common knowledge that nobody has checked for this driver. */
  | "unverified";

export interface FirmwareVersion {
  readonly version: string;
  readonly evidence: Evidence;
  /** What this version does differently; names that the driver asks for. */
  readonly capabilities: readonly string[];
}

/** What a lab must know before it connects an instrument. */
export interface InstrumentDefinition {
  readonly kind: string;
  readonly title: string;
  readonly role: string;
  /** What to connect to what, in sentences. */
  readonly wiring: readonly string[];
  readonly serial: { readonly baudRate: number; readonly remark: string };
  /** How it is told from others; never by its USB numbers. */
  readonly identity: string;
  readonly firmware: readonly FirmwareVersion[];
  readonly limits: readonly string[];
  /** What the driver leaves behind on every way out, and how it knows. */
  readonly safeState: string;
  /** Statements of this driver that no recording backs. */
  readonly unverified: readonly string[];
  readonly sources: readonly string[];
}

/** The definition as text for a terminal. */
export function describeInstrument(definition: InstrumentDefinition): string {
  const list = (title: string, items: readonly string[]) =>
    items.length === 0 ? [] : [`  ${title}:`, ...items.map((item) => `    - ${item}`)];
  const firmware = definition.firmware.map(({ version, evidence }) =>
    evidence === "recorded" ? `${version}: known good (recorded)` : `${version}: not compared (${evidence})`,
  );
  return [
    `${definition.kind}: ${definition.title}`,
    `  role: ${definition.role}`,
    `  serial: ${definition.serial.baudRate} baud; ${definition.serial.remark}`,
    `  identity: ${definition.identity}`,
    ...list("connect", definition.wiring),
    ...list("firmware", firmware.length === 0 ? ["none has been compared with this driver"] : firmware),
    ...list("limits", definition.limits),
    `  safe state: ${definition.safeState}`,
    ...list("not verified", definition.unverified),
    ...list("sources", definition.sources),
    "",
  ].join("\n");
}
