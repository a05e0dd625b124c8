import { EntrainError } from "#core/errors";
import { createRandom } from "#core/random";
import { angularFromHz, formatQuantity, fullTurn } from "#core/units";
import type { Sequence } from "#ir/sequence";
import { applyAffine, uncoupledEvolution, uncoupledState } from "#model/evolution";
import { type AffineMap, coordinateCount } from "#model/generator";
import { type CouplingEntry, createCoupling, type Modulation } from "#model/network";
import { noChannels, type Oscillator } from "#model/oscillator";
import {
  type ArrayState,
  assignOutcomes,
  type ExternalDrive,
  evolveArray,
  exactSites,
  mapSites,
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
import { fluxPerAmplitude_quanta } from "../../transmon/pulses.ts";
import { assignmentMatrix, type TransmonProfile } from "../../transmon/schema.ts";
import { type Drive, type DrivenSite, driveField } from "./drive-field.ts";
import { drivenMaps, drivenState } from "./driven-evolution.ts";
import { limitOf } from "./extrapolated-limit.ts";
import { mergedModulations } from "./merged-modulations.ts";
import { type Acting, edgesOf, meanLevel } from "./slow-lines.ts";
import type { Signal, Timeline } from "./timeline.ts";

/** Tolerance of the emulated dynamics; independent of the planner's. */
const rtol = 1e-7;

/** A read-out tone further than this from its resonator sees nothing. */
const readoutWindowHz = 5e6;

/** Shots that are looked at, at most, until one begins as the one before did: of few sites, and of arrays. */
const mostShots = { few: 4, array: 2 } as const;

/** Difference of a population that a number of shots does not show, in units of what their noise is. */
const forgotten = 0.05;

/** Sites that only exchange acts on. */
const motionless = { gain: 0, loss: 0, asymmetry: 0, detuning: 0, channels: noChannels };

const isPlayed = (signal: Signal) => !signal.port.includes("_readout_");
/** Tones and bias of single sites: quick to work out, and what makes sites forget. */
const isLocalPort = (port: string) => /_flux(_gain|_loss)?$/.test(port);

interface EmulatedSite extends DrivenSite {
  readonly flux_quanta: number;
  /** What this specimen's frequency is off by; the planner does not know it. */
  readonly frequency_error_hz: number;
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
  readonly #bonds: readonly (readonly [number, number])[];
  readonly #reference_hz: number;
  /** States at ticks, by what has acted since the shot began. */
  readonly #states = new Map<string, Map<number, ArrayState>>();
  readonly #starts = new Map<string, string>();
  readonly #evolutions = new Map<string, AffineMap[]>();
  /** Things about the program that a person should hear of. */
  readonly notes = new Set<string>();

  /** @param wander_hz - what every site's frequency is off by in these shots, beside its calibration */
  constructor(profile: TransmonProfile, sequence: Sequence, seed: number, wander_hz: readonly number[] = []) {
    this.#profile = profile;
    this.#sequence = sequence;
    const flux = new Map(sequence.biases.map((bias) => [bias.port, bias.flux_quanta]));
    this.#sites = profile.sites.map((site, i) => {
      const flux_quanta = flux.get(`${site.id}_flux`) ?? 0;
      const levels = biasedLevels(profile, site, flux_quanta);
      const random = createRandom(seed, `device/${site.id}`);
      const calibration_hz = random.normal() * profile.assumptions.frequency_calibration_error_hz.value;
      const frequency_error_hz = calibration_hz + (wander_hz[i] ?? 0);
      const f01_hz = levels.frequency_hz + frequency_error_hz;
      return { site, flux_quanta, frequency_error_hz, f01_hz, f12_hz: f01_hz + levels.anharmonicity_hz };
    });
    this.#index = new Map(profile.sites.map((site, i) => [site.id, i]));
    this.#bonds = profile.bonds.map(([a, b]) => [this.#index.get(a)!, this.#index.get(b)!]);
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

  /**
   * State of all sites at a tick, in the frame that turns at the reference frequency since the shot began. The shot
   * begins with what the one before left: populations, since reading out destroys coherences.
   */
  #stateAt(timeline: Timeline, tick: number): ArrayState {
    const ground = uncoupledState(this.#sites.map((_, s) => this.#oscillator(s, [], 0)));
    const most = this.#sites.length <= exactSites ? mostShots.few : mostShots.array;
    const starts = [ground];
    for (;;) {
      const start = starts.at(-1)!;
      const reached = this.#playedTo(timeline, tick, start);
      const next = this.#leftOver(reached, (timeline.end - tick) / this.#sequence.clock_hz);
      if (starts.length === most || this.#forgotten(timeline, tick, start, next)) return reached;
      starts.push(starts.length === 2 ? limitOf(ground, start, next) : next);
    }
  }

  /** Populations of all sites after read-out and the rest of the shot. */
  #leftOver(state: ArrayState, duration_s: number): Float64Array {
    const x = new Float64Array(this.#sites.length * coordinateCount);
    this.#sites.forEach((_, s) => {
      const [p0, , p2] = outcomesOf(state, [s]);
      const site = x.subarray(s * coordinateCount, (s + 1) * coordinateCount);
      site.set([p0!, p2!]);
      applyAffine(uncoupledEvolution(this.#oscillator(s, [], 0), duration_s), site);
    });
    return x;
  }

  /** Whether two starts are the same once the wait and the tones that come first have acted. */
  #forgotten(timeline: Timeline, tick: number, one: Float64Array, other: Float64Array): boolean {
    const turning = timeline.signals.filter((signal) => isPlayed(signal) && !isLocalPort(signal.port));
    const until = Math.min(tick, ...turning.map((signal) => signal.start));
    const least = forgotten / Math.sqrt(this.#sequence.shots);
    const [a, b] = [this.#playedTo(timeline, until, one), this.#playedTo(timeline, until, other)];
    return this.#sites.every((_, s) => {
      const [p, q] = [outcomesOf(a, [s]), outcomesOf(b, [s])];
      return p.every((value, level) => Math.abs(value - q[level]!) < least);
    });
  }

  #playedTo(timeline: Timeline, tick: number, start: Float64Array): ArrayState {
    const acting = timeline.signals
      .filter(isPlayed)
      .map((signal) => ({ signal, rise: this.#riseTicks(signal) }));
    const edges = new Set([0, tick]);
    for (const { signal, rise } of acting) {
      for (const edge of edgesOf(signal, rise)) if (edge < tick) edges.add(edge);
    }
    const times = [...edges].toSorted((a, b) => a - b);
    const earliest = Math.min(Infinity, ...acting.map(({ signal }) => signal.start));
    let x: ArrayState = uncorrelatedState(start);
    let key = this.#named(start);
    for (let k = 0; k + 1 < times.length; k++) {
      const [from, to] = [times[k]!, times[k + 1]!];
      const active = acting.flatMap(({ signal, rise }): Acting[] => {
        const level = meanLevel(signal, rise, from, to);
        return level === 0 ? [] : [{ ...signal, level }];
      });
      // How long a constant signal lasts does not matter while it does.
      const acts = active.map((signal) =>
        signal.waveform.kind === "constant" ? { ...signal, waveform: "constant" } : signal,
      );
      const lasting = `${key}|${from}:${JSON.stringify(acts)}`;
      const reached = this.#states.get(lasting) ?? new Map<number, ArrayState>();
      this.#states.set(lasting, reached);
      const before = Math.max(from, ...[...reached.keys()].filter((at) => at <= to));
      const begin: ArrayState = reached.get(before) ?? x;
      x = before === to ? begin : this.#advance(begin, before, to, active, earliest <= from);
      reached.set(to, x);
      key = `${lasting}-${to}`;
    }
    return x;
  }

  /** A short name for the beginning of a shot. */
  #named(start: Float64Array): string {
    const text = start.join();
    const name = this.#starts.get(text) ?? `${this.#starts.size}`;
    this.#starts.set(text, name);
    return name;
  }

  /** Time constant of the line that a signal goes through, in ticks. */
  #riseTicks({ port, frequency_hz }: Signal): number {
    const { coupler_rise_s, flux_rise_s } = this.#profile.assumptions;
    if (coupler_rise_s === undefined && flux_rise_s === undefined) return 0;
    const { role } = parsePortId(port);
    // What oscillates goes through the line's band, which is stated by itself.
    if (frequency_hz !== 0) return 0;
    const rise = role === "coupler" ? coupler_rise_s : role === "flux" ? flux_rise_s : undefined;
    return (rise?.value ?? 0) * this.#sequence.clock_hz;
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

  /** @param begun - whether anything has acted in this shot: before, all sites are in equilibrium */
  #advance(x: ArrayState, from: number, to: number, active: readonly Acting[], begun: boolean): ArrayState {
    const clock = this.#sequence.clock_hz;
    const duration_s = (to - from) / clock;
    const tones: ReservoirTone[][] = this.#sites.map(() => []);
    const pulses = this.#sites.map(() => 0);
    const drives: Drive[] = [];
    const couplers: { readonly i: number; readonly j: number; readonly signal: Acting }[] = [];
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
            drives.push({ site: sites[0]!, signal }, ...this.#reachedBy(sites[0]!, signal));
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
          pulses[sites[0]!]! +=
            signal.level * signal.amplitude * Math.cos(signal.phase_rad) * fluxPerAmplitude_quanta;
          break;
      }
    }
    const oscillators = this.#sites.map((_, s) => this.#oscillator(s, tones[s]!, pulses[s]!));
    const idle = begun ? this.#idleExchange(couplers) : [];
    const coupled = idle.length > 0 || couplers.some(({ signal }) => signal.amplitude !== 0);
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
    const still: CouplingEntry[] = [...idle];
    const modulations: Modulation[] = [];
    for (const { i, j, signal } of couplers) {
      const re = scale * signal.amplitude * signal.level;
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
      const field = this.#field(drives, from / clock);
      return { kind: "product", x: drivenState(network, x.x, field, duration_s, rtol) };
    }
    // The exchange before and after the pulse, half of it each: between pulses it is much slower than they are.
    if (coupled) {
      const still = {
        ...network,
        sites: oscillators.map((oscillator) => ({ ...oscillator, ...motionless })),
      };
      const half = (state: ArrayState) => evolveArray(state, still, duration_s / 2, rtol);
      return half(
        this.#pulsed(half(x), oscillators, [tones, pulses, drives, from, to], drives, from, duration_s),
      );
    }
    return this.#pulsed(x, oscillators, [tones, pulses, drives, from, to], drives, from, duration_s);
  }

  /** Pulses on sites that do not act on each other meanwhile. */
  #pulsed(
    x: ArrayState,
    oscillators: readonly Oscillator[],
    surroundings: readonly unknown[],
    drives: readonly Drive[],
    from: number,
    duration_s: number,
  ): ArrayState {
    const key = JSON.stringify(surroundings);
    let maps = this.#evolutions.get(key);
    if (!maps) {
      const field = this.#field(drives, from / this.#sequence.clock_hz);
      maps = drivenMaps(oscillators, field, duration_s, rtol);
      this.#evolutions.set(key, maps);
    }
    return mapSites(x, (s) => maps[s]!);
  }

  /** Exchange that couplers leave while they are off, and on their way. */
  #idleExchange(couplers: readonly { i: number; j: number; signal: Acting }[]): CouplingEntry[] {
    const residual = angularFromHz(this.#profile.assumptions.exchange_residual_hz?.value ?? 0);
    if (residual === 0) return [];
    return this.#bonds.map(([i, j]) => {
      const on = couplers.find((c) => (c.i === i && c.j === j) || (c.i === j && c.j === i));
      return { i, j, re: residual * (1 - (on === undefined ? 0 : on.signal.level)), im: 0 };
    });
  }

  /** What neighbours get of a drive. */
  #reachedBy(s: number, signal: Signal): Drive[] {
    const part = this.#profile.assumptions.drive_crosstalk?.value ?? 0;
    if (part === 0) return [];
    return this.#bonds
      .filter((bond) => bond.includes(s))
      .map(([i, j]) => ({
        site: i === s ? j : i,
        signal: { ...signal, amplitude: part * signal.amplitude },
        stray: true,
      }));
  }

  #field(drives: readonly Drive[], start_s: number): ExternalDrive {
    const { clock_hz } = this.#sequence;
    const surroundings = {
      sites: this.#sites,
      assumptions: this.#profile.assumptions,
      reference_hz: this.#reference_hz,
      clock_hz,
    };
    return driveField(surroundings, drives, start_s, (note) => this.notes.add(note));
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
