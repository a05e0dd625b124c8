import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ArtiqDriver } from "#devices/drivers/artiq/driver";
import { decodePyon } from "#devices/drivers/artiq/pyon/decode";
import { encodePyon } from "#devices/drivers/artiq/pyon/encode";
import { levelsOf } from "#ir/record";
import { artiqFiles, emitArtiq, readArtiqProgram } from "#protocols/targets/artiq/emit";
import { artiqSequence } from "../support/artiq-sequence.ts";
import { runPython } from "../support/python.ts";

/**
 * ARTIQ is not on the package index: ENTRAIN_ARTIQ_PYTHON names a Python that has `artiq` and `sipyco`, as its own
 * installers (Nix, conda) make one.
 */
const python = process.env.ENTRAIN_ARTIQ_PYTHON ?? "";
const has = (module: string) => python !== "" && spawnSync(python, ["-c", `import ${module}`]).status === 0;
const sipyco = has("sipyco.pyon");
const artiq = sipyco && has("artiq.frontend.artiq_master");
if (!sipyco) console.warn("SKIPPED: ENTRAIN_ARTIQ_PYTHON names no Python with sipyco");
else if (!artiq) console.warn("SKIPPED: the Python of ENTRAIN_ARTIQ_PYTHON has no artiq");

test.skipIf(!sipyco)("sipyco reads what is written here and the other way round", () => {
  const script = `
import sys, numpy as np
from collections import OrderedDict
from fractions import Fraction
from sipyco import pyon
values = [None, True, 3, 2**80, 1.5, float("inf"), "\\u00e9\\U0001f600\\ud800", b"\\x00\\xff", (1, (2,)), [1, [2]],
          {}, {"a": 1}, {3: {"b": ()}}, {(1, 2): 3}, {1, 2}, slice(1, None, -2), Fraction(-3, 7), 1 - 2j,
          OrderedDict([("x", 1), (2, "y")]), np.arange(6.).reshape(2, 3), np.int64(42), np.float32(0.5), np.bool_(True)]
if sys.argv[1] == "write":
    print("\\n".join(pyon.encode(v) for v in values))
else:
    read = [pyon.decode(line) for line in sys.stdin.read().splitlines()]
    for got, wanted in zip(read, values, strict=True):
        # sipyco itself writes an OrderedDict as a plain dict.
        assert type(got) is type(wanted) or type(wanted) is OrderedDict, (got, wanted)
        assert np.all(got == wanted), (got, wanted)
    tagged = pyon.decode('{"__jsonclass__":["OrderedDict",[[["x",1],[2,"y"]]]]}')
    assert type(tagged) is OrderedDict and tagged == values[18]
    print("same")
`;
  const lines = runPython(python, script, ["write"]).trim().split("\n");
  const again = lines.map((line) => encodePyon(decodePyon(line)));
  expect(again).toEqual(lines);
  expect(runPython(python, script, ["read"], again.join("\n")).trim()).toBe("same");
});

test.skipIf(!sipyco)("the emitted experiment is Python that compiles", () => {
  for (const drop of [{}, { dds: [], tones: [] }]) {
    const sequence = artiqSequence();
    const program = emitArtiq(
      "dds" in drop
        ? { ...sequence, dds: [], points: sequence.points.map((p) => ({ ...p, tones: [] })) }
        : sequence,
    );
    const text = artiqFiles(program)[0]!.text;
    expect(
      runPython(
        python,
        "import ast,sys; compile(ast.parse(sys.stdin.read()), 'e', 'exec'); print('ok')",
        [],
        text,
      ),
    ).toBe("ok\n");
  }
});

/** Simulated devices that print each call with its time. */
const devices = `
from artiq.language.core import at_mu, delay_mu, kernel, now_mu
from artiq.sim import time
import numpy as np

def say(*what):
    with open(LOG, "a") as log:
        print(int(now_mu()), *[int(w) if not isinstance(w, str) else w for w in what], file=log)

class Comm:
    def close(self): pass

class Core:
    def __init__(self, dmgr):
        self.comm = Comm()
        time.manager.stack[0].current_time = 0  # machine units are integers
    def run(self, function, args, kwargs): return function.artiq_embedded.function(*args, **kwargs)
    def reset(self): say("core", "reset")
    def break_realtime(self): at_mu(now_mu() + 125000)
    def wait_until_mu(self, t): pass

class Switch:
    def __init__(self, name): self.name = name
    def on(self): self.set_o(True)
    def off(self): self.set_o(False)
    def set_o(self, value): say(self.name, "switch", value)

class TTL(Switch):
    def __init__(self, dmgr, name): super().__init__(name)

class CPLD:
    def __init__(self, dmgr): pass
    def init(self): pass

class DDS:
    def __init__(self, dmgr, name): self.name, self.sw = name, Switch(name)
    def init(self): pass
    def set_att(self, att): assert att == 10.0
    def set_mu(self, ftw, pow_, asf, phase_mode, ref_time_mu):
        assert phase_mode == 2 and now_mu() % 8 == 0
        say(self.name, "set", int(ftw) % 2**32, pow_, asf, ref_time_mu)
        delay_mu(3000)

class Counter:
    def __init__(self, dmgr, name): self.name, self.n = name, 0
    def gate_rising_mu(self, length): say(self.name, "gate", length); delay_mu(length)
    def fetch_count(self): self.n += 1; return self.n % 4
`;

let folder = "";
let process_: ChildProcess | undefined;
// Its own ports, beside the standard ones.
const ports = { notify: 13250, control: 13251, logging: 11066, broadcast: 11067 };
let log = "";

beforeAll(async () => {
  if (!artiq) return;
  folder = mkdtempSync(join(tmpdir(), "entrain-artiq-"));
  log = join(folder, "calls.txt");
  mkdirSync(join(folder, "repository"));
  writeFileSync(join(folder, "entrain_devices.py"), `LOG = ${JSON.stringify(log)}\n${devices}`);
  const entry = (name: string, cls: string, args = "") =>
    `"${name}": {"type": "local", "module": "entrain_devices", "class": "${cls}", "arguments": {${args}}}`;
  const list = [
    entry("core", "Core"),
    entry("urukul0_cpld", "CPLD"),
    ...["dds_red", "dds_blue"].map((name) => entry(name, "DDS", `"name": "${name}"`)),
    entry("shutter", "TTL", '"name": "shutter"'),
    entry("pmt", "Counter", '"name": "pmt"'),
  ];
  writeFileSync(join(folder, "device_db.py"), `device_db = {${list.join(",\n")}}\n`);
  const args = [
    "--bind",
    "127.0.0.1",
    "--no-localhost-bind",
    ...Object.entries(ports).flatMap(([name, port]) => [`--port-${name}`, String(port)]),
  ];
  const child = spawn(python, ["-u", "-m", "artiq.frontend.artiq_master", ...args], {
    cwd: folder,
    env: { ...process.env, PYTHONPATH: folder },
  });
  process_ = child;
  let said = "";
  child.stderr.on("data", (data: Buffer) => {
    said += data.toString();
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout.on("data", (data: Buffer) => {
      if (data.toString().includes("ready")) resolve();
    });
    child.on("exit", () => reject(new Error(said)));
  });
});

afterAll(() => {
  process_?.removeAllListeners("exit");
  process_?.kill();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

function driver(): ArtiqDriver {
  return new ArtiqDriver({
    host: "127.0.0.1",
    notify_port: ports.notify,
    control_port: ports.control,
    broadcast_port: ports.broadcast,
    allowed: { dds_red: 0.5, dds_blue: 1, shutter: 1 },
    grace_ms: 30_000,
    settle_ms: 3000,
  });
}

test.skipIf(!artiq)("a genuine master runs the program, call for call at the planned times", async () => {
  const { readFileSync } = await import("node:fs");
  const it = driver();
  await it.connect();
  const program = emitArtiq(artiqSequence(2));
  const job = await it.submit(program, { seed: 0, skip: new Set() });
  const records = [];
  for await (const record of it.fetch(job)) records.push(record);
  expect(records.map(({ point }) => point)).toEqual([{ phase: 0 }, { phase: 1 }]);
  // The counter answers 1, 2, 3, 0, 1, …; two or more is bright.
  expect(records.flatMap((record) => [...levelsOf(record)])).toEqual([0, 1, 1, 0, 0, 1, 1, 0]);
  const calls = readFileSync(log, "utf8")
    .trim()
    .split("\n")
    .map((line) => line.split(" "));
  const data = readArtiqProgram(program.text);
  const start = calls.findIndex(([, , what]) => what === "set");
  let at = 0;
  const played = calls.filter(([, , what], i) => what !== "reset" && i >= start - 1);
  const names = [data.ttl, data.dds, data.dds, data.counters.map((name) => ({ name }))];
  for (const { events } of data.points) {
    for (let shot = 0; shot < 2; shot++) {
      const block = played.slice(at, at + events.length);
      at += events.length;
      const reference = Number(block.find(([, , what]) => what === "set")![6]);
      const wanted = events.map(([time, kind, device, a, b, c]) => {
        const name = names[kind]![device]!.name;
        const rest = kind === 1 ? ["set", a, b, c, reference] : [kind === 3 ? "gate" : "switch", a];
        return [reference + time, name, ...rest].map(String);
      });
      expect(block).toEqual(wanted);
    }
  }
  // Then everything is put into its safe state.
  expect(played.slice(at).map(([, name, what, level]) => [name, what, level])).toEqual(
    ["dds_red", "dds_blue", "shutter"].map((name) => [name, "switch", "0"]),
  );
  await it.close();
});

test.skipIf(!artiq)("a run that fails on a genuine master is reported with its text", async () => {
  const it = driver();
  await it.connect();
  const sequence = artiqSequence();
  const program = emitArtiq({
    ...sequence,
    counters: ["not_there"],
    points: sequence.points.map((p) => ({
      ...p,
      detections: p.detections.map((d) => ({ ...d, counter: "not_there" })),
    })),
  });
  const job = await it.submit(program, { seed: 0, skip: new Set() });
  const fetched = (async () => {
    for await (const _ of it.fetch(job)) throw new Error("no record was to be expected");
  })();
  await expect(fetched).rejects.toMatchObject({
    code: "artiq.run-failed",
    message: expect.stringMatching(/not_there/),
  });
  await it.close();
});

test.skipIf(!artiq)(
  "cancelling on a genuine master ends in a reported safe state",
  async () => {
    const it = driver();
    await it.connect();
    const job = await it.submit(emitArtiq(artiqSequence(200_000), { shots_per_kernel: 10 }), {
      seed: 0,
      skip: new Set(),
    });
    await new Promise((resolve) => setTimeout(resolve, 4000));
    await it.cancel(job);
    expect((await it.poll(job)).state).toBe("cancelled");
    await it.close();
  },
  120_000,
);
