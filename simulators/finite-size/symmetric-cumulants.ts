import type { Oscillator } from "#model/oscillator";
import type { RightHandSide } from "../kernel/dormand-prince.ts";
import { cumulantLayout, cumulantRightHandSide, groupModel } from "./cumulants.ts";

/** Number of real variables of the U(1)-symmetric reduction. */
export const symmetricCount = 10;

/**
 * Cumulant equations of one group without a preferred phase: ten variables
 * [p0, p2, P00, P02, P22, g01, g12, g02, Re x, Im x] with joint populations P_ab of two oscillators, exchange
 * coherences g_ab = ⟨ab|ρ|ba⟩ and x = ⟨02|ρ|11⟩. All that a phase turn changes is zero and stays zero.
 *
 * The threshold is right, the plateau is not: with ⟨A†⟩ = 0 the closure drops the three-oscillator correlator of the
 * three coherences, which is of order one in a phase-mixed synchronized state, and √⟨A†₁A₂⟩ settles 16–17 % above the
 * mean-field amplitude (γ₊ = γ₋/2, K = 0). For order parameters use the equations with broken symmetry.
 *
 * @returns right-hand side on the ten variables, any ladder and channels
 */
export function symmetricCumulantRightHandSide(
  site: Oscillator,
  size: number,
  coupling: number,
): RightHandSide {
  const model = groupModel(site, size, coupling);
  const layout = cumulantLayout(model);
  const full = cumulantRightHandSide(model);
  const { scale } = layout;
  const y = new Float64Array(layout.length);
  const dy = new Float64Array(layout.length);
  // Position of D_rc in the packed upper triangle; coordinates p0, p2, Re/Im ρ01, Re/Im ρ12, Re/Im ρ02.
  const at = (r: number, c: number) => layout.two[0]![0]! + r * 8 - (r * (r - 1)) / 2 + (c - r);
  const exchange = [
    [2, 5],
    [4, 6],
    [6, 7],
  ] as const;
  return (t, z, dz) => {
    const [p0, p2] = [z[0]!, z[1]!];
    y.fill(0);
    y[0] = p0;
    y[1] = p2;
    y[at(0, 0)] = scale * (z[2]! - p0 * p0);
    y[at(0, 1)] = scale * (z[3]! - p0 * p2);
    y[at(1, 1)] = scale * (z[4]! - p2 * p2);
    for (const [coordinate, variable] of exchange) {
      y[at(coordinate, coordinate)] = (scale * z[variable]!) / 2;
      y[at(coordinate + 1, coordinate + 1)] = (scale * z[variable]!) / 2;
    }
    y[at(2, 4)] = (scale * z[8]!) / 2;
    y[at(3, 5)] = (scale * z[8]!) / 2;
    y[at(3, 4)] = (scale * z[9]!) / 2;
    y[at(2, 5)] = (-scale * z[9]!) / 2;
    full(t, y, dy);
    dz[0] = dy[0]!;
    dz[1] = dy[1]!;
    dz[2] = dy[at(0, 0)]! / scale + 2 * p0 * dy[0]!;
    dz[3] = dy[at(0, 1)]! / scale + p0 * dy[1]! + p2 * dy[0]!;
    dz[4] = dy[at(1, 1)]! / scale + 2 * p2 * dy[1]!;
    for (const [coordinate, variable] of exchange)
      dz[variable] = (2 * dy[at(coordinate, coordinate)]!) / scale;
    dz[8] = (2 * dy[at(2, 4)]!) / scale;
    dz[9] = (2 * dy[at(3, 4)]!) / scale;
  };
}

/** ⟨A†₁A₂⟩ of the ten variables. */
export function symmetricPairCorrelation([a1, a2]: Oscillator["ladder"], z: ArrayLike<number>): number {
  return a1 * a1 * z[5]! + a2 * a2 * z[6]! + 2 * a1 * a2 * z[8]!;
}
