import { EntrainError } from "#core/errors";
import { createRandom, type Random } from "#core/random";
import { angularFromHz, formatQuantity, fullTurn } from "#core/units";
import type { Sequence } from "#ir/sequence";
import { uncoupledEvolution, uncoupledState } from "#model/evolution";
import { type AffineMap, coordinateCount } from "#model/generator";
import {
  type CouplingEntry,
  couplingEntries,
  createCoupling,
  type Modulation,
  type Network,
} from "#model/network";
import type { Oscillator } from "#model/oscillator";
import {
  type ArrayState,
  assignOutcomes,
  type ExternalDrive,
  evolveArray,
  exactSites,
  integrate,
  mapSites,
  networkRightHandSide,
  outcomesOf,
  uncorrelatedState,
} from "#simulators/index";
import {
  biasedLevels,
  type ReservoirTone,
  sidebandStrength,
  siteOscillator,
  tonePhotons,
} from "../../transmon/forward.ts";
import { defaultCouplerBand } from "../../transmon/intent-findings.ts";
import { parsePortId } from "../../transmon/ports.ts";
import { fluxPerAmplitude_quanta, gaussianEnvelope, rabiFrequency } from "../../transmon/pulses.ts";
import { assignmentMatrix, type TransmonProfile, type TransmonSite } from "../../transmon/schema.ts";
import type { Signal, Timeline } from "./timeline.ts";

/** Tolerance of the emulated dynamics; independent of the planner's. */
const rtol = 1e-7;

/** A read-out tone further than this from its resonator sees nothing. */
const readoutWindowHz = 5e6;

interface EmulatedSite {
  readonly site: TransmonSite;
  readonly flux_quanta: number;
  /** What this specimen's frequency is off by; the planner does not know it. */
  readonly frequency_error_hz: number;
  readonly f01_hz: number;
  readonly f12_hz: number;
}

/**
 * An array of transmons as a program finds it: the signals on its ports decide everything, through the forward
 * physics of the platform. Knows the profile and its own hidden imperfections, never the plan.
 */
export class EmulatedTransmonArray {
  readonly #profile: TransmonProfile;
  readonly #sequence: Sequence;
  readonly #sites: readonly EmulatedSite[];
  readonly #index: ReadonlyMap<string, number>;
  readonly #reference_hz: number;
  /** States at ticks, by what has acted since the shot began. */
  readonly #states = new Map<string, Map<number, ArrayState>>();
  readonly #evolutions = new Map<string, AffineMap[]>();
  /** Things about the program that a person should hear of. */
  readonly notes = new Set<string>();

  constructor(profile: TransmonProfile, sequence: Sequence, seed: number) {
    this.#profile = profile;
    this.#sequence = sequence;
    const flux = new Map(sequence.biases.map((bias) => [bias.port, bias.flux_quanta]));
    this.#sites = profile.sites.map((site) => {
      const flux_quanta = flux.get(`${site.id}_flux`) ?? 0;
      const levels = biasedLevels(profile, site, flux_quanta);
      const random = createRandom(seed, `device/${site.id}`);
      const frequency_error_hz = random.normal() * profile.assumptions.frequency_calibration_error_hz.value;
      const f01_hz = levels.frequency_hz + frequency_error_hz;
      return { site, flux_quanta, frequency_error_hz, f01_hz, f12_hz: f01_hz + levels.anharmonicity_hz };
    });
    this.#index = new Map(profile.sites.map((site, i) => [site.id, i]));
    this.#reference_hz = this.#sites.reduce((sum, s) => sum + s.f01_hz, 0) / this.#sites.length;
    for (const port of sequence.ports) this.#address(port);
  }

  #address(port: string): { role: string; sites: number[] } {
    const { role, sites } = parsePortId(port);
    return {
      role,
      sites: sites.map((id) => {
        const index = this.#index.get(id);
        if (index !== undefined) return index;
        throw new EntrainError("program.unknown_port", {
          path: port,
          message: `the device has no site "${id}"`,
          found: id,
          expected: `one of ${[...this.#index.keys()].join(", ")}`,
        });
      }),
    };
  }

  /**
   * Probabilities of the assigned levels at the captures of one shot: [group][outcome], null where a site of the group
   * is never captured. Groups are all sites together where their correlations are known, single sites elsewhere.
   */
  probabilities(timeline: Timeline): (number[] | null)[] {
    const captures = new Map<number, Timeline["captures"][number]>();
    for (const capture of timeline.captures) {
      const { role, sites } = this.#address(capture.port);
      if (role === "readout_out") captures.set(sites[0]!, capture);
    }
    return this.groups.map((group) => {
      const seen = group.map((s) => captures.get(s));
      if (seen.includes(undefined)) return null;
      const starts = new Set(seen.map((capture) => capture!.start));
      if (starts.size > 1) {
        throw new EntrainError(
          "emulator.unsupported",
          {
            path: "program",
            message: "the emulator reads correlated sites together, but they are captured at different times",
            found: [...starts].join(", "),
            expected: "captures that begin at one tick",
          },
          { kind: "device" },
        );
      }
      const state = this.#stateAt(timeline, seen[0]!.start);
      const matrices = group.map((s, k) =>
        this.#readable(timeline, s, seen[k]!)
          ? assignmentMatrix(this.#profile, this.#sites[s]!.site)
          : [0, 1, 2].map(() => [1 / 3, 1 / 3, 1 / 3]),
      );
      return assignOutcomes(outcomesOf(state, group), matrices);
    });
  }

  /** Sites whose outcomes are drawn together. */
  get groups(): number[][] {
    const all = this.#sites.map((_, s) => s);
    return all.length <= exactSites ? [all] : all.map((s) => [s]);
  }

  #readable(timeline: Timeline, s: number, capture: { start: number; frequency_hz: number }): boolean {
    const resonator = this.#profile.assumptions.readout_frequency_hz.value;
    const lit = timeline.signals.some((signal) => {
      const { role, sites } = this.#address(signal.port);
      return (
        role === "readout_in" &&
        sites[0] === s &&
        signal.start <= capture.start &&
        signal.start + signal.waveform.duration_ticks > capture.start &&
        Math.abs(signal.frequency_hz - resonator) < readoutWindowHz &&
        signal.amplitude !== 0
      );
    });
    const heard = Math.abs(capture.frequency_hz - resonator) < readoutWindowHz;
    if (!lit || !heard)
      this.notes.add(`${this.#sites[s]!.site.id}: read out without a tone at its resonator`);
    return lit && heard;
  }

  /** State of all sites at a tick, in the frame that turns at the reference frequency since the shot began. */
  #stateAt(timeline: Timeline, tick: number): ArrayState {
    const acting = timeline.signals.filter((signal) => !signal.port.includes("_readout_"));
    const edges = new Set([0, tick]);
    for (const signal of acting) {
      for (const edge of [signal.start, signal.start + signal.waveform.duration_ticks]) {
        if (edge < tick) edges.add(edge);
      }
    }
    const times = [...edges].toSorted((a, b) => a - b);
    let key = "";
    let x: ArrayState | undefined;
    for (let k = 0; k + 1 < times.length; k++) {
      const [from, to] = [times[k]!, times[k + 1]!];
      const active = acting.filter(
        (signal) => signal.start <= from && signal.start + signal.waveform.duration_ticks > from,
      );
      // How long a constant signal lasts does not matter while it does.
      const acts = active.map((signal) =>
        signal.waveform.kind === "constant" ? { ...signal, waveform: "constant" } : signal,
      );
      const lasting = `${key}|${from}:${JSON.stringify(acts)}`;
      const reached = this.#states.get(lasting) ?? new Map<number, ArrayState>();
      this.#states.set(lasting, reached);
      const before = Math.max(from, ...[...reached.keys()].filter((at) => at <= to));
      const start = reached.get(before) ?? x ?? this.#ground();
      x = before === to ? start : this.#advance(start, before, to, active);
      reached.set(to, x);
      key = `${lasting}-${to}`;
    }
    return x ?? this.#ground();
  }

  /** The passive reset is taken as complete: every shot begins in equilibrium. */
  #ground(): ArrayState {
    return uncorrelatedState(uncoupledState(this.#sites.map((_, s) => this.#oscillator(s, [], 0))));
  }

  /** @param pulse_quanta - flux added to the bias */
  #oscillator(s: number, tones: readonly ReservoirTone[], pulse_quanta: number): Oscillator {
    const { site, flux_quanta, frequency_error_hz } = this.#sites[s]!;
    return siteOscillator(this.#profile, site, {
      flux_quanta: flux_quanta + pulse_quanta,
      tones,
      reference_hz: this.#reference_hz,
      frequency_error_hz,
    });
  }

  #advance(x: ArrayState, from: number, to: number, active: readonly Signal[]): ArrayState {
    const clock = this.#sequence.clock_hz;
    const duration_s = (to - from) / clock;
    const tones: ReservoirTone[][] = this.#sites.map(() => []);
    const pulses = this.#sites.map(() => 0);
    const drives: { readonly site: number; readonly signal: Signal }[] = [];
    const couplers: { readonly i: number; readonly j: number; readonly signal: Signal }[] = [];
    for (const signal of active) {
      const { role, sites } = this.#address(signal.port);
      switch (role) {
        case "flux_gain":
        case "flux_loss": {
          if (signal.waveform.kind !== "constant") throw this.#unsupported(signal, "a shaped sideband tone");
          if (!this.#inBand(signal, this.#profile.assumptions.flux_band_hz.value)) break;
          const reservoir = role === "flux_gain" ? "gain" : "loss";
          tones[sites[0]!]!.push({
            reservoir,
            frequency_hz: signal.frequency_hz * tonePhotons(this.#profile.assumptions, reservoir),
            sideband_hz: sidebandStrength(this.#profile.assumptions, reservoir, Math.abs(signal.amplitude)),
          });
          break;
        }
        case "drive":
          if (this.#inBand(signal, this.#profile.assumptions.drive_band_hz.value)) {
            drives.push({ site: sites[0]!, signal });
          }
          break;
        case "coupler":
          if (signal.waveform.kind !== "constant") throw this.#unsupported(signal, "a shaped coupler pulse");
          couplers.push({ i: sites[0]!, j: sites[1]!, signal });
          break;
        case "flux":
          if (signal.waveform.kind !== "constant" || signal.frequency_hz !== 0) {
            throw this.#unsupported(signal, "a shaped or oscillating pulse on a bias line");
          }
          pulses[sites[0]!]! += signal.amplitude * Math.cos(signal.phase_rad) * fluxPerAmplitude_quanta;
          break;
      }
    }
    const oscillators = this.#sites.map((_, s) => this.#oscillator(s, tones[s]!, pulses[s]!));
    const coupled = couplers.some(({ signal }) => signal.amplitude !== 0);
    if (drives.length === 0 && !coupled) {
      const key = JSON.stringify([tones, pulses, duration_s]);
      let maps = this.#evolutions.get(key);
      if (!maps) {
        maps = oscillators.map((oscillator) => uncoupledEvolution(oscillator, duration_s));
        this.#evolutions.set(key, maps);
      }
      return mapSites(x, (s) => maps[s]!);
    }
    const scale = angularFromHz(this.#profile.assumptions.exchange_per_amplitude_hz.value);
    const still: CouplingEntry[] = [];
    const modulations: Modulation[] = [];
    for (const { i, j, signal } of couplers) {
      const re = scale * signal.amplitude;
      if (signal.frequency_hz === 0) {
        still.push({ i, j, re: re * Math.cos(signal.phase_rad), im: 0 });
        continue;
      }
      if (!this.#inBand(signal, this.#profile.assumptions.coupler_band_hz?.value ?? defaultCouplerBand))
        continue;
      const turned = signal.frequency_hz * ((from - signal.start) / clock);
      modulations.push({
        coupling: createCoupling(this.#sites.length, [{ i, j, re, im: 0 }]),
        rate: fullTurn * signal.frequency_hz,
        phase: signal.phase_rad + fullTurn * (turned - Math.floor(turned)),
      });
    }
    const network = {
      sites: oscillators,
      coupling: createCoupling(this.#sites.length, still),
      modulations: mergedModulations(modulations),
    };
    if (drives.length === 0) return evolveArray(x, network, duration_s, rtol);
    if (x.kind === "product") {
      return { kind: "product", x: this.#driven(network, x.x, drives, from / clock, duration_s) };
    }
    if (coupled)
      throw this.#unsupported(drives[0]!.signal, "a pulse on correlated sites while couplers are on");
    const key = JSON.stringify([tones, pulses, drives, from, to]);
    let maps = this.#evolutions.get(key);
    if (!maps) {
      maps = this.#drivenMaps(oscillators, drives, from / clock, duration_s);
      this.#evolutions.set(key, maps);
    }
    return mapSites(x, (s) => maps[s]!);
  }

  /** Coordinates of all sites after drives have acted, from those at `start_s`. */
  #driven(
    network: Network,
    start: Float64Array,
    drives: readonly { readonly site: number; readonly signal: Signal }[],
    start_s: number,
    duration_s: number,
  ): Float64Array {
    const x = start.slice();
    const field = networkRightHandSide(network, this.#driveField(drives, start_s));
    integrate(field, 0, x, [duration_s], (_, __, state) => x.set(state), { rtol, maxStep: duration_s / 20 });
    return x;
  }

  /** Maps of uncoupled sites under drives, column by column. */
  #drivenMaps(
    oscillators: readonly Oscillator[],
    drives: readonly { readonly site: number; readonly signal: Signal }[],
    start_s: number,
    duration_s: number,
  ): AffineMap[] {
    const network = { sites: oscillators, coupling: createCoupling(oscillators.length, []) };
    const image = (column: number | null) => {
      const x = new Float64Array(oscillators.length * coordinateCount);
      if (column !== null) {
        for (let at = column; at < x.length; at += coordinateCount) x[at] = 1;
      }
      return this.#driven(network, x, drives, start_s, duration_s);
    };
    const constant = image(null);
    const columns = Array.from({ length: coordinateCount }, (_, column) => image(column));
    return oscillators.map((_, s) => {
      const at = s * coordinateCount;
      const linear = new Float64Array(coordinateCount * coordinateCount);
      columns.forEach((shown, column) => {
        for (let row = 0; row < coordinateCount; row++) {
          linear[row * coordinateCount + column] = shown[at + row]! - constant[at + row]!;
        }
      });
      return { constant: constant.slice(at, at + coordinateCount), linear };
    });
  }

  /**
   * Field of resonant pulses. A signal cos(2πft + θ) reaches level m+1 through its e^{−i(2πft+θ)} part; it acts on
   * the transition that it is nearest to, the other one being protected by the pulse's shape.
   */
  #driveField(drives: readonly { site: number; signal: Signal }[], start_s: number): ExternalDrive {
    const clock = this.#sequence.clock_hz;
    const fields = drives.flatMap(({ site, signal }) => {
      const { f01_hz, f12_hz, site: described } = this.#sites[site]!;
      const to01 = Math.abs(signal.frequency_hz - f01_hz);
      const to12 = Math.abs(signal.frequency_hz - f12_hz);
      const transition = to01 <= to12 ? "01" : "12";
      if (Math.min(to01, to12) > Math.abs(f01_hz - f12_hz) / 2) {
        this.notes.add(
          `${described.id}: a drive at ${formatQuantity(signal.frequency_hz, "frequency", 6)} is resonant with nothing`,
        );
        return [];
      }
      const begin_s = signal.start / clock;
      return [
        {
          offset: 4 * site + (transition === "01" ? 0 : 2),
          rabi: rabiFrequency(this.#profile.assumptions, transition, signal.amplitude),
          detuning: fullTurn * (signal.frequency_hz - this.#reference_hz),
          // Phase of the reference frame at the signal's start.
          phase: signal.phase_rad - fullTurn * ((this.#reference_hz * begin_s) % 1),
          begin_s,
          duration_s: signal.waveform.duration_ticks / clock,
          sigma_s: signal.waveform.kind === "gaussian" ? signal.waveform.sigma_ticks / clock : Infinity,
        },
      ];
    });
    return (t, out) => {
      for (const field of fields) {
        const since = start_s + t - field.begin_s;
        const half =
          (field.rabi / 2) *
          (field.sigma_s === Infinity ? 1 : gaussianEnvelope(since, field.duration_s, field.sigma_s));
        const angle = field.phase + field.detuning * since;
        out[field.offset]! += half * Math.cos(angle);
        out[field.offset + 1]! -= half * Math.sin(angle);
      }
    };
  }

  #inBand(signal: Signal, [low, high]: readonly [number, number]): boolean {
    if (signal.frequency_hz >= low && signal.frequency_hz <= high) return true;
    this.notes.add(
      `${signal.port}: ${formatQuantity(signal.frequency_hz, "frequency", 6)} is outside the line's band; nothing arrives`,
    );
    return false;
  }

  #unsupported(signal: Signal, what: string): EntrainError {
    return new EntrainError(
      "emulator.unsupported",
      { path: signal.port, message: `the emulator does not know ${what}`, found: signal.waveform.kind },
      { kind: "device" },
    );
  }
}

/** Swings of one frequency and phase, put together: they cost as one. */
function mergedModulations(modulations: readonly Modulation[]): Modulation[] {
  const alike = new Map<string, Modulation[]>();
  for (const modulation of modulations) {
    const key = `${modulation.rate} ${modulation.phase}`;
    alike.set(key, [...(alike.get(key) ?? []), modulation]);
  }
  return [...alike.values()].map((group) => ({
    ...group[0]!,
    coupling: createCoupling(
      group[0]!.coupling.size,
      group.flatMap(({ coupling }) => couplingEntries(coupling)),
    ),
  }));
}

/**
 * Draws assigned levels for all shots: shots × sites bytes, shot by shot.
 *
 * @param probabilities - of the joint outcomes of every group
 */
export function drawLevels(
  probabilities: readonly (readonly number[])[],
  groups: readonly (readonly number[])[],
  shots: number,
  random: Random,
): Uint8Array {
  const sites = groups.reduce((sum, group) => sum + group.length, 0);
  const levels = new Uint8Array(shots * sites);
  for (let shot = 0; shot < shots; shot++) {
    groups.forEach((group, g) => {
      const p = probabilities[g]!;
      let rest = random.uniform();
      let outcome = 0;
      while (outcome < p.length - 1 && rest >= p[outcome]!) rest -= p[outcome++]!;
      for (let k = group.length - 1; k >= 0; k--) {
        levels[shot * sites + group[k]!] = outcome % 3;
        outcome = Math.floor(outcome / 3);
      }
    });
  }
  return levels;
}
