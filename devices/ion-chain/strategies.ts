import { angularFromHz, formatQuantity, fullTurn, hzFromAngular } from "#core/units";
import { hbar_js } from "./constants.ts";
import { type IonFigures, nearestExchangeHz } from "./forward.ts";
import { displacementElement, laguerre } from "./motion/displacement.ts";
import type { IonProfile, IonTarget } from "./schema.ts";
import { driveWaveNumber, findLine, findSpecies } from "./species.ts";

/** A way around frequency selectivity, and what it turns the model into. */
export interface Strategy {
  readonly id: "two-phonon-loss" | "lamb-dicke-null" | "stroboscopic-pulses" | "duty-cycle";
  readonly title: string;
  /** What is no longer the model of the paper. Never empty. */
  readonly changes_model: string;
  readonly how: string;
  /** Numbers that a laboratory needs, names with units. */
  readonly numbers: Readonly<Record<string, number>>;
}

/** Smallest positive zero of L_n^{(1)}(η²) in η: where the blue sideband of |n⟩ vanishes. */
export function blueNull(n: number): number {
  let low = 0;
  const at = (eta: number) => laguerre(n, 1, eta * eta);
  const step = 0.01;
  while (at(low + step) > 0) low += step;
  let high = low + step;
  while (high - low > 1e-12) {
    const middle = (low + high) / 2;
    if (at(middle) > 0) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Ways to reach a small |K|/γ₋ that selectivity forbids. Each says what it changes. */
export function strategiesFor(profile: IonProfile, target: IonTarget, figures: IonFigures): Strategy[] {
  const { n } = figures;
  const species = findSpecies(profile.ions.species);
  const k = driveWaveNumber(findLine(species, profile.beams.line), profile.beams.raman_angle_rad);
  const eta = blueNull(n);
  // η = k√(ħ/2mω)
  const mode =
    (hbar_js * k * k * Math.cos(profile.beams.beam_angle_rad) ** 2) / (2 * figures.mass_kg * eta * eta);
  const asymmetry = Math.abs(figures.asymmetry_rad_per_s);
  const selective = 26 * Math.SQRT2;
  const rate = asymmetry / selective;
  // K·t − 2π = κ·γ·t
  const left = Math.min(Math.abs(target.asymmetry_ratio), selective / 2);
  const onTime = fullTurn / (asymmetry - left * rate);
  return [
    {
      id: "two-phonon-loss",
      title: "van der Pol dissipation: gain on every rung, loss of two quanta at once",
      changes_model:
        "Loss is D[a²], not D[|1⟩⟨2|]: the limit cycle is a van der Pol oscillator, on more than three levels, and the interference blockade of selective gain and loss is not there.",
      how: "A blue tone on the first and a red tone on the second sideband, neither of which needs K.",
      numbers: {
        second_sideband_element: Math.abs(displacementElement(figures.eta, n - 1, n + 1)),
        blue_element: Math.abs(displacementElement(figures.eta, n, n - 1)),
      },
    },
    {
      id: "lamb-dicke-null",
      title: "a Lamb–Dicke parameter at which the blue sideband of the stabilised level vanishes",
      changes_model:
        "Gain only: loss still needs K. At such an η many sidebands are strong, so the model of one rung at a time is an approximation.",
      how: `η = ${eta.toFixed(3)} switches |${n}⟩ → |${n + 1}⟩ off while |${n - 1}⟩ → |${n}⟩ stays.`,
      numbers: {
        eta,
        mode_hz: hzFromAngular(mode),
        wanted_element: Math.abs(displacementElement(eta, n, n - 1)),
      },
    },
    {
      id: "stroboscopic-pulses",
      title: "Fock-selective composite or SNAP pulses with resets, in steps",
      changes_model:
        "Evolution in steps instead of a continuous one: the error grows with the step, and K must be resolved within each pulse.",
      how: "Each step pumps |n−1⟩ and |n+1⟩ to |n⟩ with probability γ·step, then lets the ions exchange.",
      numbers: {
        // π/K resolves neighbouring transitions.
        shortest_step_s: angularFromHz(0.5) / asymmetry,
        error_per_step: Math.min(
          1,
          (angularFromHz(0.5) / asymmetry) * angularFromHz(Math.abs(nearestExchangeHz(figures))),
        ),
      },
    },
    {
      id: "duty-cycle",
      title: "lattice and tones on for whole turns of K, exchange in between",
      changes_model:
        "Dissipation and exchange alternate: a stroboscopic model whose error is of first order in the period. A smaller share of time alone changes nothing, for it scales K and γ alike; what is left of K is the phase beyond whole turns.",
      how: `Pump at |K|/${selective.toFixed(0)} for ${formatQuantity(onTime, "time", 3)} at a time: level ${n + 1} turns once and by the little that the wanted |K|/γ− asks for.`,
      numbers: {
        on_time_s: onTime,
        pumped_rate_per_s: rate,
        pumped_per_period: rate * onTime,
        left_over_phase_rad: asymmetry * onTime - fullTurn,
      },
    },
  ];
}
