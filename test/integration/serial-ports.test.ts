import { type ChildProcess, spawn } from "node:child_process";
import { resolve } from "node:path";
import { SerialPortMock } from "serialport";
import { afterEach, describe, expect, test } from "vitest";
import { FakeDdsSweeper } from "#devices/drivers/dds-sweeper/fake";
import { identifyPort } from "#devices/drivers/instrument/identity";
import { startWatchdog } from "#devices/drivers/instrument/watchdog";
import { FakePrawnDo } from "#devices/drivers/prawn-do/fake";
import { PrawnBlaster } from "#devices/drivers/prawnblaster/driver";
import { FakePrawnBlaster } from "#devices/drivers/prawnblaster/fake";
import { systemClock } from "#devices/transports/serial/port";
import { listSerialPorts, openMockPort, openSerialPort } from "#devices/transports/serial/serial-port";
import { type Pty, ptyMissing, ptyTo } from "../support/pty.ts";
import { rejection } from "../support/refusal.ts";

const missing = ptyMissing();
if (missing !== undefined) console.warn(`real ptys are not tested: ${missing}`);
const baudRate = 115_200;

describe("over the library's mock", () => {
  test("a fake board is identified, loaded and closed", async () => {
    SerialPortMock.binding.createPort("/dev/mock0", { echo: false, record: true });
    const fake = new FakePrawnBlaster(systemClock);
    const board = new PrawnBlaster({
      openPort: async () => {
        const { port, bytes } = await openMockPort({ path: "/dev/mock0", baudRate });
        const binding = port.port!;
        fake.attach((said) => binding.emitData(Buffer.from(said)));
        const write = binding.write.bind(binding);
        binding.write = async (buffer: Buffer) => {
          await write(buffer);
          fake.receive(buffer);
        };
        return bytes;
      },
    });
    await board.connect();
    await board.upload({ clocks: [[{ half: 10, reps: 3 }]] });
    expect(board.state).toBe("loaded");
    await board.close();
    expect(board.state).toBe("closed");
    expect(fake.outputsOff()).toBe(true);
    SerialPortMock.binding.reset();
  });
});

describe.skipIf(missing !== undefined)("over a real pty", () => {
  let pty: Pty | undefined;
  let lab: ChildProcess | undefined;

  afterEach(async () => {
    lab?.kill("SIGKILL");
    lab = undefined;
    await pty?.dispose();
    pty = undefined;
  });

  const blasterAt = (path: string) =>
    new PrawnBlaster({ openPort: () => openSerialPort({ path, baudRate }) });

  test("30 000 instructions go over and come back", async () => {
    const fake = new FakePrawnBlaster(systemClock);
    pty = await ptyTo(fake);
    const board = blasterAt(pty.path);
    await board.connect();
    function* rows() {
      for (let k = 0; k < 29_999; k++) yield { half: 5 + (k % 999), reps: 1 + (k % 11) };
    }
    const started = performance.now();
    await board.upload({ clocks: [{ [Symbol.iterator]: rows }] });
    const seconds = (performance.now() - started) / 1000;
    // 240 kB; full-speed USB carries about 1 MB/s.
    console.info(`30 000 instructions in ${seconds.toFixed(2)} s`);
    expect(seconds).toBeLessThan(10);
    await board.close();
    expect(fake.outputsOff()).toBe(true);
  });

  test("a port in use is busy, one that is not there is absent", async () => {
    const fake = new FakePrawnBlaster(systemClock);
    pty = await ptyTo(fake);
    const board = blasterAt(pty.path);
    await board.connect();
    const busy = await rejection(blasterAt(pty.path).connect());
    expect(busy.code).toBe("device.busy");
    await board.close();
    expect((await rejection(blasterAt("/dev/does-not-exist").connect())).code).toBe("device.absent");
  });

  test("a pulled cable is noticed without a command, and the next connection is safe", async () => {
    const fake = new FakePrawnDo(systemClock);
    pty = await ptyTo(fake);
    const path = pty.path;
    const { PrawnDo } = await import("#devices/drivers/prawn-do/driver");
    const board = new PrawnDo({ openPort: () => openSerialPort({ path, baudRate }) });
    await board.connect();
    await board.upload({ rows: [{ word: 3, cycles: 4_000_000_000 }] });
    await board.start({ software: true });
    await pty.unplug();
    await expect.poll(() => board.state).toBe("lost");
    expect((await rejection(board.status())).code).toBe("device.lost");
    expect(fake.outputs).toBe(3);
    await pty.plug();
    await board.connect();
    expect(board.state).toBe("safe");
    expect(fake.outputs).toBe(0);
    await board.close();
  });

  test.each([
    ["prawnblaster", "1.1.1", () => new FakePrawnBlaster(systemClock)],
    ["prawn-do", "1.3.1", () => new FakePrawnDo(systemClock)],
    ["dds-sweeper", "0.4.0", () => new FakeDdsSweeper(systemClock)],
  ] as const)("a port says that a %s is behind it", async (kind, version, make) => {
    pty = await ptyTo(make());
    expect(await identifyPort(await openSerialPort({ path: pty.path, baudRate }))).toEqual({ kind, version });
    expect(Array.isArray(await listSerialPorts())).toBe(true);
  });

  /** A process of its own that drives the board; resolves when its run is under way. */
  function startLab(how: string, path: string): Promise<void> {
    const script = resolve(import.meta.dirname, "../support/serial-lab.ts");
    lab = spawn(process.execPath, ["--conditions=source", "--import", "tsx", script, how, path], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    return new Promise((done, fail) => {
      lab!.stdout!.on("data", (text: Buffer) => {
        if (text.includes("running")) done();
      });
      lab!.once("exit", (code) => fail(new Error(`the lab's program ended: ${code}`)));
    });
  }

  test.each(["SIGINT", "SIGTERM", "crash"])("outputs are off after %s", async (how) => {
    const fake = new FakePrawnDo(systemClock);
    pty = await ptyTo(fake);
    await startLab(how, pty.path);
    expect(fake.outputs).toBe(0xff);
    const exited = new Promise<unknown>((done) => lab!.once("exit", (code, signal) => done(signal ?? code)));
    if (how !== "crash") lab!.kill(how as NodeJS.Signals);
    // The process ends as it would have without the guard.
    expect(await exited).toBe(how === "crash" ? 1 : how);
    expect(fake.outputs).toBe(0);
    expect(fake.outputsOff()).toBe(true);
  });

  test("a watchdog that is released in order leaves the board alone", async () => {
    const fake = new FakePrawnDo(systemClock);
    pty = await ptyTo(fake);
    let heard = 0;
    const receive = fake.receive.bind(fake);
    fake.receive = (bytes) => {
      heard += bytes.length;
      receive(bytes);
    };
    const watchdog = startWatchdog([{ kind: "prawn-do", path: pty.path }]);
    await watchdog.release();
    expect(heard).toBe(0);
  });

  test.each([
    // The board runs by itself: nothing changes when its program is killed.
    ["without a watchdog outputs stay on", "SIGINT", false],
    ["with a watchdog outputs are off", "watchdog", true],
  ])("%s after SIGKILL", async (_, how, off) => {
    const fake = new FakePrawnDo(systemClock);
    pty = await ptyTo(fake);
    await startLab(how, pty.path);
    expect(fake.outputs).toBe(0xff);
    const exited = new Promise((done) => lab!.once("exit", done));
    lab!.kill("SIGKILL");
    await exited;
    if (off) {
      await expect.poll(() => fake.outputsOff(), { timeout: 15_000, interval: 50 }).toBe(true);
    } else {
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect(fake.outputs).toBe(0xff);
    }
  });
});
