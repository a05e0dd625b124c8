import { fullTurn } from "#core/units";

/** 2 × 2 unitary: [re u00, im u00, re u01, im u01, re u10, im u10, re u11, im u11]. */
export type Unitary = readonly [number, number, number, number, number, number, number, number];

export const identityUnitary: Unitary = [1, 0, 0, 0, 0, 0, 1, 0];
/** √X with the phase of OpenQASM's `sx`. */
export const squareRootOfX: Unitary = [0.5, 0.5, 0.5, -0.5, 0.5, -0.5, 0.5, 0.5];
export const pauliX: Unitary = [0, 0, 1, 0, 1, 0, 0, 0];

/** diag(e^{−iα/2}, e^{iα/2}). */
export function zRotation(angle: number): Unitary {
  const c = Math.cos(angle / 2);
  const s = Math.sin(angle / 2);
  return [c, -s, 0, 0, 0, 0, c, s];
}

/** a·b: b acts first. */
export function multiplyUnitary(a: Unitary, b: Unitary): Unitary {
  const out: number[] = [];
  for (const r of [0, 4] as const) {
    for (const c of [0, 2] as const) {
      out.push(
        a[r]! * b[c]! - a[r + 1]! * b[c + 1]! + a[r + 2]! * b[c + 4]! - a[r + 3]! * b[c + 5]!,
        a[r]! * b[c + 1]! + a[r + 1]! * b[c]! + a[r + 2]! * b[c + 5]! + a[r + 3]! * b[c + 4]!,
      );
    }
  }
  return out as unknown as Unitary;
}

/** One native pulse. */
export type Pulse = "sx" | "x";

/** A single-qubit unitary, up to its global phase, as rz(first)·…: rz, pulse, rz, pulse, …, rz; time order. */
export interface PulseForm {
  readonly pulses: readonly Pulse[];
  /** One more than pulses: angles before, between and after them, in (−π, π]. */
  readonly angles: readonly number[];
}

/** Angle in (−π, π]. */
export function principalAngle(angle: number): number {
  return angle - fullTurn * Math.ceil((angle - Math.PI) / fullTurn);
}

/** Below this an angle is rounding: the products of a circuit's blocks are exact to about 1e-15 each. */
const rounding = 1e-13;

/**
 * Shortest form in rz, sx and x: none, one or two pulses.
 *
 * @source u3(θ, φ, λ) = rz(φ + π)·sx·rz(θ + π)·sx·rz(λ), θ = 2·atan2(|u10|, |u00|); one sx for θ = π/2, x for θ = π
 * @accuracy 1e-12 in every outcome (test/property/digital-circuits.test.ts)
 */
export function pulseForm(u: Unitary): PulseForm {
  const cosine = Math.hypot(u[0], u[1]);
  const sine = Math.hypot(u[4], u[5]);
  const theta = 2 * Math.atan2(sine, cosine);
  if (theta < rounding) {
    return { pulses: [], angles: [principalAngle(Math.atan2(u[7], u[6]) - Math.atan2(u[1], u[0]))] };
  }
  if (Math.PI - theta < rounding) {
    const angle = Math.atan2(u[5], u[4]) - Math.atan2(u[3], u[2]);
    return { pulses: ["x"], angles: [0, principalAngle(angle)] };
  }
  const phi = Math.atan2(u[5], u[4]) - Math.atan2(u[1], u[0]);
  const lambda = Math.atan2(u[7], u[6]) - Math.atan2(u[5], u[4]);
  if (Math.abs(theta - Math.PI / 2) < rounding) {
    return {
      pulses: ["sx"],
      angles: [principalAngle(lambda - Math.PI / 2), principalAngle(phi + Math.PI / 2)],
    };
  }
  return {
    pulses: ["sx", "sx"],
    angles: [principalAngle(lambda), principalAngle(theta + Math.PI), principalAngle(phi + Math.PI)],
  };
}
