import type { Problem } from "#core/errors";
import { formatQuantity } from "#core/units";
import { prawnDoLimits as limits, type WordRow } from "./boards.ts";
import type { InstrumentSequence } from "./sequence.ts";
import { quantise, type TimeGrid } from "./time-grid.ts";

export interface PlannedEdge {
  readonly line: string;
  readonly output: number;
  readonly level: 0 | 1;
  readonly wanted_s: number;
  /** Ticks of the PrawnDO after time 0. */
  readonly tick: number;
  /** Emitted minus wanted. */
  readonly error_s: number;
}

interface Change {
  readonly tick: number;
  readonly edges: PlannedEdge[];
}

const time = (seconds: number) => formatQuantity(seconds, "time", 7);

/** Edges of all lines as words and holds; every constraint that is broken is added to `problems`. */
export function compileLines(
  { lines }: Pick<InstrumentSequence, "lines">,
  grid: TimeGrid,
  problems: Problem[],
): { readonly rows: WordRow[]; readonly edges: PlannedEdge[] } {
  const edges = lines.flatMap((line, k) => lineEdges(line, `lines[${k}]`, grid, problems));
  const used = new Map<number, string>();
  for (const [k, { output, name }] of lines.entries()) {
    const other = used.get(output);
    if (other !== undefined) {
      problems.push({
        path: `lines[${k}].output`,
        message: `${name} and ${other} are both on output ${output}`,
        found: output,
        expected: "one line an output",
      });
    }
    used.set(output, name);
  }
  const changes = groupByTick(edges);
  changes.slice(1).forEach((change, k) => {
    const before = changes[k]!;
    const gap = change.tick - before.tick;
    if (gap >= limits.shortestHold) return;
    const names = (list: readonly PlannedEdge[]) => list.map(({ line }) => line).join(", ");
    const missing_s = ((limits.shortestHold - gap) * grid.digitalTick_ps) / 1e12;
    problems.push({
      path: "lines",
      message: `${names(before.edges)} at ${time(before.edges[0]!.wanted_s)} and ${names(change.edges)} at ${time(change.edges[0]!.wanted_s)} are ${gap} ticks apart`,
      found: gap,
      expected: `0 or at least ${limits.shortestHold} ticks of ${time(grid.digitalTick_ps / 1e12)}`,
      hint: `Move one by ${time(missing_s)}, or both to the same time.`,
    });
  });
  return { rows: rowsOf(changes, grid), edges };
}

function lineEdges(
  line: InstrumentSequence["lines"][number],
  path: string,
  grid: TimeGrid,
  problems: Problem[],
): PlannedEdge[] {
  let level = 0;
  let last = -1;
  const planned = line.edges.map((edge, k): PlannedEdge => {
    const { steps, error_s } = quantise(edge.time_s, grid.digitalTick_ps);
    const at = { path: `${path}.edges[${k}]`, found: edge.time_s };
    if (edge.level === level) {
      const expected = `level ${1 - level}`;
      problems.push({
        ...at,
        message: `${line.name} is at level ${level} already`,
        found: edge.level,
        expected,
      });
    }
    if (steps <= last) {
      const gap = (steps - last) * (grid.digitalTick_ps / 1e12);
      problems.push({
        ...at,
        message: `${line.name} changes at ${time(edge.time_s)}, ${time(Math.abs(gap))} ${gap === 0 ? "from" : "before"} the edge that it follows`,
        expected: "edges in the order of their times, on different ticks",
      });
    }
    level = edge.level;
    last = steps;
    return {
      line: line.name,
      output: line.output,
      level: edge.level,
      wanted_s: edge.time_s,
      tick: steps,
      error_s,
    };
  });
  if (level === 1) {
    problems.push({
      path,
      message: `${line.name} is still high at the end`,
      found: 1,
      expected: "a last edge to level 0",
    });
  }
  return planned;
}

function groupByTick(edges: readonly PlannedEdge[]): Change[] {
  const byTick = new Map<number, Change>();
  for (const edge of edges) {
    const change = byTick.get(edge.tick) ?? { tick: edge.tick, edges: [] };
    change.edges.push(edge);
    byTick.set(edge.tick, change);
  }
  return [...byTick.values()].sort((a, b) => a.tick - b.tick);
}

function rowsOf(changes: readonly Change[], grid: TimeGrid): WordRow[] {
  const rows: WordRow[] = [];
  let word = 0;
  let from = 0;
  const hold = (until: number) => {
    for (const cycles of splitHold(until - from)) rows.push({ word, cycles });
    from = until;
  };
  for (const { tick, edges } of changes) {
    hold(grid.digitalLead + tick);
    for (const { output, level } of edges) word = level === 1 ? word | (1 << output) : word & ~(1 << output);
  }
  hold(from + limits.shortestHold);
  return rows;
}

/** A hold of any length in parts that a row can take. */
export function splitHold(ticks: number): number[] {
  const parts: number[] = [];
  let left = ticks;
  while (left > limits.longestHold) {
    // The rest must be long enough for a row of its own.
    const part = Math.min(limits.longestHold, left - limits.shortestHold);
    parts.push(part);
    left -= part;
  }
  return [...parts, left];
}
