import { EntrainError, type Problem } from "#core/errors";
import { parseWith } from "#core/schema";
import type { Finding } from "#ir/finding";
import {
  ddsSweeperLimits,
  type PulseRow,
  prawnBlasterLimits,
  prawnDoLimits,
  type ToneRow,
  type WordRow,
} from "./boards.ts";
import { compileLines, type PlannedEdge } from "./compile-lines.ts";
import { compileTones, type PlannedTone } from "./compile-tones.ts";
import {
  type ChainSetup,
  chainSetupSchema,
  type InstrumentSequence,
  instrumentSequenceSchema,
} from "./sequence.ts";
import { type TimeGrid, timeGrid } from "./time-grid.ts";

export interface MemoryUse {
  readonly instrument: "prawnblaster" | "prawn-do" | "dds-sweeper";
  readonly used: number;
  readonly capacity: number;
}

/** Where a board comes nearest to its limit. */
export interface TightestGap {
  readonly instrument: "prawn-do" | "dds-sweeper";
  /** Lines or tones that change at the beginning and at the end of the gap. */
  readonly from: readonly string[];
  readonly to: readonly string[];
  /** Beginning of the gap, s after time 0. */
  readonly at_s: number;
  readonly gap_s: number;
  /** What could be taken away. */
  readonly margin_s: number;
}

/** Programs of the three boards, and what should be seen when they run. */
export interface CompiledChain {
  readonly setup: ChainSetup;
  readonly grid: TimeGrid;
  /** Pseudoclock 0, without its stop. Its first pulse starts the others. */
  readonly pulses: readonly PulseRow[];
  /** PrawnDO, without its end; empty when there are no lines. */
  readonly words: readonly WordRow[];
  /** DDS-sweeper; no rows when there are no tones. */
  readonly tones: { readonly channels: number; readonly rows: readonly ToneRow[] };
  readonly edges: readonly PlannedEdge[];
  readonly updates: readonly PlannedTone[];
  readonly memory: readonly MemoryUse[];
  /** One entry a board that changes more than once. */
  readonly tightest: readonly TightestGap[];
  /** From the first pulse to the last edge or update, s. */
  readonly duration_s: number;
  readonly findings: readonly Finding[];
}

/** Half-period of a pulse that nothing follows, ticks. */
const lastPulse = 50;

/**
 * Compiles a sequence for the chain PrawnBlaster → DDS-sweeper + PrawnDO on one trigger line.
 *
 * The first pulse starts the PrawnDO, which then keeps its own time, and applies a silent row at the DDS-sweeper; each
 * further pulse applies the next row. Times are rounded to the grids that the boards share.
 *
 * @throws EntrainError `sequence.infeasible` with every constraint that is broken, the lines, tones and times that break
 *   it, and what is missing; `sequence.invalid` when the input is not a sequence
 */
export function compileChain(sequenceInput: unknown, setupInput: unknown = {}): CompiledChain {
  const sequence = parseWith(instrumentSequenceSchema, sequenceInput, "sequence.invalid");
  const setup = parseWith(chainSetupSchema, setupInput, "setup.invalid");
  const grid = timeGrid(setup, Math.max(0, ...sequence.tones.map(({ channel }) => channel + 1)));
  if (Array.isArray(grid)) throw new EntrainError("setup.invalid", grid);
  const problems: Problem[] = [];
  const lines = compileLines(sequence, grid, problems);
  const tones = compileTones(sequence, setup.tone_system_hz, grid, problems);
  const pulses = pulsesOf(tones.triggers_ps, grid);
  const memory = memoryUse(pulses.length, sequence.lines.length === 0 ? 0 : lines.rows.length, tones);
  for (const { instrument, used, capacity } of memory) {
    if (used <= capacity) continue;
    problems.push({
      path: "",
      message: `${instrument} would need ${used} instructions`,
      found: used,
      expected: `at most ${capacity}`,
      hint: "Fewer edges or updates, or the experiment in parts.",
    });
  }
  if (problems.length > 0) throw new EntrainError("sequence.infeasible", problems, { kind: "infeasible" });
  const last_ps = Math.max(
    tones.triggers_ps.at(-1)!,
    ...lines.edges.map(({ tick }) => (grid.digitalLead + tick) * grid.digitalTick_ps),
  );
  return {
    setup,
    grid,
    pulses,
    words: sequence.lines.length === 0 ? [] : lines.rows,
    tones: { channels: tones.channels, rows: tones.rows },
    edges: lines.edges,
    updates: tones.tones,
    memory,
    tightest: [
      ...tightestGap(
        "prawn-do",
        lines.edges.map(({ line, tick }) => ({ name: line, at_ps: tick * grid.digitalTick_ps })),
        prawnDoLimits.shortestHold * grid.digitalTick_ps,
      ),
      ...tightestGap(
        "dds-sweeper",
        tones.tones.map(({ tone, step }) => ({ name: tone, at_ps: step * grid.update_ps })),
        grid.shortestUpdate_ps,
      ),
    ],
    duration_s: last_ps / 1e12,
    findings: findingsOf(sequence, setup, grid, lines.edges, tones.tones),
  };
}

/** Pulses whose rising edges are at these times; equal intervals share an instruction. */
function pulsesOf(triggers_ps: readonly number[], grid: TimeGrid): PulseRow[] {
  const rows: { half: number; reps: number }[] = [];
  triggers_ps.slice(1).forEach((at, k) => {
    const half = (at - triggers_ps[k]!) / (2 * grid.pulseTick_ps);
    const before = rows.at(-1);
    if (before?.half === half && before.reps < prawnBlasterLimits.mostReps) before.reps++;
    else rows.push({ half, reps: 1 });
  });
  rows.push({ half: lastPulse, reps: 1 });
  return rows;
}

function tightestGap(
  instrument: TightestGap["instrument"],
  changes: readonly { readonly name: string; readonly at_ps: number }[],
  shortest_ps: number,
): TightestGap[] {
  const byTime = new Map<number, string[]>();
  for (const { name, at_ps } of changes) byTime.set(at_ps, [...(byTime.get(at_ps) ?? []), name]);
  const times = [...byTime.keys()].sort((a, b) => a - b);
  let best: TightestGap | undefined;
  times.slice(1).forEach((to, k) => {
    const from = times[k]!;
    const gap_s = (to - from) / 1e12;
    if (best !== undefined && gap_s >= best.gap_s) return;
    best = {
      ...{ instrument, from: byTime.get(from)!, to: byTime.get(to)!, at_s: from / 1e12, gap_s },
      margin_s: gap_s - shortest_ps / 1e12,
    };
  });
  return best === undefined ? [] : [best];
}

function memoryUse(
  pulses: number,
  words: number,
  { channels, rows }: { readonly channels: number; readonly rows: readonly ToneRow[] },
): MemoryUse[] {
  return [
    { instrument: "prawnblaster", used: pulses + 1, capacity: prawnBlasterLimits.instructions },
    { instrument: "prawn-do", used: words === 0 ? 0 : words + 2, capacity: prawnDoLimits.instructions },
    {
      instrument: "dds-sweeper",
      used: rows.length,
      capacity: ddsSweeperLimits.externalRows[Math.max(channels, 1) - 1]!,
    },
  ];
}

function findingsOf(
  sequence: InstrumentSequence,
  setup: ChainSetup,
  grid: TimeGrid,
  edges: readonly PlannedEdge[],
  updates: readonly PlannedTone[],
): Finding[] {
  const findings: Finding[] = [];
  const largest = (values: readonly number[]) =>
    values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const time_s = largest([...edges, ...updates].map(({ error_s }) => error_s));
  if (time_s > 1e-15) {
    findings.push({
      code: "TIMING_RESOLUTION",
      severity: "info",
      title: "times rounded",
      message: `Edges are on a grid of ${grid.digitalTick_ps / 1000} ns, updates of tones on one of ${grid.update_ps / 1000} ns.`,
      numbers: { largest_error_s: time_s },
      help: "",
      where: [],
    });
  }
  if (sequence.tones.length > 0 && !setup.common_reference) {
    const highest_hz = Math.max(
      0,
      ...sequence.tones.flatMap(({ segments }) => segments.map((s) => s.frequency_hz)),
    );
    findings.push({
      code: "DDS_TRIGGER_JITTER",
      severity: "warning",
      title: "no common reference",
      message:
        "Without a common reference the boards' clocks drift past each other: an update may come one cycle of the DDS-sweeper early or late, and its phase with it.",
      numbers: { jitter_s: grid.toneCycle_ps / 1e12, jitter_turns: (highest_hz * grid.toneCycle_ps) / 1e12 },
      help: "Feed one reference clock to all boards and say so in the set-up.",
      where: sequence.tones.map(({ name }) => name),
    });
  }
  if (sequence.tones.length > 0 && sequence.lines.length > 0) {
    findings.push({
      code: "TRIGGER_DELAYS",
      severity: "info",
      title: "delays of the boards",
      message: "The delays from trigger to outputs are those counted in the boards' programs, not measured.",
      numbers: {
        digital_delay_s: setup.digital_delay_s,
        tone_delay_s: setup.tone_delay_s,
        misalignment_s: grid.misalignment_ps / 1e12,
      },
      help: "Measure both with an oscilloscope and enter them in the set-up.",
      where: [],
    });
  }
  const drift = largest(updates.map(({ drift_turns }) => drift_turns));
  if (drift > 0.01) {
    findings.push({
      code: "DDS_RESOLUTION",
      severity: "warning",
      title: "frequency steps of the synthesiser",
      message: "Rounding a frequency to the synthesiser's steps moves the phase within a segment.",
      numbers: { largest_drift_turns: drift, step_hz: setup.tone_system_hz / 2 ** 32 },
      help: "Choose frequencies on the grid, or correct the phase within long segments.",
      where: [...new Set(updates.filter((u) => Math.abs(u.drift_turns) > 0.01).map(({ tone }) => tone))],
    });
  }
  return findings;
}
