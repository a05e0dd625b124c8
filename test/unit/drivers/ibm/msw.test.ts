import { deflateSync } from "node:zlib";
import { HttpResponse, http, type JsonBodyType } from "msw";
import { setupServer } from "msw/node";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { IbmClient } from "../../../../devices/drivers/ibm/client.ts";
import { samplerCodec } from "../../../../devices/drivers/ibm/codec.ts";
import { instanceOf } from "../../../../devices/drivers/ibm/instance.ts";
import { Secret } from "../../../../devices/drivers/ibm/secret.ts";
import { Submissions } from "../../../../devices/drivers/ibm/submissions.ts";
import { createAxiosTransport } from "../../../../devices/transports/http/axios-transport.ts";
import { configurationOf, fakeDevices, listingOf } from "../../../support/fake-ibm/devices.ts";
import { fakeCrn, fakeKey } from "../../../support/fake-ibm/service.ts";
import { rejection } from "../../../support/refusal.ts";
import { bell, JumpingClock, MemoryJournal } from "./setup.ts";

/** The real hosts with the answers that IBM's documents show (ibm.md A.1–A.8); the list is that of its section E. */
const api = "https://quantum.cloud.ibm.com/api/v1";
const iam = "https://iam.cloud.ibm.com/identity/token";
const server = setupServer();
beforeAll(() => server.listen({ onUnhandledRequest: "error" }));
afterEach(() => server.resetHandlers());
afterAll(() => server.close());

/** One answer after the other; the last one stays. */
function inTurn(...answers: (() => Response)[]): () => Response {
  let turn = 0;
  return () => answers[Math.min(turn++, answers.length - 1)]!();
}
const json =
  (body: JsonBodyType, status = 200, headers = {}) =>
  () =>
    HttpResponse.json(body, { status, headers });
const refusalBody = (code: number | string, message: string) => ({
  trace: "t",
  errors: [{ code, message, more_info: "" }],
});

const clock = new JumpingClock();
const token = (text: string) =>
  json({
    access_token: text,
    refresh_token: "r",
    token_type: "Bearer",
    expires_in: 3600,
    expiration: Math.floor(clock.now() / 1000) + 3600,
  });

function start(...more: Parameters<typeof server.use>) {
  server.use(...more, http.post(iam, token("eyJ-one")));
  const client = new IbmClient({
    transport: createAxiosTransport({ proxy: false }),
    instance: instanceOf(fakeCrn),
    credentials: { api_key: new Secret(fakeKey) },
    clock,
    random: () => 0.5,
  });
  const journal = new MemoryJournal();
  const submissions = new Submissions(client, journal);
  const register = (isPrivate = false) =>
    submissions.register({
      key: "a",
      batch: {},
      job: {
        program_id: "sampler",
        backend: "ibm_boston",
        cost: 60,
        params: { pubs: [[bell, null, 2]], version: 2, support_qiskit: false },
        ...(isPrivate ? { private: true as const } : {}),
      },
      tags: [],
    });
  return { client, journal, submissions, register };
}

const job = (status: string, more = {}) => ({
  id: "j1",
  backend: "ibm_boston",
  state: { status, ...more },
  status,
});
const hex = {
  results: [{ data: { c: { samples: ["0x3", "0x0"], num_bits: 2 } }, metadata: {} }],
  metadata: { version: 2 },
};
const created = json({ id: "j1", backend: "ibm_boston" });
const completes = http.get(`${api}/jobs/j1`, json(job("Completed")));
const results = http.get(`${api}/jobs/j1/results`, json(hex));

describe("token", () => {
  it("is asked for as the documents say", async () => {
    let form = "";
    const { client } = start(
      http.post(iam, async ({ request }) => {
        form = await request.text();
        return token("eyJ-form")();
      }),
      http.get(`${api}/backends`, ({ request }) => {
        expect(request.headers.get("authorization")).toBe("Bearer eyJ-form");
        expect(request.headers.get("service-crn")).toBe(fakeCrn);
        return HttpResponse.json({ devices: [] });
      }),
    );
    await client.backends();
    expect(Object.fromEntries(new URLSearchParams(form))).toEqual({
      grant_type: "urn:ibm:params:oauth:grant-type:apikey",
      apikey: fakeKey,
    });
  });

  it("that has expired is renewed once; a second 401 is final", async () => {
    const tokens = inTurn(token("eyJ-old"), token("eyJ-new"));
    const unauthorised = json(refusalBody(1200, "not authorised"), 401);
    const { client } = start(
      http.post(iam, tokens),
      http.get(`${api}/backends`, ({ request }) =>
        request.headers.get("authorization") === "Bearer eyJ-old"
          ? unauthorised()
          : HttpResponse.json({ devices: [] }),
      ),
    );
    expect(await client.backends()).toEqual([]);
    server.use(http.get(`${api}/backends`, unauthorised));
    expect((await rejection(client.backends())).code).toBe("ibm.credentials_refused");
  });

  it("refused with 400 is no reason to send the key elsewhere", async () => {
    const { client } = start(
      http.post(iam, json({ errorMessage: "Provided API key could not be found." }, 400)),
    );
    const error = await rejection(client.backends());
    expect(error.code).toBe("ibm.credentials_refused");
    expect(error.message).not.toContain(fakeKey);
  });
});

it("backends: paused and without reset are told apart by what they say", async () => {
  const { client } = start(
    http.get(`${api}/backends`, ({ request }) => {
      const waits = new URL(request.url).searchParams.get("fields") === "wait_time_seconds";
      return HttpResponse.json({ devices: fakeDevices.map((device) => listingOf(device, 3, waits)) });
    }),
    http.get(`${api}/backends/:name/configuration`, ({ params }) =>
      HttpResponse.json(configurationOf(fakeDevices.find(({ name }) => name === params.name)!)),
    ),
  );
  const devices = await client.backends();
  expect(devices.find(({ name }) => name === "ibm_torino")!.status).toMatchObject({
    name: "paused",
    reason: "maintenance",
  });
  const withReset = await Promise.all(
    devices.map(async ({ name }) =>
      (await client.configuration(name)).supported_instructions.includes("reset"),
    ),
  );
  expect(withReset).toEqual([true, true, true, false]);
});

describe("create", () => {
  it("200, Queued → Running → Completed, hex results", async () => {
    let sent: unknown;
    const states = inTurn(
      json(job("Queued")),
      json(job("QUEUED")),
      json(job("Running")),
      json(job("Completed")),
    );
    const { submissions, register } = start(
      http.post(`${api}/jobs`, async ({ request }) => {
        sent = await request.json();
        return created();
      }),
      http.get(`${api}/jobs/j1`, states),
      http.get(`${api}/backends`, json({ devices: [] })),
      results,
    );
    const tag = register();
    const [result] = samplerCodec().decode(await submissions.collect(tag), ["a"], 2);
    expect([...result!.registers.c!.bits]).toEqual([1, 1, 0, 0]);
    expect(sent).toMatchObject({ program_id: "sampler", backend: "ibm_boston", cost: 60, tags: [tag] });
    expect(clock.slept.slice(-3)).toEqual([5000, 7500, 11_250]);
  });

  it.each([
    [
      "400 with errors[]",
      400,
      refusalBody("bad_request", "no pubs"),
      "ibm.refused",
      "400 (code bad_request): no pubs",
    ],
    ["409", 409, refusalBody(1, "limit"), "ibm.usage_exceeded", "409 (code 1): limit"],
    [
      "error instead of errors",
      400,
      { error: { code: 1003, message: "m" } },
      "ibm.refused",
      "400 (code 1003): m",
    ],
    ["a bare message", 400, { message: "m" }, "ibm.refused", "400: m"],
    ["1007", 404, refusalBody(1007, "not found"), "ibm.unknown_backend", "404 (code 1007): not found"],
    [
      "1279",
      404,
      refusalBody(1279, "Instance crn:… not found"),
      "ibm.wrong_region",
      "404 (code 1279): Instance crn:… not found",
    ],
    ["401", 401, refusalBody(1201, "bad"), "ibm.credentials_refused", "401 (code 1201): bad"],
  ])("%s", async (_what, status, body, code, found) => {
    const { submissions, register } = start(http.post(`${api}/jobs`, json(body, status)));
    const error = await rejection(submissions.collect(register()));
    expect(error.code).toBe(code);
    expect(error.message).toBeTruthy();
    if (error.problems[0]!.found !== undefined) expect(error.problems[0]).toMatchObject({ found });
  });

  it.each([
    ["with Retry-After", { "Retry-After": "77" }, 77_000],
    ["without", {}, 12_000],
  ])("429 %s", async (_what, headers, wait) => {
    const crowded = json(refusalBody(1202, "too many"), 429, headers);
    const { submissions, register } = start(
      http.post(`${api}/jobs`, inTurn(crowded, created)),
      completes,
      results,
    );
    const before = clock.slept.length;
    await submissions.collect(register());
    expect(clock.slept.slice(before)).toContain(wait);
  });

  it("500 then 200: looks for the tag for a minute before it sends again", async () => {
    const lists: string[] = [];
    const { submissions, register, journal } = start(
      http.post(`${api}/jobs`, inTurn(json({}, 500), created)),
      http.get(`${api}/jobs`, ({ request }) => {
        lists.push(...new URL(request.url).searchParams.getAll("tags"));
        return HttpResponse.json({ jobs: [], count: 0, limit: 200, offset: 0 });
      }),
      completes,
      results,
    );
    const tag = register();
    const start_ms = clock.now();
    await submissions.ensureJob(tag);
    expect(clock.now() - start_ms).toBeGreaterThanOrEqual(60_000);
    expect(lists).toEqual([tag, tag, tag, tag, tag]);
    expect(journal.lines.filter(({ kind }) => kind === "attempt").length).toBe(2);
  });

  it("500 although the job exists: found by its tag, sent once", async () => {
    let posts = 0;
    let tag = "";
    const { submissions, register } = start(
      http.post(`${api}/jobs`, () => {
        posts++;
        return HttpResponse.json({}, { status: 500 });
      }),
      http.get(`${api}/jobs`, () => HttpResponse.json({ jobs: [{ ...job("Queued"), tags: [tag] }] })),
      completes,
      results,
    );
    tag = register();
    expect(await submissions.ensureJob(tag)).toBe("j1");
    expect(posts).toBe(1);
  });

  it("a web page with status 200 is no job", async () => {
    let tag = "";
    const { submissions, register } = start(
      http.post(`${api}/jobs`, () => HttpResponse.html("<!doctype html>")),
      http.get(`${api}/jobs`, () => HttpResponse.json({ jobs: [{ ...job("Queued"), tags: [tag] }] })),
    );
    tag = register();
    expect(await submissions.ensureJob(tag)).toBe("j1");
  });
});

describe("how a job ends", () => {
  it.each([
    [
      "Failed",
      { reason: "The instruction h on qubits (0,) is not supported", reason_code: 1517 },
      "ibm.program_not_native",
    ],
    ["Failed", { reason: "text", reasonCode: "1506" }, "ibm.program_unreadable"],
    ["Cancelled", { reason: "ran too long", reason_code: 1305 }, "ibm.ran_too_long"],
    ["Cancelled", {}, "ibm.cancelled"],
    ["Failed", { reason: "Traceback" }, "ibm.job_failed"],
  ])("%s %o", async (status, more, code) => {
    const { submissions, register } = start(
      http.post(`${api}/jobs`, created),
      http.get(`${api}/jobs/j1`, json(job(status, more))),
    );
    const error = await rejection(submissions.collect(register()));
    expect(error.code).toBe(code);
    expect(error.problems[0]).toMatchObject({ found: expect.stringContaining("j1") });
  });
});

describe("results", () => {
  it("as BitArray", async () => {
    const text = "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 1), }";
    const header = text.padEnd(117) + "\n";
    const file = Buffer.concat([
      Buffer.from("934e554d5059010076", "hex"),
      Buffer.from([0]),
      Buffer.from(header),
      Buffer.from([3, 0]),
    ]);
    const array = { __type__: "ndarray", __value__: deflateSync(file).toString("base64") };
    const c = { __type__: "BitArray", __value__: { num_bits: 2, array } };
    const data = {
      __type__: "DataBin",
      __value__: { field_names: ["c"], field_types: [], shape: [], fields: { c } },
    };
    const pub = { __type__: "SamplerPubResult", __value__: { data, metadata: {} } };
    const body = { __type__: "PrimitiveResult", __value__: { pub_results: [pub], metadata: { version: 2 } } };
    const { submissions, register } = start(
      http.post(`${api}/jobs`, created),
      completes,
      // Declared as text in the service's own document; it is JSON.
      http.get(`${api}/jobs/j1/results`, () => HttpResponse.text(JSON.stringify(body))),
    );
    const [result] = samplerCodec().decode(await submissions.collect(register()), ["a"], 2);
    expect([...result!.registers.c!.bits]).toEqual([1, 1, 0, 0]);
  });

  it.each([
    ["204", false, () => new HttpResponse(null, { status: 204 }), /deleted/],
    [
      "an empty body at the second reading of a private job",
      true,
      () => new HttpResponse("", { status: 200 }),
      /read once/,
    ],
  ])("%s", async (_what, isPrivate, answer, message) => {
    const { submissions, register } = start(
      http.post(`${api}/jobs`, created),
      completes,
      http.get(`${api}/jobs/j1/results`, answer),
    );
    const error = await rejection(submissions.collect(register(isPrivate)));
    expect(error.code).toBe("ibm.results_gone");
    expect(error.message).toMatch(message);
  });
});

it("metrics: pending → complete", async () => {
  const metrics = (seconds: number, status: string) =>
    json({
      timestamps: { created: "x", running: null, finished: null },
      usage: { qpu_charge_time_seconds: seconds, status },
    });
  const { client } = start(
    http.get(`${api}/jobs/j1/metrics`, inTurn(metrics(0, "pending"), metrics(4, "complete"))),
  );
  expect((await client.metrics("j1")).usage.status).toBe("pending");
  expect((await client.metrics("j1")).usage).toMatchObject({
    qpu_charge_time_seconds: 4,
    status: "complete",
  });
});

it("sessions: 1352 on the open plan, the code as text too", async () => {
  for (const code of [1352, "1352"]) {
    const { client } = start(http.post(`${api}/sessions`, json(refusalBody(code, "not on this plan"), 400)));
    const error = await rejection(client.openSession({ mode: "dedicated", backend: "ibm_boston" }));
    expect(error.code).toBe("ibm.session_plan");
  }
});
