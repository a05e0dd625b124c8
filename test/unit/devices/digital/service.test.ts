import { describe, expect, test } from "vitest";
import { createRandom } from "#core/random";
import type { Circuit, Instruction } from "#devices/digital/circuit/instructions";
import { uniformNoise } from "#devices/digital/predict/noise";
import { runProgram } from "#devices/digital/predict/sample";
import { deviceNoise } from "#devices/digital/profile";
import { emitQasm } from "#devices/digital/qasm/emit";
import { parseQasm } from "#devices/digital/qasm/parse";
import { jobCost } from "#devices/digital/service/cost";
import { controlInstructions, verifyCircuit, verifyJob } from "#devices/digital/service/verify";
import { bundledDigital, smallDevice } from "../../../support/digital.ts";
import { refusal } from "../../../support/refusal.ts";

const circuit = (...instructions: Instruction[]): Circuit => ({ qubits: 6, bits: 1, instructions });
const end: Instruction = { kind: "measure", qubit: 0, bit: 0 };

describe("verifier", () => {
  const profile = smallDevice(6);
  profile.sites[4]!.faults.push("no T2");
  profile.edges[1]!.faults.push("cz is not calibrated");
  const messages = (...instructions: Instruction[]) =>
    verifyCircuit(circuit(...instructions), profile).map((problem) => problem.message);

  test("accepts what the device has", () => {
    expect(
      messages({ kind: "sx", qubit: 0 }, { kind: "cz", qubits: [1, 0] }, { kind: "reset", qubit: 1 }, end),
    ).toEqual([]);
  });

  test.each<[string, Instruction, RegExp]>([
    [
      "a pair that is no edge",
      { kind: "cz", qubits: [0, 5] },
      /instruction cz on qubits \(0, 5\) is not supported/,
    ],
    ["a gate that is not native", { kind: "ecr", qubits: [0, 1] }, /instruction ecr on qubits \(0, 1\)/],
    [
      "an edge out of service",
      { kind: "cz", qubits: [2, 1] },
      /edge 2-1 is out of service: cz is not calibrated/,
    ],
    ["a qubit out of service", { kind: "x", qubit: 4 }, /qubit 4 is out of service: no T2/],
    ["a qubit that is not there", { kind: "x", qubit: 17 }, /has no qubit 17/],
    ["an angle that is none", { kind: "rz", qubit: 0, angle: Number.NaN }, /not finite/],
    ["half a tick", { kind: "delay", qubit: 0, ticks: 2.5 }, /whole number of ticks/],
    ["a bit that is not there", { kind: "measure", qubit: 1, bit: 3 }, /no bit 3/],
    ["a bit twice", { kind: "measure", qubit: 1, bit: 0 }, /bit 0 is written twice/],
  ])("refuses %s", (_, instruction, expected) => {
    const found = messages(instruction, end);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(expected);
  });

  test("a missing reset, a gate after the measurement, an empty and an ill-named register", () => {
    const noReset = smallDevice(2);
    noReset.instructions.splice(noReset.instructions.indexOf("reset"), 1);
    expect(verifyCircuit(circuit({ kind: "reset", qubit: 0 }, end), noReset)[0]?.message).toMatch(
      /reset on qubits \(0,\)/,
    );
    expect(messages(end, { kind: "x", qubit: 0 })).toEqual(["x on qubit 0 after its measurement"]);
    expect(messages({ kind: "x", qubit: 0 })).toEqual(["1 bits of the register are never written"]);
    expect(verifyCircuit({ ...circuit(), bits: 0 }, profile).map((p) => p.path)).toEqual(["bits"]);
    expect(verifyCircuit(circuit(end), profile, "lambda").map((p) => p.path)).toEqual(["register"]);
    expect(verifyCircuit(circuit(end), profile, "c-1").map((p) => p.path)).toEqual(["register"]);
  });

  test("the direction of ecr", () => {
    const eagle = bundledDigital("ibm-sherbrooke");
    const [a, b] = eagle.edges[0]!.qubits;
    const wrong = verifyCircuit(circuit({ kind: "ecr", qubits: [b, a] }, end), eagle);
    expect(wrong.map((p) => p.expected)).toEqual([`the direction ${a}, ${b}`]);
    expect(verifyCircuit(circuit({ kind: "ecr", qubits: [a, b] }, end), eagle)).toEqual([]);
  });

  test("job limits", () => {
    const one = circuit(
      { kind: "sx", qubit: 0 },
      { kind: "cz", qubits: [0, 1] },
      { kind: "reset", qubit: 0 },
      end,
    );
    // Qubit 0: start 50, sx 2, cz 5, reset 17, measure 10.
    expect(controlInstructions(one)).toBe(84);
    expect(verifyJob([one], ["x"], 10_000_000, 100)).toEqual([]);
    expect(verifyJob([one, one], ["", ""], 5_000_001, 20_000).map((p) => p.path)).toEqual(["shots", "shots"]);
    expect(verifyJob([one], ["x".repeat(50_000_001)], 1, 1).map((p) => p.path)).toEqual(["circuits"]);
    expect(verifyJob([one], [""], 0, 1).map((p) => p.path)).toEqual(["shots"]);
  });
});

test("4096 shots of a 60 µs circuit with 250 µs between shots cost 3.3 s", () => {
  // The documented rule, worked by hand: 2 + 4096·(250 + 2.2 + 60) µs.
  const profile = smallDevice(2);
  const ticks = Math.round((60e-6 - 2e-6) / 4e-9);
  const cost = jobCost([circuit({ kind: "delay", qubit: 0, ticks }, end)], 4096, profile);
  expect(cost.usage_s).toBeCloseTo(2 + 4096 * (250e-6 + 2.2e-6 + 60e-6), 6);
  expect(cost.usage_s.toFixed(1)).toBe("3.3");
  expect(jobCost([circuit(end)], 1000, profile, { repDelay_s: 0 }).rep_delay_s).toBe(0);
});

describe("OpenQASM", () => {
  const sample = circuit(
    { kind: "rz", qubit: 3, angle: 1 },
    { kind: "rz", qubit: 3, angle: -1.5e-9 },
    { kind: "cz", qubits: [3, 5] },
    { kind: "barrier", qubits: [3, 5] },
    { kind: "delay", qubit: 5, ticks: 8 },
    { kind: "measure", qubit: 3, bit: 0 },
  );

  test("hardware qubits, shortest exact numbers", () => {
    expect(emitQasm(sample)).toBe(
      [
        "OPENQASM 3.0;",
        'include "stdgates.inc";',
        "bit[1] c;",
        "rz(1.0) $3;",
        "rz(-1.5e-9) $3;",
        "cz $3, $5;",
        "barrier $3, $5;",
        "delay[8dt] $5;",
        "c[0] = measure $3;",
        "",
      ].join("\n"),
    );
  });

  test("the virtual dialect numbers the used qubits and has no delay", () => {
    const text = emitQasm(sample, "virtual");
    expect(text).toContain("qubit[2] q;");
    expect(text).toContain("cz q[0], q[1];");
    expect(text).not.toMatch(/\$|delay/);
  });

  test("comments, several statements a line and odd spacing", () => {
    const { circuit: read } = parseQasm(
      'OPENQASM 3; include "stdgates.inc"; // head\nbit[ 2 ] out;\n/* two\nlines */ sx   $1 ; cz $1 ,$2;\nout[1]=measure $2;',
    );
    expect(read).toEqual({
      qubits: 3,
      bits: 2,
      instructions: [
        { kind: "sx", qubit: 1 },
        { kind: "cz", qubits: [1, 2] },
        { kind: "measure", qubit: 2, bit: 1 },
      ],
    });
  });

  test.each([
    ["h $0;", 4, /not a native gate/],
    ["U(0, 0, 1) $0;", 4, /not a native gate/],
    ["for int i in [0:3] { sx $0; }", 4, /does not take this statement/],
    ["if (c[0] == 1) { x $0; }", 4, /feed-forward/],
    ["ctrl @ x $0, $1;", 4, /modifiers/],
    ["sx q[0];", 4, /no qubit q\[0\]/],
    ["c[4] = measure $0;", 4, /no bit c\[4\]/],
    ["rz(theta) $0;", 4, /not a number/],
    ["sx $0;\n\nfoo $1;", 6, /not in the subset/],
    ["sx $0", 4, /does not end/],
  ])("refuses %s", (statement, line, message) => {
    const error = refusal(() => parseQasm(`OPENQASM 3.0;\ninclude "stdgates.inc";\nbit[1] c;\n${statement}`));
    expect(error.code).toBe("program.syntax");
    expect(error.problems[0]?.path).toBe(`line ${line}`);
    expect(error.problems[0]?.message).toMatch(message);
  });

  test("no version, and two kinds of qubits", () => {
    expect(refusal(() => parseQasm("bit[1] c;")).problems[0]?.message).toBe("no version");
    const mixed = "OPENQASM 3.0;\nqubit[1] q;\nsx $0;";
    expect(refusal(() => parseQasm(mixed)).problems[0]?.message).toMatch(/mixed/);
  });
});

describe("shots", () => {
  const bell = emitQasm({
    qubits: 2,
    bits: 2,
    instructions: [
      { kind: "sx", qubit: 0 },
      { kind: "measure", qubit: 0, bit: 1 },
      { kind: "measure", qubit: 1, bit: 0 },
    ],
  });

  test("half ones in the right column, the same for the same seed", () => {
    const shots = 20_000;
    const bits = runProgram(bell, uniformNoise(), shots, createRandom(7, "shots"));
    expect(bits).toEqual(runProgram(bell, uniformNoise(), shots, createRandom(7, "shots")));
    let ones = 0;
    for (let s = 0; s < shots; s++) {
      expect(bits[2 * s]).toBe(0);
      ones += bits[2 * s + 1]!;
    }
    // Five standard deviations.
    expect(Math.abs(ones / shots - 0.5)).toBeLessThan(5 * Math.sqrt(0.25 / shots));
  });

  test("read-out errors and decay while waiting, by hand", () => {
    const profile = smallDevice(2);
    const ticks = 25_000; // 100 µs
    const text = emitQasm({
      qubits: 1,
      bits: 1,
      instructions: [
        { kind: "x", qubit: 0 },
        { kind: "delay", qubit: 0, ticks },
        { kind: "measure", qubit: 0, bit: 0 },
      ],
    });
    const shots = 200_000;
    const bits = runProgram(text, deviceNoise(profile), shots, createRandom(1, "decay"));
    const found = bits.reduce((sum, bit) => sum + bit, 0) / shots;
    // Depolarising weight of the pulse 2·2e-4: half of it is lost; then e^{−100/200}; then assignment 1 % and 0.5 %.
    const excited = (1 - 2e-4) * Math.exp(-0.5);
    const expected = excited * 0.99 + (1 - excited) * 0.005;
    expect(Math.abs(found - expected)).toBeLessThan(5 * Math.sqrt(0.25 / shots));
  });
});
