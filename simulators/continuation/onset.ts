import { LuDecomposition, Matrix } from "ml-matrix";
import { coordinateCount } from "#model/generator";
import { coherenceLinearisation } from "../stability/linearisation.ts";
import { parameterOf, stateOf, type WaveFamily } from "./wave-equations.ts";

/** Where a branch of rotating waves begins: the unsynchronized state has the eigenvalue iω there. */
export interface Onset {
  readonly parameter: number;
  readonly frequency: number;
}

/**
 * Onset near a wave of small amplitude: Newton's method on M(p)v = iωv, with M the linearisation about the
 * uncoupled steady state and the coherences of the wave as first guess of v.
 *
 * @param u - a point of the branch
 * @returns undefined when the iteration does not converge
 * @accuracy a few ε relative for a simple crossing
 */
export function onsetNear(family: WaveFamily, u: Float64Array): Onset | undefined {
  const x = stateOf(u);
  const sites = x.length / coordinateCount;
  const m = 2 * sites;
  // Unknowns: Re v, Im v, ω, q.
  const z = new Float64Array(2 * m + 2);
  for (let s = 0; s < sites; s++) {
    for (const rung of [0, 1]) {
      const from = s * coordinateCount + 2 + 2 * rung;
      z[2 * s + rung] = x[from]!;
      z[m + 2 * s + rung] = x[from + 1]!;
    }
  }
  const length = Math.hypot(...z.subarray(0, 2 * m));
  if (!(length > 0)) return undefined;
  for (let k = 0; k < 2 * m; k++) z[k]! /= length;
  const reference = z.slice(0, 2 * m);
  z[2 * m] = u[u.length - 2]!;
  z[2 * m + 1] = u[u.length - 1]!;
  const at = (q: number) => coherenceLinearisation(family.networkAt(q * family.scale));
  for (let iteration = 0; iteration < 20; iteration++) {
    const omega = z[2 * m]!;
    const q = z[2 * m + 1]!;
    const step = 1e-5;
    const matrix = at(q);
    const ahead = at(q + step);
    const behind = at(q - step);
    const a = Matrix.zeros(2 * m + 2, 2 * m + 2);
    const right = Matrix.zeros(2 * m + 2, 1);
    for (let r = 0; r < m; r++) {
      let re = 0;
      let im = 0;
      let slopeRe = 0;
      let slopeIm = 0;
      for (let c = 0; c < m; c++) {
        const k = r * m + c;
        const mr = matrix.re[k]!;
        const mi = matrix.im[k]! - (r === c ? omega : 0);
        const dr = (ahead.re[k]! - behind.re[k]!) / (2 * step);
        const di = (ahead.im[k]! - behind.im[k]!) / (2 * step);
        const vr = z[c]!;
        const vi = z[m + c]!;
        a.set(r, c, mr);
        a.set(r, m + c, -mi);
        a.set(m + r, c, mi);
        a.set(m + r, m + c, mr);
        re += mr * vr - mi * vi;
        im += mr * vi + mi * vr;
        slopeRe += dr * vr - di * vi;
        slopeIm += dr * vi + di * vr;
      }
      // −iv
      a.set(r, 2 * m, z[m + r]!);
      a.set(m + r, 2 * m, -z[r]!);
      a.set(r, 2 * m + 1, slopeRe);
      a.set(m + r, 2 * m + 1, slopeIm);
      right.set(r, 0, -re);
      right.set(m + r, 0, -im);
      // ⟨reference, v⟩ = 1
      a.set(2 * m, r, reference[r]!);
      a.set(2 * m, m + r, reference[m + r]!);
      a.set(2 * m + 1, r, -reference[m + r]!);
      a.set(2 * m + 1, m + r, reference[r]!);
    }
    let re = 0;
    let im = 0;
    for (let k = 0; k < m; k++) {
      re += reference[k]! * z[k]! + reference[m + k]! * z[m + k]!;
      im += reference[k]! * z[m + k]! - reference[m + k]! * z[k]!;
    }
    right.set(2 * m, 0, 1 - re);
    right.set(2 * m + 1, 0, -im);
    const lu = new LuDecomposition(a);
    if (lu.isSingular()) return undefined;
    const change = lu.solve(right).to1DArray();
    let size = 0;
    change.forEach((value, k) => {
      z[k]! += value;
      size = Math.max(size, Math.abs(value));
    });
    if (!(size < 1e3)) return undefined;
    if (size < 1e-9) {
      return { parameter: parameterOf(family, z), frequency: z[2 * m]! };
    }
  }
  return undefined;
}
