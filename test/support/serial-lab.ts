/** A lab's program: starts a long run on a PrawnDO and stays; ends as its first argument says. */
import { ExitGuard } from "#devices/drivers/instrument/exit-guard";
import { startWatchdog } from "#devices/drivers/instrument/watchdog";
import { createInstrument } from "#devices/drivers/instruments";
import type { PrawnDo } from "#devices/drivers/prawn-do/driver";

const [, , how = "", path = ""] = process.argv;
const place = { kind: "prawn-do", path };
if (how === "watchdog") startWatchdog([place]);
const board = createInstrument(place) as PrawnDo;
if (how !== "watchdog") new ExitGuard().watch(board);
await board.connect();
await board.upload({ rows: [{ word: 0x00ff, cycles: 4_000_000_000 }] });
await board.start({ software: true });
process.stdout.write("running\n");
if (how === "crash") {
  setTimeout(() => {
    throw new Error("a mistake in the lab's program");
  }, 20);
}
setInterval(() => {}, 1000);
