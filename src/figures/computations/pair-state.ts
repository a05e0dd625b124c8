import { eigenvalues } from "#core/eigenvalues";
import type { Network } from "#model/network";
import {
  amplitudeSpectrum,
  coherenceLinearisation,
  dominantFrequency,
  type RotatingWave,
  scaledAmplitude,
  windingRate,
} from "#simulators/index";
import type { Column, Settings, Value } from "../computation.ts";
import {
  advanced,
  groupAmplitudes,
  type PairModel,
  pairNetwork,
  type Run,
  run,
  seededStart,
  stableWave,
} from "../protocol.ts";

/** Amplitude of the stronger group, and height of a spectrum, below which there is no synchronization. */
export const silent = 1e-3;

/** Amplitude below which a group beside a synchronized one has no phase: the tolerance of the integration. */
const phaseless = 1e-7;

/** Long-time state of two groups at one point of a map. */
export interface PairState {
  readonly state: "none" | "full" | "partial";
  /** How it was found: linear stability, Newton's method on a rotating wave, or integration. */
  readonly method: "stability" | "wave" | "integration";
  readonly amplitudeA: number;
  readonly amplitudeB: number;
  /** Mean |⟨S⁺⟩_A + ⟨S⁺⟩_B|/2. */
  readonly orderParameter: number;
  /** Difference of the mean rotation rates, ω_A − ω_B. */
  readonly windingDifference: number | null;
  /** Difference of the dominant frequencies of the spectra; null where nothing was integrated. */
  readonly spectralDifference: number | null;
  /** arg⟨S⁺⟩_A − arg⟨S⁺⟩_B, of a wave or at the end of the integration. */
  readonly relativePhase: number | null;
}

const nothing: PairState = {
  state: "none",
  method: "stability",
  amplitudeA: 0,
  amplitudeB: 0,
  orderParameter: 0,
  windingDifference: null,
  spectralDifference: null,
  relativePhase: null,
};

/** Growth rates of the four coherence modes about |1⟩⟨1| ⊗ |1⟩⟨1|, largest first. */
function growthRates(network: Network): number[] {
  return eigenvalues(coherenceLinearisation(network))
    .map((value) => value.re)
    .sort((a, b) => b - a);
}

function waveState(network: Network, wave: RotatingWave): PairState {
  const [a, b] = groupAmplitudes(network, wave.state);
  return {
    state: "full",
    method: "wave",
    amplitudeA: a!.modulus,
    amplitudeB: b!.modulus,
    orderParameter: Math.hypot(a!.re + b!.re, a!.im + b!.im) / 2,
    windingDifference: 0,
    spectralDifference: null,
    relativePhase: Math.atan2(a!.im * b!.re - a!.re * b!.im, a!.re * b!.re + a!.im * b!.im),
  };
}

/** Rotation rates closer than this, in units of γ₋, count as one. */
const lockTolerance = 2e-3;

/**
 * What the paper reads off an integrated run: dominant frequencies of the kept samples, amplitudes over the last
 * `averaged`, phases at the end; and the winding rates of the kept samples.
 */
export function readRun({ series, spacing }: Run, averaged: number): PairState {
  const [a, b] = series;
  const count = a!.re.length;
  let sumA = 0;
  let sumB = 0;
  let sum = 0;
  for (let n = count - averaged; n < count; n++) {
    sumA += Math.hypot(a!.re[n]!, a!.im[n]!);
    sumB += Math.hypot(b!.re[n]!, b!.im[n]!);
    sum += Math.hypot(a!.re[n]! + b!.re[n]!, a!.im[n]! + b!.im[n]!) / 2;
  }
  const amplitudeA = sumA / averaged;
  const amplitudeB = sumB / averaged;
  const synchronized = Math.max(amplitudeA, amplitudeB) > silent;
  const both = synchronized && Math.min(amplitudeA, amplitudeB) > phaseless;
  const winding = both ? windingRate(a!, spacing) - windingRate(b!, spacing) : null;
  const peakA = dominantFrequency(amplitudeSpectrum(a!, spacing));
  const peakB = dominantFrequency(amplitudeSpectrum(b!, spacing));
  const last = count - 1;
  return {
    state: !synchronized
      ? "none"
      : winding !== null && Math.abs(winding) < lockTolerance
        ? "full"
        : "partial",
    method: "integration",
    amplitudeA,
    amplitudeB,
    orderParameter: sum / averaged,
    windingDifference: winding,
    spectralDifference: both && peakA !== null && peakB !== null ? peakA - peakB : null,
    relativePhase: both
      ? Math.atan2(
          a!.im[last]! * b!.re[last]! - a!.re[last]! * b!.im[last]!,
          a!.re[last]! * b!.re[last]! + a!.im[last]! * b!.im[last]!,
        )
      : null,
  };
}

export const pairColumns: readonly Column[] = [
  { name: "state", unit: "", about: "none, full or partial synchronization" },
  {
    name: "method",
    unit: "",
    about: "stability: |1><1| is stable; wave: rotating wave by Newton's method; integration: in time",
  },
  { name: "amplitude_A", unit: "1", about: "mean |<S+>_A|" },
  { name: "amplitude_B", unit: "1", about: "mean |<S+>_B|" },
  { name: "order_parameter", unit: "1", about: "mean |<S+>_A + <S+>_B|/2" },
  {
    name: "winding_difference",
    unit: "gamma_minus",
    about: "difference of the mean rotation rates, w_A - w_B; empty where a group is not synchronized",
  },
  {
    name: "spectral_difference",
    unit: "gamma_minus",
    about: "difference of the dominant frequencies of Hann-windowed spectra; empty where not integrated",
  },
  {
    name: "relative_phase",
    unit: "rad",
    about: "phi_A - phi_B; at the end of the integration when not locked",
  },
];

export function pairValues(state: PairState): Value[] {
  return [
    state.state,
    state.method,
    state.amplitudeA,
    state.amplitudeB,
    state.orderParameter,
    state.windingDifference,
    state.spectralDifference,
    state.relativePhase,
  ];
}

/** Longest integration near a threshold, in units of 1/γ₋. */
const longest = 4000;

/**
 * Long-time states along a line of points, from the paper's initial state, taking what is exact where it is:
 * a point whose modes all decay is unsynchronized, a point with one growing mode has a stable rotating wave that
 * is followed from its neighbour. The rest is integrated, longer than the paper's time where modes grow slowly.
 */
export function statesAlongLine(
  models: readonly PairModel[],
  duration: number,
  samples: number,
): PairState[] {
  let neighbour: { state: Float64Array; growth: number } | undefined;
  return models.map((model) => {
    const network = pairNetwork(model);
    const [first, second] = growthRates(network) as [number, number];
    if (first <= 0) {
      neighbour = undefined;
      return nothing;
    }
    if (second <= 0) {
      const wave = lockedWave(network, first, neighbour);
      if (wave) {
        neighbour = { state: wave.state, growth: first };
        return waveState(network, wave);
      }
    }
    neighbour = undefined;
    const spacing = duration / (samples - 1);
    const slow = second > 0 ? second : first;
    const stretched = Math.min(longest, Math.max(duration, 30 / slow));
    const count = Math.max(samples, Math.round(stretched / spacing) + 1);
    return readRun(run(network, seededStart(2), (count - 1) * spacing, count, samples / 2), samples / 10);
  });
}

function lockedWave(
  network: Network,
  growth: number,
  neighbour: { readonly state: Float64Array; readonly growth: number } | undefined,
): RotatingWave | undefined {
  const guesses = neighbour
    ? [neighbour.state, scaledAmplitude(neighbour.state, growth / neighbour.growth)]
    : [];
  for (const guess of guesses) {
    const wave = stableWave(network, guess);
    if (wave) return wave;
  }
  let state: Float64Array = seededStart(2);
  const stretch = Math.min(400, Math.max(60, 8 / growth));
  for (let attempt = 0; attempt < 4; attempt++) {
    state = advanced(network, state, stretch);
    // Near a threshold the amplitude is far from settled when its direction already is.
    for (const ratio of [1, 0.25, 4, 10, 25]) {
      const wave = stableWave(network, scaledAmplitude(state, ratio));
      if (wave) return wave;
    }
  }
  return undefined;
}

/** The rates and couplings of the settings; what is swept is put in by the caller. */
export function pairOf(settings: Settings): PairModel {
  const at = (name: string) => (typeof settings[name] === "number" ? (settings[name] as number) : 0);
  return {
    gain: at("gain"),
    loss: at("loss"),
    asymmetry: at("asymmetry"),
    coupling: at("coupling"),
    interCoupling: at("interCoupling"),
    detuning: 0,
  };
}
