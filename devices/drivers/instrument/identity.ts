import { EntrainError } from "#core/errors";
import { CommandChannel, type Probe } from "#devices/transports/serial/channel";
import { line } from "#devices/transports/serial/grammar";
import { type BytePort, type Clock, systemClock } from "#devices/transports/serial/port";

export interface Identity {
  readonly kind: string;
  readonly version: string;
}

/** One question that all three Pico boards answer, each in its own way. */
export const boardProbe: Probe = {
  text: "version",
  reply: line("a version", /((?:version: |Version: )?\d+\.\d+\.\d+[\w.-]*)/),
};

/** Which board says this. */
export function boardOf(answer: string): Identity {
  const [, prefix = "", version = ""] = /^(version: |Version: )?(.*)$/.exec(answer) ?? [];
  if (prefix === "version: ") return { kind: "prawnblaster", version };
  return { kind: prefix === "Version: " ? "prawn-do" : "dds-sweeper", version };
}

/**
 * Asks what is behind a port. Sends one line end and `version`, nothing else; the port is closed again.
 *
 * @returns undefined when nothing answers as one of the boards does
 */
export async function identifyPort(
  port: BytePort,
  clock: Clock = systemClock,
): Promise<Identity | undefined> {
  const channel = new CommandChannel(port, clock, { clipped_bytes: 127 });
  try {
    await channel.resync(boardProbe);
    const [answer = ""] = await channel.command(boardProbe.text, boardProbe.reply);
    return boardOf(answer);
  } catch (error) {
    if (error instanceof EntrainError && error.kind === "device") return undefined;
    throw error;
  } finally {
    await channel.close();
  }
}
