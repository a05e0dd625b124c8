import { EntrainError } from "#core/errors";
import type { Sequence } from "#ir/sequence";
import { artiqFiles, checkArtiq, emitArtiq } from "./artiq/emit.ts";
import { artiqOfSequence, sequenceOfArtiq } from "./artiq/from-sequence.ts";
import { amplitudeFindings } from "./findings.ts";
import { sequenceOfInstruments } from "./instruments/play.ts";
import { checkInstruments, emitInstruments } from "./instruments/program.ts";
import { checkBraket, emitBraket, parseBraket } from "./openpulse/braket.ts";
import { batchFiles } from "./openpulse/dialect.ts";
import { emitOpenPulse } from "./openpulse/emit.ts";
import { checkLabOneQ, emitLabOneQ, labOneQFiles, parseLabOneQ } from "./openpulse/laboneq.ts";
import { parseOpenPulse } from "./openpulse/parse.ts";
import { circuitFiles, emitCircuits, parseCircuits } from "./openqasm3/program.ts";
import { checkQ1asm } from "./qblox-q1asm/check.ts";
import { emitQ1asm, q1asmFiles } from "./qblox-q1asm/emit.ts";
import { parseQ1asm } from "./qblox-q1asm/parse.ts";
import { checkQibolab } from "./qibolab/check.ts";
import { emitQibolab, qibolabFiles } from "./qibolab/emit.ts";
import { parseQibolab } from "./qibolab/parse.ts";
import { checkQick } from "./qick/check.ts";
import { emitQick, parseQick, qickFiles } from "./qick/emit.ts";
import { signalFindings } from "./signals.ts";
import type { CircuitTarget, Target } from "./target.ts";

const artiqFindings = (sequence: Sequence, settings?: unknown) => {
  const unsuitable = signalFindings(sequence);
  return unsuitable.length > 0 ? unsuitable : checkArtiq(artiqOfSequence(sequence), settings);
};

/** All targets; a new one is a folder and an entry here. */
export const targets: readonly Target[] = [
  {
    kind: "openpulse",
    title: "OpenQASM 3 with OpenPulse calibration blocks",
    check: (sequence) => amplitudeFindings(sequence),
    emit: (sequence) => emitOpenPulse(sequence),
    parse: parseOpenPulse,
  },
  {
    kind: "openpulse-braket",
    title: "OpenPulse in the dialect of Amazon Braket, one program a point",
    check: (sequence) => checkBraket(sequence),
    emit: (sequence) => emitBraket(sequence),
    parse: parseBraket,
    files: batchFiles,
  },
  {
    kind: "openpulse-laboneq",
    title: "OpenPulse for LabOne Q's importer, one program a point",
    check: (sequence) => checkLabOneQ(sequence),
    emit: (sequence) => emitLabOneQ(sequence),
    parse: parseLabOneQ,
    files: labOneQFiles,
  },
  {
    kind: "qblox-q1asm",
    title: "Q1ASM and settings for a Qblox Cluster",
    check: checkQ1asm,
    emit: emitQ1asm,
    parse: parseQ1asm,
    files: q1asmFiles,
  },
  {
    kind: "qick",
    title: "Python program and configuration for a QICK board (tProcessor v2)",
    check: checkQick,
    emit: emitQick,
    parse: parseQick,
    files: qickFiles,
  },
  {
    kind: "qibolab",
    title: "platform and experiment for Qibolab",
    check: checkQibolab,
    emit: emitQibolab,
    parse: parseQibolab,
    files: qibolabFiles,
  },
  {
    kind: "artiq",
    title: "EnvExperiment and its data for an ARTIQ crate: trapped ions",
    check: artiqFindings,
    emit: (sequence, settings) => emitArtiq(artiqOfSequence(sequence), settings),
    parse: sequenceOfArtiq,
    files: artiqFiles,
  },
  {
    kind: "instruments",
    title: "tables of PrawnBlaster, PrawnDO and DDS-sweeper on one trigger line: trapped ions",
    check: checkInstruments,
    emit: emitInstruments,
    parse: sequenceOfInstruments,
  },
];

/** Targets for circuits. */
export const circuitTargets: readonly CircuitTarget[] = [
  {
    kind: "openqasm3",
    title: "OpenQASM 3 circuits in the device's own gates, for IBM Quantum",
    emit: emitCircuits,
    parse: parseCircuits,
    files: circuitFiles,
  },
];

/** @throws EntrainError `target.unknown` with the list */
export function findAnyTarget(kind: string): Target | CircuitTarget {
  return circuitTargets.find((candidate) => candidate.kind === kind) ?? findTarget(kind);
}

/** @throws EntrainError `target.signals` for one that takes pulses */
export function findCircuitTarget(kind: string): CircuitTarget {
  const target = circuitTargets.find((candidate) => candidate.kind === kind);
  if (target) return target;
  throw new EntrainError("target.signals", {
    path: "target",
    message: `"${kind}" takes no circuits, and the device runs nothing else`,
    found: kind,
    expected: circuitTargets.map((t) => t.kind).join(", "),
  });
}

/** @throws EntrainError `target.unknown` with the list, `target.signals` for one that takes circuits */
export function findTarget(kind: string): Target {
  if (circuitTargets.some((candidate) => candidate.kind === kind)) {
    throw new EntrainError("target.signals", {
      path: "target",
      message: `"${kind}" takes circuits, and the device runs pulses`,
      found: kind,
      expected: `one of ${targets.map((t) => t.kind).join(", ")}`,
    });
  }
  const target = targets.find((candidate) => candidate.kind === kind);
  if (target) return target;
  throw new EntrainError("target.unknown", {
    path: "target",
    message: `there is no target "${kind}"`,
    found: kind,
    expected: `one of ${targets.map((t) => t.kind).join(", ")}`,
  });
}
