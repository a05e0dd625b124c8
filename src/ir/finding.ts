import { z } from "zod";

/**
 * Something a plan's reader must know: what was found, how bad it is, the numbers behind it and what would help.
 * `error` makes the plan infeasible. Codes are those of docs/findings.md.
 */
export const findingSchema = z
  .strictObject({
    code: z.string(),
    severity: z.enum(["info", "warning", "error"]),
    title: z.string(),
    message: z.string(),
    /** Numbers that decided, names carrying their unit. */
    numbers: z.record(z.string(), z.number()),
    /** What would resolve it; empty when nothing needs doing. */
    help: z.string(),
    /** Sites or bonds concerned; empty when it is the whole device. */
    where: z.array(z.string()),
  })
  .meta({ id: "Finding" });

export type Finding = z.infer<typeof findingSchema>;
export type Severity = Finding["severity"];

export function hasErrors(findings: readonly Finding[]): boolean {
  return findings.some((finding) => finding.severity === "error");
}
