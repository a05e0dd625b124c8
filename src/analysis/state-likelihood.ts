import { EigenvalueDecomposition, Matrix, SingularValueDecomposition } from "ml-matrix";
import { adjoint, type ComplexMatrix, combine, product, unit, zeros } from "#core/complex-matrix";
import { EntrainError } from "#core/errors";
import { chiSquareSurvival } from "#core/statistics";
import { type Measurement, shownOf } from "#ir/plan";
import { settingUnitary } from "./tomography.ts";

/** What a setting shows, as operators E with P(outcome) = Tr[ρE]: [setting][outcome]; those of a setting add up to 1. */
export type Effects = readonly (readonly ComplexMatrix[])[];

export interface StateEstimate {
  /** Parameters of the state that the settings determine, of d² − 1. */
  readonly determined: number;
  /**
   * Least squares without any constraint but the trace: negative eigenvalues stay. What the settings do not determine is
   * left at zero.
   */
  readonly linear: { readonly state: ComplexMatrix; readonly eigenvalues: readonly number[] };
  readonly likelihood: {
    readonly state: ComplexMatrix;
    readonly eigenvalues: readonly number[];
    /** Proven bound on how far the log-likelihood is below its maximum. */
    readonly gap: number;
  };
  /**
   * Of the counts at the most likely state. Where that lies on the boundary of the states, which the degrees of freedom
   * do not count, its p-value is somewhat too small.
   */
  readonly chi_squared: {
    readonly statistic: number;
    readonly degrees_of_freedom: number;
    /** Null without degrees of freedom. */
    readonly p_value: number | null;
  };
}

/** Read-out of one site through its assignment matrix, or its probes. */
export function siteEffects(measurement: Measurement, site: number): Effects {
  const described = measurement.sites[site]!;
  return measurement.settings.map((setting, s) => {
    const u = settingUnitary(setting, described.id);
    return shownOf(described, s).map((row) => {
      const seen = combine(...row.map((a, level) => [a, unit(3, level, level)] as const));
      return product(product(adjoint(u), seen), u);
    });
  });
}

/** The log-likelihood is found to this; an error of a hundredth of a standard deviation makes half of 1e-4. */
const enough = 1e-5;
const mostSteps = 20_000;

/**
 * State of a site or group from counts: linear inversion, and the most likely of all positive states of trace 1 by
 * projected gradients with momentum. The second is a thing to look at and to derive quantities from that need a state;
 * being positive, it is biased towards the inside near the boundary of the states, and no verdict rests on it.
 *
 * Populations by flops on sidebands are the same with effects that are diagonal: coherences then stay at zero.
 *
 * @param counts - [setting][outcome]
 * @throws EntrainError `analysis.impossible_counts` for outcomes that no state shows; `analysis.not_converged`
 * @source J. Shang, Z. Zhang, H. K. Ng, PRA 95, 062336 (2017), algorithm; Z. Hradil, PRA 55, R1561 (1997)
 */
export function estimateState(effects: Effects, counts: readonly (readonly number[])[]): StateEstimate {
  const size = effects[0]![0]!.rows;
  const shots = counts.map((row) => row.reduce((sum, n) => sum + n, 0));
  const total = shots.reduce((sum, n) => sum + n, 0);
  const used = effects.flatMap((row, s) =>
    row.flatMap((effect, m) => {
      const vector = vectorOf(effect);
      const n = counts[s]![m]!;
      if (norm(vector) > 1e-12) return [{ vector, n, shots: shots[s]!, setting: s }];
      if (n === 0) return [];
      throw new EntrainError("analysis.impossible_counts", {
        path: `counts[${s}][${m}]`,
        message: "no state shows this outcome",
        found: n,
        expected: "0",
      });
    }),
  );
  const linear = invert(used, size);
  const found = maximise(used, size, total);
  let statistic = 0;
  for (const { vector, n, shots: of } of used) {
    const expected = of * dot(vector, found.vector);
    statistic += expected > 0 ? (n - expected) ** 2 / expected : 0;
  }
  const free = used.length - new Set(used.map(({ setting }) => setting)).size - linear.rank;
  return {
    determined: linear.rank,
    linear: described(linear.vector, size),
    likelihood: { ...described(found.vector, size), gap: found.gap },
    chi_squared: {
      statistic,
      degrees_of_freedom: free,
      p_value: free > 0 ? chiSquareSurvival(statistic, free) : null,
    },
  };
}

interface Row {
  readonly vector: Float64Array;
  readonly n: number;
  readonly shots: number;
}

function described(vector: Float64Array, size: number) {
  return { state: matrixOf(vector, size), eigenvalues: spectrum(vector, size).values };
}

/** Least squares over traceless deviations from the mixed state, the smallest where there are several. */
function invert(rows: readonly Row[], size: number): { vector: Float64Array; rank: number } {
  const mixed = mixedState(size);
  const traceless = (v: Float64Array) => {
    const trace = traceOf(v, size);
    return v.map((x, k) => (k < size ? x - trace / size : x));
  };
  const matrix = new Matrix(rows.map(({ vector }) => [...traceless(vector)]));
  const rest = Matrix.columnVector(rows.map(({ vector, n, shots }) => n / shots - dot(vector, mixed)));
  const svd = new SingularValueDecomposition(matrix, { autoTranspose: true });
  const [u, v, sigma] = [svd.leftSingularVectors, svd.rightSingularVectors, svd.diagonal];
  const vector = Float64Array.from(mixed);
  let rank = 0;
  sigma.forEach((s, k) => {
    if (s <= 1e-9 * sigma[0]!) return;
    rank++;
    const along = u.getColumn(k).reduce((sum, x, row) => sum + x * rest.get(row, 0), 0) / s;
    for (let j = 0; j < vector.length; j++) vector[j]! += along * v.get(j, k);
  });
  return { vector, rank };
}

/** Minimises F = −Σ (n/N) log Tr[ρE] over states; convex, so that the gap λ_max(Σ (n/N)E/p) − 1 bounds F − F*. */
function maximise(rows: readonly Row[], size: number, total: number): { vector: Float64Array; gap: number } {
  /** Of F; null outside of where it is finite. */
  const gradient = (v: Float64Array): Float64Array | null => {
    const g = new Float64Array(v.length);
    for (const { vector, n } of rows) {
      if (n === 0) continue;
      const p = dot(vector, v);
      if (p <= 0) return null;
      const scale = -n / total / p;
      for (let k = 0; k < g.length; k++) g[k]! += scale * vector[k]!;
    }
    return g;
  };
  let state: Float64Array = mixedState(size);
  let slope = gradient(state)!;
  let [ahead, slopeAhead] = [state, slope];
  let theta = 1;
  let step = 1;
  let gap = Number.POSITIVE_INFINITY;
  for (let k = 0; k < mostSteps; k++) {
    gap = total * (-spectrum(slope, size).values[0]! - 1);
    if (gap < enough) return { vector: state, gap };
    // Steps as long as the curvature on the way allows. Slopes are compared, not values, whose differences drown in
    // rounding long before the gap is closed.
    let next: Float64Array;
    let slopeNext: Float64Array | null;
    for (;;) {
      next = project(
        ahead.map((x, j) => x - step * slopeAhead[j]!),
        size,
      );
      slopeNext = gradient(next);
      const moved = next.map((x, j) => x - ahead[j]!);
      const bent =
        slopeNext === null ? Number.POSITIVE_INFINITY : dot(slopeNext, moved) - dot(slopeAhead, moved);
      if (bent <= dot(moved, moved) / step) break;
      step /= 2;
      if (slopeNext !== null) continue;
      // What lies ahead may be no state; from a state, short steps end at states of finite likelihood.
      [ahead, slopeAhead] = [state, slope];
      theta = 1;
    }
    const [last, forward] = [state, next];
    const turned = ahead.reduce((sum, x, j) => sum + (x - forward[j]!) * (forward[j]! - last[j]!), 0) > 0;
    const grown = (1 + Math.sqrt(1 + 4 * theta * theta)) / 2;
    const momentum = turned ? 0 : (theta - 1) / grown;
    const beyond = forward.map((x, j) => x + momentum * (x - last[j]!));
    const slopeBeyond = gradient(beyond);
    [state, slope] = [forward, slopeNext!];
    [ahead, slopeAhead] = slopeBeyond === null ? [state, slope] : [beyond, slopeBeyond];
    theta = turned || slopeBeyond === null ? 1 : grown;
    step *= 1.2;
  }
  throw new EntrainError(
    "analysis.not_converged",
    {
      path: "counts",
      message: "the most likely state was not found",
      found: `log-likelihood known to ${gap.toPrecision(2)}`,
      expected: String(enough),
    },
    { kind: "internal" },
  );
}

/** The nearest state: eigenvalues onto the simplex. */
function project(v: Float64Array, size: number): Float64Array {
  const { values, rebuilt } = spectrum(v, size);
  const sorted = values.toSorted((a, b) => b - a);
  let sum = 0;
  let shift = 0;
  sorted.forEach((x, k) => {
    sum += x;
    if (x - (sum - 1) / (k + 1) > 0) shift = (sum - 1) / (k + 1);
  });
  return rebuilt((x) => Math.max(0, x - shift));
}

/** Eigenvalues of a Hermitian matrix, rising, and functions of it, by its real symmetric form of twice the size. */
function spectrum(v: Float64Array, size: number) {
  const { re, im } = matrixOf(v, size);
  const real = Matrix.zeros(2 * size, 2 * size);
  for (let a = 0; a < size; a++) {
    for (let b = 0; b < size; b++) {
      real.set(a, b, re[a * size + b]!);
      real.set(size + a, size + b, re[a * size + b]!);
      real.set(size + a, b, im[a * size + b]!);
      real.set(a, size + b, -im[a * size + b]!);
    }
  }
  const { realEigenvalues, eigenvectorMatrix: w } = new EigenvalueDecomposition(real, {
    assumeSymmetric: true,
  });
  // Each stands twice.
  const values = realEigenvalues.toSorted((a, b) => a - b).filter((_, k) => k % 2 === 0);
  const rebuilt = (f: (x: number) => number): Float64Array => {
    const out = zeros(size);
    realEigenvalues.forEach((x, k) => {
      const y = f(x);
      if (y === 0) return;
      for (let a = 0; a < size; a++) {
        for (let b = 0; b < size; b++) {
          out.re[a * size + b]! += y * w.get(a, k) * w.get(b, k);
          out.im[a * size + b]! += y * w.get(size + a, k) * w.get(b, k);
        }
      }
    });
    return vectorOf(out);
  };
  return { values, rebuilt };
}

/** Coordinates of a Hermitian matrix in an orthonormal basis: the diagonal, then √2 Re and √2 Im above it. */
function vectorOf({ re, im, rows: size }: ComplexMatrix): Float64Array {
  const v: number[] = [];
  for (let a = 0; a < size; a++) v.push(re[a * size + a]!);
  for (let a = 0; a < size; a++) {
    for (let b = a + 1; b < size; b++) {
      v.push(Math.SQRT2 * re[a * size + b]!, Math.SQRT2 * im[a * size + b]!);
    }
  }
  return Float64Array.from(v);
}

function matrixOf(v: Float64Array, size: number): ComplexMatrix {
  const m = zeros(size);
  let k = size;
  for (let a = 0; a < size; a++) {
    m.re[a * size + a] = v[a]!;
    for (let b = a + 1; b < size; b++) {
      m.re[a * size + b] = v[k]! * Math.SQRT1_2;
      m.re[b * size + a] = v[k++]! * Math.SQRT1_2;
      m.im[a * size + b] = v[k]! * Math.SQRT1_2;
      m.im[b * size + a] = -v[k++]! * Math.SQRT1_2;
    }
  }
  return m;
}

const mixedState = (size: number) =>
  Float64Array.from({ length: size * size }, (_, k) => (k < size ? 1 / size : 0));
const traceOf = (v: Float64Array, size: number) => v.subarray(0, size).reduce((sum, x) => sum + x, 0);
const norm = (v: Float64Array) => Math.sqrt(dot(v, v));

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!;
  return sum;
}
