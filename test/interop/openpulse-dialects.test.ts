import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { timelineOf } from "#devices/drivers/emulator/timeline";
import { designExperiment } from "#planning/plan";
import { findTarget } from "#protocols/targets/registry";
import { pointsOf } from "#protocols/targets/schedule";
import { programFiles } from "#protocols/targets/target";
import { smallExperiment, smallProfile } from "../support/profiles.ts";
import { pythonEnvironment, runPython } from "../support/python.ts";

const braket = pythonEnvironment("braket", ["amazon-braket-sdk==1.127.5"]);
const laboneq = pythonEnvironment("laboneq", ["laboneq==26.7.0"]);
const { sequence } = designExperiment(smallExperiment(), smallProfile());

/** Runs a script on the files of a compiled batch and returns its report. */
function onFiles(python: string, kind: string, script: string): unknown {
  const target = findTarget(kind);
  const folder = mkdtempSync(join(tmpdir(), `entrain-${kind}-`));
  try {
    for (const { name, text } of programFiles(target, target.emit(sequence)))
      writeFileSync(join(folder, name), text);
    return JSON.parse(/REPORT(.*)/.exec(runPython(python, script, [folder]))![1]!);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Says the same with the SDK's own PulseSequence and compares the two texts, parsed. */
const rebuild = `
import json, pathlib, sys
import openpulse
from openpulse import ast
from braket.pulse import ConstantWaveform, Frame, GaussianWaveform, Port, PulseSequence
folder = pathlib.Path(sys.argv[1])
batch = json.loads((folder / "batch.json").read_text())
frames = {f["id"]: Frame(f["id"], Port(f["port"], dt=1e-9), f["frequency_hz"], is_predefined=True) for f in batch["frames"]}
def value(node):
    if isinstance(node, ast.UnaryExpression): return -value(node.expression)
    if isinstance(node, ast.DurationLiteral): return {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1}[node.unit.name] * node.value
    if isinstance(node, ast.BinaryExpression): return value(node.lhs) + (1 if node.op.name == "+" else -1) * value(node.rhs)
    if isinstance(node, ast.ImaginaryLiteral): return 1j * node.value
    return node.value if hasattr(node, "value") else node.name
def plain(v): return round(float(v.real if isinstance(v, complex) else v), 15) if not isinstance(v, (str, bool)) else v
def statements(text):
    out, waveforms = [], {}
    for cal in openpulse.parse(text).statements:
        for s in cal.body:
            if isinstance(s, ast.ClassicalDeclaration):
                if isinstance(s.type, ast.WaveformType):
                    waveforms[s.identifier.name] = [s.init_expression.name.name] + [plain(value(a)) for a in s.init_expression.arguments]
                continue
            if isinstance(s, ast.DelayInstruction): out.append(["delay", plain(value(s.duration))] + sorted(q.name for q in s.qubits))
            elif isinstance(s, ast.QuantumBarrier): out.append(["barrier"] + sorted(q.name for q in s.qubits))
            else:
                call = s.expression if isinstance(s, ast.ExpressionStatement) else s.rvalue
                arguments = [a.name if isinstance(a, ast.Identifier) else plain(value(a)) for a in call.arguments]
                out.append([call.name.name] + [waveforms.get(a, a) for a in arguments])
    return out
report = []
for path in sorted(folder.glob("*.qasm")):
    ours = statements(path.read_text())
    sequence = PulseSequence()
    for name, *arguments in ours:
        if name == "delay": sequence.delay([frames[a] for a in arguments[1:]], arguments[0])
        elif name == "barrier": sequence.barrier([frames[a] for a in arguments])
        elif name == "capture_v0": sequence.capture_v0(frames[arguments[0]])
        elif name == "play":
            kind, length, *rest = arguments[1]
            wave = ConstantWaveform(length, rest[0]) if kind == "constant" else GaussianWaveform(length, rest[0], rest[1], rest[2])
            sequence.play(frames[arguments[0]], wave)
        else: getattr(sequence, name)(frames[arguments[0]], arguments[1])
    theirs = statements(sequence.to_ir())
    report.append({"same": ours == theirs, "plays": sum(s[0] == "play" for s in ours), "first": next(([a, b] for a, b in zip(ours, theirs) if a != b), None)})
print("REPORT" + json.dumps(report))
`;

test.skipIf("missing" in braket)("Braket's own PulseSequence says the same in the same words", () => {
  if ("missing" in braket) return;
  const report = onFiles(braket.python, "openpulse-braket", rebuild) as {
    same: boolean;
    plays: number;
    first: unknown;
  }[];
  expect(report.length).toBe(16);
  for (const { same, plays, first } of report) {
    expect(first).toBeNull();
    expect(same).toBe(true);
    // Gain, loss, two seeds, one tomography pulse and the read-out of each site; four couplers.
    expect(plays).toBe(4 * 6 + 4);
  }
});

/** Imports every program and lists what stands on each signal: start, amplitude, length. */
const imported = `
import json, pathlib, runpy, sys
from laboneq.dsl import quantum
from laboneq.dsl.experiment.delay import Delay
from laboneq.dsl.experiment.play_pulse import PlayPulse
from laboneq.openqasm3 import device
from laboneq.openqasm3.transpiler import OpenQASMTranspiler
from laboneq.simple import dsl
folder = pathlib.Path(sys.argv[1])
batch = json.loads((folder / "batch.json").read_text())
class Element(quantum.QuantumElement):
    OPTIONAL_SIGNALS = ("f01", "f12", "gain", "loss", "tx", "rx", "j")
class Operations(quantum.QuantumOperations):
    QUBIT_TYPES = Element
    @quantum.quantum_operation
    def measure(self, q, handle):
        pulse = dsl.pulse_library.const(length=1e-6)
        dsl.measure(measure_signal=q.signals["tx"], measure_pulse=pulse, acquire_signal=q.signals["rx"], integration_kernel=pulse, handle=handle)
signals = {}
for frame in batch["frames"]:
    element, signal = frame["id"].rsplit("_", 1)
    signals.setdefault(element, {})[signal] = f"{element}/{signal}"
elements = {name: Element(uid=name, signals=own) for name, own in signals.items()}
transpiler = OpenQASMTranspiler(quantum.QPU(list(elements.values()), Operations()))
ports = {frame["id"] + "_port": device.port(*frame["id"].rsplit("_", 1)) for frame in batch["frames"]}
def leaves(section):
    for child in section.children:
        if hasattr(child, "children"): yield from leaves(child)
        else: yield child
report = {}
for name, section in runpy.run_path(str(folder / "load.py"))["sections"](transpiler, elements, ports).items():
    clocks, plays, measured = {}, [], []
    for leaf in leaves(section):
        if isinstance(leaf, Delay): clocks[leaf.signal] = clocks.get(leaf.signal, 0) + leaf.time
        elif isinstance(leaf, PlayPulse) and not leaf.signal.endswith("/tx"):
            amplitude = complex(leaf.amplitude)
            start = clocks.get(leaf.signal, 0)
            plays.append([leaf.signal.replace("/", "_"), start * 1e9, amplitude.real, amplitude.imag, leaf.pulse.length * 1e9])
            clocks[leaf.signal] = start + leaf.pulse.length
        elif type(leaf).__name__ == "Acquire": measured.append(leaf.handle)
    report[name] = {"plays": plays, "measured": measured}
print("REPORT" + json.dumps(report))
`;

test.skipIf("missing" in laboneq)(
  "LabOne Q's importer reads the programs, and its signals are the planned ones",
  () => {
    if ("missing" in laboneq) return;
    const report = onFiles(laboneq.python, "openpulse-laboneq", imported) as Record<
      string,
      { plays: [string, number, number, number, number][]; measured: string[] }
    >;
    const points = pointsOf(sequence.axes);
    expect(Object.keys(report).length).toBe(points.length);
    for (const point of points) {
      const { plays, measured } = report[`program_exchange_${point.exchange}_setting_${point.setting}`]!;
      expect(measured).toEqual(["b_q0", "b_q1", "b_q3", "b_q4"]);
      const planned = timelineOf(sequence, point).signals.filter(({ port }) => !port.includes("_readout_"));
      expect(plays.length).toBe(planned.length);
      for (const [frame, start, re, im, length] of plays) {
        const { port, frequency_hz } = sequence.frames.find(({ id }) => id === frame)!;
        const signal = planned.find(
          (s) => s.port === port && s.frequency_hz === frequency_hz && Math.abs(s.start - start) < 1e-3,
        )!;
        expect(signal.waveform.duration_ticks).toBeCloseTo(length, 6);
        // The oscillator has turned since the shot began.
        const turns = (frequency_hz * signal.start) / 1e9;
        const phase = signal.phase_rad - 2 * Math.PI * (turns - Math.floor(turns));
        expect(
          Math.hypot(re - signal.amplitude * Math.cos(phase), im - signal.amplitude * Math.sin(phase)),
        ).toBeLessThan(1e-6);
      }
    }
  },
);
