import { inverse, Matrix, solve } from "ml-matrix";

/** One observation with its 1σ error. */
interface Observation {
  readonly value: number;
  readonly error: number;
}

export interface LeastSquares {
  readonly parameters: number[];
  /** 1σ of each parameter. */
  readonly errors: number[];
  readonly chiSquare: number;
}

const rounds = 60;

/**
 * Weighted least squares by Levenberg–Marquardt steps with a numerical Jacobian; for a few tens of parameters.
 *
 * @param scales - typical size of each parameter, > 0; sets the step of the Jacobian
 * @returns null when the observations do not determine the parameters
 */
export function leastSquares(
  model: (parameters: readonly number[]) => readonly number[],
  observations: readonly Observation[],
  start: readonly number[],
  scales: readonly number[],
): LeastSquares | null {
  const residuals = (p: readonly number[]) =>
    model(p).map((expected, k) => (observations[k]!.value - expected) / observations[k]!.error);
  const sumOf = (r: readonly number[]) => r.reduce((sum, x) => sum + x * x, 0);
  let parameters = [...start];
  let rest = residuals(parameters);
  let damping = 1e-3;
  const jacobian = () =>
    new Matrix(
      parameters.map((value, k) => {
        const h = 1e-6 * scales[k]!;
        const ahead = residuals(parameters.with(k, value + h));
        const behind = residuals(parameters.with(k, value - h));
        return ahead.map((r, i) => ((behind[i]! - r) / (2 * h)) * scales[k]!);
      }),
    );
  for (let round = 0; round < rounds; round++) {
    const gradient = jacobian();
    const normal = gradient.mmul(gradient.transpose());
    const right = gradient.mmul(Matrix.columnVector(rest));
    const damped = normal.clone();
    for (let k = 0; k < parameters.length; k++) damped.set(k, k, normal.get(k, k) * (1 + damping) + 1e-12);
    const step = solve(damped, right);
    const next = parameters.map((value, k) => value + step.get(k, 0) * scales[k]!);
    const after = residuals(next);
    if (sumOf(after) <= sumOf(rest)) {
      const done = sumOf(rest) - sumOf(after) < 1e-9 * (1 + sumOf(rest));
      parameters = next;
      rest = after;
      damping /= 10;
      if (done) break;
    } else damping *= 10;
    if (damping > 1e12) break;
  }
  const final = jacobian();
  try {
    const covariance = inverse(final.mmul(final.transpose()));
    const errors = parameters.map((_, k) => Math.sqrt(covariance.get(k, k)) * scales[k]!);
    if (![...parameters, ...errors].every(Number.isFinite)) return null;
    return { parameters, errors, chiSquare: sumOf(rest) };
  } catch {
    return null;
  }
}
