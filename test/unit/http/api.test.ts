import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { requestSchemas } from "#ir/simulate";
import { simulate } from "#simulators/index";
import { RunStore } from "#store/run-store";
import { ask, startTestServer, type TestServer } from "../../support/http.ts";
import { keepSample } from "../store/temporary-store.ts";

let api: TestServer;
beforeAll(async () => {
  api = await startTestServer();
});
afterAll(() => api.close());

const group = { gain: 0.5, loss: 1, asymmetry: -2, coupling: 1 };

describe("simulations", () => {
  it.each([
    ["critical-coupling", { gain: 0.5, loss: 1 }],
    ["stability", group],
    ["trajectory", { ...group, times: [0, 1, 2] }],
    ["exact", { ...group, size: 3, times: [0, 1] }],
    ["pair", { gain: 0.5, loss: 1, inter_coupling: 0.1, order: "first" }],
    ["large-network", { ...group, coupling: { kind: "ring", strength: 0.5 }, size: 50, times: [0, 1] }],
  ])("%s answers as the command line does", async (kind, body) => {
    const { statusCode, headers, json } = await ask(api, "POST", `/v1/simulate/${kind}`, body);
    expect([statusCode, headers["content-type"]]).toEqual([200, "application/json; charset=utf-8"]);
    expect(json()).toEqual(JSON.parse(JSON.stringify(simulate(kind, body))));
  });

  it("answers a list in its order", async () => {
    const list = [0.1, 0.5, 2].map((gain) => ({ gain, loss: 1 }));
    const { json } = await ask(api, "POST", "/v1/simulate/critical-coupling", list);
    // V_c = (γ₊ + γ₋)√(γ₊γ₋)/(4|γ₋ − γ₊|) at K = 0.
    (json() as { critical_coupling: number }[]).forEach(({ critical_coupling }, k) => {
      const { gain } = list[k]!;
      expect(critical_coupling).toBeCloseTo(((gain + 1) * Math.sqrt(gain)) / (4 * Math.abs(1 - gain)), 12);
    });
  });

  it("refuses bad input with the members of the command line's error, and the place in a list", async () => {
    const one = await ask(api, "POST", "/v1/simulate/mean-field", { gain: -1, loss: 1 });
    expect(one.statusCode).toBe(422);
    expect(one.headers["content-type"]).toMatch(/^application\/problem\+json/);
    expect(one.json()).toMatchObject({
      type: "urn:entrain:simulate.invalid",
      status: 422,
      code: "simulate.invalid",
      path: "gain",
      found: -1,
      expected: "at least 0",
    });
    const listed = await ask(api, "POST", "/v1/simulate/mean-field", [group, { ...group, gian: 1 }]);
    expect(listed.json()).toMatchObject({ path: "[1].gian", found: "gian" });
    const large = await ask(api, "POST", "/v1/simulate/exact", { ...group, size: 5000, times: [0, 1] });
    expect([large.statusCode, large.json().code]).toEqual([422, "simulate.too_large"]);
  });
});

describe("requests that are none", () => {
  it.each<[string, number, string, () => ReturnType<typeof ask>]>([
    ["an unknown kind", 404, "http.not_found", () => ask(api, "POST", "/v1/simulate/magic", {})],
    ["an unknown path", 404, "http.not_found", () => ask(api, "GET", "/v2")],
    [
      "no JSON",
      400,
      "http.body_syntax",
      () => ask(api, "POST", "/v1/simulate/stability", "{", { "content-type": "application/json" }),
    ],
    [
      "another media type",
      415,
      "http.body_type",
      () => ask(api, "POST", "/v1/simulate/stability", "gain: 1", { "content-type": "text/yaml" }),
    ],
    [
      "17 MB",
      413,
      "http.body_size",
      () => ask(api, "POST", "/v1/simulate/network", { gain: "x".repeat(17 * 1024 * 1024) }),
    ],
    ["an unknown profile", 404, "profile.not_found", () => ask(api, "GET", "/v1/devices/none")],
    ["a path as a profile", 404, "profile.not_found", () => ask(api, "GET", "/v1/devices/..%2F..%2Fpackage")],
    ["an unknown protocol", 404, "protocol.unknown", () => ask(api, "GET", "/v1/protocols/none")],
    ["an unknown target", 404, "target.unknown", () => ask(api, "GET", "/v1/targets/none")],
    ["an unknown driver", 404, "driver.unknown", () => ask(api, "GET", "/v1/drivers/none")],
    ["an unknown run", 404, "store.no_run", () => ask(api, "GET", "/v1/runs/17")],
    ["a limit of nothing", 422, "http.invalid", () => ask(api, "GET", "/v1/runs?limit=0")],
  ])("%s", async (_, status, code, request) => {
    const { statusCode, json, headers } = await request();
    expect([statusCode, json().code]).toEqual([status, code]);
    expect(headers["content-type"]).toMatch(/^application\/problem\+json/);
    expect(json().message.length).toBeGreaterThan(5);
  });
});

describe("catalogue", () => {
  it("lists and shows what there is", async () => {
    for (const [path, member] of [
      ["devices", "name"],
      ["protocols", "kind"],
      ["targets", "kind"],
      ["drivers", "kind"],
    ] as const) {
      const list = (await ask(api, "GET", `/v1/${path}`)).json() as Record<string, string>[];
      expect(list.length).toBeGreaterThan(0);
      for (const entry of list) {
        const shown = await ask(api, "GET", `/v1/${path}/${entry[member]}`);
        expect([entry[member], shown.statusCode]).toEqual([entry[member], 200]);
      }
    }
  });
});

describe("a run without its records", () => {
  it("is a file all the same, and nothing is derived from it", async () => {
    const store = RunStore.open(api.folder);
    const { id } = keepSample(store);
    store.close();
    expect((await ask(api, "GET", `/v1/runs/${id}/data.h5`)).statusCode).toBe(200);
    const { statusCode, json } = await ask(api, "GET", `/v1/runs/${id}/derived`);
    expect([statusCode, json().code]).toEqual([409, "data.incomplete"]);
  });
});

describe("plans", () => {
  const experiment = {
    title: "no file of mine",
    device: { profile: "../../../etc/passwd.yaml" },
    protocol: {},
    shots: 10,
  };
  it("do not read files that a request names", async () => {
    const { statusCode, json } = await ask(api, "POST", "/v1/plans", { experiment });
    expect(statusCode).toBeGreaterThanOrEqual(400);
    expect(statusCode).toBeLessThan(500);
    expect(JSON.stringify(json())).not.toMatch(/root:/);
  });
});

describe("description", () => {
  it("is OpenAPI 3.1 and has every route with its body", async () => {
    const document = (await ask(api, "GET", "/v1/openapi.json")).json();
    expect(document.openapi).toBe("3.1.0");
    for (const kind of Object.keys(requestSchemas)) {
      const { requestBody, responses } = document.paths[`/v1/simulate/${kind}`].post;
      const text = JSON.stringify(requestBody);
      const name = /#\/components\/schemas\/([\w]+)/.exec(text)?.[1];
      const schema = name === undefined ? text : JSON.stringify(document.components.schemas[name]);
      expect(schema).toMatch(/"gain"/);
      expect(Object.keys(responses)).toEqual(["200", "4XX", "5XX"]);
    }
    for (const path of ["/v1/devices", "/v1/plans", "/v1/runs", "/v1/runs/{run}"])
      expect(document.paths).toHaveProperty(path);
  });
});
