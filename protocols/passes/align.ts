import { alignDuration } from "#ir/clock";
import type { Operation } from "#ir/operations";
import type { Clock } from "#ir/platform";

/** Moves every duration to the nearest one on the clock's grid. */
export function alignOperations(operations: readonly Operation[], clock: Clock): Operation[] {
  return operations.map((operation) =>
    "duration_s" in operation
      ? { ...operation, duration_s: alignDuration(operation.duration_s, clock) }
      : operation,
  );
}
