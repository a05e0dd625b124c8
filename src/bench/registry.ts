import { invalidInput } from "#core/errors";
import type { BenchCase } from "./bench-case.ts";
import { auditCase } from "./cases/audit.ts";
import { growthCase } from "./cases/growth.ts";
import { kernelCases } from "./cases/kernel.ts";
import { mapFigure2cCase } from "./cases/map-figure-2c.ts";
import { mapFigure4Case } from "./cases/map-figure-4.ts";
import { networkCases } from "./cases/network.ts";
import { planCase } from "./cases/plan.ts";
import { previewCase } from "./cases/preview.ts";
import { truncatedWignerCase } from "./cases/truncated-wigner.ts";

/** All tables, in the order of the report. */
export const benchCases: readonly BenchCase[] = [
  ...kernelCases,
  mapFigure4Case,
  mapFigure2cCase,
  auditCase,
  ...networkCases,
  truncatedWignerCase,
  previewCase,
  planCase,
  growthCase,
];

/**
 * @param names - of cases; none means all
 * @throws EntrainError `bench.unknown_case`
 */
export function findCases(names: readonly string[]): readonly BenchCase[] {
  if (names.length === 0) return benchCases;
  return names.map((name) => {
    const found = benchCases.find((candidate) => candidate.name === name);
    if (found !== undefined) return found;
    throw invalidInput(
      {
        path: "case",
        message: `there is no benchmark "${name}"`,
        found: name,
        expected: `one of ${benchCases.map((candidate) => candidate.name).join(", ")}`,
      },
      "bench.unknown_case",
    );
  });
}
