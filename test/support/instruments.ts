import { DdsSweeper } from "#devices/drivers/dds-sweeper/driver";
import { FakeDdsSweeper } from "#devices/drivers/dds-sweeper/fake";
import type { DdsSweeperSettings } from "#devices/drivers/dds-sweeper/settings";
import type { InstrumentOptions } from "#devices/drivers/instrument/board";
import { PrawnDo, type PrawnDoSettings } from "#devices/drivers/prawn-do/driver";
import { FakePrawnDo } from "#devices/drivers/prawn-do/fake";
import { PrawnBlaster, type PrawnBlasterSettings } from "#devices/drivers/prawnblaster/driver";
import { FakePrawnBlaster } from "#devices/drivers/prawnblaster/fake";
import { type ChannelOptions, CommandChannel } from "#devices/transports/serial/channel";
import { type ByteDevice, MemoryPort, type MemoryPortOptions } from "#devices/transports/serial/memory-port";
import { VirtualClock } from "./virtual-clock.ts";

type Extra<S> = Partial<Omit<InstrumentOptions, "openPort" | "clock">> & {
  readonly settings?: Partial<S>;
  /** Options of the first port, then of the next…; the last stands for all further ones. */
  readonly ports?: readonly MemoryPortOptions[];
};

/** Opens ports to one device, one after the other. */
export function opener(device: ByteDevice, ports: readonly MemoryPortOptions[] = []) {
  const opened: MemoryPort[] = [];
  return {
    opened,
    openPort: async () => {
      const port = new MemoryPort(device, ports[Math.min(opened.length, ports.length - 1)] ?? {});
      opened.push(port);
      return port;
    },
  };
}

export function blaster(
  fake?: FakePrawnBlaster,
  extra: Extra<PrawnBlasterSettings> = {},
  clock = new VirtualClock(),
) {
  const device = fake ?? new FakePrawnBlaster(clock);
  const { opened, openPort } = opener(device, extra.ports);
  return { clock, opened, fake: device, driver: new PrawnBlaster({ ...extra, openPort, clock }) };
}

export function digital(fake?: FakePrawnDo, extra: Extra<PrawnDoSettings> = {}, clock = new VirtualClock()) {
  const device = fake ?? new FakePrawnDo(clock);
  const { opened, openPort } = opener(device, extra.ports);
  return { clock, opened, fake: device, driver: new PrawnDo({ ...extra, openPort, clock }) };
}

/** Limits that let every channel do all the synthesiser can. */
export const wideOpen = [0, 1, 2, 3].map((channel) => ({
  channel,
  largestAmplitude: 1,
  lowest_hz: 0.1,
  highest_hz: 249e6,
}));

export function sweeper(
  fake?: FakeDdsSweeper,
  extra: Extra<DdsSweeperSettings> = {},
  clock = new VirtualClock(),
) {
  const device = fake ?? new FakeDdsSweeper(clock);
  const { opened, openPort } = opener(device, extra.ports);
  const settings = { channels: wideOpen, ...extra.settings };
  return { clock, opened, fake: device, driver: new DdsSweeper({ ...extra, settings, openPort, clock }) };
}

/** A bare channel to a device, in step from the start. */
export function channelTo(
  device: ByteDevice,
  clock: VirtualClock,
  options: ChannelOptions & MemoryPortOptions = {},
) {
  const port = new MemoryPort(device, options);
  return { port, channel: new CommandChannel(port, clock, options) };
}

/** The lines that were sent, from a driver's log. */
export function sentLines(log: string): string[] {
  return log
    .split("\n")
    .filter((row) => row.includes(" > "))
    .map((row) => row.slice(row.lastIndexOf("  ") + 2).replace(/·+$/, ""));
}
