import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { usedQubits } from "#devices/digital/circuit/instructions";
import { predictOutcomes } from "#devices/digital/predict/predict";
import { deviceNoise } from "#devices/digital/profile";
import { emitQasm } from "#devices/digital/qasm/emit";
import { StagedProgram } from "#devices/drivers/circuits/staged-program";
import { parseExperiment } from "#ir/experiment";
import { layOutExperiment } from "#planning/lay-out";
import { loadProfileDocument, packageRoot, parseYaml, readTextFile } from "#planning/load";
import { numbersOf } from "../support/aer-noise.ts";
import { bundledDigital } from "../support/digital.ts";
import { pythonEnvironment, runPython } from "../support/python.ts";

/** What the examples would submit, read by Qiskit as the service reads it and simulated by Aer. */
const environment = pythonEnvironment("aer", [
  "qiskit==2.6.1",
  "qiskit-aer==0.18.2",
  "qiskit-qasm3-import==0.6.0",
  "qiskit-ibm-runtime==0.51.0",
]);
const script = readFileSync(join(packageRoot(), "test/support/aer-circuits.py"), "utf8");

interface Answer {
  readonly refused: unknown[];
  readonly probabilities: number[];
}

/** Circuits of an example that are simulated; all of them are read. */
const simulated = 2;

describe.skipIf("missing" in environment)("circuits of the examples on ibm_boston", () => {
  test.each(["digital-driven", "digital-pair", "digital-mean-field"])("%s", (name) => {
    if ("missing" in environment) throw new Error(environment.missing);
    const file = join(packageRoot(), "examples", `${name}.yaml`);
    const experiment = parseExperiment(parseYaml(readTextFile(file), name));
    const { program } = layOutExperiment(experiment, loadProfileDocument(experiment.device.profile, "."));
    const staged = new StagedProgram(program);
    const circuits = staged.stages
      .flatMap((stage) => staged.bound(stage, true))
      .map(({ circuit }) => circuit);
    const profile = bundledDigital(experiment.device.profile);
    const noise = deviceNoise(profile);
    const faultless = { ...noise, readout: () => ({ missed: 0, invented: 0 }) };
    const last = circuits.slice(-simulated);
    const ask = (chosen: typeof circuits, simulate: boolean) =>
      JSON.parse(
        runPython(
          environment.python,
          script,
          [],
          JSON.stringify({
            programs: chosen.map((circuit) => emitQasm(circuit)),
            noise: simulate ? numbersOf(profile, [...new Set(chosen.flatMap(usedQubits))]) : null,
            shots: 100,
            fake: "FakeBoston",
          }),
        ),
      ) as Answer[];
    for (const { refused } of ask(circuits, false)) expect(refused).toEqual([]);
    ask(last, true).forEach((answer, k) => {
      const { probabilities } = predictOutcomes(last[k]!, faultless);
      const worst = Math.max(...probabilities.map((p, i) => Math.abs(p - answer.probabilities[i]!)));
      expect(worst).toBeLessThan(1e-9);
    });
  });
});
