import { expect, test } from "vitest";
import { bindInputs, inputsOf } from "#devices/digital/circuit/instructions";
import { compileDriven } from "#devices/digital/compile/driven";
import { fieldsOf, inputValues } from "#devices/digital/experiment/feed-forward";
import { loopStates, raisingOf, seededState } from "#devices/digital/experiment/ideal";
import { decodeState } from "#devices/digital/predict/decode";
import { predictState } from "#devices/digital/predict/predict";
import { traceDistance } from "#devices/digital/predict/reference";
import { emitQasm } from "#devices/digital/qasm/emit";
import { parseQasm } from "#devices/digital/qasm/parse";
import { simulate } from "#simulators/index";

const site = { gain: 0.5, loss: 1, asymmetry: -0.2, detuning: 0 };

test("the loop's own reference follows the mean-field equation of the simulators", () => {
  const steps = 8;
  const states = loopStates(site, 0.9, { loops: [], steps, time_step: 0.5, seed_angle: 0.35 });
  const start = seededState(0.35);
  const matrix = [0, 1, 2].map((r) => [0, 1, 2].map((c) => [start.re[3 * r + c], start.im[3 * r + c]]));
  const times = Array.from({ length: steps }, (_, k) => 0.5 * (k + 1));
  const answer = simulate("trajectory", {
    gain: site.gain,
    loss: site.loss,
    asymmetry: site.asymmetry,
    coupling: 0.9,
    initial: [matrix],
    times,
  }) as { groups: { re: number[]; im: number[] }[] };
  const [group] = answer.groups;
  states.forEach((rho, k) => {
    const { re, im } = raisingOf(rho);
    expect(Math.abs(re - group!.re[k]!)).toBeLessThan(2e-4);
    expect(Math.abs(im - group!.im[k]!)).toBeLessThan(2e-4);
  });
});

test("a drive by parameters is the drive by its fields, in text too", () => {
  const raising = [
    { re: 0.1, im: 0.3 },
    { re: -0.2, im: 0.25 },
    { re: 0.05, im: -0.4 },
  ];
  const fields = fieldsOf(0.8, raising);
  const problem = { site, dt: 0.4, order: "strang" as const, fields };
  const direct = compileDriven(problem);
  const withInputs = compileDriven({ ...problem, driveInputs: (k) => `d${k}` });
  expect(inputsOf(withInputs.circuit)).toContain("d3_t");
  const read = parseQasm(emitQasm({ ...withInputs.circuit, bits: 1 })).circuit;
  const stateOf = (circuit: typeof direct.circuit) =>
    decodeState(predictState(circuit).rho, direct.roles).rho;
  const bound = bindInputs({ ...read, qubits: 4 }, inputValues(fields, 0.4));
  expect(traceDistance(stateOf(bound), stateOf(direct.circuit))).toBeLessThan(1e-12);
  expect(() => predictState(withInputs.circuit)).toThrow(/parameters without a value/);
});
