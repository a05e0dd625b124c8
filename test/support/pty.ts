import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ByteDevice } from "#devices/transports/serial/memory-port";

/** Why ptys cannot be made here; undefined when they can. */
export function ptyMissing(): string | undefined {
  return spawnSync("socat", ["-V"]).status === 0 ? undefined : "socat is not installed";
}

export interface Pty {
  readonly path: string;
  /** The cable is pulled: the pty goes away, the device stays as it is. */
  unplug(): Promise<void>;
  /** A new pty at the same path, to the same device. */
  plug(): Promise<void>;
  dispose(): Promise<void>;
}

/** A device behind a real pty, reached over a socket as a board is over USB. */
export async function ptyTo(device: ByteDevice): Promise<Pty> {
  const folder = await mkdtemp(join(tmpdir(), "entrain-pty-"));
  const path = join(folder, "tty");
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    device.attach((bytes) => socket.write(bytes));
    socket.on("data", (bytes) => device.receive(bytes));
    socket.on("error", () => {});
    socket.on("close", () => {
      sockets.delete(socket);
      if (sockets.size === 0) device.attach(undefined);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  let socat: ChildProcess | undefined;
  const plug = async () => {
    socat = spawn("socat", [`PTY,link=${path},rawer`, `TCP:127.0.0.1:${port},nodelay`], { stdio: "ignore" });
    for (let k = 0; k < 200 && !(existsSync(path) && sockets.size > 0); k++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  const unplug = async () => {
    const running = socat;
    socat = undefined;
    if (running !== undefined) {
      const gone = new Promise((resolve) => running.once("exit", resolve));
      running.kill("SIGKILL");
      await gone;
    }
    await rm(path, { force: true });
    for (const socket of sockets) socket.destroy();
  };
  await plug();
  return {
    path,
    plug,
    unplug,
    async dispose() {
      await unplug();
      server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
