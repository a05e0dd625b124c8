import { expect, test } from "vitest";
import { parseExperiment } from "#ir/experiment";
import type { SequenceOperation } from "#ir/sequence";
import { loadProfileDocument, packageRoot, parseYaml, readTextFile } from "#planning/load";
import { designExperiment } from "#planning/plan";
import { pythonEnvironment, runPython } from "../support/python.ts";

const environment = pythonEnvironment("openpulse", ["openpulse==1.0.1", "openqasm3[parser]==1.0.1"]);

/** Counts what the reference parser sees; it raises on anything it does not accept. */
const script = `
import json, sys
import openpulse
from openpulse import ast
program = openpulse.parse(sys.stdin.read())
counts = {"play": 0, "frames": 0, "ports": 0, "captures": 0, "loops": 0}
def walk(node):
    if isinstance(node, ast.ForInLoop): counts["loops"] += 1
    if isinstance(node, ast.FunctionCall):
        if node.name.name == "play": counts["play"] += 1
        if node.name.name == "capture_v1": counts["captures"] += 1
        if node.name.name == "newframe": counts["frames"] += 1
    if isinstance(node, ast.ClassicalDeclaration) and isinstance(node.type, ast.PortType): counts["ports"] += 1
    if isinstance(node, ast.QASMNode):
        for value in vars(node).values(): walk(value)
    elif isinstance(node, (list, tuple)):
        for value in node: walk(value)
walk(program)
print(json.dumps(counts))
`;

test.skipIf("missing" in environment)(
  "the reference parser accepts compiled programs and sees the same signals",
  () => {
    if ("missing" in environment) return;
    for (const example of [
      "transmon-onset",
      "transmon-onset-square",
      "transmon-dissipator",
      "transmon-blockade",
      "transmon-lifetime",
      "transmon-interference",
    ]) {
      const file = `${packageRoot()}/examples/${example}.yaml`;
      const experiment = parseExperiment(parseYaml(readTextFile(file), file));
      const { program, sequence } = designExperiment(
        experiment,
        loadProfileDocument(experiment.device.profile, "."),
      );
      const counts = JSON.parse(runPython(environment.python, script, [], program.text)) as Record<
        string,
        number
      >;
      const unfold = (body: readonly SequenceOperation[]): SequenceOperation[] =>
        body.flatMap((o) => (o.kind === "branch" ? o.cases.flatMap(unfold) : [o]));
      const operations = unfold(sequence.body);
      expect(counts).toEqual({
        play: operations.filter((o) => o.kind === "play").length,
        captures: operations.filter((o) => o.kind === "capture").length,
        frames: sequence.frames.length,
        ports: sequence.ports.length,
        loops: sequence.axes.length + 1,
      });
    }
  },
);

test.skipIf("missing" in environment)("it refuses text that is no OpenPulse", () => {
  if ("missing" in environment) return;
  expect(() =>
    runPython(environment.python, script, [], 'OPENQASM 3.0;\ndefcalgrammar "openpulse";\ncal { play(; }'),
  ).toThrow();
});
