import type { Finding } from "#ir/finding";
import type { Sequence } from "#ir/sequence";
import { amplitudeFindings, finding } from "../findings.ts";
import type { RunEvent } from "../unroll.ts";
import { qickLimits } from "./board.ts";
import { cyclesOf, piecesOf, planQick, type QickPlan } from "./plan.ts";

/** Everything about a sequence that a board would refuse, bend or be strained by; `settings` as for `emitQick`. */
export function checkQick(sequence: Sequence, settings?: unknown): Finding[] {
  return checkQickPlan(planQick(sequence, settings));
}

export function checkQickPlan(plan: QickPlan): Finding[] {
  return [
    ...amplitudeFindings(plan.sequence),
    ...channels(plan),
    ...bands(plan),
    ...lengths(plan),
    ...overlaps(plan),
    ...memory(plan),
    ...captures(plan),
  ];
}

function channels({ board, generators, readouts }: QickPlan): Finding[] {
  const out: Finding[] = [];
  const count = (what: string, needs: number, limit: number) => {
    if (needs <= limit) return;
    out.push(
      finding(
        "C03",
        "error",
        `The sequence needs ${needs} ${what}; the board (${board.board}) has ${limit}.`,
        {
          numbers: { needs, limit },
          help: "Run fewer sites at once; a tone or coupler line takes a generator of its own.",
        },
      ),
    );
  };
  count("generators", generators.length, board.gens.length);
  count("readouts", readouts.length, board.readouts.length);
  for (const { port, ch } of generators) {
    const gen = board.gens[ch];
    if (!gen || (qickLimits.phase_reset_types as readonly string[]).includes(gen.type)) continue;
    out.push(
      finding(
        "C07",
        "error",
        `Generator ${ch} (${gen.type}) of ${port} cannot reset its phase with the shot.`,
        {
          help: `Use a generator of type ${qickLimits.phase_reset_types.join(", ")}.`,
          where: [port],
        },
      ),
    );
  }
  return out;
}

/** qick compiles any frequency: what lies beyond the second Nyquist zone comes out elsewhere. */
function bands({ board, generators }: QickPlan): Finding[] {
  return generators.flatMap(({ port, ch, nqz, frames, external_lo_hz }) => {
    const gen = board.gens[ch];
    if (!gen) return [];
    const fs_hz = gen.fs * 1e6;
    const [low, high] = nqz === 1 ? [0, fs_hz / 2] : [fs_hz / 2, fs_hz];
    return frames.flatMap(({ id, hz }) => {
      if (hz >= low && hz < high) return [];
      const message = `${id} needs ${(hz / 1e9).toFixed(4)} GHz from generator ${ch}; its Nyquist zone ${nqz} is ${(low / 1e9).toFixed(3)} to ${(high / 1e9).toFixed(3)} GHz.`;
      return [
        finding("T14", "error", message, {
          numbers: { frequency_hz: hz, low_hz: low, high_hz: high, external_lo_hz },
          help: `Put a mixer behind the generator and give its oscillator (external_lo_hz: {${port}: …}).`,
          where: [id],
        }),
      ];
    });
  });
}

function generatorOf(plan: QickPlan, event: RunEvent): number {
  const port = plan.sequence.frames.find(({ id }) => id === event.frame)!.port;
  return plan.generators.find((generator) => generator.port === port)!.ch;
}

function lengths(plan: QickPlan): Finding[] {
  const out = new Map<string, Finding>();
  for (const event of plan.unrolled.runs.flatMap((run) => run.events)) {
    if (event.kind === "capture") continue;
    const cycles = cyclesOf(plan, generatorOf(plan, event), event.waveform.duration_ticks);
    const duration_s = event.waveform.duration_ticks / plan.sequence.clock_hz;
    if (cycles < qickLimits.min_cycles) {
      out.set(
        `short ${event.frame}`,
        finding(
          "T23",
          "error",
          `${event.frame} plays for ${cycles} fabric cycles; a pulse has at least ${qickLimits.min_cycles}.`,
          {
            numbers: { cycles, limit: qickLimits.min_cycles, duration_s },
            help: "Lengthen the pulse.",
            where: [event.frame],
          },
        ),
      );
    } else if (cycles > qickLimits.max_cycles && event.waveform.kind === "constant") {
      out.set(
        `long ${event.frame}`,
        finding(
          "T22",
          "info",
          `A tone of ${event.frame} lasts ${cycles.toLocaleString("en")} fabric cycles and is played in ${piecesOf(cycles)} pieces of equal phase.`,
          {
            numbers: { cycles, limit: qickLimits.max_cycles, pieces: piecesOf(cycles) },
            where: [event.frame],
          },
        ),
      );
    }
  }
  return [...out.values()];
}

/** One generator plays one thing at a time. */
function overlaps(plan: QickPlan): Finding[] {
  for (const { port, frames } of plan.generators) {
    const ids = new Set(frames.map(({ id }) => id));
    for (const { events } of plan.unrolled.runs) {
      const plays = events
        .flatMap((event) => (event.kind === "play" && ids.has(event.frame) ? [event] : []))
        .toSorted((a, b) => a.start - b.start);
      const clash = plays.find((play, k) => {
        const next = plays[k + 1];
        return next !== undefined && next.start < play.start + play.waveform.duration_ticks;
      });
      if (!clash) continue;
      return [
        finding("C01", "error", `${port} would play two frames at once; a generator plays one.`, {
          numbers: { at_s: clash.start / plan.sequence.clock_hz },
          help: "Put the frames on ports of their own, combined outside the board.",
          where: [port],
        }),
      ];
    }
  }
  return [];
}

function memory(plan: QickPlan): Finding[] {
  const out: Finding[] = [];
  const { board, unrolled, generators, readouts, sequence } = plan;
  const tproc = board.tprocs[0]!;
  const over = (what: string, needs: number, limit: number, where: string[] = []) => {
    if (needs <= limit) return;
    out.push(
      finding(
        "C02",
        "error",
        `${what}: ${needs.toLocaleString("en")} needed, ${limit.toLocaleString("en")} there.`,
        {
          numbers: { needs, limit },
          help: "Play fewer or shorter shaped pulses, or run fewer sites at once.",
          where,
        },
      ),
    );
  };
  for (const { events } of unrolled.runs) {
    const plays = events.flatMap((event) => (event.kind === "play" ? [event] : []));
    const distinct = new Set(
      plays.map((p) => JSON.stringify([p.frame, p.phase_rad, p.amplitude, p.waveform])),
    );
    const sweeps = plays.filter(({ amplitude }) => typeof amplitude !== "number").length;
    const pieces = plays.reduce(
      (sum, play) =>
        sum +
        (play.waveform.kind === "gaussian"
          ? 1
          : piecesOf(cyclesOf(plan, generatorOf(plan, play), play.waveform.duration_ticks))),
      0,
    );
    over("waveform memory (words)", distinct.size + generators.length + readouts.length, tproc.wmem_size);
    // One word a pulse or configuration, two a trigger edge, about six a swept waveform, and the loops around them.
    over(
      "program memory (words)",
      pieces + generators.length + readouts.length * 5 + sweeps * 6 + 40,
      tproc.pmem_size,
    );
  }
  for (const { port, ch, frames } of generators) {
    const gen = board.gens[ch];
    if (!gen) continue;
    const shapes = new Map<string, number>();
    for (const event of unrolled.runs.flatMap((run) => run.events)) {
      if (event.kind !== "play" || event.waveform.kind !== "gaussian") continue;
      if (!frames.some(({ id }) => id === event.frame)) continue;
      shapes.set(
        JSON.stringify(event.waveform),
        cyclesOf(plan, ch, event.waveform.duration_ticks) * gen.samps_per_clk,
      );
    }
    over(
      `envelope memory of ${port} (samples)`,
      [...shapes.values()].reduce((a, b) => a + b, 0),
      gen.maxlen,
      [port],
    );
  }
  for (const { frame, ch, lengths: captured } of readouts) {
    const readout = board.readouts[ch];
    if (!readout) continue;
    const samples = Math.round((Math.max(...captured) / sequence.clock_hz) * readout.f_output * 1e6);
    over(`buffer of ${frame} (samples)`, samples, readout.buf_maxlen, [frame]);
  }
  return out;
}

function captures({ readouts }: QickPlan): Finding[] {
  return readouts.flatMap(({ frame, lengths: captured }) =>
    captured.length < 2
      ? []
      : [
          finding("C06", "error", `${frame} has captures of different lengths; a readout has one.`, {
            numbers: { first_ticks: captured[0]!, second_ticks: captured[1]! },
            help: "Give all captures of a site the same length.",
            where: [frame],
          }),
        ],
  );
}
