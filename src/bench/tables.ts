import type { MachineLimits } from "./machine.ts";
import { count, digits, duration } from "./numbers.ts";
import { type CaseReport, type Goal, marginOf, type Row, verdictOf } from "./results.ts";
import type { BenchReport } from "./run-bench.ts";

/** Rows of cells, the first one the heading. */
export type Cells = readonly (readonly string[])[];

/** The contestants of a case. */
export function contestantCells(report: CaseReport): Cells {
  const head = [
    `time per ${report.item}`,
    "minimum",
    "quartiles",
    "ratio",
    "quartiles",
    "of minima",
    "at equal error",
    "error: median",
    "90 %",
    "largest",
    "counted",
    "build",
  ];
  const body = report.rows.map((row) => [row.name, ...cellsOf(row)]);
  return withoutEmptyColumns([["contestant", ...head], ...body]);
}

const none = "–";

function cellsOf(row: Row): string[] {
  if (row.missing !== undefined) return [...new Array<string>(11).fill(none), row.missing];
  const { seconds, ratio, ratioAtEqualError: equal, error, work } = row;
  return [
    seconds ? duration(seconds.median) : none,
    seconds ? duration(seconds.minimum) : none,
    seconds ? `${duration(seconds.lowerQuartile)}…${duration(seconds.upperQuartile)}` : none,
    ratio ? digits(ratio.median) : none,
    ratio ? `${digits(ratio.lowerQuartile)}…${digits(ratio.upperQuartile)}` : none,
    ratio ? digits(ratio.ofMinima) : none,
    equal === undefined || equal === null ? none : digits(equal),
    error ? digits(error.median) : none,
    error ? digits(error.p90) : none,
    error ? digits(error.maximum) : none,
    Object.entries(work ?? {})
      .map(([name, value]) => `${count(value)} ${name.replaceAll("_", " ")}`)
      .join(", "),
    row.build ?? "",
  ];
}

/** Leaves columns out in which no row says anything. */
function withoutEmptyColumns(cells: Cells): Cells {
  const telling = cells[0]!.map(
    (_, c) => c === 0 || cells.slice(1).some((row) => !["", none].includes(row[c]!)),
  );
  return cells.map((row) => row.filter((_, c) => telling[c]));
}

/** Goals of all cases with their verdicts. */
export function goalCells(cases: readonly CaseReport[]): Cells {
  const rows = cases.flatMap((report) => report.goals.map((goal) => [report.name, ...goalRow(goal)]));
  return [["case", "goal", "target", "measured", "verdict", "margin", "remark"], ...rows];
}

function goalRow(goal: Goal): string[] {
  const margin = marginOf(goal);
  return [
    goal.name,
    `${goal.bound} ${digits(goal.target)} ${goal.unit}`,
    goal.measured === null ? none : `${digits(goal.measured)} ${goal.unit}`,
    verdictOf(goal),
    margin === null ? none : `${digits(margin)}×`,
    goal.remark ?? "",
  ];
}

/** Accuracies and counts, which decide the exit status. */
export function checkCells(cases: readonly CaseReport[]): Cells {
  const rows = cases.flatMap((report) =>
    report.checks.map((check) => [
      report.name,
      check.name,
      check.expected,
      check.found,
      check.passed ? "passed" : "FAILED",
    ]),
  );
  return [["case", "check", "expected", "found", ""], ...rows];
}

const limitNames: readonly (readonly [keyof MachineLimits, string, string])[] = [
  ["fma_256_flops", "fused multiply-add, 256-bit vectors", "Gflop/s"],
  ["multiply_add_256_flops", "multiplications and additions, 256-bit vectors", "Gflop/s"],
  ["multiply_add_128_flops", "multiplications and additions, 128-bit vectors", "Gflop/s"],
  ["multiply_add_scalar_flops", "multiplications and additions, scalar", "Gflop/s"],
  ["read_bytes_per_s", "memory read", "GB/s"],
  ["triad_bytes_per_s", "memory triad", "GB/s"],
];

/** The machine, as pairs of name and value. */
export function machineCells({ machine, limits }: BenchReport): Cells {
  const measured = limits.missing === undefined ? limits.limits : undefined;
  return [
    ["processor", `${machine.processor}, ${machine.cores} cores, ${machine.instructions.join(" ")}`],
    ["memory", `${machine.memoryGiB} GiB`],
    ["system", machine.system],
    ["Node", `${machine.node}, V8 ${machine.v8}`],
    ["compilers", machine.compilers.join("; ")],
    ["Python", machine.python],
    ["load (1 min)", `${machine.loadBefore.toFixed(2)} before, ${machine.loadAfter.toFixed(2)} after`],
    ...(measured === undefined
      ? [["limits of one core", limits.missing ?? ""]]
      : limitNames.map(([key, name, unit]) => [name, `${digits(measured[key] / 1e9)} ${unit}`])),
  ];
}

/** Rounds of a case in words. */
export function roundsSentence({ rounds, elapsedSeconds }: CaseReport): string {
  if (rounds === undefined) return `Took ${duration(elapsedSeconds)}.`;
  const noisy = rounds.noisy === 0 ? "" : `, ${rounds.noisy} noisy`;
  return `${rounds.kept} interleaved rounds${noisy}; took ${duration(elapsedSeconds)}.`;
}
