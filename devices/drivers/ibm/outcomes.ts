import { EntrainError } from "#core/errors";
import { advice, programFaults } from "./faults.ts";

/** What became of jobs that gave no results, as errors. */

export function refusedBefore(refused: { readonly code: string; readonly reason: string }): EntrainError {
  return new EntrainError(
    refused.code,
    {
      path: "submission",
      message: `the service refused this submission: ${refused.reason}`,
      hint: "Submit it again once the cause is mended; a new attempt is made then.",
    },
    { kind: "device" },
  );
}

export function cancelledBeforeSubmission(): EntrainError {
  return new EntrainError(
    "ibm.cancelled",
    { path: "submission", message: "it was cancelled before it was submitted; no job was made" },
    { kind: "device" },
  );
}

export function jobFailed(
  job: string,
  ended: { readonly state: string; readonly reason: string | null; readonly code: string | null },
): EntrainError {
  const known = ended.code === null ? undefined : programFaults[ended.code];
  const code = known ?? (ended.state === "Cancelled" ? "ibm.cancelled" : "ibm.job_failed");
  const found = `${job} ${ended.state}${ended.code === null ? "" : ` (code ${ended.code})`}: ${ended.reason ?? "no reason given"}`;
  const problem =
    known !== undefined
      ? advice(known, "", {})
      : {
          path: "job",
          message:
            ended.state === "Cancelled" ? "the job was cancelled" : "the job failed on the service's side",
          expected: "Completed",
          hint: "The seconds it ran are charged. Its log may say more.",
        };
  return new EntrainError(code, { ...problem, found }, { kind: "device" });
}

export function resultsGone(job: string | null, reason: string): EntrainError {
  return new EntrainError(
    "ibm.results_gone",
    {
      path: "job",
      message: `the job completed, but its results are gone: ${reason}`,
      found: `no content for ${job ?? "the job"}`,
      expected: "results",
      hint: "They cannot be had again. Look for them where they were first fetched; else submit under a new key.",
    },
    { kind: "device" },
  );
}
