import type { Finding, Severity } from "#ir/finding";
import type { Sequence, SequenceOperation } from "#ir/sequence";

/** Titles of what a control stack can be short of; codes T… are those of the platforms' findings. */
const titles = {
  T14: "band",
  T22: "tone length",
  T23: "grid",
  T30: "tone amplitude",
  C01: "spacing",
  C02: "memory",
  C03: "channels",
  C04: "oscillator phase",
  C05: "processor time",
  C06: "acquisition",
  C07: "not expressible",
} as const;
export type TargetFindingCode = keyof typeof titles;

export function finding(
  code: TargetFindingCode,
  severity: Severity,
  message: string,
  details: Partial<Pick<Finding, "numbers" | "help" | "where">> = {},
): Finding {
  return { code, severity, title: titles[code], message, numbers: {}, help: "", where: [], ...details };
}

/** An error for every amplitude beyond full scale. */
export function amplitudeFindings(sequence: Sequence): Finding[] {
  const worst = new Map<string, number>();
  const visit = (operations: readonly SequenceOperation[]): void => {
    for (const operation of operations) {
      if (operation.kind === "branch") for (const body of operation.cases) visit(body);
      if (operation.kind !== "play") continue;
      const { amplitude, frame } = operation;
      const values = typeof amplitude === "number" ? [amplitude] : (sequence.tables[amplitude.table] ?? []);
      for (const value of values) worst.set(frame, Math.max(worst.get(frame) ?? 0, Math.abs(value)));
    }
  };
  visit(sequence.body);
  return [...worst].flatMap(([frame, amplitude]) =>
    amplitude <= 1
      ? []
      : [
          finding("T30", "error", `${frame} is played at ${amplitude.toPrecision(4)} of full scale.`, {
            numbers: { amplitude, limit: 1 },
            help: "Lower the amplitude, or give the line less attenuation and scale the profile.",
            where: [frame],
          }),
        ],
  );
}
