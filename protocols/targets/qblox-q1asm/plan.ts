import type { Sequence, SequenceAxis } from "#ir/sequence";
import { Quantiser } from "../quantisation.ts";
import { branchedAxes, pointsOf } from "../schedule.ts";
import { limits } from "./limits.ts";
import { type ProgramText, writeProgram } from "./program-text.ts";
import { type Crowding, gaussianName, stepsOf } from "./steps.ts";
import { codeTables, frameUses, type GridShot, gridShot } from "./timing.ts";
import { gaussianSamples } from "./waveforms.ts";
import { onNcoGrid, parseQbloxSettings, type SequencerSlot, type Wiring, wire } from "./wiring.ts";

export interface PlannedSequencer {
  readonly slot: SequencerSlot;
  readonly program: ProgramText;
  readonly waveforms: Readonly<Record<string, { readonly data: readonly number[]; readonly index: number }>>;
  readonly captures: number;
  /** Distinct lengths of its captures, ns. */
  readonly integrations_ns: readonly number[];
}

/** A sequence laid out on a Cluster, whether or not the Cluster could carry it. */
export interface ClusterPlan {
  readonly sequence: Sequence;
  readonly wiring: Wiring;
  readonly branched: readonly SequenceAxis[];
  readonly shots: readonly GridShot[];
  readonly tables: Readonly<Record<string, readonly number[]>>;
  readonly sequencers: readonly PlannedSequencer[];
  readonly crowded: readonly Crowding[];
  readonly quantiser: Quantiser;
  /** Shots × points: bins of every acquisition. */
  readonly bins: number;
}

/** Moves a sequence onto the grids of a Cluster and writes the program of every sequencer. */
export function planCluster(sequence: Sequence, settings: unknown): ClusterPlan {
  const parsed = parseQbloxSettings(settings);
  const quantiser = new Quantiser();
  const branched = branchedAxes(sequence);
  const shots = pointsOf(branched).map((point) => gridShot(sequence, point, quantiser));
  const tables = codeTables(sequence, quantiser);
  const uses = frameUses(shots);
  const wiring = wire(sequence, uses, parsed);
  for (const { id, frequency_hz } of sequence.frames) {
    if (!uses.has(id)) continue;
    quantiser.note("frequency", "Hz", limits.nco_step_hz, id, frequency_hz, onNcoGrid(frequency_hz));
  }
  const crowded: Crowding[] = [];
  const points = sequence.axes.reduce((count, { size }) => count * size, 1);
  const sequencers = wiring.sequencers.map((slot): PlannedSequencer => {
    const own = shots.map(({ events }) =>
      events.filter(({ frame }) => frame === slot.plays || frame === slot.captures),
    );
    const waveforms: Record<string, { data: number[]; index: number }> = {};
    for (const event of own.flat()) {
      if (event.kind !== "gaussian") continue;
      const name = gaussianName(event.end - event.start, event.sigma_ns);
      waveforms[name] ??= {
        data: gaussianSamples(event.end - event.start, event.sigma_ns),
        index: Object.keys(waveforms).length,
      };
    }
    const captures = own.map((events) => events.filter(({ kind }) => kind === "capture"));
    const program = writeProgram({
      comments: describe(slot, sequence),
      shots: sequence.shots,
      axes: sequence.axes,
      branched,
      steps: shots.map((shot) => stepsOf(slot, shot, crowded)),
      tables,
      waveIndex: new Map(Object.entries(waveforms).map(([name, { index }]) => [name, index])),
    });
    return {
      slot,
      program,
      waveforms,
      captures: Math.max(0, ...captures.map((list) => list.length)),
      integrations_ns: [...new Set(captures.flat().map((event) => event.end - event.start))],
    };
  });
  return {
    sequence,
    wiring,
    branched,
    shots,
    tables,
    sequencers,
    crowded,
    quantiser,
    bins: sequence.shots * points,
  };
}

function describe(slot: SequencerSlot, sequence: Sequence): string[] {
  const of = (id: string) => `${id} on ${sequence.frames.find((frame) => frame.id === id)!.port}`;
  const does = [
    ...(slot.plays === null ? [] : [`plays ${of(slot.plays)}`]),
    ...(slot.captures === null ? [] : [`acquires ${of(slot.captures)}`]),
  ];
  const carrier = slot.type === "QCM" ? "baseband" : `LO ${slot.lo_hz / 1e9} GHz`;
  return [
    `${sequence.device}: ${does.join(", ")}`,
    `${carrier}, NCO ${slot.nco_hz / 1e6} MHz (${slot.module}, sequencer ${slot.index}, output ${slot.output})`,
  ];
}
