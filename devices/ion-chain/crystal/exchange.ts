import { angularFromHz } from "#core/units";
import { coulombConstant_jm } from "../constants.ts";

/** A place or a direction in space; metres, or a unit vector. */
export type Vector = readonly [x: number, y: number, z: number];

/** Direction of the motion at an angle to the chain (x) in the plane of x and z: 0 axial, π/2 transverse. */
export function motionDirection(angle_rad: number): Vector {
  return [Math.cos(angle_rad), 0, Math.sin(angle_rad)];
}

function separation(from: Vector, to: Vector, motion: Vector): { distance: number; cosine: number } {
  const d: Vector = [to[0] - from[0], to[1] - from[1], to[2] - from[2]];
  const distance = Math.hypot(...d);
  return { distance, cosine: (d[0] * motion[0] + d[1] * motion[1] + d[2] * motion[2]) / distance };
}

/**
 * J of two local modes in rad/s, sign included: e²/(4πε₀)·(1 − 3cos²θ)/(2m√(ω_iω_j)d³), θ between the motion and the
 * line that joins the ions. Axial −2, transverse +1, nothing at 54.7°.
 *
 * @param frequencies_hz - of the two modes
 */
export function pairExchange(
  mass_kg: number,
  frequencies_hz: readonly [number, number],
  distance_m: number,
  cosine: number,
): number {
  const mean = angularFromHz(Math.sqrt(frequencies_hz[0] * frequencies_hz[1]));
  return (coulombConstant_jm * (1 - 3 * cosine ** 2)) / (2 * mass_kg * mean * distance_m ** 3);
}

/** J_ij of all pairs in rad/s, symmetric with a zero diagonal. */
export function exchangeMatrix(
  positions_m: readonly Vector[],
  motion: Vector,
  mass_kg: number,
  frequencies_hz: readonly number[],
): number[][] {
  return positions_m.map((from, i) =>
    positions_m.map((to, j) => {
      if (i === j) return 0;
      const { distance, cosine } = separation(from, to, motion);
      return pairExchange(mass_kg, [frequencies_hz[i]!, frequencies_hz[j]!], distance, cosine);
    }),
  );
}

/**
 * Shift of each local mode by the gradient of its neighbours' field, rad/s: minus the sum of its exchanges (at equal
 * frequencies), so downward for transverse and upward for axial motion, more in the middle of a chain than at its ends.
 */
export function selfShifts(
  positions_m: readonly Vector[],
  motion: Vector,
  mass_kg: number,
  frequencies_hz: readonly number[],
): number[] {
  return positions_m.map((from, i) =>
    positions_m.reduce((sum, to, j) => {
      if (i === j) return sum;
      const { distance, cosine } = separation(from, to, motion);
      return sum - pairExchange(mass_kg, [frequencies_hz[i]!, frequencies_hz[i]!], distance, cosine);
    }, 0),
  );
}

/**
 * Cubic (J/m³) and quartic (J/m⁴) terms that the other ions give to each ion's own motion:
 * 1/|r + xu| = Σ(−x)^l P_l(cos θ)/r^{l+1}. Symmetric neighbours cancel in the cubic one.
 */
export function coulombAnharmonicity(
  positions_m: readonly Vector[],
  motion: Vector,
): { readonly cubic_j_per_m3: number; readonly quartic_j_per_m4: number }[] {
  return positions_m.map((at, i) => {
    let cubic = 0;
    let quartic = 0;
    positions_m.forEach((other, j) => {
      if (i === j) return;
      const { distance, cosine: c } = separation(other, at, motion);
      cubic -= (coulombConstant_jm * (5 * c ** 3 - 3 * c)) / 2 / distance ** 4;
      quartic += (coulombConstant_jm * (35 * c ** 4 - 30 * c * c + 3)) / 8 / distance ** 5;
    });
    return { cubic_j_per_m3: cubic, quartic_j_per_m4: quartic };
  });
}
