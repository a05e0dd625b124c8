import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import { createServer, type ServerOptions } from "#http/server";
import { TokenFile } from "#store/token-file";

/** A server of its own with its own folder; not listening, asked by `inject`. */
export interface TestServer {
  readonly server: FastifyInstance;
  readonly tokens: TokenFile;
  readonly folder: string;
  readonly logged: string[];
  close(): Promise<void>;
}

export async function startTestServer(options: Partial<ServerOptions> = {}): Promise<TestServer> {
  const folder = mkdtempSync(join(tmpdir(), "entrain-http-"));
  const tokenFile = join(folder, "tokens.json");
  const logged: string[] = [];
  const server = await createServer({
    version: "0.0.0",
    store: folder,
    tokenFile,
    host: "127.0.0.1",
    threads: 1,
    log: (line) => logged.push(line),
    ...options,
  });
  return {
    server,
    tokens: new TokenFile(tokenFile),
    folder,
    logged,
    async close() {
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Asks as a program on this machine would. */
export function ask(
  { server }: TestServer,
  method: "GET" | "POST",
  url: string,
  body?: unknown,
  headers: Record<string, string> = {},
) {
  return server.inject({
    method,
    url,
    headers: { host: "127.0.0.1", ...headers },
    ...(body === undefined ? {} : { payload: body as object }),
  });
}
