import type { InstrumentDefinition } from "../instrument/definition.ts";

export const quantumComposersDefinition: InstrumentDefinition = {
  kind: "quantum-composers-9520",
  title: "Quantum Composers 9520 series (BNC 575)",
  role: "pulse generator: delays and widths of up to eight channels after a common start",
  wiring: [
    "USB or RS-232 to this computer.",
    "Channels A, B, … are 1, 2, … on the wire. External trigger to the unit's gate/trigger input.",
  ],
  serial: {
    baudRate: 38_400,
    remark: "38400 was seen on BNC units over USB; set the same on the front panel",
  },
  identity: 'answers "*IDN?" with "QC,95xx,…" or "9518+…"',
  firmware: [],
  limits: [
    "Delays and widths of the channels that the settings allow, each within their limits.",
    "Slow: queries are repeated twice before the unit is given up.",
  ],
  safeState: "run state off and every channel disabled, both read back",
  unverified: [
    "Everything: no recording of a genuine unit was at hand. Commands were read in other drivers.",
    "Error replies `?<n>`; which numbers mean what.",
    "Whether disabling a channel sets its output to the inactive level at once.",
  ],
  sources: ["gadamc/qcsapphire (read)", "blackchirp drivers (read)"],
};
