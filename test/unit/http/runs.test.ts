import { writeFileSync } from "node:fs";
import { join } from "node:path";
import * as h5 from "h5wasm/node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDriver } from "#devices/drivers/registry";
import { levelsOf, type Record as MeasurementRecord } from "#ir/record";
import { runHere } from "#jobs/engine/runner";
import { computeHere } from "#jobs/sweeps/tile-computer";
import { openInMemory } from "#store/database";
import { ask, startTestServer, type TestServer } from "../../support/http.ts";
import { smallExperiment, smallProfile } from "../../support/profiles.ts";

let api: TestServer;
beforeAll(async () => {
  // In this thread, where starting costs nothing; `serve` and its threads are tried end to end elsewhere.
  api = await startTestServer({
    lab: {
      openDatabase: openInMemory,
      engine: { interval_ms: 50 },
      runner: (store) => runHere(store, createDriver),
      computer: computeHere(),
    },
  });
});
afterAll(() => api.close());

interface SseEvent {
  readonly id: string;
  readonly event: string;
  readonly data: Record<string, unknown>;
}

function eventsIn(text: string): SseEvent[] {
  return text
    .split("\n\n")
    .filter((block) => /^id: /m.test(block))
    .map((block) => {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(block)![1]!;
      return { id: field("id"), event: field("event"), data: JSON.parse(field("data")) };
    });
}

/** The levels of a data file, shot by shot. */
function levelsIn(bytes: Buffer): Buffer {
  const path = join(api.folder, "got.h5");
  writeFileSync(path, bytes);
  const file = new h5.File(path, "r");
  const levels = Buffer.from((file.get("levels") as h5.Dataset).value as Uint8Array);
  file.close();
  return levels;
}

const body = { experiment: smallExperiment(), profile: smallProfile() };

describe("a run over HTTP", () => {
  it("is planned, carried out by the emulator, told of, judged, and accepted once under a key", async () => {
    const key = { "idempotency-key": "night-1" };
    // Sent twice at once, and once more later: one run.
    const [first, again] = await Promise.all([
      ask(api, "POST", "/v1/runs", body, key),
      ask(api, "POST", "/v1/runs", body, key),
    ]);
    expect(first.statusCode, first.payload).toBe(202);
    const { id } = first.json() as { id: string };
    expect(first.headers.location).toBe(`/v1/runs/${id}`);
    expect(again.json().id).toBe(id);

    const stream = await ask(api, "GET", `/v1/runs/${id}/events`);
    expect(stream.headers["content-type"]).toMatch(/^text\/event-stream/);
    const events = eventsIn(stream.payload);
    const states = events.filter(({ event }) => event === "state").map(({ data }) => data.state);
    expect(states).toEqual(["planned", "queued", "running", "collecting", "collected", "analysed", "judged"]);
    const progress = events.filter(({ event }) => event === "progress").at(-1)!;
    expect(progress.data.recorded).toBe(progress.data.expected);
    expect(events.at(-1)).toMatchObject({ event: "judged", data: { outcome: "consistent" } });

    // From the middle on: exactly what came after it. From the end on: nothing, and no reason to come back.
    const middle = events.findIndex(({ data }) => data.state === "collecting");
    const rest = await ask(api, "GET", `/v1/runs/${id}/events`, undefined, {
      "last-event-id": events[middle]!.id,
    });
    expect(eventsIn(rest.payload).filter(({ event }) => event !== "progress")).toEqual(
      events
        .slice(middle + 1)
        .filter(({ event }) => event !== "progress")
        .map((event) => ({
          ...event,
          id: expect.any(String) as string,
        })),
    );
    const over = await ask(api, "GET", `/v1/runs/${id}/events`, undefined, {
      "last-event-id": events.at(-1)!.id,
    });
    expect(over.statusCode).toBe(204);

    // As a file, with the levels of the records.
    await h5.ready;
    const file = await ask(api, "GET", `/v1/runs/${id}/data.h5`);
    expect([file.statusCode, file.headers["content-type"]]).toEqual([200, "application/x-hdf5"]);
    const lines = (await ask(api, "GET", `/v1/runs/${id}/records`)).payload.trim().split("\n");
    const records = lines.map((line) => (JSON.parse(line) as { record: MeasurementRecord }).record);
    const [axis] = (await ask(api, "GET", `/v1/runs/${id}`)).json().plan.axes as { name: string }[];
    const at = ({ point }: MeasurementRecord) => 100 * point[axis!.name]! + point.setting!;
    expect(levelsIn(file.rawPayload)).toEqual(
      Buffer.concat(records.toSorted((a, b) => at(a) - at(b)).map((record) => levelsOf(record))),
    );

    const derived = await ask(api, "GET", `/v1/runs/${id}/derived`);
    expect([derived.statusCode, derived.json().run, derived.json().pairs.length > 0]).toEqual([
      200,
      id,
      true,
    ]);

    expect((await ask(api, "POST", "/v1/runs", body, key)).json().id).toBe(id);
    const other = await ask(api, "POST", "/v1/runs", { ...body, force: true }, key);
    expect([other.statusCode, other.json().code]).toEqual([422, "http.key_reused"]);
    expect((await ask(api, "GET", "/v1/runs")).json().runs).toHaveLength(1);

    const { entries } = (await ask(api, "GET", "/v1/audit")).json() as {
      entries: { who: string; action: string; subject: string }[];
    };
    expect(entries.map(({ action }) => action).toReversed()).toEqual([
      "run.submitted",
      "hardware.connect",
      "hardware.submit",
      "hardware.make_safe",
    ]);
    expect(new Set(entries.map(({ who }) => who))).toEqual(new Set(["local"]));
    const cancelled = await ask(api, "POST", `/v1/runs/${id}/cancel`);
    expect([cancelled.statusCode, cancelled.json().code]).toEqual([409, "run.state"]);
  });

  it("is refused when it is not sound, with the command line's error", async () => {
    const infeasible = await ask(api, "POST", "/v1/runs", {
      ...body,
      experiment: { ...body.experiment, device: { profile: "x", assume: { read_out_error: 2 } } },
    });
    expect(infeasible.statusCode).toBe(422);
    const text = await ask(api, "POST", "/v1/runs", { experiment: "title: [" });
    expect([text.statusCode, text.json().code]).toEqual([422, "file.syntax"]);
    const compiled = await ask(api, "POST", "/v1/compiles", { experiment: "title: [" });
    expect([compiled.statusCode, compiled.json().path]).toEqual([422, text.json().path]);
    const none = await ask(api, "POST", "/v1/runs/7/pause");
    expect([none.statusCode, none.json().code]).toEqual([404, "store.no_run"]);
    const file = await ask(api, "GET", "/v1/runs/7/data.h5");
    expect([file.statusCode, file.json().code]).toEqual([404, "store.no_run"]);
    expect((await ask(api, "GET", "/v1/runs/7/derived")).json().code).toBe("store.no_run");
  });
});

describe("reading", () => {
  it("is not sent again to who has it", async () => {
    const first = await ask(api, "GET", "/v1/runs");
    const etag = first.headers.etag as string;
    expect(etag).toMatch(/^"[\w-]+"$/);
    const again = await ask(api, "GET", "/v1/runs", undefined, { "if-none-match": etag });
    expect([again.statusCode, again.payload]).toEqual([304, ""]);
  });

  it("of health, readiness and numbers", async () => {
    expect((await ask(api, "GET", "/readyz")).json()).toEqual({ status: "ready", database: "embedded" });
    const metrics = await ask(api, "GET", "/metrics");
    expect(metrics.headers["content-type"]).toMatch(/^text\/plain/);
    expect(metrics.payload).toMatch(/^entrain_runs\{state="done"\} 1$/m);
    expect(metrics.payload).toMatch(/^entrain_engine_up 1$/m);
    expect(metrics.payload).toMatch(
      /entrain_http_requests_total\{method="POST",route="\/v1\/runs",status="202"\} 3/,
    );
  });
});

describe("a sweep over HTTP", () => {
  const map = {
    gain: 0.5,
    loss: 1,
    x: { parameter: "asymmetry", from: -3, to: 3, points: 40 },
    y: { parameter: "coupling", from: 0, to: 3, points: 24 },
  };

  it("is accepted once under a key, told of tile by tile, and can be read", async () => {
    const key = { "idempotency-key": "map-1" };
    const sent = await Promise.all([
      ask(api, "POST", "/v1/sweeps", map, key),
      ask(api, "POST", "/v1/sweeps", map, key),
    ]);
    expect(sent.map(({ statusCode }) => statusCode)).toEqual([202, 202]);
    const [id, other] = sent.map(({ json }) => (json() as { id: string }).id);
    expect(other).toBe(id);
    const stream = await ask(api, "GET", `/v1/sweeps/${id}/events`);
    const events = eventsIn(stream.payload);
    expect(events.map(({ event }) => event)).toEqual(["tile", "tile", "end"]);
    expect(events[1]!.data).toMatchObject({ done: 2, total: 2 });
    const shown = (await ask(api, "GET", `/v1/sweeps/${id}`)).json();
    expect(shown).toMatchObject({ state: "done", tiles: { done: 2, total: 2 }, submitted_by: "local" });
    const planes = (await ask(api, "GET", `/v1/sweeps/${id}/planes?planes=state&from=1`)).json() as {
      tiles: { columns: number; rows: number; planes: { state: number[] } }[];
    };
    expect(planes.tiles).toHaveLength(1);
    const [tile] = planes.tiles;
    expect(tile!.planes.state).toHaveLength(tile!.columns * tile!.rows);
    const csv = await ask(api, "GET", `/v1/sweeps/${id}/map.csv`);
    expect(csv.payload.split("\n").filter((line) => /^[-\d]/.test(line))).toHaveLength(40 * 24);
    const over = await ask(api, "GET", `/v1/sweeps/${id}/events`, undefined, { "last-event-id": "2" });
    expect(over.statusCode).toBe(204);
    expect((await ask(api, "GET", "/v1/sweeps?limit=1")).json()).toMatchObject({ next: null });
    const bad = await ask(api, "POST", "/v1/sweeps", { ...map, gian: 1 });
    expect([bad.statusCode, bad.json().path]).toEqual([422, "gian"]);
  });
});
