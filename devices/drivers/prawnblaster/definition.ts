import type { InstrumentDefinition } from "../instrument/definition.ts";

export const prawnBlasterDefinition: InstrumentDefinition = {
  kind: "prawnblaster",
  title: "PrawnBlaster pseudoclock",
  role: "starts and paces the others: pulses at programmed intervals on one to four outputs",
  wiring: [
    "USB to this computer (Raspberry Pi Pico, RP2040).",
    "GPIO 9 (pseudoclock 0) to GPIO 16 of the DDS-sweeper and, on the same line, to GPIO 16 of the PrawnDO; 3.3 V.",
    "GPIO 11, 13, 15 are pseudoclocks 1, 2, 3; GPIO 0, 2, 4, 6 their trigger inputs. Tie inputs you do not use to ground.",
    "One ground for all boards. For phases that repeat from run to run, one reference clock for all (GPIO 20).",
  ],
  serial: { baudRate: 115_200, remark: "USB-CDC, the rate is ignored; commands end with a line feed" },
  identity: 'answers "version" with "version: x.y.z"',
  firmware: [
    { version: "1.1.1", evidence: "recorded", capabilities: [] },
    { version: "1.2.0", evidence: "unverified", capabilities: ["board"] },
  ],
  limits: [
    "30 000 instructions, shared by the pseudoclocks in use; half-periods from 5 ticks; 50 % duty, so intervals are even ticks.",
    "Clock 100 MHz unless set otherwise, at most 133 MHz.",
    "The first edge comes about 60 µs after a software start, with some scatter.",
  ],
  safeState: "status stopped or aborted, table empty, outputs of the pseudoclocks in use driven low",
  unverified: [
    "Delay from a hardware trigger to the first edge.",
    "Waits that a trigger ends before their timeout.",
  ],
  sources: ["recorded exchange with genuine 1.1.1", "labscript-suite/PrawnBlaster 9020318"],
};
