import { createServer } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ArtiqDriver } from "#devices/drivers/artiq/driver";
import { RpcClient } from "#devices/drivers/artiq/pc-rpc";
import { LineConnection } from "#devices/transports/tcp/line-connection";
import { levelsOf, type Record as MeasurementRecord } from "#ir/record";
import { emitArtiq } from "#protocols/targets/artiq/emit";
import { FakeArtiqMaster, finish } from "../../../support/artiq-master.ts";
import { artiqSequence } from "../../../support/artiq-sequence.ts";

let master: FakeArtiqMaster;
let driver: ArtiqDriver;
const program = emitArtiq(artiqSequence());
const allowed = { dds_red: 0.5, dds_blue: 1, shutter: 1 };

function driverFor(fake: FakeArtiqMaster, more: object = {}): ArtiqDriver {
  const { notify, control, broadcast } = fake.ports;
  return new ArtiqDriver({
    host: "127.0.0.1",
    notify_port: notify,
    control_port: control,
    broadcast_port: broadcast,
    retry_ms: 10,
    settle_ms: 100,
    grace_ms: 150,
    allowed,
    ...more,
  });
}

beforeEach(async () => {
  master = await new FakeArtiqMaster().start();
  driver = driverFor(master);
});
afterEach(async () => {
  await driver.close().catch(() => {});
  await master.stop();
});

/** Shots × windows of int32, little endian. */
function counts(values: readonly number[]): string {
  const data = Buffer.from(Int32Array.from(values).buffer).toString("base64");
  return `{"__jsonclass__":["nparray",[[3,2],"<i4","${data}"]]}`;
}

async function collect(job: string): Promise<MeasurementRecord[]> {
  const out: MeasurementRecord[] = [];
  for await (const record of driver.fetch(job)) out.push(record);
  return out;
}

const submit = (skip: string[] = []) => driver.submit(program, { seed: 1, skip: new Set(skip) });

test("points come as they are finished, thresholded, and the run is done", async () => {
  master.run = (m, rid, { arguments: { token } }) => {
    m.status(rid, "running");
    m.dataset(`entrain.${token}.point.0`, counts([0, 1, 2, 3, 4, 0]));
    setTimeout(() => {
      m.dataset(`entrain.${token}.point.1`, counts([9, 9, 9, 9, 0, 0]));
      finish(m, rid, "run");
    }, 20);
  };
  await driver.connect();
  const job = await submit();
  const records = await collect(job);
  expect(records.map(({ point }) => point)).toEqual([{ phase: 0 }, { phase: 1 }]);
  // Threshold 2: at or above it the level is 1.
  expect([...levelsOf(records[0]!)]).toEqual([0, 0, 1, 1, 1, 0]);
  expect(await driver.poll(job)).toEqual({ state: "done", fetched: 2, total: 2 });
});

test("a run that fails is reported as failed, with the text of the log (ion.md D.1)", async () => {
  master.run = (m, rid) => {
    for (const status of ["preparing", "deleting"]) m.status(rid, status);
    m.remove(rid);
    m.log(rid, 40, "Terminating with exception (KeyError: 'pmt')");
    m.log(rid + 7, 40, "another run's trouble");
  };
  await driver.connect();
  const job = await submit();
  await expect(collect(job)).rejects.toMatchObject({
    code: "artiq.run-failed",
    message: expect.stringMatching(/KeyError: 'pmt'/),
  });
  await expect(collect(job)).rejects.not.toMatchObject({ message: expect.stringMatching(/another/) });
  expect((await driver.poll(job)).state).toBe("failed");
});

test("points measured before a failure are handed out before it is reported", async () => {
  master.run = (m, rid, { arguments: { token } }) => {
    m.status(rid, "running");
    m.dataset(`entrain.${token}.point.0`, counts([0, 0, 0, 0, 0, 0]));
    m.status(rid, "deleting");
    m.remove(rid);
    m.log(rid, 40, "RTIOUnderflow");
  };
  await driver.connect();
  const seen: unknown[] = [];
  const all = (async () => {
    for await (const record of driver.fetch(await submit())) seen.push(record.point);
  })();
  await expect(all).rejects.toMatchObject({ code: "artiq.run-failed" });
  expect(seen).toEqual([{ phase: 0 }]);
});

test("a connection cut in the middle loses and repeats nothing", async () => {
  master.run = (m, rid, { arguments: { token } }) => {
    m.status(rid, "running");
    m.dataset(`entrain.${token}.point.0`, counts([1, 1, 1, 1, 1, 1]));
    setTimeout(() => {
      m.cut();
      m.dataset(`entrain.${token}.point.1`, counts([5, 5, 5, 5, 5, 5]));
      finish(m, rid, "run");
    }, 30);
  };
  await driver.connect();
  const records = await collect(await submit());
  expect(records.map(({ point }) => point)).toEqual([{ phase: 0 }, { phase: 1 }]);
});

test("a submission whose answer is lost is found by its token and not sent twice", async () => {
  master.cutNextAnswer = true;
  master.run = (m, rid) => m.status(rid, "running");
  await driver.connect();
  expect(await submit()).toBe("0");
  expect(master.calls.filter((line) => line.includes('"submit"')).length).toBe(1);
});

test("points that are on disk are skipped by the experiment", async () => {
  master.run = (m, rid, expid) => {
    expect(expid.arguments.skip).toBe("[0]");
    m.dataset(`entrain.${expid.arguments.token}.point.1`, counts([5, 5, 5, 5, 5, 5]));
    finish(m, rid, "run");
  };
  await driver.connect();
  expect((await collect(await submit(["phase=0"]))).map(({ point }) => point)).toEqual([{ phase: 1 }]);
});

test("cancel asks, then deletes, then runs the safe experiment and waits for its report", async () => {
  master.run = (m, rid) => m.status(rid, "running");
  master.onTerminate = () => {};
  await driver.connect();
  const job = await submit();
  await driver.cancel(job);
  const names = master.calls.map((line) => (JSON.parse(line) as { name: string }).name);
  expect(names).toEqual(["submit", "request_termination", "delete", "submit"]);
  expect(master.expids.get(1)!.arguments.mode).toBe("safe");
  expect((await driver.poll(job)).state).toBe("cancelled");
});

test("a safe state that is not reported is an error, not a success", async () => {
  master.run = (m, rid) => m.status(rid, "running");
  await driver.connect();
  const job = await submit();
  const dataset = master.dataset.bind(master);
  master.dataset = (key, value) => (value === '"safe"' ? undefined : dataset(key, value));
  await expect(driver.cancel(job)).rejects.toMatchObject({ code: "artiq.unsafe" });
});

test("outputs and amplitudes beyond the limits never leave the desk", async () => {
  const careful = driverFor(master, { allowed: { dds_red: 0.4, dds_blue: 1 } });
  const problems = await careful.check(program);
  expect(problems.map(({ path }) => path)).toEqual(["shutter", "points[0]", "points[1]"]);
  await careful.connect();
  await expect(careful.submit(program, { seed: 0, skip: new Set() })).rejects.toMatchObject({
    code: "driver.refused",
  });
  expect(master.calls).toEqual([]);
  await careful.close();
});

test("a server without pyon_v2 is refused with the reason", async () => {
  // Written by sipyco's pyon_v1.encode; the second as older servers wrote None.
  for (const line of [
    '{"targets": ["schedule"], "description": null, "features": []}',
    '{"targets": ["schedule"], "description": None}',
  ]) {
    master.hello = line;
    await expect(driver.connect()).rejects.toMatchObject({ code: "artiq.pyon-v1" });
  }
});

test("remote exceptions keep class, message and traceback; unknown names are refused here", async () => {
  const options = { host: "127.0.0.1", port: master.ports.control };
  const rpc = await RpcClient.open({ ...options, target: "schedule" });
  await expect(rpc.call("get_status")).rejects.toMatchObject({
    code: "artiq.remote",
    message: expect.stringMatching(/AttributeError: no such thing/),
  });
  await expect(rpc.call("nonsense")).rejects.toMatchObject({ code: "artiq.method-unknown" });
  rpc.close();
  await expect(rpc.call("get_status")).rejects.toMatchObject({ code: "tcp.closed" });
  await expect(RpcClient.open({ ...options, target: "x" })).rejects.toMatchObject({
    code: "artiq.target-unknown",
  });
});

test("lines are bounded, waits end, and closing rejects what waits", async () => {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.write("ab");
    setTimeout(() => socket.write("c\nlast"), 10);
    socket.on("data", () => socket.write("x".repeat(200)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const line = await LineConnection.open({ host: "127.0.0.1", port, max_line_bytes: 100 });
  expect(await line.read(1000)).toBe("abc");
  await expect(line.read(20)).rejects.toMatchObject({ code: "tcp.timeout" });
  const pending = line.read();
  line.send("go");
  await expect(pending).rejects.toMatchObject({ code: "tcp.line-too-long" });
  const other = await LineConnection.open({ host: "127.0.0.1", port });
  await other.read();
  const waiting = other.read();
  other.close();
  await expect(waiting).rejects.toMatchObject({ code: "tcp.closed" });
  await new Promise((resolve) => server.close(resolve));
  await expect(LineConnection.open({ host: "127.0.0.1", port })).rejects.toMatchObject({
    code: "tcp.unreachable",
  });
});
