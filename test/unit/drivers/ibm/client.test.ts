import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { certainlyNoJob } from "../../../../devices/drivers/ibm/faults.ts";
import { instanceOf } from "../../../../devices/drivers/ibm/instance.ts";
import { FakeIbm, fakeCrn, fakeKey } from "../../../support/fake-ibm/service.ts";
import { refusal, rejection } from "../../../support/refusal.ts";
import { bell, clientFor } from "./setup.ts";

let fake: FakeIbm;
let root: string;
beforeEach(async () => {
  fake = new FakeIbm();
  root = await fake.start();
});
afterEach(() => fake.stop());

const job = (tag: string) => ({
  program_id: "sampler",
  backend: "ibm_boston",
  cost: 60,
  tags: [tag],
  params: { pubs: [[bell, null, 4]], version: 2, support_qiskit: false },
});

describe("hosts from the CRN (ibm.md A.1)", () => {
  const crn = (region: string) => fakeCrn.replace("us-east", region);
  it.each([
    ["us-east", false, "https://quantum.cloud.ibm.com/api/v1", "https://iam.cloud.ibm.com"],
    ["eu-de", false, "https://eu-de.quantum.cloud.ibm.com/api/v1", "https://iam.cloud.ibm.com"],
    [
      "us-east",
      true,
      "https://private.us-east.quantum.cloud.ibm.com/api/v1",
      "https://private.iam.cloud.ibm.com",
    ],
    [
      "eu-de",
      true,
      "https://private.eu-de.quantum.cloud.ibm.com/api/v1",
      "https://private.iam.cloud.ibm.com",
    ],
  ])("%s, private %s", (region, private_endpoint, base_url, iam_url) => {
    expect(instanceOf(crn(region), { private_endpoint })).toMatchObject({ region, base_url, iam_url });
  });

  it("refuses anything else", () => {
    for (const text of [
      "",
      "my-instance",
      crn("us-east").replace("quantum-computing", "cloud-object-storage"),
    ]) {
      expect(refusal(() => instanceOf(text))).toMatchObject({ code: "ibm.instance" });
    }
  });
});

describe("authorisation", () => {
  it("sends token, CRN and version, and asks for one token however many callers wait", async () => {
    const client = clientFor(root);
    await Promise.all(Array.from({ length: 12 }, () => client.backends()));
    expect(fake.tokensIssued).toBe(1);
    const calls = fake.requests.filter(({ path }) => path === "/api/v1/backends");
    expect(calls.length).toBe(12);
    expect(calls.every((call) => call.version === "2026-04-15")).toBe(true);
    expect(calls.every((call) => call.authorization.startsWith("Bearer eyJ"))).toBe(true);
  });

  it("renews a token of which 360 s are left, and one that is refused, once", async () => {
    await fake.stop();
    fake = new FakeIbm({ token_s: 360 });
    root = await fake.start();
    const client = clientFor(root);
    await client.usage();
    await client.usage();
    expect(fake.tokensIssued).toBe(2);
    const other = clientFor(root);
    await other.usage();
    fake.tokens.clear();
    await other.usage();
    expect(fake.tokensIssued).toBe(4);
  });

  it("uses the key itself while the token service is out of order", async () => {
    fake.cue({
      method: "POST",
      path: "/identity/token",
      fault: { kind: "status", status: 503, done: false },
      times: 99,
    });
    await clientFor(root).backends();
    expect(fake.requests.at(-1)!.authorization).toBe(`apikey ${fakeKey}`);
  });

  it("says that a key is expired, and does not show it", async () => {
    fake.keyWorks = false;
    const error = await rejection(clientFor(root).backends());
    expect(error).toMatchObject({ code: "ibm.credentials_refused", kind: "device", retryable: false });
    expect(error.problems[0]).toMatchObject({ path: "credentials.api_key" });
    expect(error.message).toMatch(/expired.*new key/s);
    expect(fake.requests.filter(({ path }) => path === "/identity/token").length).toBe(1);
  });

  it("takes its own token out of what the service says", async () => {
    const client = clientFor(root);
    await client.backends();
    const token = [...fake.tokens][0]!;
    fake.cue({
      method: "GET",
      path: "/backends",
      fault: {
        kind: "status",
        status: 400,
        done: false,
        body: { errors: [{ code: "bad_request", message: `bad ${token} and ${fakeKey}` }] },
      },
    });
    const error = await rejection(client.backends());
    expect(error.problems[0]!.found).toBe("400 (code bad_request): bad [secret] and [secret]");
    expect(JSON.stringify(error) + String(error.stack)).not.toContain(token);
  });
});

describe("reading", () => {
  it("checks the version", async () => {
    const client = clientFor(root);
    expect(await client.checkVersion()).toMatchObject({ status: "live", warning: null });
    fake.cue({
      method: "GET",
      path: "/versions",
      fault: { kind: "status", status: 200, done: false, body: { versions: ["2026-02-01", "2026-05-01"] } },
    });
    expect(await client.checkVersion()).toMatchObject({ status: "missing" });
    fake.cue({
      method: "GET",
      path: "/versions",
      fault: {
        kind: "status",
        status: 200,
        done: false,
        body: { versions: [{ version: "2026-04-15", status: "deprecated", sunset_date: "2027-05-01" }] },
      },
    });
    expect((await client.checkVersion()).warning).toBe(
      "API version 2026-04-15 is deprecated and ends on 2027-05-01.",
    );
  });

  it("reads devices, configuration, status, properties of today and of then, usage", async () => {
    const client = clientFor(root);
    const names = (await client.backends()).map(({ name }) => name);
    expect(names).toContain("ibm_boston");
    expect((await client.backends())[0]!.wait_time_seconds).toMatchObject({ p50: 30, p95: 120 });
    expect((await client.configuration("ibm_miami")).supported_instructions).not.toContain("reset");
    expect((await client.status("ibm_boston")).status).toBe("active");
    const then = "2026-03-01T00:00:00Z";
    expect((await client.properties("ibm_boston", { updated_before: then })).last_update_date).toBe(then);
    // limit 600 s, consumed 60 s: remaining = limit − consumed (ibm.md A.2)
    expect((await client.usage()).remaining_s).toBe(540);
  });

  it("names the unknown backend and the wrong region", async () => {
    const unknown = await rejection(clientFor(root).configuration("ibm_fez"));
    expect(unknown).toMatchObject({ code: "ibm.unknown_backend" });
    expect(unknown.message).toContain("ibm_fez");
    const elsewhere = clientFor(root, {}, fakeCrn.replace("us-east", "eu-de"));
    await elsewhere.checkVersion();
    const wrong = await rejection(elsewhere.usage());
    expect(wrong).toMatchObject({ code: "ibm.wrong_region", service_code: "1279" });
    expect(wrong.message).toContain("eu-de");
  });

  it("refuses an answer without a field that it needs, and says which", async () => {
    fake.cue({
      method: "GET",
      path: "/instances/usage",
      fault: { kind: "status", status: 200, done: false, body: { instance_id: "x", news: 1 } },
    });
    const error = await rejection(clientFor(root).usage());
    expect(error).toMatchObject({ code: "ibm.unreadable_answer", kind: "device" });
    expect(error.problems[0]!.path).toBe("GET /instances/usage: usage_consumed_seconds");
  });
});

describe("jobs and sessions", () => {
  it("creates, finds by tag, reads, re-tags, deletes", async () => {
    const client = clientFor(root);
    const { id } = await client.createJob(job("entrain-a"));
    await client.createJob(job("entrain-b"));
    expect((await client.jobs({ tags: ["entrain-a"] })).map((found) => found.id)).toEqual([id]);
    expect((await client.job(id)).state).toMatchObject({ status: "Completed", ran_too_long: false });
    expect(JSON.parse(Buffer.from((await client.results(id))!).toString())).toHaveProperty("results");
    expect((await client.metrics(id)).usage).toMatchObject({
      status: "complete",
      qpu_charge_time_seconds: 3,
    });
    expect(await client.logs(id)).toBe("a line of log\n");
    await client.setTags(id, ["kept"]);
    expect((await client.job(id)).tags).toEqual(["kept"]);
    await client.deleteJob(id);
    expect(await rejection(client.job(id))).toMatchObject({ code: "ibm.job_gone" });
  });

  it("pages through more jobs than fit on a page", async () => {
    await fake.stop();
    fake = new FakeIbm({ jobs_per_minute: 1000 });
    root = await fake.start();
    const client = clientFor(root, { timeouts: { request_ms: 5000, create_ms: 5000, results_ms: 5000 } });
    for (let i = 0; i < 3; i++)
      await Promise.all(Array.from({ length: 75 }, () => client.createJob(job("many"))));
    const all = await client.jobs({ tags: ["many"] });
    expect(new Set(all.map(({ id }) => id)).size).toBe(225);
  });

  it("opens batches; a plan without dedicated sessions says so (1352)", async () => {
    await fake.stop();
    fake = new FakeIbm({ open_plan: true });
    root = await fake.start();
    const client = clientFor(root);
    const { id } = await client.openSession({ mode: "batch", backend: "ibm_boston" });
    await client.closeSession(id);
    expect(await client.session(id)).toMatchObject({ state: "closed", accepting_jobs: false });
    const error = await rejection(client.openSession({ mode: "dedicated", backend: "ibm_boston" }));
    expect(error).toMatchObject({ code: "ibm.session_plan" });
    expect(error.message).toContain("batch");
  });
});

describe("what went wrong with a POST", () => {
  it.each([
    [{ kind: "status", status: 409, done: false }, "ibm.usage_exceeded", true],
    [{ kind: "status", status: 413, done: false }, "ibm.program_too_large", true],
    [{ kind: "status", status: 429, done: false, retry_after: "7" }, "ibm.rate_limited", true],
    [{ kind: "status", status: 500, done: true }, "ibm.service_fault", false],
    [{ kind: "page", done: true }, "ibm.unreadable_answer", false],
    [{ kind: "drop", done: true }, "http.connection_lost", false],
    [{ kind: "half" }, "http.connection_lost", false],
    [{ kind: "hang", late_ms: null }, "http.timeout", false],
  ] as const)("%o is %s; certainly no job: %s", async (fault, code, certain) => {
    fake.cue({ method: "POST", path: "/jobs", fault });
    const error = await rejection(clientFor(root).createJob(job("t")));
    expect(error.code).toBe(code);
    expect(certainlyNoJob(error)).toBe(certain);
    expect(
      fake.requests.filter(({ path, method }) => path === "/api/v1/jobs" && method === "POST").length,
    ).toBe(1);
    if (code === "ibm.rate_limited") expect(error).toMatchObject({ retry_after_ms: 7000, retryable: true });
  });

  it("knows that a closed port took nothing", async () => {
    await fake.stop();
    const error = await rejection(clientFor(root).createJob(job("t")));
    // The token could not be had either; the key itself was tried, on a port where nobody listens.
    expect(error.code).toBe("http.no_connection");
    expect(certainlyNoJob(error)).toBe(true);
    fake = new FakeIbm();
  });
});
