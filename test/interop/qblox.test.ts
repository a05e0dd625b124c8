import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { timelineOf } from "#devices/drivers/emulator/timeline";
import { parseExperiment } from "#ir/experiment";
import type { ProgramFile } from "#ir/program";
import type { Sequence } from "#ir/sequence";
import { loadProfileDocument, packageRoot, parseYaml, readTextFile } from "#planning/load";
import { designExperiment } from "#planning/plan";
import { emitQ1asm, q1asmFiles } from "#protocols/targets/qblox-q1asm/emit";
import { pointsOf } from "#protocols/targets/schedule";
import { smallExperiment, smallProfile } from "../support/profiles.ts";
import { pythonEnvironment, runPython } from "../support/python.ts";

const simulator = pythonEnvironment("q1simulator", ["q1simulator==1.3.4"]);
/** The last release whose assembler runs on glibc 2.36. */
const assembler = pythonEnvironment("qblox-instruments", ["qblox-instruments==1.0.2"]);

function exampleSequence(name: string, changes: object = {}): Sequence {
  const file = `${packageRoot()}/examples/${name}.yaml`;
  const document = parseYaml(readTextFile(file), file) as { readonly protocol: object };
  const experiment = parseExperiment({ ...document, protocol: { ...document.protocol, ...changes } });
  return designExperiment(experiment, loadProfileDocument(experiment.device.profile, ".")).sequence;
}

const small: Sequence = { ...designExperiment(smallExperiment(), smallProfile()).sequence, shots: 2 };

function inFolder<T>(files: readonly ProgramFile[], run: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "entrain-qblox-"));
  try {
    for (const { name, text } of files) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    return run(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Assembles every program; prints those that fail, with the assembler's last words. */
const assembleAll = `
import json, pathlib, subprocess, sys, qblox_instruments
binary = pathlib.Path(qblox_instruments.__file__).parent / "assemblers" / "q1asm_linux"
binary.chmod(0o755)
faults = {}
for line in sys.stdin:
    name, program = json.loads(line)
    source = pathlib.Path(sys.argv[1]) / "program.q1asm"
    source.write_text(program)
    done = subprocess.run([str(binary), "-o", str(source.with_suffix("")), str(source)], capture_output=True, text=True)
    if done.returncode != 0: faults[name] = (done.stdout + done.stderr)[-400:]
print(json.dumps(faults))
`;

/** Runs the emitted loader on the simulated Cluster and compares what every sequencer puts out with the plan. */
const rehearse = `
import json, runpy, sys
from unittest.mock import MagicMock
# The package's viewer wants a window system; nothing here does.
for name in ("qtpy", "qtpy.QtCore", "qtpy.QtWidgets", "qtpy.QtGui", "pyqtgraph"): sys.modules[name] = MagicMock()
import numpy as np
folder, result = sys.argv[1:3]
loader = runpy.run_path(folder + "/load.py")
cluster = loader["main"](["--simulate", result])
plan = json.load(sys.stdin)
settings = json.load(open(folder + "/settings.json"))
slots = {m["name"]: m["slot"] for m in settings["modules"]}
report = {"errors": {}, "ends": [], "worst": {}, "samples": 0, "loudest": {}}
for s in settings["sequencers"]:
    sequencer = getattr(cluster, "module%d" % slots[s["module"]]).sequencers[s["index"]]
    renderer = sequencer.rt_renderer
    errors = sorted(renderer.errors | sequencer.q1core.errors)
    if errors: report["errors"][s["name"]] = errors
    report["ends"].append(int(renderer.time))
    found = np.concatenate(renderer.out0) + 1j * np.concatenate(renderer.out1)
    wanted = np.zeros(len(found), complex)
    for start, duration, sigma, amplitude, frequency, phase in plan["signals"].get(s["name"], []):
        k = np.arange(duration)
        envelope = 1.0 if sigma is None else np.exp(-(k + 0.5 - duration / 2) ** 2 / (2 * sigma**2))
        turns = frequency * 1e-9 * k
        at = plan["begin"] + start
        wanted[at : at + duration] += amplitude * envelope * np.exp(1j * (phase + 2 * np.pi * turns))
    # A modulated sequencer puts out 1/sqrt(2) of its samples.
    report["worst"][s["name"]] = float(np.max(np.abs(found - wanted * 2**15 * np.sqrt(0.5))))
    report["loudest"][s["name"]] = float(np.max(np.abs(found)))
    report["samples"] += len(found)
print("REPORT" + json.dumps(report))
`;

interface Rehearsal {
  errors: Record<string, string[]>;
  ends: number[];
  worst: Record<string, number>;
  loudest: Record<string, number>;
  samples: number;
}

/** Signals of all shots for the script: baseband frequency and phase at their start, from the plan's own timeline. */
function plannedSignals(sequence: Sequence, files: readonly ProgramFile[]) {
  const settings = JSON.parse(files[0]!.text) as {
    shots: number;
    modules: { name: string; settings: Record<string, number> }[];
    sequencers: { name: string; plays: string; module: string; settings: Record<string, unknown> }[];
  };
  const duration = 4984;
  const signals: Record<string, unknown[]> = {};
  const points = pointsOf(sequence.axes);
  for (let shot = 0; shot < settings.shots; shot++) {
    points.forEach((point, p) => {
      const begin = (shot * points.length + p) * duration;
      const timeline = timelineOf(sequence, point);
      expect(timeline.end).toBe(duration - 4);
      for (const signal of timeline.signals) {
        const frame = sequence.frames.find(
          (f) => f.port === signal.port && f.frequency_hz === signal.frequency_hz,
        )!;
        const sequencer = settings.sequencers.find(({ plays }) => plays === frame.id)!;
        const lo = Object.entries(
          settings.modules.find(({ name }) => name === sequencer.module)!.settings,
        ).find(
          ([key]) =>
            key.endsWith("lo_freq") &&
            (key.startsWith("out0_in0") || sequencer.settings[`connect_${key.slice(0, 4)}`] !== undefined),
        );
        const lo_hz = lo?.[1] ?? 0;
        const { waveform, start, amplitude, phase_rad } = signal;
        // The oscillator has turned since the shot began; on the 250 MHz grid by whole turns at every 4 ns.
        const turned = (lo_hz * start * 1e-9) % 1;
        signals[sequencer.name] ??= [];
        signals[sequencer.name]!.push([
          begin + start,
          waveform.duration_ticks,
          waveform.kind === "gaussian" ? waveform.sigma_ticks : null,
          amplitude,
          signal.frequency_hz - lo_hz,
          phase_rad - 2 * Math.PI * turned,
        ]);
      }
    });
  }
  return { begin: 1000, signals };
}

describe.skipIf("missing" in assembler)("the assembler of qblox-instruments", () => {
  test("accepts every program of the examples, and refuses a misspelt one", () => {
    if ("missing" in assembler) return;
    // Where every point has tones of its own, as many as a module has sequencers for.
    const examples: readonly (readonly [string, object])[] = [
      ["transmon-onset", {}],
      ["transmon-onset-square", {}],
      ["transmon-dissipator", {}],
      ["transmon-lifetime", {}],
      ["transmon-blockade", { detuning: { from: "-200 MHz", to: "200 MHz", points: 3 } }],
      ["transmon-interference", { ratio: { from: 0.2, to: 5, points: 3 } }],
    ];
    const lines = examples.flatMap(([name, changes]) =>
      q1asmFiles(emitQ1asm(exampleSequence(name, changes)))
        .filter((file) => file.name.startsWith("sequences/"))
        .map((file) =>
          JSON.stringify([`${name}/${file.name}`, (JSON.parse(file.text) as { program: string }).program]),
        ),
    );
    expect(lines.length).toBeGreaterThan(100);
    const broken = JSON.stringify(["broken", "      set_awg_gian 1,0\n      stop\n"]);
    const faults = inFolder(
      [],
      (folder) =>
        JSON.parse(
          runPython(assembler.python, assembleAll, [folder], [...lines, broken].join("\n")),
        ) as object,
    );
    expect(Object.keys(faults)).toEqual(["broken"]);
  });
});

describe.skipIf("missing" in simulator)("q1simulator", () => {
  test("runs the emitted loader: no flag is raised, all sequencers end together, the output is the planned one", () => {
    if ("missing" in simulator) return;
    const files = q1asmFiles(emitQ1asm(small));
    inFolder(files, (folder) => {
      const result = join(folder, "result.json");
      const output = runPython(
        simulator.python,
        rehearse,
        [folder, result],
        JSON.stringify(plannedSignals(small, files)),
      );
      const report = JSON.parse(/REPORT(.*)/.exec(output)![1]!) as Rehearsal;
      expect(report.errors).toEqual({});
      expect(new Set(report.ends).size).toBe(1);
      expect(report.ends.length).toBe(24);
      for (const [name, loudest] of Object.entries(report.loudest))
        expect(loudest, name).toBeGreaterThan(1000);
      // Two roundings to 16 bits and the NCO's eighth of a Hz: a few steps of 32 768.
      for (const [name, worst] of Object.entries(report.worst)) expect(worst, name).toBeLessThan(3);
      const read = JSON.parse(readFileSync(result, "utf8")) as Record<
        string,
        { path0: number[][]; counts: number[] }
      >;
      expect(Object.keys(read)).toEqual(["q0_rx", "q1_rx", "q3_rx", "q4_rx"]);
      const { path0, counts } = read.q0_rx!;
      expect(counts).toEqual([1]);
      expect([path0.length, path0[0]!.length]).toEqual([2, 16]);
      // The simulator answers with the time of the acquisition in ms over the integration length.
      const times = path0.flat().map((value) => value * 1000 * 1e6);
      times.forEach((time, k) => {
        expect(time - times[0]!).toBeCloseTo(k * 4984, 3);
      });
    });
  });
});
