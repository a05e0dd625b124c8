import { alignDuration } from "#ir/clock";
import type { Operation, Step } from "#ir/operations";
import type { Clock } from "#ir/platform";

/** Moves every duration to the nearest one on the clock's grid. */
export function alignOperations(operations: readonly Operation[], clock: Clock): Operation[] {
  const align = <T extends Step>(step: T): T =>
    "duration_s" in step ? { ...step, duration_s: alignDuration(step.duration_s, clock) } : step;
  return operations.map((operation) =>
    operation.kind === "choose"
      ? { ...operation, cases: operation.cases.map((steps) => steps.map(align)) }
      : align(operation),
  );
}
