import { EntrainError } from "#core/errors";
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
    return { url, close: () => server.close() };
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
