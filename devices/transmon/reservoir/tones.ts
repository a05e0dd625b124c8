import { EntrainError, invalidInput } from "#core/errors";
import { formatQuantity, hzFromAngular } from "#core/units";
import { type EnergyLadder, transitionFrequency } from "../circuit/ladder.ts";
import {
  type Ancilla,
  blueToneFrequency,
  couplingForRate,
  redToneFrequency,
  type SidebandTone,
  toneOnLadder,
} from "../sidebands.ts";
import { excursionForSideband, type FluxLever } from "./flux-modulation.ts";
import { differenceAt, type FluxBias, fluxAmplitude, pumpShifts } from "./pump-shifts.ts";
import type { ChargeTone } from "./stark.ts";

/**
 * How a tone reaches its sideband. A modulated coupler leaves the site's levels alone; a flux tone on the site
 * rectifies; a charge tone, a four-wave process at half the sideband's frequency, shifts every level (AC Stark).
 */
export type Pump =
  | { readonly kind: "coupler" }
  | { readonly kind: "flux"; readonly static_hz: number; readonly lever: FluxLever }
  | { readonly kind: "charge"; readonly rabi_hz: number };

/** A wanted rate through one ancilla. */
export interface ReservoirRequest {
  readonly ancilla: Ancilla;
  readonly rate_per_s: number;
  readonly pump: Pump;
}

export interface ToneProblem {
  /** Undriven levels at the static bias; at least fockState + 4 of them, so that the highest shifts are whole. */
  readonly ladder: EnergyLadder;
  /** n: gain on n−1 ↔ n, loss on n ↔ n+1. */
  readonly fockState: number;
  /** Needed by flux pumps. */
  readonly flux?: FluxBias;
  readonly gain: ReservoirRequest;
  readonly loss: ReservoirRequest;
  /** Further charge tones that are on all the time. */
  readonly spectators?: readonly ChargeTone[];
}

export interface SettledTone {
  /** Frequency of the sideband, Hz: sum (blue) or difference (red) of transition and ancilla. */
  readonly sideband_frequency_hz: number;
  /** What the generator sends: the same, or half of it for charge pumps and flux pumps at a sweet spot. */
  readonly drive_frequency_hz: number;
  /** g/2π, matrix element not included. */
  readonly sideband_hz: number;
  /** Φ_ac in Φ₀ of a flux pump, else null. */
  readonly flux_amplitude_quanta: number | null;
}

/** One round: the tones that went in, the shifts that they cause, how far the tones then had to move. */
export interface ToneRound {
  readonly blue_hz: number;
  readonly red_hz: number;
  /** Shifts of f_{n−1,n} and f_{n,n+1}, Hz, by cause. */
  readonly rectification_hz: readonly [number, number];
  readonly stark_hz: readonly [number, number];
  readonly light_hz: readonly [number, number];
  readonly move_hz: number;
}

export interface SettledTones {
  readonly gain: SettledTone;
  readonly loss: SettledTone;
  /** f_{n−1,n} and f_{n,n+1} while everything is on. */
  readonly transitions_hz: readonly [number, number];
  /** Their difference K/2π, not that of the undriven site. */
  readonly asymmetry_hz: number;
  readonly trace: readonly ToneRound[];
}

/**
 * Tone frequencies and strengths for the wanted rates, iterated with the shifts that the tones themselves cause
 * (rectification, AC Stark, light shifts) until neither frequency moves by `tolerance` of the slower rate.
 *
 * Rectification is the exact cycle average of the closed form, light shifts are those of the eliminated ancillas,
 * Stark shifts those of the dressed ladder without counter-rotating terms. Amplitudes at a sweet spot take the
 * second harmonic to leading order, ¼f''Φ².
 *
 * @param options.tolerance - in units of min(γ₊, γ₋)/2π, default 0.05
 * @param options.rounds - at most so many, default 40
 * @throws EntrainError of kind `infeasible`: `transmon.rate_beyond_bath` (Γ ≥ κ/2), `transmon.sideband_out_of_reach`
 * (more than 0.58 g_s, or no lever), `transmon.strong_drive`, `transmon.tones_not_settled` with the last moves
 */
export function settleTones(
  problem: ToneProblem,
  options: { readonly tolerance?: number; readonly rounds?: number } = {},
): SettledTones {
  const { fockState: n, gain, loss } = problem;
  checkProblem(problem);
  const slower = Math.min(gain.rate_per_s, loss.rate_per_s);
  const limit = (options.tolerance ?? 0.05) * hzFromAngular(slower);
  const bare = problem.ladder.elements.map((_, m) => transitionFrequency(problem.ladder, m));
  const trace: ToneRound[] = [];
  let transitions = bare;
  for (let round = 0; round < (options.rounds ?? 40); round++) {
    const blue = blueToneFrequency(transitions[n - 1]!, gain.ancilla.frequency_hz);
    const red = redToneFrequency(transitions[n]!, loss.ancilla.frequency_hz);
    const tones = {
      gain: toneFor(problem, gain, n - 1, blue, "gain"),
      loss: toneFor(problem, loss, n, red, "loss"),
    };
    const shifts = shiftsOf(problem, bare, transitions, tones);
    transitions = bare.map((f, m) => f + shifts.rectification[m]! + shifts.stark[m]! + shifts.light[m]!);
    const move = Math.max(
      Math.abs(blueToneFrequency(transitions[n - 1]!, gain.ancilla.frequency_hz) - blue),
      Math.abs(redToneFrequency(transitions[n]!, loss.ancilla.frequency_hz) - red),
    );
    const pair = (values: readonly number[]): [number, number] => [values[n - 1]!, values[n]!];
    trace.push({
      blue_hz: blue,
      red_hz: red,
      rectification_hz: pair(shifts.rectification),
      stark_hz: pair(shifts.stark),
      light_hz: pair(shifts.light),
      move_hz: move,
    });
    if (move < limit) {
      const settled = pair(transitions);
      return {
        ...tones,
        transitions_hz: settled,
        asymmetry_hz: settled[1] - settled[0],
        trace,
      };
    }
  }
  throw new EntrainError(
    "transmon.tones_not_settled",
    {
      path: "tones",
      message: `after ${trace.length} rounds the tones still move by ${formatQuantity(trace.at(-1)?.move_hz ?? 0, "frequency", 3)} a round`,
      found: trace.slice(-3).map((round) => round.move_hz),
      expected: `moves below ${formatQuantity(limit, "frequency", 3)}`,
      hint: "Weaken the tone whose shift depends on its own frequency, or move its ancilla away.",
    },
    { kind: "infeasible" },
  );
}

function checkProblem({ ladder, fockState, gain, loss }: ToneProblem): void {
  const levels = ladder.energies_hz.length;
  if (!Number.isInteger(fockState) || fockState < 1 || levels < fockState + 4) {
    throw invalidInput({
      path: "ladder",
      message: `Fock state ${fockState} needs ${fockState + 4} levels`,
      found: levels,
      expected: `a Fock state from 1, and at least ${fockState + 4} levels`,
    });
  }
  for (const [path, { rate_per_s }] of [
    ["gain.rate_per_s", gain],
    ["loss.rate_per_s", loss],
  ] as const) {
    if (!(rate_per_s > 0)) {
      throw invalidInput({
        path,
        message: "a rate must be positive",
        found: rate_per_s,
        expected: "greater than 0",
      });
    }
  }
}

type Side = "gain" | "loss";

function toneFor(
  problem: ToneProblem,
  { ancilla, rate_per_s, pump }: ReservoirRequest,
  rung: number,
  frequency_hz: number,
  side: Side,
): SettledTone {
  const coupling = couplingForRate(rate_per_s, ancilla.linewidth_hz);
  if (coupling === null) {
    throw new EntrainError(
      "transmon.rate_beyond_bath",
      {
        path: `${side}.rate_per_s`,
        message: `an ancilla of κ/2π = ${formatQuantity(ancilla.linewidth_hz, "frequency")} cannot damp so fast: it would ring`,
        found: rate_per_s,
        expected: `a rate below ${formatQuantity(ancilla.linewidth_hz / 2, "frequency")} × 2π`,
      },
      { kind: "infeasible" },
    );
  }
  const sideband_hz = coupling / problem.ladder.elements[rung]!;
  const plain = { sideband_frequency_hz: frequency_hz, sideband_hz, flux_amplitude_quanta: null };
  if (pump.kind === "coupler") return { ...plain, drive_frequency_hz: frequency_hz };
  if (pump.kind === "charge") return { ...plain, drive_frequency_hz: frequency_hz / 2 };
  const amplitude = problem.flux ? fluxAmplitude(problem.flux, rung, pump, sideband_hz, frequency_hz) : null;
  if (amplitude === null) {
    throw new EntrainError(
      "transmon.sideband_out_of_reach",
      {
        path: `${side}.pump`,
        message:
          excursionForSideband(pump.static_hz, sideband_hz, frequency_hz) === null
            ? `g/2π = ${formatQuantity(sideband_hz, "frequency")} is more than modulation can make of ${formatQuantity(pump.static_hz, "frequency")}`
            : `the flux has no ${pump.lever} to act through at this bias`,
        found: sideband_hz,
        expected: `at most 0.58 of the static coupling, and a flux response`,
      },
      { kind: "infeasible" },
    );
  }
  return {
    ...plain,
    drive_frequency_hz: pump.lever === "slope" ? frequency_hz : frequency_hz / 2,
    flux_amplitude_quanta: amplitude,
  };
}

interface Shifts {
  readonly rectification: readonly number[];
  readonly stark: readonly number[];
  readonly light: readonly number[];
}

/** Shifts of all transitions, by cause. */
function shiftsOf(
  problem: ToneProblem,
  bare: readonly number[],
  dressed: readonly number[],
  tones: Readonly<Record<Side, SettledTone>>,
): Shifts {
  const charges: ChargeTone[] = [...(problem.spectators ?? [])];
  for (const side of ["gain", "loss"] as const) {
    const { pump } = problem[side];
    if (pump.kind === "charge") {
      charges.push({ frequency_hz: tones[side].drive_frequency_hz, rabi_hz: pump.rabi_hz });
    }
  }
  const pumped = pumpShifts(
    bare,
    problem.ladder.elements,
    problem.flux,
    [tones.gain, tones.loss].flatMap((tone) => tone.flux_amplitude_quanta ?? []),
    charges,
  );
  const squared = problem.ladder.elements.map((element) => element * element);
  const lightLevels = (["gain", "loss"] as const).map((side) => {
    const tone: SidebandTone = {
      frequency_hz: tones[side].sideband_frequency_hz,
      sideband_hz: tones[side].sideband_hz,
    };
    // At the transitions as they are: a tone in resonance with its own rung does not shift it.
    return toneOnLadder(tone, problem[side].ancilla, dressed, squared).levelShift_hz;
  });
  if (pumped.mixed) {
    throw new EntrainError(
      "transmon.strong_drive",
      {
        path: "pump.rabi_hz",
        message: "a charge tone mixes levels with their neighbours by a quarter or more",
        found: charges.map((tone) => tone.rabi_hz),
        expected: "a weaker tone, or one further from every transition",
      },
      { kind: "infeasible" },
    );
  }
  return {
    rectification: pumped.rectification,
    stark: pumped.stark,
    light: bare.map((_, m) => differenceAt(lightLevels, m)),
  };
}
