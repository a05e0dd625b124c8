import { EntrainError } from "#core/errors";
import type { Lab } from "#jobs/lab";
import { createServer, type ServerOptions } from "./server.ts";

export interface ListenOptions extends ServerOptions {
  readonly port: number;
}

export interface Listening {
  readonly url: string;
  /** Lets requests at work finish, then ends threads. */
  close(): Promise<void>;
}

/** @throws EntrainError `serve.open`, `serve.address` */
export async function listen(options: ListenOptions): Promise<Listening> {
  const server = await createServer(options);
  try {
    const url = await server.listen({ host: options.host, port: options.port });
    const starting = startLab(server.lab);
    return {
      url,
      async close() {
        starting.abort();
        await server.close();
      },
    };
  } catch (cause) {
    await server.close();
    throw new EntrainError(
      "serve.address",
      {
        path: "--port",
        message: `cannot listen on ${options.host}, port ${options.port}: ${(cause as Error).message}`,
        found: `${options.host}:${options.port}`,
        expected: "a free port of an address of this machine",
      },
      { kind: "device", cause },
    );
  }
}

/** Seconds between two tries to start what did not start. */
const retry_s = 5;

/** Starts the engine as soon as that is possible: what an earlier server left goes on without being asked for. */
function startLab(lab: Lab): AbortController {
  const controller = new AbortController();
  const start = () => {
    if (controller.signal.aborted) return;
    lab.work().catch(() => {
      setTimeout(start, 1000 * retry_s).unref();
    });
  };
  start();
  return controller;
}
