import type { BenchReport } from "./run-bench.ts";
import {
  type Cells,
  checkCells,
  contestantCells,
  goalCells,
  machineCells,
  roundsSentence,
} from "./tables.ts";

/** A table of Markdown; the first row is its heading. */
export function markdownTable(cells: Cells): string {
  const [head, ...body] = cells.map((row) => row.map((cell) => cell.replaceAll("|", "\\|")));
  if (head === undefined) return "";
  const line = (row: readonly string[]) => `| ${row.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...body.map(line)].join("\n");
}

/** The page that keeps the last table: bench/RESULTS.md. */
export function resultsPage(report: BenchReport): string {
  const { cases } = report;
  const form = report.short ? " in the short form, which says little about speed" : "";
  const sections = cases.map((item) =>
    [
      `## ${item.name}: ${item.title}`,
      markdownTable(contestantCells(item)),
      item.reference === undefined ? "" : `Ratios: time over that of ${item.reference}, in the same round.`,
      [...item.notes, roundsSentence(item)].map((note) => `- ${note}`).join("\n"),
    ]
      .filter((part) => part !== "")
      .join("\n\n"),
  );
  return [
    "# Speed",
    `Written by \`entrain bench --out\` on ${report.date}${form}. Times are processor times. Only ratios within a case mean anything: its contestants ran by turns in one process after the other, round after round, and a ratio is the median of the quotients of the rounds. No time decides anything; accuracy and counted work do.`,
    "## Machine",
    markdownTable([["", ""], ...machineCells(report)]),
    "## Goals",
    markdownTable(goalCells(cases)),
    "## Accuracy and counted work",
    markdownTable(checkCells(cases)),
    ...sections,
  ]
    .join("\n\n")
    .concat("\n");
}
