import { alignDuration } from "#ir/clock";
import type { Operation, Setting, Step } from "#ir/operations";
import type { Clock } from "#ir/platform";

/** Moves every duration to the nearest one on the clock's grid. */
export function alignOperations(operations: readonly Operation[], clock: Clock): Operation[] {
  const aligned = ({ probe, ...setting }: Setting): Setting =>
    probe === undefined
      ? setting
      : { ...setting, probe: { ...probe, duration_s: alignDuration(probe.duration_s, clock) } };
  const align = <T extends Step>(step: T): T => {
    if (step.kind === "measure") return { ...step, settings: step.settings.map(aligned) };
    return "duration_s" in step ? { ...step, duration_s: alignDuration(step.duration_s, clock) } : step;
  };
  return operations.map((operation) =>
    operation.kind === "choose"
      ? { ...operation, cases: operation.cases.map((steps) => steps.map(align)) }
      : align(operation),
  );
}
