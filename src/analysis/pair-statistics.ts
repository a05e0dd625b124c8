import { EntrainError } from "#core/errors";
import type { Measured } from "#ir/estimate";
import type { Transition } from "#ir/operations";
import type { Plan } from "#ir/plan";
import { levelsOf, type Record as MeasurementRecord } from "#ir/record";
import { differenceWeights, quarterTurn } from "./joint-readings.ts";

/** Correlations between sites from what they show in the same shots, at one point of the scan. */
export interface PairStatistics {
  readonly transition: Transition;
  readonly sites: readonly string[];
  /** Re⟨σ†_i σ_j⟩, σ = |m⟩⟨m+1|, of every pair, in the frames of the drives; null on the diagonal. */
  readonly pairs: readonly (readonly (Measured | null)[])[];
  /** Mean over all pairs, R². May be negative: pairs that avoid each other, or noise. */
  readonly mean: Measured;
  /** √R² where it is positive, with the error of its square halved and divided by it; null where it is not. */
  readonly order_parameter: Measured | null;
  readonly structure: readonly StructureFactor[];
}

export interface StructureFactor {
  /** In inverse units of the positions. */
  readonly wave_vector: readonly [number, number];
  /** (1/N) Σ_{i≠j} e^{iq(r_i − r_j)} Re⟨σ†_i σ_j⟩: N − 1 times R² at q = 0; without the sites' own ⟨σ†σ⟩. */
  readonly value: Measured;
}

/** Settings that turn all sites by a quarter about x and about y on a transition; null where one is missing. */
export function quarterSettings(
  { settings }: Plan["measurement"],
  transition: Transition,
): readonly [number, number] | null {
  const turns = settings.map((setting) => quarterTurn(setting, transition));
  const about = (phase: number) => turns.findIndex((turn) => turn !== null && Math.abs(turn - phase) < 1e-9);
  const [x, y] = [about(0), about(Math.PI / 2)];
  return x < 0 || y < 0 ? null : [x, y];
}

/**
 * Pair correlations, their structure factor and the order parameter that follows from them, (⟨X_iX_j⟩ + ⟨Y_iY_j⟩)/4
 * each. A phase that all sites share in a shot drops out, so it may be another one in every shot. Read-out errors of
 * each site are undone in the mean; those between sites are not.
 *
 * Each number is a mean over shots of a quantity of one shot, so its standard error is that of the mean of what was
 * seen, whatever correlations there are between pairs.
 *
 * @param records - those of one point
 * @param positions - of the sites, for the phases of the structure factor
 * @throws EntrainError `analysis.incomplete_settings`, `records.incomplete`
 */
export function pairStatistics(
  records: readonly MeasurementRecord[],
  measurement: Plan["measurement"],
  transition: Transition,
  positions: readonly (readonly [number, number])[],
  waveVectors: readonly (readonly [number, number])[],
): PairStatistics {
  const used = quarterSettings(measurement, transition);
  if (used === null) {
    throw new EntrainError("analysis.incomplete_settings", {
      path: "measurement.settings",
      message: "these settings do not show correlations of all pairs in the same shots",
      found: measurement.settings.map(({ name }) => name).join(", "),
      expected: `quarter turns of ${transition} of all sites about x and y`,
    });
  }
  const lower = transition === "01" ? 0 : 1;
  const weights = measurement.sites.map(({ assignment }) => differenceWeights(assignment, lower));
  const n = weights.length;
  const phases = waveVectors.map(([qx, qy]) => positions.map(([x, y]) => qx * x + qy * y));
  const [pairSums, means, structures] = [
    Array.from({ length: n * n }, () => new ShotMean()),
    new ShotMean(),
    waveVectors.map(() => new ShotMean()),
  ];
  for (const setting of used) {
    const record = records.find(({ point }) => point.setting === setting);
    if (record === undefined) {
      throw new EntrainError("records.incomplete", {
        path: "records",
        message: "a setting of this point has no record",
        found: measurement.settings.map(({ name }) => name)[setting],
        expected: "a record of each setting",
      });
    }
    const levels = levelsOf(record);
    const shown = new Float64Array(n);
    for (let shot = 0; shot < record.shots; shot++) {
      let [sum, squares] = [0, 0];
      for (let i = 0; i < n; i++) {
        const value = weights[i]![levels[shot * n + i]!]!;
        shown[i] = value;
        sum += value;
        squares += value * value;
      }
      means.add((sum * sum - squares) / (n * (n - 1)) / 4);
      for (let i = 0; i < n; i++) {
        for (let j = i + 1; j < n; j++) pairSums[i * n + j]!.add((shown[i]! * shown[j]!) / 4);
      }
      phases.forEach((phase, q) => {
        let [re, im] = [0, 0];
        for (let i = 0; i < n; i++) {
          re += shown[i]! * Math.cos(phase[i]!);
          im += shown[i]! * Math.sin(phase[i]!);
        }
        structures[q]!.add((re * re + im * im - squares) / n / 4);
      });
    }
    for (const part of [...pairSums, means, ...structures]) part.close();
  }
  const mean = means.total();
  const size = Math.sqrt(Math.max(0, mean.value));
  return {
    transition,
    sites: measurement.sites.map(({ id }) => id),
    pairs: Array.from({ length: n }, (_, i) =>
      Array.from({ length: n }, (__, j) =>
        i === j ? null : pairSums[Math.min(i, j) * n + Math.max(i, j)]!.total(),
      ),
    ),
    mean,
    order_parameter: size > 0 ? { value: size, error: mean.error / (2 * size) } : null,
    structure: waveVectors.map((wave_vector, q) => ({ wave_vector, value: structures[q]!.total() })),
  };
}

/** Sum over settings of a mean over shots, with the standard error of each. */
class ShotMean {
  #count = 0;
  #mean = 0;
  #squares = 0;
  #value = 0;
  #variance = 0;

  add(x: number): void {
    this.#count++;
    const before = x - this.#mean;
    this.#mean += before / this.#count;
    this.#squares += before * (x - this.#mean);
  }

  /** Ends a setting. */
  close(): void {
    this.#value += this.#mean;
    this.#variance += this.#squares / this.#count / Math.max(1, this.#count - 1);
    [this.#count, this.#mean, this.#squares] = [0, 0, 0];
  }

  total(): Measured {
    return { value: this.#value, error: Math.sqrt(this.#variance) };
  }
}
