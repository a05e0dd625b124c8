import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { artiqFiles, emitArtiq } from "#protocols/targets/artiq/emit";
import { artiqSequence } from "../support/artiq-sequence.ts";
import { runPython } from "../support/python.ts";

const python = process.env.ENTRAIN_ARTIQ_PYTHON ?? "";
const artiq =
  python !== "" && spawnSync(python, ["-c", "import artiq.coredevice.ad9910, llvmlite"]).status === 0;
if (!artiq) console.warn("SKIPPED: ENTRAIN_ARTIQ_PYTHON names no Python with ARTIQ's compiler");

/** Compiles the kernels for a Kasli with the drivers of real devices; the linker need not be there. */
const script = `
import importlib.util, sys
import numpy as np
from artiq.coredevice.core import CompileError
from artiq.frontend.artiq_run import DummyScheduler
from artiq.language.environment import ProcessArgumentManager
from artiq.master.databases import DeviceDB
from artiq.master.worker_db import DeviceManager
spec = importlib.util.spec_from_file_location("experiment", sys.argv[1] + "/experiment.py")
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
devices = DeviceManager(DeviceDB(sys.argv[1] + "/device_db.py"), virtual_devices={"scheduler": DummyScheduler()})
arguments = {"program": open(sys.argv[1] + "/program.json").read(), "token": "a", "mode": "run", "skip": "[]"}
experiment = module.EntrainSequence((devices, None, ProcessArgumentManager(arguments), {}))
def measured(done): raise StopIteration
experiment.play = measured
try: experiment.measure(0, experiment.program["points"][0])
except StopIteration: pass
del experiment.play
for name, args in (("start", []), ("safe", []), ("play", [np.int32(0)])):
    try: experiment.core.compile(getattr(experiment, name), args, {})
    except CompileError as error: print(name, error)
    # Behind the types: no linker here, or an llvmlite that is too new for code generation.
    except FileNotFoundError as error: assert "ld.lld" in str(error)
    except TypeError as error: assert "create_pipeline" in str(error)
    print(name, "checked")
`;

const device = (name: string, module: string, type: string, args: string) =>
  `"${name}": {"type": "local", "module": "artiq.coredevice.${module}", "class": "${type}", "arguments": {${args}}}`;
const deviceDb = `device_db = {${[
  device("core", "core", "Core", '"host": None, "ref_period": 1e-9, "target": "rv32g"'),
  device("core_cache", "cache", "CoreCache", ""),
  device("shutter", "ttl", "TTLOut", '"channel": 0'),
  device("pmt", "edge_counter", "EdgeCounter", '"channel": 1'),
  device("spi", "spi2", "SPIMaster", '"channel": 2'),
  ...["io", "sw0", "sw1"].map((name, i) => device(name, "ttl", "TTLOut", `"channel": ${3 + i}`)),
  device(
    "urukul0_cpld",
    "urukul",
    "CPLD",
    '"spi_device": "spi", "io_update_device": "io", "refclk": 125e6, "clk_sel": 2',
  ),
  ...["dds_red", "dds_blue"].map((name, i) =>
    device(
      name,
      "ad9910",
      "AD9910",
      `"pll_n": 32, "chip_select": ${4 + i}, "cpld_device": "urukul0_cpld", "sw_device": "sw${i}"`,
    ),
  ),
].join(",\n")}}\n`;

function check(experiment: string, program: string): string {
  const folder = mkdtempSync(join(tmpdir(), "entrain-artiq-"));
  try {
    for (const [name, text] of [
      ["experiment.py", experiment],
      ["program.json", program],
      ["device_db.py", deviceDb],
    ] as const) {
      writeFileSync(join(folder, name), text);
    }
    return runPython(python, script, [folder]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test.skipIf(!artiq)("ARTIQ's compiler takes the kernels, and would have refused wrong types", () => {
  const program = emitArtiq(artiqSequence());
  const text = artiqFiles(program)[0]!.text;
  expect(check(text, program.text)).toBe("start checked\nsafe checked\nplay checked\n");
  expect(check(text.replace("done += 1", 'done += "a"'), program.text)).toMatch(/play .*cannot coerce str/s);
});
