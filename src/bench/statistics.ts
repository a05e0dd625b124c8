/** Order statistics of repeated measurements. */
export interface Summary {
  readonly count: number;
  readonly minimum: number;
  readonly lowerQuartile: number;
  readonly median: number;
  readonly upperQuartile: number;
  readonly maximum: number;
}

/**
 * Value below which a share `q` of the sorted numbers lies, linear between neighbours (type 7 of Hyndman & Fan, Am.
 * Stat. 50, 361 (1996)); NaN for none.
 */
export function quantile(sorted: ArrayLike<number>, q: number): number {
  if (sorted.length === 0) return Number.NaN;
  const place = q * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below]! + (place - below) * (sorted[above]! - sorted[below]!);
}

export function summarise(values: readonly number[]): Summary {
  const sorted = values.toSorted((a, b) => a - b);
  return {
    count: sorted.length,
    minimum: quantile(sorted, 0),
    lowerQuartile: quantile(sorted, 0.25),
    median: quantile(sorted, 0.5),
    upperQuartile: quantile(sorted, 0.75),
    maximum: quantile(sorted, 1),
  };
}

/** Quotient of two series that were measured side by side. */
export interface Ratio {
  /** Median of the quotients of the rounds. */
  readonly median: number;
  readonly lowerQuartile: number;
  readonly upperQuartile: number;
  /** Quotient of the two fastest rounds. */
  readonly ofMinima: number;
}

/**
 * a/b round by round: what disturbs both of a round cancels, which a quotient of medians does not.
 *
 * @param a, b - of one length, element k from round k
 */
export function pairedRatio(a: readonly number[], b: readonly number[]): Ratio {
  const quotients = summarise(a.map((value, k) => value / b[k]!));
  return {
    median: quotients.median,
    lowerQuartile: quotients.lowerQuartile,
    upperQuartile: quotients.upperQuartile,
    ofMinima: Math.min(...a) / Math.min(...b),
  };
}

/**
 * Exponent of y ∝ x^p by least squares on the logarithms.
 *
 * @returns NaN for fewer than two points
 */
export function growthExponent(x: readonly number[], y: readonly number[]): number {
  if (x.length < 2) return Number.NaN;
  const u = x.map(Math.log);
  const v = y.map(Math.log);
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const mu = mean(u);
  const mv = mean(v);
  const covariance = u.reduce((sum, value, k) => sum + (value - mu) * (v[k]! - mv), 0);
  return covariance / u.reduce((sum, value) => sum + (value - mu) ** 2, 0);
}

/** One run of a method: what it cost and how far off it was. */
export interface WorkPrecision {
  readonly work: number;
  readonly error: number;
}

/**
 * Work of a method at a given error, from runs at several tolerances: a power law between the two runs around it, or
 * through the two nearest ones when it lies outside by less than a factor of a hundred.
 *
 * @returns null when the runs do not say
 */
export function workAtError(runs: readonly WorkPrecision[], error: number): number | null {
  const known = runs.filter((run) => run.error > 0 && run.work > 0).toSorted((a, b) => a.error - b.error);
  if (known.length < 2 || !(error > 0)) return null;
  const first = known[0]!;
  const last = known[known.length - 1]!;
  if (error < first.error / 100 || error > last.error * 100) return null;
  const above = Math.min(
    Math.max(
      1,
      known.findIndex((run) => run.error >= error),
    ),
    known.length - 1,
  );
  const high = known[error > last.error ? known.length - 1 : above]!;
  const low = known[(error > last.error ? known.length - 1 : above) - 1]!;
  if (high.error === low.error) return null;
  const share = Math.log(error / low.error) / Math.log(high.error / low.error);
  return low.work * (high.work / low.work) ** share;
}
