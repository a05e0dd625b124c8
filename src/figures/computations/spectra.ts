import {
  amplitudeSpectrum,
  dominantFrequency,
  networkGrowthRate,
  type Spectrum,
  windingRate,
} from "#simulators/index";
import {
  axisOf,
  type Column,
  type Computation,
  listOf,
  numberOf,
  type Settings,
  type Value,
} from "../computation.ts";
import { pairNetwork, run, seededStart } from "../protocol.ts";
import { pairOf, silent } from "./pair-state.ts";

/** What differs from one column of panels to the next. */
type Swept = "interCoupling" | "asymmetry";

interface SpectraOptions {
  readonly name: string;
  readonly swept: Swept;
  readonly columns: readonly number[];
  readonly fixed: Readonly<Record<string, number>>;
  readonly delta: readonly [number, number];
  /** Displayed range of ω, and how many bins of the transform make one point of it. */
  readonly window: readonly [number, number];
  readonly pooled: number;
  readonly secondsPerPoint: number;
}

const sweptColumns: Readonly<Record<Swept, Column>> = {
  interCoupling: { name: "V_AB", unit: "gamma_minus", about: "coupling between the groups" },
  asymmetry: { name: "K", unit: "gamma_minus", about: "level asymmetry" },
};

/** Spectra of both groups against detuning, by the paper's protocol: T = 1000/γ₋, the last half of 10 000 samples. */
function spectraAgainstDetuning(options: SpectraOptions): Computation {
  const swept = sweptColumns[options.swept];
  const delta: Column = { name: "delta", unit: "gamma_minus", about: "detuning between the groups" };
  return {
    name: options.name,
    revision: 1,
    tables: {
      spectra: [
        swept,
        delta,
        { name: "omega", unit: "gamma_minus", about: "angular frequency, middle of the pooled bins" },
        {
          name: "P_A",
          unit: "1",
          about: "largest |FT <S+>_A| of the pooled bins; a steady rotation has its amplitude",
        },
        { name: "P_B", unit: "1", about: "the same of group B" },
      ],
      frequencies: [
        swept,
        delta,
        {
          name: "omega_A",
          unit: "gamma_minus",
          about: "dominant frequency, argmax P_A; empty without a peak",
        },
        { name: "omega_B", unit: "gamma_minus", about: "dominant frequency, argmax P_B" },
        { name: "difference", unit: "gamma_minus", about: "omega_A - omega_B, good to one bin" },
        { name: "winding_A", unit: "gamma_minus", about: "mean rotation rate of <S+>_A" },
        { name: "winding_B", unit: "gamma_minus", about: "mean rotation rate of <S+>_B" },
        { name: "winding_difference", unit: "gamma_minus", about: "winding_A - winding_B" },
      ],
    },
    settings: (resolution) => ({
      resolution,
      delta: options.delta,
      columns: options.columns,
      ...options.fixed,
      window: options.window,
      pooled: options.pooled,
      duration: 1000,
      samples: 10_000,
    }),
    rowCount: (settings) => numberOf(settings, "resolution") * listOf(settings, "columns").length,
    secondsPerRow: () => options.secondsPerPoint,
    computeRow(settings, row) {
      const resolution = numberOf(settings, "resolution");
      const value = listOf(settings, "columns")[Math.floor(row / resolution)]!;
      const detuning = axisOf(settings, "delta")[row % resolution]!;
      return pointSpectra(settings, { [options.swept]: value }, value, detuning);
    },
  };
}

function pointSpectra(settings: Settings, swept: object, value: number, detuning: number) {
  const network = pairNetwork({ ...pairOf(settings), ...swept, detuning });
  const samples = numberOf(settings, "samples");
  if (networkGrowthRate(network) <= 0) {
    return { spectra: [], frequencies: [[value, detuning, null, null, null, null, null, null]] };
  }
  const { series, spacing } = run(
    network,
    seededStart(2),
    numberOf(settings, "duration"),
    samples,
    samples / 2,
  );
  const [a, b] = series.map((signal) => amplitudeSpectrum(signal, spacing)) as [Spectrum, Spectrum];
  const peakA = dominantFrequency(a, silent);
  const peakB = dominantFrequency(b, silent);
  const windingA = peakA === null ? null : windingRate(series[0]!, spacing);
  const windingB = peakB === null ? null : windingRate(series[1]!, spacing);
  const difference = (x: number | null, y: number | null) => (x === null || y === null ? null : x - y);
  return {
    spectra: pooledSpectra(settings, a, b).map((record) => [value, detuning, ...record]),
    frequencies: [
      [
        value,
        detuning,
        peakA,
        peakB,
        difference(peakA, peakB),
        windingA,
        windingB,
        difference(windingA, windingB),
      ],
    ],
  };
}

/** (ω, P_A, P_B) over the displayed range, the largest of each group of bins. */
function pooledSpectra(settings: Settings, a: Spectrum, b: Spectrum): Value[][] {
  const [low, high] = listOf(settings, "window");
  const pooled = numberOf(settings, "pooled");
  const first = a.frequency.findIndex((omega) => omega >= low!);
  const records: Value[][] = [];
  for (
    let bin = first;
    bin + pooled <= a.frequency.length && a.frequency[bin + pooled - 1]! <= high!;
    bin += pooled
  ) {
    const middle = (a.frequency[bin]! + a.frequency[bin + pooled - 1]!) / 2;
    const largest = (weight: Float64Array) => Math.max(...weight.subarray(bin, bin + pooled));
    records.push([short(middle), short(largest(a.weight)), short(largest(b.weight))]);
  }
  return records;
}

/** Six digits: the picture shows fewer, and there are many. */
function short(value: number): number {
  return Number(value.toPrecision(6));
}

/** Fig. 3(a–c): V_AB = V/2, K = 0. */
export const pairSpectra = spectraAgainstDetuning({
  name: "3abc",
  swept: "interCoupling",
  columns: [0.5],
  fixed: { gain: 0.5, loss: 1, asymmetry: 0, coupling: 1 },
  delta: [-1, 1],
  window: [-1.3, 0.7],
  pooled: 1,
  secondsPerPoint: 0.03,
});

/** Fig. S2: as Fig. 3, for other V_AB. */
export const interCouplingSpectra = spectraAgainstDetuning({
  name: "s2",
  swept: "interCoupling",
  columns: [0.5, 1, 1.5, 2, 2.5],
  fixed: { gain: 0.5, loss: 1, asymmetry: 0, coupling: 1 },
  delta: [-1, 1],
  window: [-1.4, 1],
  pooled: 2,
  secondsPerPoint: 0.03,
});

/** Fig. S3: as Fig. 4, for some K. */
export const asymmetrySpectra = spectraAgainstDetuning({
  name: "s3",
  swept: "asymmetry",
  columns: [5, 0, -5, -10, -20],
  fixed: { gain: 0.5, loss: 1, coupling: 1, interCoupling: 1 },
  delta: [-20, 20],
  window: [-14, 14],
  pooled: 18,
  secondsPerPoint: 0.12,
});
