import { angularFromHz, hzFromAngular } from "#core/units";
import type { Probe } from "#ir/operations";
import { driveEta } from "../forward.ts";
import { debyeWaller, displacementElement } from "../motion/displacement.ts";
import type { MotionalLevels } from "../motion/electrodes.ts";
import { carrierStarkShift } from "../reservoir/side-effects.ts";
import type { IonControl, IonProfile } from "../schema.ts";

/**
 * Sequential read-out of three Fock states: a π pulse on the red sideband of n+1 shelves level 2 in the red beam's excited
 * state, one on that of n shelves level 1 in the blue beam's; ions that fluoresce now were in level 0. A π pulse on the
 * carrier brings the second shelf back; ions that fluoresce then were in level 1, those that stay dark in level 2.
 */

/** A rectangular pulse of a beam: carrier Rabi frequency, offset from the unshifted carrier, length. */
export interface BeamPulse {
  readonly beam: "blue" | "red";
  readonly rabi_hz: number;
  readonly offset_hz: number;
  readonly duration_s: number;
}

/** Element of n → m at the sideband beam, spectators included. */
export function beamElement(profile: IonProfile, mode_hz: number, m: number, n: number): number {
  if (m < 0 || n < 0) return 0;
  const factor = debyeWaller(profile.assumptions.spectators.value);
  return Math.abs(displacementElement(driveEta(profile, mode_hz), m, n)) * factor;
}

/** The carrier pulse may be much shorter than one that resolves K. */
export function carrierPulseLength({ mapping_pulse_s }: IonControl): number {
  return mapping_pulse_s / 10;
}

/** The three pulses of the mapping, in their order. */
export function mappingPulses(
  profile: IonProfile,
  control: IonControl,
  levels: MotionalLevels,
): readonly [BeamPulse, BeamPulse, BeamPulse] {
  const n = profile.fock_state;
  const mode_hz = levels.lower_hz;
  const red = (beam: "blue" | "red", from: number, line_hz: number): BeamPulse => {
    const rabi_hz = 1 / (2 * control.mapping_pulse_s) / beamElement(profile, mode_hz, from - 1, from);
    const stark_hz = hzFromAngular(carrierStarkShift(angularFromHz(rabi_hz), angularFromHz(-line_hz)));
    return { beam, rabi_hz, offset_hz: -line_hz + stark_hz, duration_s: control.mapping_pulse_s };
  };
  const length_s = carrierPulseLength(control);
  return [
    red("red", n + 1, mode_hz + levels.asymmetry_hz),
    red("blue", n, mode_hz),
    // Ions on the second shelf have lost a quantum: they are in n − 1.
    {
      beam: "blue",
      rabi_hz: 1 / (2 * length_s) / beamElement(profile, mode_hz, n - 1, n - 1),
      offset_hz: 0,
      duration_s: length_s,
    },
  ];
}

/** A pulse on the blue sideband of m → m + 1 of the three levels' ladder, as strong as shelving from n takes. */
export function probePulse(
  profile: IonProfile,
  control: IonControl,
  levels: MotionalLevels,
  { line, duration_s }: Probe,
): BeamPulse {
  const n = profile.fock_state;
  const line_hz = levels.lower_hz + Number(line[0]) * levels.asymmetry_hz;
  const rabi_hz = 1 / (2 * control.mapping_pulse_s) / beamElement(profile, levels.lower_hz, n, n - 1);
  const stark_hz = hzFromAngular(carrierStarkShift(angularFromHz(rabi_hz), angularFromHz(line_hz)));
  return { beam: "blue", rabi_hz, offset_hz: line_hz + stark_hz, duration_s };
}

/** Probability that a rectangular pulse flips a two-level transition: Ω²/W² · sin²(Wt/2), W² = Ω² + Δ². */
export function flipProbability(rabi: number, detuning: number, duration_s: number): number {
  const whole = Math.hypot(rabi, detuning);
  return whole === 0 ? 0 : (rabi / whole) ** 2 * Math.sin((whole * duration_s) / 2) ** 2;
}

/** Where an ion of each level is after the mapping: bright at once, bright in the second window, dark in both. */
export interface MappedLevel {
  readonly first: number;
  readonly second: number;
  readonly dark: number;
}

/**
 * What pulses that are really played do to an ion in each of the three levels.
 *
 * @param pulses - before the first window, and between the two, in their order
 * @param heating_per_s - quanta per second, which go on while the pulses last; to first order
 * @param error_hz - of the ion's mode
 */
export function mappedLevels(
  profile: IonProfile,
  levels: MotionalLevels,
  pulses: { readonly before: readonly BeamPulse[]; readonly between: readonly BeamPulse[] },
  heating_per_s: number,
  error_hz = 0,
): MappedLevel[] {
  const n = profile.fock_state;
  const mode_hz = levels.lower_hz + error_hz;
  const lines = (from: number) => {
    // ω of from − 1 ↔ from, on the ladder of constant K.
    const below_hz = mode_hz + (from - n) * levels.asymmetry_hz;
    return [
      { to: from - 1, line_hz: -below_hz },
      { to: from, line_hz: 0 },
      { to: from + 1, line_hz: below_hz + levels.asymmetry_hz },
    ];
  };
  return [n - 1, n, n + 1].map((start) => {
    // Probability of each internal state and Fock state: ground, shelf of the red beam, shelf of the blue one.
    let states = new Map<string, number>([[`g ${start}`, 1]]);
    const heat = (duration_s: number) => {
      const next = new Map<string, number>();
      const add = (key: string, p: number) => next.set(key, (next.get(key) ?? 0) + p);
      for (const [key, p] of states) {
        const [internal, fock] = key.split(" ") as [string, string];
        const m = Number(fock);
        const [up, down] = [p * heating_per_s * duration_s * (m + 1), p * heating_per_s * duration_s * m];
        add(key, p - up - down);
        add(`${internal} ${m + 1}`, up);
        if (m > 0) add(`${internal} ${m - 1}`, down);
      }
      states = next;
    };
    const apply = (pulse: BeamPulse) => {
      heat(pulse.duration_s / 2);
      const carrier = angularFromHz(pulse.rabi_hz);
      // A pulse on the carrier does not shift it.
      const stark =
        Math.abs(pulse.offset_hz) < mode_hz / 2
          ? 0
          : hzFromAngular(carrierStarkShift(carrier, angularFromHz(pulse.offset_hz)));
      const next = new Map<string, number>();
      const add = (key: string, p: number) => next.set(key, (next.get(key) ?? 0) + p);
      for (const [key, p] of states) {
        const [internal, fock] = key.split(" ") as [string, string];
        const m = Number(fock);
        if (internal !== "g" && internal !== pulse.beam) {
          add(key, p);
          continue;
        }
        const upward = internal === "g";
        // From the shelf the same lines run the other way.
        const all = upward
          ? lines(m)
          : [m - 1, m, m + 1].flatMap((g) =>
              lines(g)
                .filter(({ to }) => to === m)
                .map(({ line_hz }) => ({ to: g, line_hz })),
            );
        const nearest = all
          .filter(({ to }) => to >= 0)
          .map(({ to, line_hz }) => ({ to, detuning: angularFromHz(pulse.offset_hz - line_hz - stark) }))
          .reduce((a, b) => (Math.abs(b.detuning) < Math.abs(a.detuning) ? b : a));
        const rabi = carrier * beamElement(profile, mode_hz, nearest.to, m);
        const flipped = p * flipProbability(rabi, nearest.detuning, pulse.duration_s);
        add(key, p - flipped);
        add(`${upward ? pulse.beam : "g"} ${nearest.to}`, flipped);
      }
      states = next;
      heat(pulse.duration_s / 2);
    };
    const inGround = () => [...states].reduce((sum, [key, p]) => (key.startsWith("g") ? sum + p : sum), 0);
    for (const pulse of pulses.before) apply(pulse);
    const first = inGround();
    // What fluoresced stays in the ground state as far as the second window goes: its motion is spoilt.
    states = new Map([...states].filter(([key]) => !key.startsWith("g")));
    for (const pulse of pulses.between) apply(pulse);
    const second = inGround();
    return { first, second, dark: Math.max(0, 1 - first - second) };
  });
}

/** Probability of at least `threshold` counts of a Poisson distribution. */
export function brightProbability(mean: number, threshold: number): number {
  let term = Math.exp(-mean);
  let below = 0;
  for (let k = 0; k < threshold; k++) {
    below += term;
    term *= mean / (k + 1);
  }
  return Math.min(1, Math.max(0, 1 - below));
}

/**
 * Assignment matrix of the mapping, counting statistics included: rows assigned, columns prepared. An ion is given level 0
 * when the first window is bright, else 1 when the second is, else 2.
 */
export function assignmentOfMapping(
  mapped: readonly MappedLevel[],
  { bright_rate_per_s, dark_rate_per_s, window_s, threshold }: IonControl,
): number[][] {
  const lit = brightProbability(bright_rate_per_s * window_s, threshold);
  const unlit = brightProbability(dark_rate_per_s * window_s, threshold);
  const columns = mapped.map(({ first, second, dark }) => {
    const zero = first * lit + (second + dark) * unlit;
    // The carrier pulse shelves what was bright in the first window.
    const one = first * (1 - lit) * unlit + second * (1 - unlit) * lit + dark * (1 - unlit) * unlit;
    return [zero, one, 1 - zero - one];
  });
  return [0, 1, 2].map((row) => columns.map((column) => column[row]!));
}
