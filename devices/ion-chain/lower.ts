import { EntrainError, invalidInput } from "#core/errors";
import { hzFromAngular } from "#core/units";
import { type Operation, type Probe, type Rotation, type Step, stepsAt, tonesOf } from "#ir/operations";
import { type Axis, sizesOf } from "#ir/scan";
import type { Amplitude, Frame, Sequence, SequenceOperation } from "#ir/sequence";
import { wellShifts, wordOfDetuning, wordOfExchange } from "./control/exchange-table.ts";
import { counterPort, exchangeLine, linePorts, siteIds, tonePorts, wellLine } from "./control/ports.ts";
import { type BeamPulse, mappingPulses, probePulse } from "./control/read-out.ts";
import { type IonKnobs, ionFigures, motionalLevels, nearestExchangeHz } from "./forward.ts";
import type { IonControl, IonProfile } from "./schema.ts";

/** Between the last tone and the mapping, for synthesisers to be set anew. */
const mappingGap_s = 20e-6;

/** Amplitude of a digital line that is high. */
const high = 1;

/**
 * Operations → timed signals of a trap: two sideband beams and the electrode drive as radio-frequency tones, digital lines
 * for cooling, repump, detection light and the stored sets of trap voltages, and two counting windows an ion.
 *
 * The motional drive's frames are zeroed when the cooling ends, so that the phase of a rotation is that of its frame.
 * A rotation is one rectangular pulse. Tones of a run of steps with the same reservoirs are one uninterrupted tone.
 *
 * @throws EntrainError `platform.cannot_lower` for a profile without `control` and for rotations of single ions,
 * `sequence.misaligned` when a duration is not on the clock's grid
 */
export function lowerIonOperations(
  profile: IonProfile,
  knobs: IonKnobs,
  { axes, operations }: { readonly axes: readonly Axis[]; readonly operations: readonly Operation[] },
  shots: number,
): Sequence {
  const control = controlOf(profile);
  const { assumptions } = profile;
  const clock_hz = assumptions.clock_hz.value;
  const levels = motionalLevels(profile, knobs);
  const ticks = (duration_s: number, path: string): number => {
    const count = Math.round(duration_s * clock_hz);
    if (Math.abs(count - duration_s * clock_hz) <= 1e-3) return count;
    throw invalidInput(
      {
        path,
        message: `${duration_s} s is not a multiple of a clock tick`,
        found: duration_s,
        expected: `a multiple of ${1 / clock_hz} s`,
      },
      "sequence.misaligned",
    );
  };
  const fullScale = (rabi_hz: number) => rabi_hz / assumptions.rabi_max_hz.value;
  const carrier_hz = { blue: control.blue_carrier_hz, red: control.red_carrier_hz };
  const [shelveTop, shelveMiddle, back] = mappingPulses(profile, control, levels);
  const mode_hz = levels.lower_hz;

  const frames: Frame[] = [];
  const frame = (id: string, port: string, frequency_hz: number): string => {
    frames.push({ id, port, frequency_hz, phase_rad: 0 });
    return id;
  };
  // One set of tones for all ions, or one for each.
  const targets = control.addressing === "single" ? siteIds(profile) : [null];
  const at = (name: string, target: string | null) => (target === null ? name : `${name}_${target}`);
  const detunings_hz = knobs.detunings_hz ?? [];
  /** Frames of the two reservoirs' tones, by target, for wells that are detuned by so much. */
  const reservoirTones = (suffix: string, shifts_hz: readonly number[]) =>
    targets.map((target, i) => ({
      gain: frame(
        `${at("blue_gain", target)}${suffix}`,
        at("blue", target),
        carrier_hz.blue + knobs.blue.offset_hz + (shifts_hz[i] ?? 0),
      ),
      loss: frame(
        `${at("red_loss", target)}${suffix}`,
        at("red", target),
        carrier_hz.red + knobs.red.offset_hz - (shifts_hz[i] ?? 0),
      ),
    }));
  const resting = reservoirTones("", []);
  const detuned = detunings_hz.map((delta, k) => reservoirTones(`_${k}`, wellShifts(delta, targets.length)));
  const beam = (id: string, { beam: role, offset_hz }: BeamPulse) =>
    targets.map((target) => frame(at(id, target), at(role, target), carrier_hz[role] + offset_hz));
  const mapped: readonly [readonly string[], BeamPulse][] = [
    [beam("red_shelve", shelveTop), shelveTop],
    [beam("blue_shelve", shelveMiddle), shelveMiddle],
    [beam("blue_return", back), back],
  ];
  const probes = operations.flatMap((operation) =>
    operation.kind === "measure" ? operation.settings.flatMap(({ probe }) => probe ?? []) : [],
  );
  const probeFrame = ({ line }: Probe) => `blue_probe${line}`;
  for (const line of new Set(probes.map((probe) => probe.line))) {
    const found = probes.find((probe) => probe.line === line)!;
    beam(probeFrame(found), probePulse(profile, control, levels, found));
  }
  const drive = (name: "drive01" | "drive12", frequency_hz: number) =>
    targets.map((target) => frame(at(name, target), at(name, target), frequency_hz));
  const drives = { "01": drive("drive01", mode_hz), "12": drive("drive12", mode_hz + levels.asymmetry_hz) };
  const lines = linePorts(profile);
  for (const line of lines) frame(line, line, 0);
  const counters = siteIds(profile).map((site) => frame(counterPort(site), counterPort(site), 0));
  const all = frames.map(({ id }) => id);
  const barrier: SequenceOperation = { kind: "barrier", frames: all };
  const wells = Array.from({ length: detuned.length === 0 ? 0 : (control.well_bits ?? 0) }, (_, bit) => bit);
  const tonesOnly = new Set([
    ...[resting, ...detuned].flat().flatMap(({ gain, loss }) => [gain, loss]),
    "repump",
    ...wells.map(wellLine),
  ]);
  const waiting = all.filter((id) => !tonesOnly.has(id));
  const quiet: SequenceOperation = { kind: "barrier", frames: waiting };

  const play = (id: string, duration_ticks: number, amplitude: Amplitude): SequenceOperation => ({
    kind: "play",
    frame: id,
    waveform: { kind: "constant", duration_ticks },
    amplitude,
  });
  const wait = (duration_ticks: number): SequenceOperation => ({
    kind: "delay",
    frames: waiting,
    duration_ticks,
  });

  const pulse_s = assumptions.analysis_pulse_s.value;
  const pulse = ticks(pulse_s, "assumptions.analysis_pulse_s");
  const n = profile.fock_state;
  const rotate = ({ transition, angle_rad, phase_rad, sites }: Rotation): SequenceOperation[] => {
    const single = control.addressing === "single";
    if (!single && sites !== undefined && sites.length < counters.length) {
      throw new EntrainError(
        "platform.cannot_lower",
        {
          path: "operations",
          message: "the electrode drive turns all ions alike",
          found: `a rotation of ${sites.join(", ")}`,
          expected: "rotations of all ions",
        },
        { kind: "infeasible" },
      );
    }
    const element = Math.sqrt(transition === "01" ? n : n + 1);
    const rabi_hz = hzFromAngular(Math.abs(angle_rad) / pulse_s / element);
    const amplitude = rabi_hz / control.drive_full_scale_hz;
    const turn = phase_rad + (angle_rad < 0 ? Math.PI : 0);
    const turned = drives[transition].filter(
      (_, i) => !single || sites === undefined || sites.includes(targets[i]!),
    );
    return turned.flatMap((id): SequenceOperation[] =>
      turn === 0
        ? [play(id, pulse, amplitude)]
        : [
            { kind: "shift_phase", frame: id, phase_rad: -turn },
            play(id, pulse, amplitude),
            { kind: "shift_phase", frame: id, phase_rad: turn },
          ],
    );
  };

  const bits = Array.from({ length: control.exchange_bits }, (_, bit) => bit);
  const tables: Record<string, number[]> = {};
  const swept = axes.find(({ name }) => name === "exchange")?.values;
  const words = (swept ?? [nearestExchangeHz(ionFigures(profile, knobs))]).map((exchange_hz) =>
    wordOfExchange(profile, control, mode_hz, exchange_hz),
  );
  const bitOf = (word: number, bit: number) => ((word >> bit) & 1) * high;
  const exchange = bits.map((bit): Amplitude => {
    if (swept === undefined) return bitOf(words[0]!, bit);
    const table = exchangeLine(bit);
    tables[table] = words.map((word) => bitOf(word, bit));
    return { table, axis: "exchange" };
  });

  const playTones = (set: typeof resting, tones: "both" | "gain" | "loss", duration: number) =>
    set.flatMap(({ gain, loss }) => [
      ...(tones === "loss" ? [] : [play(gain, duration, fullScale(knobs.blue.rabi_hz))]),
      ...(tones === "gain" ? [] : [play(loss, duration, fullScale(knobs.red.rabi_hz))]),
    ]);
  for (const bit of wells) {
    tables[wellLine(bit)] = detunings_hz.map((delta) => bitOf(wordOfDetuning(control, delta), bit));
  }
  const reservoirs = (tones: "both" | "gain" | "loss", duration: number): SequenceOperation[] => {
    const repump = play("repump", duration, high);
    if (detuned.length === 0) return [...playTones(resting, tones, duration), repump];
    return [
      repump,
      ...wells.map((bit) => play(wellLine(bit), duration, { table: wellLine(bit), axis: "detuning" })),
      {
        kind: "branch",
        axis: "detuning",
        cases: detuned.map((set) => {
          // Tones of the scan's points stand in no barrier but the one that starts them.
          const own = set.flatMap(({ gain, loss }) => [gain, loss]);
          return [
            { kind: "barrier", frames: [...waiting, ...own] } as const,
            ...playTones(set, tones, duration),
          ];
        }),
      },
    ];
  };
  const lasting = (step: Step, path: string): number =>
    "duration_s" in step ? ticks(step.duration_s, path) : pulse;

  const window = ticks(control.window_s, "control.window_s");
  const detect: SequenceOperation[] = [
    play("detect", window, high),
    ...counters.map((id): SequenceOperation => ({ kind: "capture", frame: id, duration_ticks: window })),
    barrier,
  ];
  const mapping = mapped.map(([ids, { rabi_hz, duration_s }]): SequenceOperation[] => [
    ...ids.map((id) => play(id, ticks(duration_s, "control.mapping_pulse_s"), fullScale(rabi_hz))),
    barrier,
  ]);

  const gap = ticks(mappingGap_s, "");
  const mappedReading = [...mapping[0]!, ...mapping[1]!, ...detect, ...mapping[2]!, ...detect];
  /** One look, and a second window of the same length: every ion has two. */
  const probedReading = (probe: Probe): SequenceOperation[] => [
    ...targets.map((target) =>
      play(
        at(probeFrame(probe), target),
        ticks(probe.duration_s, "protocol.flop_s"),
        fullScale(probePulse(profile, control, levels, probe).rabi_hz),
      ),
    ),
    barrier,
    ...detect,
    ...detect,
  ];

  const lowerSteps = (steps: readonly Step[]): SequenceOperation[] =>
    steps.flatMap((step, index): SequenceOperation[] => {
      const path = `operations[${index}].duration_s`;
      const tones = tonesOf(step);
      const begins = tones !== "none" && tonesOf(steps[index - 1] ?? { kind: "prepare" }) !== tones;
      const next = steps[index + 1];
      const end = tones !== "none" && next !== undefined && tonesOf(next) === tones ? quiet : barrier;
      const run = steps.slice(index).findIndex((other) => tonesOf(other) !== tones);
      const together = steps.slice(index, run < 0 ? undefined : index + run);
      const start = begins
        ? reservoirs(
            tones,
            together.reduce((sum, other) => sum + lasting(other, path), 0),
          )
        : [];
      switch (step.kind) {
        case "prepare":
          return [
            play("cool", ticks(assumptions.preparation_s.value, "assumptions.preparation_s"), high),
            barrier,
            ...Object.values(drives)
              .flat()
              .map((id): SequenceOperation => ({ kind: "set_phase", frame: id, phase_rad: 0 })),
          ];
        case "stabilise":
        case "evolve":
          return step.duration_s === 0 ? [] : [...start, wait(lasting(step, path)), end];
        case "rotate":
          return [...start, ...rotate(step.rotation), end];
        case "couple": {
          const duration = lasting(step, path);
          const on = joinsAll(step.bonds)
            ? bits.map((bit) => play(exchangeLine(bit), duration, exchange[bit]!))
            : [];
          return [...start, ...on, ...(on.length === 0 ? [wait(duration)] : []), end];
        }
        default:
          return [
            {
              kind: "branch",
              axis: "setting",
              cases: step.settings.map(({ rotations, probe }) => [
                ...rotations.flatMap((rotation) => [...rotate(rotation), barrier]),
                { kind: "delay", frames: all, duration_ticks: gap } as const,
                ...(probe === undefined ? mappedReading : probedReading(probe)),
              ]),
            },
          ];
      }
    });

  const settings = operations.flatMap((operation) =>
    operation.kind === "measure" ? operation.settings : [],
  ).length;
  return {
    device: profile.name,
    clock_hz,
    shots,
    ports: [...tonePorts(profile).map(({ id }) => id), ...lines, ...counters],
    frames,
    biases: [],
    axes: [...sizesOf(axes), { name: "setting", size: settings }],
    tables,
    body: chosen(axes, operations, lowerSteps, barrier),
    counting: siteIds(profile).map((site) => ({
      site,
      port: counterPort(site),
      threshold: control.threshold,
      bright_levels: [0, 1],
      dark_level: 2,
    })),
  };
}

/** @throws EntrainError `platform.cannot_lower` when a profile does not say how its trap is worked */
export function controlOf(profile: IonProfile): IonControl {
  if (profile.control) return profile.control;
  throw new EntrainError(
    "platform.cannot_lower",
    {
      path: "device.profile",
      message: `${profile.name} can be designed and examined; it does not say how its exchange is switched off and its ions are read`,
      found: "no `control`",
      expected: "a profile with `control`, such as calcium-array",
    },
    { kind: "infeasible" },
  );
}

/**
 * Whether a coupling step couples: the stored voltages act on all ions at once.
 *
 * @throws EntrainError `platform.cannot_design` for some of the ions only
 */
export function joinsAll(bonds: readonly (readonly [string, string])[] | undefined): boolean {
  if (bonds === undefined) return true;
  if (bonds.length === 0) return false;
  throw new EntrainError(
    "platform.cannot_design",
    {
      path: "protocol",
      message: "turning the motion switches the exchange of all ions at once, not of single pairs",
      found: `${bonds.length} bonds`,
      expected: "all ions or none",
    },
    { kind: "infeasible" },
  );
}

/** Steps as they are, or, between preparation and measurement, in branches over the axes that choose among them. */
function chosen(
  axes: readonly Axis[],
  operations: readonly Operation[],
  lower: (steps: readonly Step[]) => SequenceOperation[],
  barrier: SequenceOperation,
): SequenceOperation[] {
  const names = new Set(operations.flatMap((o) => (o.kind === "choose" ? o.axes : [])));
  if (names.size === 0) return lower(stepsAt(operations, [], {}));
  const sizes = sizesOf(axes);
  const along = sizes.filter(({ name }) => names.has(name));
  const isOuter = (o: Operation) => o.kind === "prepare" || o.kind === "measure";
  const inner = operations.filter((o) => !isOuter(o));
  const branch = (depth: number, point: Record<string, number>): SequenceOperation[] => {
    const axis = along[depth];
    if (axis === undefined) return lower(stepsAt(inner, sizes, point));
    const cases = Array.from({ length: axis.size }, (_, k) =>
      branch(depth + 1, { ...point, [axis.name]: k }),
    );
    return [{ kind: "branch", axis: axis.name, cases }];
  };
  const outer = (kind: "prepare" | "measure") => lower(operations.filter((o): o is Step => o.kind === kind));
  return [...outer("prepare"), ...branch(0, {}), barrier, ...outer("measure")];
}
