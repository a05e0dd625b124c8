import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { createAxiosTransport } from "../../../devices/transports/http/axios-transport.ts";
import {
  defaultRetry,
  Pace,
  retryAfterOf,
  withBreaker,
  withRetry,
} from "../../../devices/transports/http/resilience.ts";
import { type HttpAnswer, httpFault, urlWithQuery } from "../../../devices/transports/http/transport.ts";
import { rejection } from "../../support/refusal.ts";
import { JumpingClock } from "../drivers/ibm/setup.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function listen(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

const answer = (status: number, headers: Record<string, string> = {}): HttpAnswer => ({
  status,
  headers,
  body: new Uint8Array(),
});
const get = { method: "GET", url: "https://host/path", timeout_ms: 1000 } as const;

describe("transport", () => {
  it("repeats the key of a list, leaves out what is undefined", () => {
    expect(urlWithQuery("https://h/p", { tags: ["a", "b c"], limit: "5", none: undefined })).toBe(
      "https://h/p?tags=a&tags=b+c&limit=5",
    );
    expect(urlWithQuery("https://h/p", {})).toBe("https://h/p");
  });

  it("times out over the whole answer, also when bytes keep dripping", async () => {
    const port = await listen(
      createServer((_request, response) => {
        response.writeHead(200);
        const drip = setInterval(() => response.write("x"), 20);
        response.on("close", () => clearInterval(drip));
      }),
    );
    const started = Date.now();
    const error = await rejection(
      createAxiosTransport({ proxy: false })({
        method: "GET",
        url: `http://127.0.0.1:${port}/slow?key=hidden`,
        timeout_ms: 150,
      }),
    );
    expect(error.code).toBe("http.timeout");
    expect(Date.now() - started).toBeLessThan(1500);
    expect(error.problems[0]!.path).toBe(`GET 127.0.0.1:${port}/slow`);
  });

  it("follows no redirect and gives any status as an answer", async () => {
    const port = await listen(
      createServer((_request, response) =>
        response.writeHead(302, { Location: "http://elsewhere.invalid/" }).end(),
      ),
    );
    const found = await createAxiosTransport({ proxy: false })({ ...get, url: `http://127.0.0.1:${port}/` });
    expect(found.status).toBe(302);
  });

  it("refuses answers beyond its limit; gives up on demand", async () => {
    const port = await listen(createServer((_request, response) => response.end("x".repeat(5000))));
    const url = `http://127.0.0.1:${port}/`;
    const small = createAxiosTransport({ proxy: false, largest_answer_bytes: 1000 });
    expect((await rejection(small({ ...get, url }))).code).toBe("http.too_large");
    const signal = AbortSignal.abort();
    expect((await rejection(small({ ...get, url, signal }))).code).toBe("http.aborted");
  });

  it("reaches https through a proxy by CONNECT: the proxy sees a host, and no header of ours", async () => {
    const seen: IncomingMessage[] = [];
    const proxy = createServer((request, response) => {
      seen.push(request);
      response.end("plain");
    });
    proxy.on("connect", (request, socket) => {
      seen.push(request);
      socket.end("HTTP/1.1 200 OK\r\n\r\n");
    });
    const port = await listen(proxy);
    const transport = createAxiosTransport({ proxy: { host: "127.0.0.1", port, protocol: "http" } });
    const headers = { Authorization: "Bearer secret-token" };
    await rejection(transport({ ...get, url: "https://quantum.example/api", headers }));
    expect(seen.map(({ method, url }) => `${method} ${url}`)).toEqual(["CONNECT quantum.example:443"]);
    expect(JSON.stringify(seen[0]!.headers)).not.toContain("secret-token");
    const plain = await transport({ ...get, url: "http://plain.example/x" });
    expect(Buffer.from(plain.body).toString()).toBe("plain");
  });
});

describe("Retry-After", () => {
  it("is seconds or a date", () => {
    const now = Date.parse("2026-11-20T12:00:00Z");
    expect(retryAfterOf(answer(429, { "retry-after": "7" }), now)).toBe(7000);
    expect(retryAfterOf(answer(429, { "retry-after": "Fri, 20 Nov 2026 12:00:30 GMT" }), now)).toBe(30_000);
    expect(retryAfterOf(answer(429, { "retry-after": "Fri, 20 Nov 2026 11:00:00 GMT" }), now)).toBe(0);
    expect(retryAfterOf(answer(429), now)).toBeNull();
    expect(retryAfterOf(answer(429, { "retry-after": "soon" }), now)).toBeNull();
  });
});

describe("retries", () => {
  const run = async (answers: HttpAnswer[]) => {
    const clock = new JumpingClock();
    let sent = 0;
    const transport = withRetry(
      async () => answers[sent++]!,
      defaultRetry,
      clock,
      () => 0.5,
    );
    return { found: await transport(get), sent, slept: clock.slept };
  };

  it("doubles its waits, and sits out what the service asks for", async () => {
    const { found, slept } = await run([
      answer(503),
      answer(500),
      answer(429, { "retry-after": "33" }),
      answer(429),
      answer(200),
    ]);
    expect(found.status).toBe(200);
    expect(slept).toEqual([500, 1000, 33_000, 12_000]);
  });

  it("gives back what does not pass, the last failure, and a wait beyond patience", async () => {
    expect(await run([answer(404)])).toMatchObject({ found: { status: 404 }, sent: 1 });
    expect(await run(Array.from({ length: 9 }, () => answer(502)))).toMatchObject({
      found: { status: 502 },
      sent: 5,
    });
    expect(await run([answer(503, { "retry-after": "86400" })])).toMatchObject({ sent: 1 });
  });
});

it("the breaker leaves a failing service alone, then tries the water", async () => {
  let sent = 0;
  let healthy = false;
  const transport = withBreaker(
    async (request) => {
      sent++;
      if (healthy) return answer(200);
      if (sent % 2 === 0) throw httpFault("http.timeout", request);
      return answer(500);
    },
    { failures: 4, pause_ms: 50 },
  );
  for (let i = 0; i < 10; i++) await transport(get).catch(() => {});
  expect(sent).toBe(4);
  expect(await rejection(transport(get))).toMatchObject({ code: "http.circuit_open", retryable: true });
  healthy = true;
  await new Promise((resolve) => setTimeout(resolve, 80));
  expect((await transport(get)).status).toBe(200);
  // A refusal is an answer, not a failure.
  const refusing = withBreaker(async () => answer(404), { failures: 2, pause_ms: 50 });
  for (let i = 0; i < 5; i++) expect((await refusing(get)).status).toBe(404);
});

it("5 a minute: five at once, the others 12 s apart", async () => {
  const clock = new JumpingClock();
  const pace = new Pace(5, 60_000, clock);
  const start = clock.now();
  const at: number[] = [];
  for (let i = 0; i < 8; i++) {
    await pace.turn();
    at.push(clock.now() - start);
  }
  expect(at).toEqual([0, 0, 0, 0, 0, 12_000, 24_000, 36_000]);
});
