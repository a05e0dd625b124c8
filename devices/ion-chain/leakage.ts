import { angularFromHz } from "#core/units";
import type { ToneFigures, ToneKnobs } from "./forward.ts";
import { displacementElement } from "./motion/displacement.ts";
import { pumpedRate } from "./reservoir/pumped-sideband.ts";

/** One group of ions with more of the ladder than the model keeps. Rates in 1/s, the rest in rad/s. */
export interface LadderProblem {
  readonly n: number;
  readonly asymmetry: number;
  readonly coupling: number;
  /** Rates of |m⟩ → |m+1⟩ and |m+1⟩ → |m⟩ for m = 0 …, one entry for each rung; their number fixes the levels. */
  readonly up: readonly number[];
  readonly down: readonly number[];
  /** Decay of neighbouring coherences beyond the rates. */
  readonly dephasing: number;
}

/** Rates of all rungs up to n+1 → n+2 for given tones: each rung is a pumped line at its own detuning. */
export function rungRatesOf(
  settings: { readonly blue: ToneKnobs; readonly red: ToneKnobs },
  figures: {
    readonly n: number;
    readonly eta: number;
    readonly asymmetry_rad_per_s: number;
    readonly repump_per_s: number;
    readonly heating_per_s: number;
    readonly blue: Pick<ToneFigures, "element">;
  },
): { readonly up: number[]; readonly down: number[] } {
  const { n, eta, asymmetry_rad_per_s: k, repump_per_s: repump } = figures;
  // Spectators scale every element alike.
  const factor = figures.blue.element / Math.abs(displacementElement(eta, n, n - 1));
  const rungs = Array.from({ length: n + 2 }, (_, m) => m);
  const rate = (tone: ToneKnobs, m: number, detuning: number) =>
    pumpedRate({
      rabi: angularFromHz(tone.rabi_hz) * Math.abs(displacementElement(eta, m + 1, m)) * factor,
      repump,
      detuning,
    });
  return {
    up: rungs.map((m) => rate(settings.blue, m, k * (m - n + 1)) + figures.heating_per_s * (m + 1)),
    down: rungs.map((m) => rate(settings.red, m, k * (m - n)) + figures.heating_per_s * (m + 1)),
  };
}

const mostSteps = 40000;

/**
 * Mean population outside n−1, n, n+1 that the coupled, synchronizing motion reaches: mean field of one group with
 * V as coupling, all levels up to n+2, from |n⟩ with a seeded coherence.
 *
 * The model's three levels are an approximation by this number. n+2 is the last level kept, so what would climb
 * further is counted there. Where V turns more than about a thousand times faster than the rates, only the beginning
 * is followed: the exchange alone spreads the population then.
 *
 * @param turnovers - duration in units of the inverse of the largest rate on the three levels; 20 and more
 * @returns mean over the last third of the evolution
 * @accuracy fixed-step Runge–Kutta, a tenth of the fastest turn: 1e-4 of the population
 */
export function leakedPopulation(problem: LadderProblem, turnovers: number): number {
  const { n, up, down } = problem;
  const size = up.length + 1;
  // In the frame of n−1 ↔ n, rung m turns at K(m − n): E_m = K(m − n)(m − n + 1)/2.
  const energy = Array.from({ length: size }, (_, m) => (problem.asymmetry * (m - n) * (m - n + 1)) / 2);
  const out = Array.from({ length: size }, (_, m) => (up[m] ?? 0) + (m > 0 ? down[m - 1]! : 0));
  const fastest =
    Math.max(...energy.map((a) => Math.max(...energy.map((b) => Math.abs(a - b))))) +
    2 * Math.abs(problem.coupling) * size +
    Math.max(...out);
  const settled = turnovers / Math.max(...up.slice(n - 1, n + 1), ...down.slice(n - 1, n + 1));
  const steps = Math.min(mostSteps, Math.ceil(settled * fastest * 1.6));
  const duration = Math.min(settled, steps / (1.6 * fastest));
  const h = duration / steps;
  const length = size * size;
  const state = { re: new Float64Array(length), im: new Float64Array(length) };
  state.re[n * size + n] = 0.6;
  state.re[(n - 1) * size + n - 1] = 0.2;
  state.re[(n + 1) * size + n + 1] = 0.2;
  for (const m of [n - 1, n]) {
    state.re[m * size + m + 1] = 0.1;
    state.re[(m + 1) * size + m] = 0.1;
  }

  const slope = (re: Float64Array, im: Float64Array, dre: Float64Array, dim: Float64Array) => {
    // ⟨a†…⟩: A = Σ√m|m−1⟩⟨m|, ⟨A⟩ = Σ√m ρ_{m,m−1}
    let ar = 0;
    let ai = 0;
    for (let m = 1; m < size; m++) {
      ar += Math.sqrt(m) * re[m * size + m - 1]!;
      ai += Math.sqrt(m) * im[m * size + m - 1]!;
    }
    const fr = problem.coupling * ar;
    const fi = problem.coupling * ai;
    for (let r = 0; r < size; r++) {
      for (let c = r; c < size; c++) {
        const at = r * size + c;
        const turn = energy[r]! - energy[c]!;
        // H ρ − ρ H with H = Σ_m √m (F|m⟩⟨m−1| + F*|m−1⟩⟨m|) + energies
        let hr = turn * re[at]!;
        let hi = turn * im[at]!;
        if (r > 0) {
          const s = Math.sqrt(r);
          const k = (r - 1) * size + c;
          hr += s * (fr * re[k]! - fi * im[k]!);
          hi += s * (fr * im[k]! + fi * re[k]!);
        }
        if (r + 1 < size) {
          const s = Math.sqrt(r + 1);
          const k = (r + 1) * size + c;
          hr += s * (fr * re[k]! + fi * im[k]!);
          hi += s * (fr * im[k]! - fi * re[k]!);
        }
        if (c > 0) {
          // ρ_{r,c−1} H_{c−1,c}
          const s = Math.sqrt(c);
          const k = r * size + c - 1;
          hr -= s * (fr * re[k]! + fi * im[k]!);
          hi -= s * (fr * im[k]! - fi * re[k]!);
        }
        if (c + 1 < size) {
          const s = Math.sqrt(c + 1);
          const k = r * size + c + 1;
          hr -= s * (fr * re[k]! - fi * im[k]!);
          hi -= s * (fr * im[k]! + fi * re[k]!);
        }
        // Each rung has a jump operator of its own, so coherences are not fed.
        const decay = (out[r]! + out[c]!) / 2 + problem.dephasing * (r - c) ** 2;
        dre[at] = hi - decay * re[at]!;
        dim[at] = -hr - decay * im[at]!;
      }
      const at = r * size + r;
      if (r > 0) dre[at]! += up[r - 1]! * re[(r - 1) * size + r - 1]!;
      if (r + 1 < size) dre[at]! += down[r]! * re[(r + 1) * size + r + 1]!;
    }
    for (let r = 1; r < size; r++) {
      for (let c = 0; c < r; c++) {
        dre[r * size + c] = dre[c * size + r]!;
        dim[r * size + c] = -dim[c * size + r]!;
      }
    }
  };

  const slopes = [0, 1, 2, 3].map(() => ({ re: new Float64Array(length), im: new Float64Array(length) }));
  const trial = { re: new Float64Array(length), im: new Float64Array(length) };
  let outside = 0;
  let counted = 0;
  for (let step = 0; step < steps; step++) {
    slope(state.re, state.im, slopes[0]!.re, slopes[0]!.im);
    for (let stage = 1; stage < 4; stage++) {
      const reach = stage === 3 ? h : h / 2;
      const previous = slopes[stage - 1]!;
      for (let k = 0; k < length; k++) {
        trial.re[k] = state.re[k]! + reach * previous.re[k]!;
        trial.im[k] = state.im[k]! + reach * previous.im[k]!;
      }
      slope(trial.re, trial.im, slopes[stage]!.re, slopes[stage]!.im);
    }
    const [a, b, c, d] = slopes;
    for (let k = 0; k < length; k++) {
      state.re[k]! += (h / 6) * (a!.re[k]! + 2 * b!.re[k]! + 2 * c!.re[k]! + d!.re[k]!);
      state.im[k]! += (h / 6) * (a!.im[k]! + 2 * b!.im[k]! + 2 * c!.im[k]! + d!.im[k]!);
    }
    if (step < (2 * steps) / 3) continue;
    counted++;
    for (let m = 0; m < size; m++) if (Math.abs(m - n) > 1) outside += state.re[m * size + m]!;
  }
  return outside / counted;
}
