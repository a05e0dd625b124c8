import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { designExperiment } from "#planning/plan";
import { findTarget } from "#protocols/targets/registry";
import { programFiles } from "#protocols/targets/target";
import { smallExperiment, smallProfile } from "../support/profiles.ts";
import { pythonEnvironment, runPython } from "../support/python.ts";

const environment = pythonEnvironment("qibolab", ["qibolab==0.2.17"]);

/** Runs the emitted experiment on the dummy controller and says what qibolab made of its sequences. */
const script = `
import json, runpy, sys
folder, result = sys.argv[1:3]
module = runpy.run_path(folder + "/run.py", run_name="emitted")
module["main"](result)
from qibolab import PulseSequence
experiment = json.load(open(folder + "/experiment.json"))
report = []
for run in experiment["runs"]:
    sequence = PulseSequence.load(run["sequence"])
    report.append({
        "duration": sequence.duration,
        "pulses": sum(op.kind == "pulse" for _, op in sequence),
        "readouts": sum(op.kind == "readout" for _, op in sequence),
        "peak": {ch: float(max(abs(op.i(1.0)))) for ch, op in sequence if op.kind == "pulse" and ch == "q0/f01"},
        "channels": sorted(sequence.channels),
    })
print("REPORT" + json.dumps(report))
`;

test.skipIf("missing" in environment)(
  "qibolab runs the emitted platform and experiment on its dummy controller",
  () => {
    if ("missing" in environment) return;
    const sequence = { ...designExperiment(smallExperiment(), smallProfile()).sequence, shots: 25 };
    const target = findTarget("qibolab");
    const folder = mkdtempSync(join(tmpdir(), "entrain-qibolab-"));
    try {
      for (const { name, text } of programFiles(target, target.emit(sequence)))
        writeFileSync(join(folder, name), text);
      const result = join(folder, "result.json");
      const output = runPython(environment.python, script, [folder, result]);
      const report = JSON.parse(/REPORT(.*)/.exec(output)![1]!) as {
        duration: number;
        pulses: number;
        readouts: number;
        channels: string[];
        peak: Record<string, number>;
      }[];
      expect(report.length).toBe(4);
      for (const { duration, pulses, readouts, channels, peak } of report) {
        // The shot lasts 4980 ns, 2000 of them relaxation.
        expect(duration).toBe(2980);
        // Gain and loss, two seeds, one tomography pulse on each site, four couplers.
        expect(pulses).toBe(4 * 5 + 4);
        expect(readouts).toBe(4);
        expect(channels).toContain("q0__q1/j");
        expect(peak["q0/f01"]).toBeGreaterThan(0.1);
      }
      const measured = JSON.parse(readFileSync(result, "utf8")) as number[][][][][];
      expect(measured.length).toBe(4);
      expect([
        measured[0]!.length,
        measured[0]![0]!.length,
        measured[0]![0]![0]!.length,
        measured[0]![0]![0]![0]!.length,
      ]).toEqual([4, 25, 4, 2]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
