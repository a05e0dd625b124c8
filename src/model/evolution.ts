import { adjoint, type ComplexMatrix, identity, product } from "#core/complex-matrix";
import { expm } from "#core/expm";
import { type AffineMap, affineMapOf, bareGenerator, coordinateCount } from "./generator.ts";
import { type Ladder, type Oscillator, uncoupledPopulations } from "./oscillator.ts";

/**
 * Exact evolution of an uncoupled oscillator over a fixed time: x(t) = constant + linear·x(0).
 *
 * @param duration - in the inverse of the oscillator's unit of rate
 */
export function uncoupledEvolution(site: Oscillator, duration: number): AffineMap {
  const generator = bareGenerator(site);
  const size = coordinateCount + 1;
  const augmented = new Float64Array(size * size);
  for (let row = 0; row < coordinateCount; row++) {
    for (let column = 0; column < coordinateCount; column++) {
      augmented[row * size + column] = generator.linear[row * coordinateCount + column]! * duration;
    }
    augmented[row * size + coordinateCount] = generator.constant[row]! * duration;
  }
  const propagator = expm(augmented, size);
  const constant = new Float64Array(coordinateCount);
  const linear = new Float64Array(coordinateCount * coordinateCount);
  for (let row = 0; row < coordinateCount; row++) {
    constant[row] = propagator[row * size + coordinateCount]!;
    for (let column = 0; column < coordinateCount; column++) {
      linear[row * coordinateCount + column] = propagator[row * size + column]!;
    }
  }
  return { constant, linear };
}

const before = new Float64Array(coordinateCount);

/** x ← constant + linear·x on the coordinates at `offset`. */
export function applyAffine({ constant, linear }: AffineMap, x: Float64Array, offset = 0): void {
  for (let k = 0; k < coordinateCount; k++) before[k] = x[offset + k]!;
  for (let row = 0; row < coordinateCount; row++) {
    let sum = constant[row]!;
    for (let column = 0; column < coordinateCount; column++) {
      sum += linear[row * coordinateCount + column]! * before[column]!;
    }
    x[offset + row] = sum;
  }
}

/**
 * exp[−i(θ/2)(e^{−iφ}|m⟩⟨m+1| + e^{iφ}|m+1⟩⟨m|)] on three levels.
 *
 * @param lower - m, 0 or 1
 */
export function rotationOperator(lower: 0 | 1, angle_rad: number, phase_rad: number): ComplexMatrix {
  const r = identity(3);
  const c = Math.cos(angle_rad / 2);
  const s = Math.sin(angle_rad / 2);
  const upper = lower + 1;
  r.re[3 * lower + lower] = c;
  r.re[3 * upper + upper] = c;
  // −i s e^{∓iφ}
  r.re[3 * lower + upper] = -s * Math.sin(phase_rad);
  r.im[3 * lower + upper] = -s * Math.cos(phase_rad);
  r.re[3 * upper + lower] = s * Math.sin(phase_rad);
  r.im[3 * upper + lower] = -s * Math.cos(phase_rad);
  return r;
}

/**
 * exp[−i(θ/2)(e^{−iφ}(b₁|0⟩⟨1| + b₂|1⟩⟨2|) + h.c.)], b the ladder over its element m: what a resonant pulse on m ↔ m+1
 * does to the whole ladder in a moment too short for the levels' phases to turn.
 *
 * @param lower - m, 0 or 1
 */
export function ladderRotation(
  lower: 0 | 1,
  angle_rad: number,
  phase_rad: number,
  ladder: Ladder,
): ComplexMatrix {
  const [b1, b2] = [ladder[0] / ladder[lower], ladder[1] / ladder[lower]];
  // X = b₁X₀₁ + b₂X₁₂ has X³ = r²X, r² = b₁² + b₂²; the phase is a turn of the levels' bases.
  const r = Math.hypot(b1, b2);
  const c = (Math.cos((r * angle_rad) / 2) - 1) / r ** 2;
  const s = Math.sin((r * angle_rad) / 2) / r;
  const squared = [b1 * b1, 0, b1 * b2, 0, r * r, 0, b1 * b2, 0, b2 * b2];
  const first = [0, b1, 0, b1, 0, b2, 0, b2, 0];
  const u = identity(3);
  for (let row = 0; row < 3; row++) {
    for (let column = 0; column < 3; column++) {
      const k = 3 * row + column;
      const [re, im] = [u.re[k]! + c * squared[k]!, -s * first[k]!];
      const [cos, sin] = [Math.cos((row - column) * phase_rad), Math.sin((row - column) * phase_rad)];
      u.re[k] = re * cos - im * sin;
      u.im[k] = re * sin + im * cos;
    }
  }
  return u;
}

/** ρ → UρU† on coordinates. */
export function unitaryMap(unitary: ComplexMatrix): AffineMap {
  const dagger = adjoint(unitary);
  return affineMapOf((rho) => product(product(unitary, rho), dagger));
}

export function identityMap(): AffineMap {
  const linear = new Float64Array(coordinateCount * coordinateCount);
  for (let k = 0; k < coordinateCount; k++) linear[k * coordinateCount + k] = 1;
  return { constant: new Float64Array(coordinateCount), linear };
}

/** The map that applies `first`, then `then`. */
export function composeAffine(then: AffineMap, first: AffineMap): AffineMap {
  const constant = first.constant.slice();
  applyAffine(then, constant);
  const linear = new Float64Array(coordinateCount * coordinateCount);
  for (let row = 0; row < coordinateCount; row++) {
    for (let k = 0; k < coordinateCount; k++) {
      const factor = then.linear[row * coordinateCount + k]!;
      if (factor === 0) continue;
      for (let column = 0; column < coordinateCount; column++) {
        linear[row * coordinateCount + column]! += factor * first.linear[k * coordinateCount + column]!;
      }
    }
  }
  return { constant, linear };
}

/** Coordinates of the uncoupled steady states of some oscillators, one after another. */
export function uncoupledState(sites: readonly Oscillator[]): Float64Array {
  const x = new Float64Array(sites.length * coordinateCount);
  sites.forEach((site, s) => {
    const [p0, , p2] = uncoupledPopulations(site);
    x[s * coordinateCount] = p0;
    x[s * coordinateCount + 1] = p2;
  });
  return x;
}
