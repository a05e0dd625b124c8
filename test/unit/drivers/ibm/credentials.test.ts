import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterEach, beforeEach, expect, it } from "vitest";
import { findCredentials } from "../../../../devices/drivers/ibm/credentials.ts";
import { Redactor, Secret } from "../../../../devices/drivers/ibm/secret.ts";
import type { Fault } from "../../../support/fake-ibm/faults.ts";
import { FakeIbm, fakeCrn, fakeKey } from "../../../support/fake-ibm/service.ts";
import { refusal } from "../../../support/refusal.ts";
import { clientFor } from "./setup.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "entrain-key-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const none = () => null;

function fileWith(content: unknown, mode: number): string {
  const path = join(folder, "ibm.json");
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  chmodSync(path, mode);
  return path;
}

it("come from the environment, then a file of mode 600, then the keychain", () => {
  const file = fileWith({ api_key: "key-of-the-file", instance: fakeCrn }, 0o600);
  const environment = { ENTRAIN_IBM_API_KEY: "key-of-the-environment", IAM_URL: "https://iam.test" };
  const both = findCredentials({ environment, file, keychain: none });
  expect(both).toMatchObject({ crn: fakeCrn, source: "ENTRAIN_IBM_API_KEY", iam_url: "https://iam.test" });
  expect(both.api_key.reveal()).toBe("key-of-the-environment");
  expect(findCredentials({ environment: {}, file, keychain: none }).api_key.reveal()).toBe("key-of-the-file");
  const chained = findCredentials({
    environment: { ENTRAIN_IBM_INSTANCE: fakeCrn },
    file: join(folder, "absent"),
    keychain: () => "key-of-the-keychain",
  });
  expect(chained).toMatchObject({ source: "keychain" });
  expect(chained.api_key.reveal()).toBe("key-of-the-keychain");
});

it.each([0o644, 0o640, 0o604, 0o660])("a file of mode %o is refused, unread", (mode) => {
  const file = fileWith({ api_key: "key-that-others-can-read", instance: fakeCrn }, mode);
  const error = refusal(() => findCredentials({ environment: {}, file, keychain: none }));
  expect(error).toMatchObject({ code: "ibm.credentials_exposed" });
  expect(error.problems[0]).toMatchObject({
    path: file,
    found: `mode ${mode.toString(8)}`,
    expected: "mode 600",
  });
  expect(error.message).toContain("chmod 600");
});

it("missing or unreadable ones are said without quoting the file", () => {
  const absent = join(folder, "absent");
  expect(
    refusal(() => findCredentials({ environment: {}, file: absent, keychain: none })).problems[0]!.path,
  ).toBe("credentials.api_key");
  const half = fileWith({ api_key: "key-that-is-alone" }, 0o600);
  const error = refusal(() => findCredentials({ environment: {}, file: half, keychain: none }));
  expect(error.problems[0]!.path).toBe("credentials.instance");
  const broken = fileWith('{"api_key": "key-in-broken-json', 0o600);
  const unreadable = refusal(() => findCredentials({ environment: {}, file: broken, keychain: none }));
  expect(unreadable.code).toBe("ibm.credentials_file");
  expect(inspect(unreadable, { depth: 9, showHidden: true })).not.toContain("key-in");
});

it("a secret shows itself nowhere but on demand", () => {
  const secret = new Secret("key-nobody-sees");
  const shown = [
    `${secret}`,
    JSON.stringify({ secret }),
    inspect({ secret }, { depth: 9, showHidden: true }),
    String(secret),
  ];
  for (const text of shown) expect(text).not.toContain("nobody");
  expect(secret.reveal()).toBe("key-nobody-sees");
  const redactor = new Redactor();
  redactor.learn("key/with=odd+characters");
  const said =
    "a key/with=odd+characters, b key%2Fwith%3Dodd%2Bcharacters, c Bearer eyJabcdefgh.ij, d apikey 0123456789";
  expect(redactor.clean(said)).toBe("a [secret], b [secret], c Bearer [secret], d apikey [secret]");
});

it("no error of the client holds key or token, whatever went wrong and however deep one looks", async () => {
  const fake = new FakeIbm();
  const client = clientFor(await fake.start());
  const faults: Fault[] = [
    ...[400, 401, 403, 404, 409, 413, 429, 500].map(
      (status) => ({ kind: "status", status, done: false }) as const,
    ),
    { kind: "drop", done: false },
    { kind: "half" },
    { kind: "hang", late_ms: null },
    { kind: "page", done: false },
  ];
  try {
    await client.usage();
    const errors: unknown[] = [];
    for (const fault of faults) {
      for (const method of ["GET", "POST"]) {
        // The service echoes the header that it was sent.
        const echo = {
          errors: [{ code: 1, message: `Authorization: Bearer ${[...fake.tokens].join(" ")} ${fakeKey}` }],
        };
        const loud = fault.kind === "status" ? { ...fault, body: echo } : fault;
        fake.cue({ method, path: "/jobs", fault: loud, times: 4 });
        const request = {
          program_id: "sampler",
          backend: "ibm_boston",
          params: { pubs: [] },
          tags: ["t"],
          cost: 1,
        };
        await (method === "GET" ? client.jobs() : client.createJob(request as never)).catch((error) =>
          errors.push(error),
        );
        // Used-up cues only: what is left would meet the next request.
        fake.forget();
      }
    }
    expect(errors.length).toBeGreaterThan(20);
    for (const error of errors) {
      const text =
        inspect(error, { depth: 12, showHidden: true }) +
        JSON.stringify(error) +
        String((error as Error).stack);
      for (const secret of [fakeKey, ...fake.tokens]) expect(text).not.toContain(secret);
    }
  } finally {
    await fake.stop();
  }
});
