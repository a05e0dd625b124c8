import { readdir, realpath, stat } from "node:fs/promises";
import { SerialPort, SerialPortMock } from "serialport";
import { EntrainError } from "#core/errors";
import type { BytePort, PortClosed } from "./port.ts";

export interface SerialSettings {
  readonly path: string;
  /** Ignored by USB-CDC boards, but never left out: the library throws without it. */
  readonly baudRate: number;
  /** Hardware flow control; modem lines do not exist on a pty. */
  readonly rtscts?: boolean;
}

/** Closed with an error that says the device is gone. */
interface DisconnectedError extends Error {
  readonly disconnected?: boolean;
}

/** The part of the library's port that is used; the library's mock has it too. */
type LibraryPort = Pick<SerialPort, "path" | "isOpen"> & {
  open(callback: (error: Error | null) => void): void;
  write(bytes: Buffer): boolean;
  drain(callback: (error: Error | null) => void): void;
  close(callback: (error: Error | null) => void): void;
  on(event: "data", listener: (bytes: Buffer) => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
  on(event: "close", listener: (error?: DisconnectedError | null) => void): unknown;
};

function settingsOf({ path, baudRate, rtscts }: SerialSettings) {
  return { path, baudRate, rtscts: rtscts ?? false, autoOpen: false, lock: true, hupcl: true } as const;
}

/**
 * Opens a serial port.
 *
 * @throws EntrainError `device.busy` when another process holds it, `device.absent` when there is none
 */
export function openSerialPort(settings: SerialSettings): Promise<BytePort> {
  return open(new SerialPort(settingsOf(settings)));
}

/** The same over the library's mock binding; `port` feeds and inspects it. */
export async function openMockPort(
  settings: SerialSettings,
): Promise<{ port: SerialPortMock; bytes: BytePort }> {
  const port = new SerialPortMock(settingsOf(settings));
  return { port, bytes: await open(port as unknown as LibraryPort) };
}

async function open(port: LibraryPort): Promise<BytePort> {
  const closeListeners: ((closed: PortClosed) => void)[] = [];
  const pendingWrites = new Set<(error: Error) => void>();
  let closed: PortClosed | undefined;
  const shut = (reason: PortClosed) => {
    if (closed !== undefined) return;
    closed = reason;
    for (const reject of pendingWrites) reject(new Error(reason.message));
    pendingWrites.clear();
    for (const listener of closeListeners) listener(reason);
  };
  let stopWatching = () => {};
  const lose = (message: string) => {
    shut({ disconnected: true, message });
    stopWatching();
    if (port.isOpen) port.close(() => {});
  };
  // Without a listener an error ends the process.
  let opened = false;
  port.on("error", (error) => {
    if (opened) lose(error.message);
  });
  port.on("close", (error) => {
    // A pulled cable is no 'error': it mostly shows here.
    shut({ disconnected: error?.disconnected === true, message: error?.message ?? "closed" });
    stopWatching();
  });
  await new Promise<void>((resolve, reject) => {
    port.open((error) =>
      error === null || error === undefined ? resolve() : reject(openError(port.path, error)),
    );
  });
  opened = true;
  stopWatching = await watchNode(port.path, () => lose("the port is gone"));
  return {
    path: port.path,
    write(bytes) {
      return new Promise((resolve, reject) => {
        // After a close the library queues bytes for a next opening and calls nobody back.
        if (closed !== undefined) return reject(new Error(closed.message));
        pendingWrites.add(reject);
        port.write(Buffer.from(bytes));
        port.drain((error) => {
          pendingWrites.delete(reject);
          if (error === null || error === undefined) resolve();
          else reject(error);
        });
      });
    },
    onData(listener) {
      port.on("data", listener);
    },
    onClose(listener) {
      closeListeners.push(listener);
      if (closed !== undefined) listener(closed);
    },
    close() {
      return new Promise((resolve) => {
        if (!port.isOpen) return resolve();
        port.close(() => resolve());
      });
    },
  };
}

/** How often the port's node is looked at, ms. */
const watch_ms = 200;

/**
 * Calls back when the file of a port is no longer the one that was opened. A cable pulled while the library is reading
 * makes it read nothing over and over, without an event of any kind.
 */
async function watchNode(path: string, gone: () => void): Promise<() => void> {
  const node = async () => {
    const found = await stat(path).catch(() => undefined);
    return found === undefined ? undefined : `${found.ino}:${found.rdev}`;
  };
  const first = await node();
  // Names that are no files (COM3, the library's mock) cannot be watched.
  if (first === undefined) return () => {};
  const timer = setInterval(() => {
    node().then((now) => {
      if (now !== first) gone();
    }, gone);
  }, watch_ms);
  timer.unref();
  return () => clearInterval(timer);
}

function openError(path: string, error: Error): EntrainError {
  const busy = /lock|busy|temporarily unavailable|access denied/i.test(error.message);
  return new EntrainError(
    busy ? "device.busy" : "device.absent",
    {
      path: "port",
      message: busy ? `${path} is held by another program` : `${path} cannot be opened: ${error.message}`,
      found: error.message,
      expected: "a free serial port",
      hint: busy
        ? "Close the terminal or control program that has it open; the lock is seen on this machine only."
        : "Look whether the board is plugged in, and whether you may read and write the port.",
    },
    { kind: "device", retryable: true, cause: error },
  );
}

/** Paths of serial ports that could be tried; which instrument is behind one is for a probe to say. */
export async function listSerialPorts(): Promise<string[]> {
  try {
    const ports = await SerialPort.list();
    if (ports.length > 0) return ports.map(({ path }) => path).toSorted();
  } catch {
    // The library asks udevadm, which slim systems lack.
  }
  const names = await readdir("/dev").catch(() => [] as string[]);
  const plain = names.filter((name) => /^(ttyACM|ttyUSB|cu\.usb)/.test(name)).map((name) => `/dev/${name}`);
  const byId = await readdir("/dev/serial/by-id").catch(() => [] as string[]);
  const resolved = await Promise.all(
    byId.map((name) => realpath(`/dev/serial/by-id/${name}`).catch(() => undefined)),
  );
  return [...new Set([...plain, ...resolved.filter((path) => path !== undefined)])].toSorted();
}
