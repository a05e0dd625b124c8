import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { ask, startTestServer, type TestServer } from "../../support/http.ts";
import { rejection } from "../../support/refusal.ts";

const open: TestServer[] = [];
const start = async (...options: Parameters<typeof startTestServer>) => {
  const started = await startTestServer(...options);
  open.push(started);
  return started;
};
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

const body = { gain: 0.5, loss: 1 };
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

describe("tokens", () => {
  it("are needed as soon as there is one, and allow what their role does", async () => {
    const api = await start();
    expect((await ask(api, "POST", "/v1/simulate/stability", body)).statusCode).toBe(200);
    const viewer = api.tokens.add("wall", "viewer", new Date(0));
    const designer = api.tokens.add("ada", "designer", new Date(0));
    const refused = await ask(api, "GET", "/v1/devices");
    expect([refused.statusCode, refused.headers["www-authenticate"]]).toEqual([401, "Bearer"]);
    expect((await ask(api, "GET", "/v1/devices", undefined, bearer(viewer))).statusCode).toBe(200);
    const tooMuch = await ask(api, "POST", "/v1/simulate/stability", body, bearer(viewer));
    expect([tooMuch.statusCode, tooMuch.json().expected]).toEqual([403, "the role designer"]);
    expect((await ask(api, "POST", "/v1/simulate/stability", body, bearer(designer))).statusCode).toBe(200);
    api.tokens.revoke("ada");
    expect((await ask(api, "POST", "/v1/simulate/stability", body, bearer(designer))).statusCode).toBe(401);
  });

  it("are kept as hashes in a file of their owner's, and are in no answer and no log line", async () => {
    const api = await start();
    const token = api.tokens.add("ada", "viewer", new Date(0));
    const path = join(api.folder, "tokens.json");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const wrong = `${token.slice(0, -1)}${token.endsWith("A") ? "B" : "A"}`;
    const answers = [
      await ask(api, "GET", "/v1/devices", undefined, bearer(token)),
      await ask(api, "GET", "/v1/devices", undefined, bearer(wrong)),
      await ask(api, "POST", "/v1/simulate/stability", body, bearer(token)),
      await ask(api, "GET", "/nothing", undefined, bearer(token)),
    ];
    const written = [
      readFileSync(path, "utf8"),
      ...api.logged,
      ...answers.map((answer) => answer.payload + JSON.stringify(answer.headers)),
    ].join("\n");
    expect(written).not.toContain(token);
    expect(written).not.toContain(wrong);
  });

  it("must exist before others can reach the server", async () => {
    const error = await rejection(startTestServer({ host: "0.0.0.0" }));
    expect(error.code).toBe("serve.open");
  });
});

describe("pages from elsewhere", () => {
  it("are turned away, whatever name they go by", async () => {
    const api = await start();
    const rebound = await ask(api, "GET", "/v1/devices", undefined, { host: "evil.example" });
    expect([rebound.statusCode, rebound.json().code]).toEqual([421, "http.host"]);
    const crossed = await ask(api, "POST", "/v1/simulate/stability", body, {
      origin: "https://evil.example",
    });
    expect([crossed.statusCode, crossed.json().code]).toEqual([403, "http.origin"]);
    const own = await ask(api, "GET", "/v1/devices", undefined, { origin: "http://127.0.0.1" });
    expect(own.statusCode).toBe(200);
  });
});

describe("limits", () => {
  it("of requests a minute", async () => {
    const api = await start({ rateLimit: 3 });
    const codes = [];
    for (let k = 0; k < 4; k++) codes.push((await ask(api, "GET", "/v1/targets")).statusCode);
    expect(codes).toEqual([200, 200, 200, 429]);
    const last = await ask(api, "GET", "/v1/targets");
    expect(last.json()).toMatchObject({ code: "http.rate", retryable: true });
    expect(Number(last.headers["retry-after"])).toBeGreaterThan(0);
  });

  it("of time: the answer says so, and the thread is free again", async () => {
    const api = await start({ timeLimit_s: 4 });
    const endless = { ...body, coupling: 1, size: 500, times: [0, 60], trajectories: 300_000 };
    const late = await ask(api, "POST", "/v1/simulate/truncated-wigner", endless);
    expect([late.statusCode, late.json().code]).toEqual([504, "http.time_limit"]);
    // A busy machine may take longer than the limit to start another thread.
    const codes: number[] = [];
    while (codes.length < 5 && codes.at(-1) !== 200) {
      codes.push((await ask(api, "POST", "/v1/simulate/critical-coupling", body)).statusCode);
    }
    expect(codes.at(-1)).toBe(200);
  });
});

describe("faults of ours", () => {
  it.each(["{ torn", '{"tokens": [{"name": "secret name"}]}'])(
    "say nothing of themselves in the answer, and all in the log: %s",
    async (text) => {
      const api = await start();
      writeFileSync(join(api.folder, "tokens.json"), text);
      const answer = await ask(api, "GET", "/v1/devices");
      expect(answer.json()).toEqual({
        type: "about:blank",
        title: "Internal error",
        status: 500,
        detail: "internal error; the server's log has the details",
        code: "internal",
        message: "internal error; the server's log has the details",
        path: "",
        found: null,
        expected: null,
      });
      expect(api.logged).toHaveLength(1);
      expect(JSON.parse(api.logged[0]!)).toMatchObject({
        level: "error",
        method: "GET",
        route: "/v1/devices",
      });
    },
  );

  it("leave the health open to all, with the usual headers", async () => {
    const api = await start();
    api.tokens.add("ada", "viewer", new Date(0));
    const answer = await ask(api, "GET", "/healthz");
    expect(answer.json()).toMatchObject({ status: "ok", version: "0.0.0" });
    expect(answer.headers["x-content-type-options"]).toBe("nosniff");
    expect(answer.headers["access-control-allow-origin"]).toBeUndefined();
  });
});
