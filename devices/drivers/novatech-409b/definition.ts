import type { InstrumentDefinition } from "../instrument/definition.ts";

export const novatechDefinition: InstrumentDefinition = {
  kind: "novatech-409b",
  title: "Novatech 409B / DDS9m",
  role: "four radio-frequency tones, two of them from a table that a trigger steps through",
  wiring: [
    "RS-232 (null-modem or straight as the manual of your unit says), or its USB adapter, to this computer.",
    "Table mode: the trigger (TS input) to a clock of the PrawnBlaster; at least 110 µs between pulses.",
    "Outputs 0 … 3 through attenuators of your own: full amplitude is what the unit starts with.",
  ],
  serial: { baudRate: 19_200, remark: "9600, 38400, 57600 and 115200 are tried when it does not answer" },
  identity:
    "answers `e d` with OK and `QUE` with five lines of hexadecimal numbers; there is no identity query",
  firmware: [],
  limits: [
    "0.1 Hz to 171 MHz in steps of 0.1 Hz, amplitude 0 … 1023, phase 0 … 16383; 0 Hz is not allowed.",
    "Table: 16 384 rows for channels 0 and 1.",
    "At least 110 µs between updates.",
  ],
  safeState: "single-tone mode, automatic update, amplitude nought on all channels as read back by `QUE`",
  unverified: [
    "Everything: no recording of a genuine unit was at hand. Commands were read in other drivers.",
    "Factory rate of 19200 baud; order and width of the fields of `QUE`; which status line ends it.",
    "What goes wrong without switching to table mode and back before loading.",
  ],
  sources: ["labscript NovaTechDDS9M 424b9f4 (read)", "naqslab driver (error codes, read)"],
};
