import { EntrainError } from "#core/errors";
import { createRandom } from "#core/random";
import { angularFromHz, formatQuantity, fullTurn } from "#core/units";
import { uncoupledEvolution } from "#model/evolution";
import { type AffineMap, coordinateCount } from "#model/generator";
import { createCoupling, type Network } from "#model/network";
import { bosonLadder, noChannels, type Oscillator } from "#model/oscillator";
import {
  type ArrayState,
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
  detuningOfWord,
  fullExchange,
  largestWord,
  wellShifts,
} from "../../ion-chain/control/exchange-table.ts";
import { exchangeLine, siteIds, wellLine } from "../../ion-chain/control/ports.ts";
import { type BeamPulse, mappedLevels } from "../../ion-chain/control/read-out.ts";
import { type BeamTone, ionResponse } from "../../ion-chain/control/response.ts";
import { restingTrap } from "../../ion-chain/control/resting-trap.ts";
import { motionDirection, selfShifts } from "../../ion-chain/crystal/exchange.ts";
import { ionPositions } from "../../ion-chain/forward.ts";
import { controlOf } from "../../ion-chain/lower.ts";
import type { IonControl, IonProfile } from "../../ion-chain/schema.ts";
import { findSpecies, ionMass } from "../../ion-chain/species.ts";
import type { ReadyToCount } from "./ion-counts.ts";
import { type Interval, type IonShot, type IonTone, isHigh } from "./ion-shot.ts";

/** Tolerance of the emulated dynamics; independent of the planner's. */
const rtol = 1e-7;

/** Step in which exchange and drives are taken in turns where correlated ions have both; K turns by 1/8 rad in it. */
const splitStep_s = 2e-6;

/**
 * A line of ions as a program finds it: what tones, digital lines and counting windows do decides everything. Knows the
 * profile and the hidden errors of its modes, never the plan.
 *
 * Gain and loss are effective rates of every line at its actual detuning, without memory; three levels an ion.
 */
export class EmulatedIonTrap {
  readonly #profile: IonProfile;
  readonly #control: IonControl;
  readonly #trap: ReturnType<typeof restingTrap>;
  readonly #errors_hz: readonly number[];
  readonly #exchange: readonly (readonly number[])[];
  readonly #shifts: readonly number[];
  /** States at ends of pieces, by all that has acted. */
  readonly #states = new Map<string, ArrayState>();
  readonly #maps = new Map<string, AffineMap[]>();
  readonly notes = new Set<string>();

  constructor(profile: IonProfile, seed: number) {
    this.#profile = profile;
    this.#control = controlOf(profile);
    this.#trap = restingTrap(profile);
    const spread = profile.assumptions.mode_calibration_error_hz.value;
    this.#errors_hz = siteIds(profile).map((id) => createRandom(seed, `device/${id}`).normal() * spread);
    const mode_hz = this.#trap.levels.lower_hz;
    this.#exchange = fullExchange(profile, mode_hz);
    const spacing_m = profile.geometry.kind === "array" ? profile.geometry.spacing_min_m : null;
    const positions = ionPositions(profile, { spacing_m, axial_hz: null });
    const shifts = selfShifts(
      positions,
      motionDirection(Math.PI / 2),
      ionMass(findSpecies(profile.ions.species)),
      positions.map(() => mode_hz),
    );
    const mean = shifts.reduce((sum, shift) => sum + shift, 0) / shifts.length;
    const left = 1 - profile.assumptions.self_shift_compensation.value;
    this.#shifts = shifts.map((shift) => (shift - mean) * left);
  }

  get sites(): string[] {
    return siteIds(this.#profile);
  }

  /** Ions whose outcomes are drawn together: all where correlations are known. */
  get groups(): number[][] {
    const all = this.sites.map((_, i) => i);
    return all.length <= exactSites ? [all] : all.map((i) => [i]);
  }

  /** Everything of one shot but the drawing. */
  ready(shot: IonShot): ReadyToCount {
    const first_s = Math.min(...shot.windows.flat().map(({ start_s }) => start_s), Number.POSITIVE_INFINITY);
    const unread = this.sites.filter((_, i) => shot.windows[i]!.length === 0);
    if (unread.length > 0 || !Number.isFinite(first_s)) {
      throw new EntrainError(
        "emulator.not_captured",
        {
          path: "program",
          message: `the program never counts photons of ${unread.join(", ")}`,
          found: "no window",
        },
        { kind: "device" },
      );
    }
    const pulses = this.sites.map((_, i) => this.#mappingPulses(shot, first_s, i));
    const end_s = Math.min(first_s, ...pulses.flatMap(({ before }) => before.map(({ start_s }) => start_s)));
    const state = this.#stateAt(shot, end_s);
    return {
      groups: this.groups,
      confusion: this.#profile.assumptions.assignment.value,
      outcomes: this.groups.map((group) => outcomesOf(state, group)),
      mapped: this.sites.map((_, i) =>
        mappedLevels(
          this.#profile,
          this.#trap.levels,
          pulses[i]!,
          this.#trap.heating_per_s,
          this.#errors_hz[i],
        ),
      ),
      means: shot.windows.map((windows) => windows.map((window) => this.#meanCounts(shot, window))),
    };
  }

  #meanCounts(shot: IonShot, window: Interval): { bright: number; dark: number } {
    const { bright_rate_per_s, dark_rate_per_s } = this.#control;
    const length_s = window.end_s - window.start_s;
    const lit_s = (shot.lines.get("detect") ?? []).reduce(
      (sum, { start_s, end_s }) =>
        sum + Math.max(0, Math.min(end_s, window.end_s) - Math.max(start_s, window.start_s)),
      0,
    );
    if (lit_s === 0) this.notes.add("photons are counted while the detection light is off");
    const dark = dark_rate_per_s * length_s;
    return { bright: dark + (bright_rate_per_s - dark_rate_per_s) * lit_s, dark };
  }

  /** Beam pulses without repump since it was last on: they shelve, before the first window and before the second. */
  #mappingPulses(
    shot: IonShot,
    first_s: number,
    ion: number,
  ): { before: (BeamPulse & Interval)[]; between: (BeamPulse & Interval)[] } {
    const repumped = (shot.lines.get("repump") ?? []).filter(({ start_s }) => start_s < first_s);
    const since_s = Math.max(0, ...repumped.map(({ end_s }) => end_s));
    const second_s = Math.min(
      ...shot.windows.map((windows) => windows[1]?.start_s ?? Number.POSITIVE_INFINITY),
    );
    const pulses = shot.tones
      .filter((tone) => isBeam(tone) && reaches(tone, ion) && tone.start_s >= since_s)
      .toSorted((a, b) => a.start_s - b.start_s)
      .map((tone) => {
        const { beam, rabi_hz, offset_hz } = this.#beam(tone);
        const { start_s, end_s } = tone;
        return { beam, rabi_hz, offset_hz, start_s, end_s, duration_s: end_s - start_s };
      });
    return {
      before: pulses.filter(({ start_s }) => start_s < first_s),
      between: pulses.filter(({ start_s }) => start_s >= first_s && start_s < second_s),
    };
  }

  #beam({ port, amplitude, frequency_hz }: IonTone): BeamTone {
    const beam = port === "blue" ? "blue" : "red";
    const carrier_hz = beam === "blue" ? this.#control.blue_carrier_hz : this.#control.red_carrier_hz;
    return {
      beam,
      rabi_hz: Math.abs(amplitude) * this.#profile.assumptions.rabi_max_hz.value,
      offset_hz: frequency_hz - carrier_hz,
    };
  }

  /** State of all ions at a time, in the frame that turns at the designed mode since the shot began. */
  #stateAt(shot: IonShot, end_s: number): ArrayState {
    const edges = [...shot.tones, ...[...shot.lines.values()].flat()].flatMap(({ start_s, end_s: end }) => [
      start_s,
      end,
    ]);
    const times = [...new Set([0, ...edges.filter((t) => t > 0 && t < end_s), end_s])].toSorted(
      (a, b) => a - b,
    );
    let state = this.#uniform([1 / 3, 1 / 3, 1 / 3]);
    let key = "";
    let cooled = false;
    for (let k = 0; k + 1 < times.length; k++) {
      const [from, to] = [times[k]!, times[k + 1]!];
      const middle = (from + to) / 2;
      const tones = shot.tones.filter(({ start_s, end_s: end }) => start_s <= middle && middle < end);
      const high = [...shot.lines.keys()].filter((line) => isHigh(shot, line, middle)).toSorted();
      key += `|${from},${to},${JSON.stringify([tones, high])}`;
      const known = this.#states.get(key);
      if (high.includes("cool")) cooled = true;
      state = known ?? this.#advance(state, from, to, tones, high);
      this.#states.set(key, state);
    }
    if (!cooled) this.notes.add("the ions are never cooled");
    return state;
  }

  #uniform([p0, , p2]: readonly [number, number, number]): ArrayState {
    const x = new Float64Array(this.sites.length * coordinateCount);
    for (let at = 0; at < x.length; at += coordinateCount) x.set([p0, p2], at);
    return uncorrelatedState(x);
  }

  #advance(
    state: ArrayState,
    from_s: number,
    to_s: number,
    tones: readonly IonTone[],
    high: readonly string[],
  ) {
    if (high.includes("cool")) return this.#uniform([1, 0, 0]);
    const duration_s = to_s - from_s;
    const beams = tones.filter(isBeam);
    const drives = tones.filter((tone) => !isBeam(tone));
    const word = Array.from({ length: this.#control.exchange_bits }, (_, bit) =>
      high.includes(exchangeLine(bit)) ? 2 ** bit : 0,
    ).reduce((sum, bit) => sum + bit, 0);
    const share = word / largestWord(this.#control);
    const repump = high.includes("repump") ? this.#control.repump_rate_per_s : 0;
    if (beams.length > 0 && repump === 0) {
      this.notes.add("a beam is on without repump: what it excites is not followed until the ions are read");
    }
    const well = Array.from({ length: this.#control.well_bits ?? 0 }, (_, bit) =>
      high.includes(wellLine(bit)) ? 2 ** bit : 0,
    ).reduce((sum, bit) => sum + bit, 0);
    const shifts_hz = wellShifts(detuningOfWord(this.#control, well), this.sites.length);
    const sites = this.sites.map((_, i) => {
      const own = beams.filter((tone) => reaches(tone, i)).map((tone) => this.#beam(tone));
      return this.#oscillator(i, own, repump, share, shifts_hz[i]!);
    });
    if (share > 0) {
      const entries = this.#exchange.flatMap((row, i) =>
        row.flatMap((j, k) => (k > i ? [{ i, j: k, re: j * share, im: 0 }] : [])),
      );
      const network = { sites, coupling: createCoupling(sites.length, entries) };
      if (drives.length === 0) return evolveArray(state, network, duration_s, rtol);
      if (state.kind === "product") {
        return { kind: "product", x: this.#driven(network, state.x, drives, from_s, duration_s) } as const;
      }
      return this.#drivenTogether(state, network, drives, from_s, duration_s);
    }
    const key = JSON.stringify([
      beams.map(unplaced),
      repump,
      well,
      drives,
      drives.length === 0 ? 0 : from_s,
      duration_s,
    ]);
    let maps = this.#maps.get(key);
    if (!maps) {
      maps =
        drives.length === 0
          ? sites.map((site) => uncoupledEvolution(site, duration_s))
          : this.#drivenMaps(sites, drives, from_s, duration_s);
      this.#maps.set(key, maps);
    }
    const found = maps;
    return mapSites(state, (i) => found[i]!);
  }

  #oscillator(
    i: number,
    beams: readonly BeamTone[],
    repump: number,
    share: number,
    shift_hz: number,
  ): Oscillator {
    const { levels, lattice } = this.#trap;
    const error_hz = this.#errors_hz[i]! + shift_hz;
    return {
      ...ionResponse(this.#profile, levels, lattice, beams, repump, error_hz),
      asymmetry: angularFromHz(levels.asymmetry_hz),
      detuning: angularFromHz(error_hz) + this.#shifts[i]! * share,
      ladder: bosonLadder(this.#profile.fock_state),
    };
  }

  #driven(
    network: Network,
    start: Float64Array,
    drives: readonly IonTone[],
    from_s: number,
    duration_s: number,
  ): Float64Array {
    const x = start.slice();
    const field = networkRightHandSide(network, this.#driveField(drives, from_s));
    integrate(field, 0, x, [duration_s], (_, __, state) => x.set(state), { rtol, maxStep: duration_s / 20 });
    return x;
  }

  /** Correlated ions under exchange and drives at once: in steps, half of the exchange, the drives, the other half. */
  #drivenTogether(
    state: ArrayState,
    { sites, coupling }: Network,
    drives: readonly IonTone[],
    from_s: number,
    duration_s: number,
  ): ArrayState {
    const steps = Math.ceil(duration_s / splitStep_s);
    const step_s = duration_s / steps;
    const bare = sites.map(
      ({ ladder }): Oscillator => ({
        gain: 0,
        loss: 0,
        asymmetry: 0,
        detuning: 0,
        ladder,
        channels: noChannels,
      }),
    );
    const exchange = { sites: bare, coupling };
    let at = state;
    for (let k = 0; k < steps; k++) {
      const maps = this.#drivenMaps(sites, drives, from_s + k * step_s, step_s);
      at = evolveArray(at, exchange, step_s / 2, rtol);
      at = mapSites(at, (i) => maps[i]!);
      at = evolveArray(at, exchange, step_s / 2, rtol);
    }
    return at;
  }

  /** Maps of uncoupled ions under drives, column by column. */
  #drivenMaps(
    sites: readonly Oscillator[],
    drives: readonly IonTone[],
    from_s: number,
    duration_s: number,
  ): AffineMap[] {
    const network = { sites, coupling: createCoupling(sites.length, []) };
    const image = (column: number | null) => {
      const x = new Float64Array(sites.length * coordinateCount);
      if (column !== null) for (let at = column; at < x.length; at += coordinateCount) x[at] = 1;
      return this.#driven(network, x, drives, from_s, duration_s);
    };
    const constant = image(null);
    const columns = Array.from({ length: coordinateCount }, (_, column) => image(column));
    return sites.map((_, i) => {
      const at = i * coordinateCount;
      const linear = new Float64Array(coordinateCount ** 2);
      columns.forEach((shown, column) => {
        for (let row = 0; row < coordinateCount; row++) {
          linear[row * coordinateCount + column] = shown[at + row]! - constant[at + row]!;
        }
      });
      return { constant: constant.slice(at, at + coordinateCount), linear };
    });
  }

  /**
   * Field of electrode tones on the whole ladder: a signal cos(2πft + θ) reaches the upper level of either transition
   * through its e^{−i(2πft+θ)} part, with the ladder's elements.
   */
  #driveField(drives: readonly IonTone[], from_s: number): ExternalDrive {
    const { lower_hz, asymmetry_hz } = this.#trap.levels;
    const n = this.#profile.fock_state;
    const fields = drives.flatMap(({ port, ion, frequency_hz, amplitude, phase_rad, start_s }) => {
      const off_hz = Math.min(
        ...[lower_hz, lower_hz + asymmetry_hz].map((line) => Math.abs(frequency_hz - line)),
      );
      if (off_hz > lower_hz / 10) {
        this.notes.add(`${port}: ${formatQuantity(frequency_hz, "frequency", 7)} is resonant with nothing`);
        return [];
      }
      const turns = lower_hz * start_s;
      return [
        {
          rabi: angularFromHz(this.#control.drive_full_scale_hz) * amplitude,
          detuning: angularFromHz(frequency_hz - lower_hz),
          phase: phase_rad - fullTurn * (turns - Math.floor(turns)),
          start_s,
          ion,
        },
      ];
    });
    const elements = [Math.sqrt(n), Math.sqrt(n + 1)];
    const count = this.sites.length;
    return (t, out) => {
      for (const { rabi, detuning, phase, start_s, ion } of fields) {
        const angle = phase + detuning * (from_s + t - start_s);
        const [re, im] = [(rabi / 2) * Math.cos(angle), (rabi / 2) * Math.sin(angle)];
        for (let s = ion ?? 0; s < (ion === null ? count : ion + 1); s++) {
          for (const [m, element] of elements.entries()) {
            out[4 * s + 2 * m]! += re * element;
            out[4 * s + 2 * m + 1]! -= im * element;
          }
        }
      }
    };
  }
}

const isBeam = ({ port }: IonTone) => port === "blue" || port === "red";

const reaches = ({ ion }: IonTone, i: number) => ion === null || ion === i;

/** What a beam does while it lasts, whenever that is. */
const unplaced = ({ port, ion, frequency_hz, amplitude }: IonTone) => [port, ion, frequency_hz, amplitude];
