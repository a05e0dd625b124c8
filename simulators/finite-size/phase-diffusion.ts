import { LuDecomposition, Matrix } from "ml-matrix";
import { EntrainError } from "#core/errors";
import { coordinateCount } from "#model/generator";
import type { Network } from "#model/network";
import { networkRightHandSide } from "../mean-field/network.ts";
import { meanFieldJacobian, type RotatingWave } from "../mean-field/rotating-wave.ts";
import { rotationRate } from "../mean-field/rotation.ts";
import { diffusionAt } from "./fluctuations.ts";

/** How the common phase of a rotating wave of N oscillators a group wanders. */
export interface PhaseDiffusion {
  /** κ: |⟨A†⟩| ∝ e^{−κt/N}. */
  readonly decay: number;
  /** Asymptotic growth of the lifetime per oscillator, dT/dN = 1/κ. */
  readonly lifetimePerOscillator: number;
}

/**
 * Phase-diffusion constant of a rotating wave by linear noise.
 *
 * Quantum noise of strength 2D/N kicks the collective coordinates; its part along the Goldstone direction adds up
 * to a random walk of the phase, ⟨δφ²⟩ = 2κt/N with 2κ = vᵀ(2D)v, v the left null vector of the Jacobian in the
 * frame of the wave, scaled to v·Rx = 1.
 *
 * @param network - each site stands for a group of N identical oscillators
 * @param wave - of that network, stable
 * @throws EntrainError `numerics.singular` where the Goldstone mode is not simple (at a bifurcation)
 * @source exact for N → ∞ at fixed t/N; linear-noise expansion of the collective master equation
 * @accuracy about 1e-10 relative away from bifurcations (test/unit/simulators-finite/phase-diffusion.test.ts)
 */
export function phaseDiffusion(
  network: Network,
  wave: Pick<RotatingWave, "state" | "frequency">,
): PhaseDiffusion {
  const { state: x, frequency } = wave;
  const n = x.length;
  const jacobian = meanFieldJacobian(networkRightHandSide(network), x);
  const goldstone = rotationRate(x);
  // (J − ωR)ᵀ v = 0 with v·g = 1, bordered by g: regular when the null space has one dimension.
  const bordered = Matrix.zeros(n + 1, n + 1);
  const unit = new Float64Array(n);
  const turned = new Float64Array(n);
  for (let column = 0; column < n; column++) {
    unit[column] = 1;
    rotationRate(unit, turned);
    unit[column] = 0;
    for (let row = 0; row < n; row++) {
      bordered.set(column, row, jacobian[row * n + column]! - frequency * turned[row]!);
    }
    bordered.set(column, n, goldstone[column]!);
    bordered.set(n, column, goldstone[column]!);
  }
  const lu = new LuDecomposition(bordered);
  if (lu.isSingular()) {
    throw new EntrainError(
      "numerics.singular",
      { path: "", message: "the rotating wave stands at a bifurcation: its phase diffusion is not defined" },
      { kind: "internal" },
    );
  }
  const right = Matrix.zeros(n + 1, 1);
  right.set(n, 0, 1);
  const v = lu.solve(right).to1DArray();
  let spread = 0;
  network.sites.forEach((site, s) => {
    const o = s * coordinateCount;
    const twoD = diffusionAt(site, x.subarray(o, o + coordinateCount));
    for (let a = 0; a < coordinateCount; a++) {
      for (let b = 0; b < coordinateCount; b++)
        spread += v[o + a]! * twoD[a * coordinateCount + b]! * v[o + b]!;
    }
  });
  return { decay: spread / 2, lifetimePerOscillator: 2 / spread };
}
