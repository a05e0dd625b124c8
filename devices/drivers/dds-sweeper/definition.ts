import type { InstrumentDefinition } from "../instrument/definition.ts";

export const ddsSweeperDefinition: InstrumentDefinition = {
  kind: "dds-sweeper",
  title: "DDS-sweeper (AD9959)",
  role: "one to four radio-frequency tones, new words at every trigger",
  wiring: [
    "USB to this computer (Raspberry Pi Pico, RP2040); the board's header to an AD9959 evaluation board.",
    "GPIO 16 is the trigger input: to GPIO 9 of the PrawnBlaster.",
    "GPIO 21 gives the AD9959 its 125 MHz reference unless an external one is connected to the AD9959 itself.",
    "One ground for all boards. Put a switch or an attenuator of your own before anything that full amplitude would harm.",
  ],
  serial: { baudRate: 115_200, remark: "USB-CDC, the rate is ignored; debug messages are on after power-up" },
  identity: 'answers "version" with bare "x.y.z"',
  firmware: [{ version: "0.4.0", evidence: "recorded", capabilities: ["board"] }],
  limits: [
    "Single tones with external triggers: 16656, 8615, 5810, 4383 rows for 1, 2, 3, 4 channels.",
    "At least 4, 6, 8, 10 µs between updates (250 + 250·channels cycles of 8 ns).",
    "Words are sent as integers: the board's own conversion of phases and, with an external reference, of times is wrong.",
    "Updates fall on the AD9959's SYNC_CLK, system clock / 4.",
    "Aborting stops the table and leaves the tones on: the driver sets every amplitude to nought afterwards.",
  ],
  safeState:
    "status stopped or aborted, amplitude word of all four channels nought; acknowledged, not read back",
  unverified: ["Delay from trigger to output.", "Sweep modes (the driver uses single tones only)."],
  sources: ["recorded exchange with genuine 0.4.0", "QTC-UMD/dds-sweeper 18e7444"],
};
