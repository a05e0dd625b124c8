import { reply } from "#devices/transports/serial/grammar";
import type { ToneRow } from "#protocols/targets/instruments/boards";

/** The board's print of its table. It has no `ok`; its last line ends it. */
export const readTable = reply(
  "the instruction table",
  /Instruction Table Dump:\n((?:Offset: .*\n)*)End of Instruction Table\n/,
  { patient: true },
);

/** A row of single tones as the board prints it: one byte for the profile pins, then what goes over the bus. */
export function rowBytesAsStored({ channels }: ToneRow): string {
  const bytes = channels.flatMap(({ ftw, asf, pow }, channel) => [
    ...[0x00, 0x02 | (1 << (channel + 4))],
    ...[0x04, ftw >>> 24, (ftw >>> 16) & 0xff, (ftw >>> 8) & 0xff, ftw & 0xff],
    ...[0x05, pow >> 8, pow & 0xff],
    ...[0x06, 0x00, 0x10 | (asf >> 8), asf & 0xff],
  ]);
  return [0x01, ...bytes].map((byte) => byte.toString(16).toUpperCase().padStart(2, "0")).join(" ");
}
