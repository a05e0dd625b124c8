import type { InstrumentDefinition } from "../instrument/definition.ts";

export const dg645Definition: InstrumentDefinition = {
  kind: "srs-dg645",
  title: "SRS DG645 delay generator",
  role: "delays of the edges A … H after a trigger",
  wiring: [
    "RS-232 to this computer, straight cable, 8 data bits, no parity, one stop bit.",
    "Outputs T0, AB, CD, EF, GH; external trigger to the TRIG input.",
  ],
  serial: { baudRate: 9600, remark: "as set on the front panel" },
  identity: 'answers "*IDN?" with a text that contains "DG645"',
  firmware: [],
  limits: [
    "Set commands are not answered: after each, the error queue is read, which also waits for it.",
    "Outputs cannot be set to nought volts; the safe state is that nothing triggers them.",
  ],
  safeState: "burst off and trigger source single shot, both read back: outputs stay at their resting levels",
  unverified: [
    "Everything: no recording of a genuine unit was at hand. Commands were read in another driver.",
    "9600 baud; the error query LERR? and that 0 means none; numbers of the trigger sources; the text of *IDN?.",
  ],
  sources: ["InstrumentKit 6804012 (read)"],
};
