import { EntrainError } from "#core/errors";
import { emitOpenPulse } from "./openpulse/emit.ts";
import { parseOpenPulse } from "./openpulse/parse.ts";
import type { Target } from "./target.ts";

/** All targets; a new one is a folder and a line here. */
export const targets: readonly Target[] = [
  {
    kind: "openpulse",
    title: "OpenQASM 3 with OpenPulse calibration blocks",
    emit: emitOpenPulse,
    parse: parseOpenPulse,
  },
];

/** @throws EntrainError `target.unknown` with the list */
export function findTarget(kind: string): Target {
  const target = targets.find((candidate) => candidate.kind === kind);
  if (target) return target;
  throw new EntrainError("target.unknown", {
    path: "target",
    message: `there is no target "${kind}"`,
    found: kind,
    expected: `one of ${targets.map((t) => t.kind).join(", ")}`,
  });
}
