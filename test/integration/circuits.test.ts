import { describe, expect, test } from "vitest";
import { CircuitEmulator } from "#devices/drivers/emulator/circuits";
import { pointKey } from "#ir/driver";
import { changed, type PreparedCircuits, prepareCircuits, runCircuits } from "../support/circuits.ts";

const driven = prepareCircuits({
  kind: "circuit-driven",
  gain: 0.5,
  loss: 1,
  asymmetry: [-1, 0.5],
  drive: 0.5,
  time: 3,
  steps: 4,
});
const pair = prepareCircuits(
  {
    kind: "circuit-chain",
    gain: 1,
    loss: 2,
    asymmetry: -2,
    coupling: 0.6,
    detunings: [0.8],
    time: 1,
    steps: 2,
  },
  { qubits: 6 },
);
const loop = prepareCircuits(
  {
    kind: "circuit-mean-field",
    loops: [{ gain: 0.3, loss: 1.5, coupling: 2 }],
    steps: 4,
    time_step: 0.5,
  },
  { shots: 20_000 },
);

const cases: readonly (readonly [string, PreparedCircuits])[] = [
  ["driven", driven],
  ["pair", pair],
  ["loop", loop],
];

describe("what was compiled", () => {
  test.each(cases)("%s: is found consistent, whatever the seed", async (_, prepared) => {
    for (const seed of [1, 2, 3]) {
      const { verdict } = await runCircuits(prepared, undefined, seed);
      expect(verdict.outcome, verdict.reasons.join(" ")).toBe("consistent");
    }
  });
});

/** The nth line that begins with `start`, counted in every circuit, changed. */
const edit =
  (start: RegExp, change: (line: string) => string, nth: (count: number) => boolean) => (text: string) => {
    let count = 0;
    return text
      .split("\n")
      .map((line) => {
        if (line.startsWith("// circuit")) count = 0;
        return start.test(line) && nth(++count) ? change(line) : line;
      })
      .join("\n");
  };
const always = () => true;

// All rz turned around at once are the same program: conjugated, with every second level of the frame relabelled.
describe("tampered programs are found out", () => {
  const sabotage: readonly (readonly [string, PreparedCircuits, (text: string) => string])[] = [
    [
      "driven: the angles on one qubit with the wrong sign",
      driven,
      edit(/^rz\(.*\$2;$/, (l) => l.replace(/^rz\((-?)/, (_, s) => `rz(${s === "-" ? "" : "-"}`), always),
    ],
    [
      "driven: one angle of each circuit with the wrong sign",
      driven,
      edit(
        /^rz\(/,
        (l) => l.replace(/^rz\((-?)/, (_, s) => `rz(${s === "-" ? "" : "-"}`),
        (n) => n === 5,
      ),
    ],
    ["driven: resets dropped", driven, edit(/^reset /, () => "", always)],
    [
      "driven: one reset of each circuit dropped",
      driven,
      edit(
        /^reset /,
        () => "",
        (n) => n === 1,
      ),
    ],
    [
      "driven: measured qubits swapped",
      driven,
      edit(/^c\[/, (l) => l.replace(/c\[([01])\]/, (_, k) => `c[${1 - Number(k)}]`), always),
    ],
    [
      "driven: a two-qubit gate dropped",
      driven,
      edit(
        /^cz /,
        () => "",
        (n) => n === 3,
      ),
    ],
    ["pair: resets dropped", pair, edit(/^reset /, () => "", always)],
    [
      "pair: oscillators swapped at the read-out",
      pair,
      edit(/^c\[/, (l) => l.replace(/c\[(\d)\]/, (_, k) => `c[${(Number(k) + 2) % 4}]`), always),
    ],
    [
      "pair: one angle of each circuit with the wrong sign",
      pair,
      edit(
        /^rz\(/,
        (l) => l.replace(/^rz\((-?)/, (_, s) => `rz(${s === "-" ? "" : "-"}`),
        (n) => n === 7,
      ),
    ],
    ["loop: nothing fed forward", loop, (text) => text.replace('"coupling":2', '"coupling":0')],
    ["loop: the field of the wrong sign", loop, (text) => text.replace('"coupling":2', '"coupling":-2')],
    [
      "loop: drives taken out",
      loop,
      edit(/^rz\(d\d+_t\)/, (l) => l.replace(/\(d\d+_t\)/, `(${Math.PI})`), always),
    ],
  ];
  test.each(sabotage)("%s", async (_, prepared, change) => {
    expect(change(prepared.designed.program.text)).not.toBe(prepared.designed.program.text);
    const { verdict } = await runCircuits(prepared, change);
    expect(verdict.outcome).toBe("inconsistent");
  });

  test("swapped qubits of a line are no edges: refused before anything runs", async () => {
    const [a, b] = [...new Set(driven.designed.program.text.match(/\$\d/g))];
    const swap = (text: string) => text.replaceAll(a!, "$x").replaceAll(b!, a!).replaceAll("$x", b!);
    const emulator = new CircuitEmulator(driven.profile);
    const problems = await emulator.check(changed(driven.designed.program, swap));
    expect(problems.map(({ message }) => message).join()).toMatch(/not supported by the target system/);
  });
});

test("a run that is resumed brings the same records as one that was not", async () => {
  const { records } = await runCircuits(loop);
  const emulator = new CircuitEmulator(loop.profile);
  const skip = new Set(records.slice(0, 7).map(({ point }) => pointKey(point)));
  const job = await emulator.submit(loop.designed.program, { seed: 1, skip });
  const rest = [];
  for await (const record of emulator.fetch(job)) rest.push(record);
  expect(rest).toEqual(records.slice(7));
});
