import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { pythonEnvironment } from "../support/python.ts";

const environment = pythonEnvironment("schemathesis", ["schemathesis==4.32.5"]);
const folder = mkdtempSync(join(tmpdir(), "entrain-fuzz-"));
const entrain = resolve(import.meta.dirname, "../../bin/entrain.js");

let server: ChildProcess;
let url: string;
let token: string;
let logged = "";
beforeAll(async () => {
  const store = ["--store", folder, "--json"];
  const added = execFileSync(process.execPath, [
    entrain,
    "token",
    "add",
    "fuzzer",
    "--role",
    "operator",
    ...store,
  ]);
  token = (JSON.parse(added.toString()) as { token: string }).token;
  // As users run it: compiled, a process of its own. A short time limit ends many a thread at work.
  server = spawn(
    process.execPath,
    [entrain, "serve", "--port", "0", "--time-limit", "1", "--rate-limit", "10000000", ...store],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  server.stderr!.on("data", (chunk: Buffer) => {
    logged += chunk.toString();
  });
  let written = "";
  url = await new Promise((done, fail) => {
    server.stdout!.on("data", (chunk: Buffer) => {
      written += chunk.toString();
      if (written.trimEnd().endsWith("}")) done((JSON.parse(written) as { url: string }).url);
    });
    server.once("exit", (code) => fail(new Error(`ended with ${code}: ${written} ${logged}`)));
  });
});
afterAll(async () => {
  const ended = new Promise((done) => server.once("exit", done));
  server.kill("SIGTERM");
  await ended;
  rmSync(folder, { recursive: true, force: true });
});

/** Open files, sockets and pipes of the server; null where the system does not say. */
function descriptors(): number | null {
  try {
    return readdirSync(`/proc/${server.pid}/fd`).length;
  } catch {
    return null;
  }
}

/** Requests of a route in one go, and the time for all; more find more. */
const examples = "10";
const seconds = process.env.ENTRAIN_FUZZ_SECONDS ?? "150";

it.skipIf("missing" in environment)(
  "random requests get no 5xx but for limits that are stated, and no answer that is not described",
  async () => {
    const { python } = environment as { python: string };
    const config = join(folder, "schemathesis.toml");
    // 503 and 504 are stated limits: a queue that is full, an answer that takes too long.
    writeFileSync(
      config,
      '[checks.not_a_server_error]\nexpected-statuses = ["2xx", "3xx", "4xx", 503, 504]\n',
    );
    const before = descriptors();
    const child = spawn(
      join(dirname(python), "schemathesis"),
      [
        "--config-file",
        config,
        "run",
        `${url}/v1/openapi.json`,
        "--phases",
        "examples,coverage,fuzzing",
        "--checks",
        "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance",
        // With a token: without one, or with a wrong one, every answer is 401.
        "-H",
        `Authorization: Bearer ${token}`,
        "--max-time",
        seconds,
        "--continue-on-failure",
        "--max-examples",
        examples,
        "--seed",
        "7",
        "--request-timeout",
        "30",
        "--workers",
        "2",
        "--exclude-path-regex",
        "/events$",
        "--no-color",
      ],
      { cwd: folder },
    );
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => {
        output += chunk.toString();
      });
    const status = await new Promise<number | null>((resolve) => child.once("exit", resolve));
    const after = descriptors();
    console.log(`${output.split("\n").slice(-25).join("\n")}\ndescriptors ${before} before, ${after} after`);
    expect(logged + output).not.toContain(token);
    expect(status, `${output.slice(-12_000)}\n${logged.slice(-4000)}`).toBe(0);
    // Threads come and go by the dozen; what they had open must go with them.
    if (before !== null && after !== null) expect(after - before).toBeLessThan(400);
  },
);
