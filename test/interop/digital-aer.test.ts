import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { chiSquareSurvival } from "#core/statistics";
import { axesOf, measured } from "#devices/digital/compile/encoded";
import { correlatorSettings, singleSettings } from "#devices/digital/estimate";
import { chooseLayout } from "#devices/digital/plan";
import { placedNoise } from "#devices/digital/predict/noise";
import { predictOutcomes } from "#devices/digital/predict/predict";
import { compileAbsorbing, placeOnDevice, type Setup } from "#devices/digital/problem";
import { deviceNoise } from "#devices/digital/profile";
import { emitQasm } from "#devices/digital/qasm/emit";
import { packageRoot } from "#planning/load";
import { numbersOf } from "../support/aer-noise.ts";
import { bundledDigital } from "../support/digital.ts";
import { pythonEnvironment, runPython } from "../support/python.ts";

/** Qiskit reads the text as the service does; Aer simulates the same errors by a code of its own. */
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
  readonly counts: number[];
}

const driven: Setup = {
  kind: "driven",
  site: { detuning: 0.2, asymmetry: -0.1, gain: 0.1, loss: 1 },
  field: { re: 0.5, im: 0 },
  time: 4,
};
const pair: Setup = {
  kind: "chain",
  sites: [
    { detuning: 3, asymmetry: -3, gain: 0.5, loss: 1 },
    { detuning: 0, asymmetry: -3, gain: 0.5, loss: 1 },
  ],
  couplings: [{ re: 0.5, im: 0 }],
  time: 2,
};

describe.skipIf("missing" in environment)("Qiskit and Aer", () => {
  const shots = 20_000;
  test.each([
    ["ibm-boston", "FakeBoston", "driven", 6],
    ["ibm-kingston", "FakeKingston", "driven", 4],
    ["ibm-sherbrooke", "FakeSherbrooke", "driven", 3],
    ["ibm-boston", "FakeBoston", "pair", 3],
  ] as const)("%s (%s), %s, %i steps", (name, fake, kind, steps) => {
    const profile = bundledDigital(name);
    const setup = kind === "driven" ? driven : pair;
    const layout = chooseLayout(setup, 2, "strang", profile, 2).qubits;
    const encoded = compileAbsorbing(setup, steps, "strang", placedNoise(deviceNoise(profile), layout));
    const settings =
      kind === "driven"
        ? [singleSettings.populations, singleSettings.upperImaginary, singleSettings.lowerReal]
        : [{ code: "rest" as const, axes: axesOf("ZZZZ") }, correlatorSettings(2).x];
    const circuits = settings.map((setting) => placeOnDevice(measured(encoded, setting), layout, profile));
    if ("missing" in environment) throw new Error(environment.missing);
    const request = {
      programs: circuits.map((c) => emitQasm(c)),
      noise: numbersOf(profile, layout),
      shots,
      fake,
    };
    const answers = JSON.parse(
      runPython(environment.python, script, [], JSON.stringify(request)),
    ) as Answer[];
    const noise = deviceNoise(profile);
    const faultless = { ...noise, readout: () => ({ missed: 0, invented: 0 }) };
    circuits.forEach((circuit, k) => {
      const answer = answers[k]!;
      expect(answer.refused).toEqual([]);
      // Without read-out errors, exactly; with them, within shot noise.
      const { probabilities } = predictOutcomes(circuit, faultless);
      const worst = Math.max(...probabilities.map((p, i) => Math.abs(p - answer.probabilities[i]!)));
      expect(worst).toBeLessThan(1e-9);
      const seen = predictOutcomes(circuit, noise).probabilities;
      let chiSquare = 0;
      let cells = 0;
      seen.forEach((p, i) => {
        if (p * shots < 5) return;
        chiSquare += (answer.counts[i]! - p * shots) ** 2 / (p * shots);
        cells++;
      });
      expect(chiSquareSurvival(chiSquare, cells - 1)).toBeGreaterThan(1e-4);
    });
  });
});
