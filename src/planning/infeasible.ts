import { EntrainError } from "#core/errors";
import type { LaidOutExperiment } from "./lay-out.ts";

/** Raised when a plan has error findings and was not forced. */
export function infeasible(designed: LaidOutExperiment): EntrainError {
  const errors = designed.summary.findings.filter((finding) => finding.severity === "error");
  return new EntrainError(
    "plan.infeasible",
    errors.map((finding) => ({
      path: finding.code,
      message: finding.message,
      found: finding.numbers,
      expected: finding.help,
    })),
    { kind: "infeasible" },
  );
}
