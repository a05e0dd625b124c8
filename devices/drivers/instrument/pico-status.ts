import { line } from "#devices/transports/serial/grammar";

/** Status line of PrawnBlaster and PrawnDO. */
export const statusLine = line(
  "run-status:<0-6> clock-status:<0|1>",
  /run-status:([0-6]) clock-status:([01])/,
);

export interface PicoStatus {
  readonly run: number;
  readonly externalClock: boolean;
}

export function picoStatus([run, clock]: readonly string[]): PicoStatus {
  return { run: Number(run), externalClock: clock === "1" };
}

export const isIdle = ({ run }: PicoStatus): boolean => run === 0 || run === 5;
export const isRunning = ({ run }: PicoStatus): boolean => run === 1 || run === 2;

/** What both print when an external clock fails and they go back to their own. */
export const clockLost = /System Clock Resus'd/;

/** Lines that the two may print at any moment: that, and the greeting after power came back. */
export const unsolicited = /(?:System Clock Resus'd|Prawn Digital Output online)\r?\n/;
