import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createDriver } from "#devices/drivers/registry";
import { createServer } from "#http/server";
import { runHere } from "#jobs/engine/runner";
import { computeHere } from "#jobs/sweeps/tile-computer";
import { openInMemory } from "#store/database";
import { TokenFile } from "#store/token-file";
import { pythonEnvironment } from "../support/python.ts";

const environment = pythonEnvironment("schemathesis", ["schemathesis==4.32.5"]);
const folder = mkdtempSync(join(tmpdir(), "entrain-fuzz-"));

let server: Awaited<ReturnType<typeof createServer>>;
let url: string;
let token: string;
const logged: string[] = [];
beforeAll(async () => {
  server = await createServer({
    version: "0.0.0",
    store: folder,
    tokenFile: join(folder, "tokens.json"),
    host: "127.0.0.1",
    threads: 2,
    timeLimit_s: 1,
    rateLimit: 10_000_000,
    log: (line) => logged.push(line),
    lab: {
      openDatabase: openInMemory,
      runner: (store) => runHere(store, createDriver),
      computer: computeHere(),
    },
  });
  token = new TokenFile(join(folder, "tokens.json")).add("fuzzer", "operator", new Date(0));
  url = await server.listen({ host: "127.0.0.1", port: 0 });
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

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
    console.log(output.split("\n").slice(-25).join("\n"));
    expect(logged.join("\n") + output).not.toContain(token);
    expect(status, `${output.slice(-12_000)}\n${logged.slice(-5).join("\n")}`).toBe(0);
  },
);
