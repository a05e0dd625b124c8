import { createInterface } from "node:readline";
import { pause, systemClock } from "#devices/transports/serial/port";
import { createInstrument, type InstrumentPlace } from "../instruments.ts";
import type { WatchdogMessage } from "./watchdog.ts";

/** Ports are free once the parent is gone, but re-enumeration and slow boards take a while. */
const attempts = 20;
const between_ms = 500;

async function rescue(place: InstrumentPlace): Promise<void> {
  let last = "";
  for (let k = 0; k < attempts; k++) {
    const instrument = createInstrument(place, { acceptUnknownFirmware: true });
    try {
      await instrument.connect({ recover: true });
      await instrument.close();
      process.stderr.write(`watchdog: ${place.kind} on ${place.path} is in its safe state\n`);
      return;
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
      await pause(systemClock, between_ms);
    }
  }
  process.stderr.write(`watchdog: ${place.kind} on ${place.path} could not be made safe: ${last}\n`);
  process.exitCode = 1;
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});

let places: readonly InstrumentPlace[] = [];
let released = false;
for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line) as WatchdogMessage;
  if ("watch" in message) places = message.watch;
  else released = true;
}
// The pipe has ended: an orderly release, or the parent is gone.
if (!released) await Promise.all(places.map(rescue));
process.exit();
