#!/usr/bin/env node
// How quickly a server answers while a sweep is computed and many people watch: starts `entrain serve` on a store of
// its own, has a map computed, opens streams of its tiles, and reads as the page does. Prints quantiles of the readings.
//
// The first seconds, in which compilers have not seen the code yet, are reported by themselves.
//
//   node bench/viewers.js [--viewers 200] [--seconds 20] [--cold 3] [--points 640]
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { Agent, get, request } from "node:http";
import { cpus, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    viewers: { type: "string", default: "200" },
    seconds: { type: "string", default: "20" },
    cold: { type: "string", default: "3" },
    points: { type: "string", default: "640" },
  },
});
const viewers = Number(values.viewers);
const seconds = Number(values.seconds);
const cold = Number(values.cold);
const root = resolve(import.meta.dirname, "..");
const store = mkdtempSync(join(tmpdir(), "entrain-viewers-"));
const server = spawn(
  process.execPath,
  [
    join(root, "bin", "entrain.js"),
    "serve",
    "--port",
    "0",
    "--json",
    "--store",
    store,
    "--rate-limit",
    "10000000",
  ],
  { stdio: ["ignore", "pipe", "inherit"] },
);
const agent = new Agent({ keepAlive: true, maxSockets: 64 });

function ask(method, url, body) {
  return new Promise((done, fail) => {
    const sent = request(
      url,
      { method, agent, headers: { "content-type": "application/json" } },
      (answer) => {
        let text = "";
        answer.on("data", (chunk) => {
          text += chunk;
        });
        answer.on("end", () => done({ status: answer.statusCode, text }));
      },
    );
    sent.on("error", fail);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

try {
  const url = await new Promise((done, fail) => {
    let text = "";
    server.stdout.on("data", (chunk) => {
      text += chunk;
      if (text.trimEnd().endsWith("}")) done(JSON.parse(text).url);
    });
    server.once("exit", (code) => fail(new Error(`the server ended with ${code}`)));
  });
  while ((await ask("GET", `${url}/readyz`)).status !== 200)
    await new Promise((done) => setTimeout(done, 500));
  const points = Number(values.points);
  const map = {
    gain: 0.5,
    loss: 1,
    asymmetry: -2,
    x: { parameter: "detuning", from: 0, to: 3, points },
    y: { parameter: "coupling", from: 0.2, to: 3, points },
    inter_coupling: 0.5,
  };
  const accepted = await ask("POST", `${url}/v1/sweeps`, map);
  if (accepted.status !== 202) throw new Error(accepted.text);
  const { id, tiles } = JSON.parse(accepted.text);
  let events = 0;
  const streams = await Promise.all(
    Array.from(
      { length: viewers },
      () =>
        new Promise((done, fail) => {
          const stream = get(`${url}/v1/sweeps/${id}/events`, { agent: false }, (answer) => {
            answer.on("data", (chunk) => {
              events += chunk.toString().split("\nevent: tile").length - 1;
            });
            answer.on("error", () => {});
            done(stream);
          });
          stream.on("error", fail);
        }),
    ),
  );
  const paths = [
    `/v1/sweeps/${id}`,
    `/v1/sweeps/${id}/planes?planes=state&limit=4`,
    "/v1/runs",
    "/v1/devices",
    "/healthz",
  ];
  const times = new Map(paths.map((path) => [path, []]));
  const first = [];
  const begin = performance.now() + 1000 * cold;
  const end = begin + 1000 * seconds;
  let refused = 0;
  // Each viewer reads something about once a second.
  await Promise.all(
    Array.from({ length: viewers }, async (_, k) => {
      await new Promise((done) => setTimeout(done, (1000 * k) / viewers));
      for (let n = k; performance.now() < end; n++) {
        const path = paths[n % paths.length];
        const before = performance.now();
        const { status } = await ask("GET", url + path);
        (before < begin ? first : times.get(path)).push(performance.now() - before);
        if (status !== 200) refused++;
        await new Promise((done) => setTimeout(done, Math.max(0, 1000 - (performance.now() - before))));
      }
    }),
  );
  const { tiles: now, state } = JSON.parse((await ask("GET", `${url}/v1/sweeps/${id}`)).text);
  for (const stream of streams) stream.destroy();
  const quantile = (list, q) =>
    list.toSorted((a, b) => a - b)[Math.min(list.length - 1, Math.floor(q * list.length))];
  const row = (name, list) =>
    [
      name.padEnd(28),
      String(list.length).padStart(6),
      ...[0.5, 0.95, 0.99, 1].map((q) => quantile(list, q).toFixed(1).padStart(8)),
    ].join(" ");
  console.log(`${viewers} viewers with streams, ${seconds} s, ${cpus().length} cores (${cpus()[0].model})`);
  console.log(
    `sweep ${state}: ${now.done} of ${tiles.total} tiles; ${events} events sent; ${refused} readings refused`,
  );
  console.log(
    `${"read, ms".padEnd(28)} ${"count".padStart(6)} ${["p50", "p95", "p99", "max"].map((q) => q.padStart(8)).join(" ")}`,
  );
  for (const [path, list] of times) console.log(row(path.replace(id, "ID").slice(0, 28), list));
  console.log(row("all", [...times.values()].flat()));
  console.log(row(`the ${cold} s before, cold`, first));
} finally {
  agent.destroy();
  const ended = new Promise((done) => server.once("exit", done));
  server.kill("SIGTERM");
  await ended;
  rmSync(store, { recursive: true, force: true });
}
