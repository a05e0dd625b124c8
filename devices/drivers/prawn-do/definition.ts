import type { InstrumentDefinition } from "../instrument/definition.ts";

export const prawnDoDefinition: InstrumentDefinition = {
  kind: "prawn-do",
  title: "PrawnDO digital output",
  role: "sixteen TTL lines with edges on a 10 ns grid, started by one trigger",
  wiring: [
    "USB to this computer (Raspberry Pi Pico, RP2040).",
    "GPIO 0 … 15 are the outputs 0 … 15, 3.3 V. GPIO 16 is the trigger input: to GPIO 9 of the PrawnBlaster.",
    "Give every line that energises something a pull-down: between power-up and the first run outputs are inputs.",
    "One ground for all boards; GPIO 20 takes a reference clock.",
  ],
  serial: {
    baudRate: 115_200,
    remark: "USB-CDC, the rate is ignored; all numbers on the wire are hexadecimal",
  },
  identity: 'answers "ver" with "Version: x.y.z"',
  firmware: [{ version: "1.3.1", evidence: "recorded", capabilities: ["board"] }],
  limits: [
    "30 000 instructions (the driver keeps to the RP2040's number); holds from 5 ticks to 2³²−1 ticks.",
    "Clock 100 MHz unless set otherwise, at most 133 MHz.",
    "An abort stops the board and leaves its outputs as they are: the driver sets them low afterwards.",
  ],
  safeState: "status stopped or aborted, table empty, all sixteen outputs low as read back from the pins",
  unverified: ["Delay from the trigger to the first word.", "Triggers within a program."],
  sources: ["recorded exchange with genuine 1.3.1", "labscript-suite/prawn_digital_output 3fecbdd"],
};
