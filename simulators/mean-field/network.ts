import { bareGenerator, coordinateCount } from "#model/generator";
import type { Network } from "#model/network";
import type { Oscillator } from "#model/oscillator";
import type { RightHandSide } from "../kernel/dormand-prince.ts";
import { siteKernel, unionPattern } from "../kernel/site-kernel.ts";

export type { Coupling, CouplingEntry, Network } from "#model/network";
export { createCoupling } from "#model/network";

/**
 * Field from outside the network, per site: adds (Re F₀₁, Im F₀₁, Re F₁₂, Im F₁₂) of the site's Hamiltonian
 * F₀₁|1⟩⟨0| + F₁₂|2⟩⟨1| + h.c. to `drives`, four numbers a site.
 */
export type ExternalDrive = (t: number, drives: Float64Array) => void;

/**
 * Mean-field (product-state) equations of a network: each site obeys its own 3 × 3 master equation in the field
 * F_i = Σ_j J_ij ⟨A_j⟩ of the others. Nadolny & Bruder, Eq. (2), on an arbitrary graph.
 *
 * Everything follows from the operators of `#model`; nothing about the ladder or the channels is written here.
 *
 * @param external - optional time-dependent drives
 * @returns right-hand side on M·8 coordinates, site by site (see `#model/generator`)
 */
export function networkRightHandSide(network: Network, external?: ExternalDrive): RightHandSide {
  const { sites, coupling } = network;
  const count = sites.length;
  const maps = sites.map(bareGenerator);
  const pattern = unionPattern(maps.map((map) => map.linear));
  const patternSize = pattern.row.length;
  const constants = new Float64Array(count * coordinateCount);
  const values = new Float64Array(count * patternSize);
  maps.forEach((map, s) => {
    constants.set(map.constant, s * coordinateCount);
    for (let k = 0; k < patternSize; k++) {
      values[s * patternSize + k] = map.linear[pattern.row[k]! * coordinateCount + pattern.column[k]!]!;
    }
  });
  const kernel = siteKernel(pattern);
  const ladder1 = Float64Array.from(sites, (site) => site.ladder[0]);
  const ladder2 = Float64Array.from(sites, (site) => site.ladder[1]);
  const raisingRe = new Float64Array(count);
  const raisingIm = new Float64Array(count);
  const drives = new Float64Array(count * 4);
  const { start, column, re: jRe, im: jIm } = coupling;

  const swing = swingingFields(network);
  return (t, y, dy) => {
    for (let s = 0; s < count; s++) {
      const o = s * coordinateCount;
      raisingRe[s] = ladder1[s]! * y[o + 2]! + ladder2[s]! * y[o + 4]!;
      raisingIm[s] = ladder1[s]! * y[o + 3]! + ladder2[s]! * y[o + 5]!;
    }
    for (let s = 0; s < count; s++) {
      // ⟨A_j⟩ = ⟨A†_j⟩*
      let fieldRe = 0;
      let fieldIm = 0;
      for (let k = start[s]!; k < start[s + 1]!; k++) {
        const j = column[k]!;
        fieldRe += jRe[k]! * raisingRe[j]! + jIm[k]! * raisingIm[j]!;
        fieldIm += jIm[k]! * raisingRe[j]! - jRe[k]! * raisingIm[j]!;
      }
      drives[4 * s] = ladder1[s]! * fieldRe;
      drives[4 * s + 1] = ladder1[s]! * fieldIm;
      drives[4 * s + 2] = ladder2[s]! * fieldRe;
      drives[4 * s + 3] = ladder2[s]! * fieldIm;
    }
    swing?.(t, raisingRe, raisingIm, drives);
    external?.(t, drives);
    kernel(count, y, dy, constants, values, drives);
  };
}

/** Adds what modulated couplings do to the drives. */
function swingingFields({ sites, modulations = [] }: Network) {
  if (modulations.length === 0) return undefined;
  return (t: number, raisingRe: Float64Array, raisingIm: Float64Array, drives: Float64Array) => {
    for (const { coupling, rate, phase } of modulations) {
      const factor = Math.cos(rate * t + phase);
      for (let s = 0; s < coupling.size; s++) {
        let re = 0;
        let im = 0;
        for (let k = coupling.start[s]!; k < coupling.start[s + 1]!; k++) {
          const j = coupling.column[k]!;
          re += coupling.re[k]! * raisingRe[j]! + coupling.im[k]! * raisingIm[j]!;
          im += coupling.im[k]! * raisingRe[j]! - coupling.re[k]! * raisingIm[j]!;
        }
        const [a1, a2] = sites[s]!.ladder;
        drives[4 * s]! += factor * a1 * re;
        drives[4 * s + 1]! += factor * a1 * im;
        drives[4 * s + 2]! += factor * a2 * re;
        drives[4 * s + 3]! += factor * a2 * im;
      }
    }
  };
}

/** ⟨A†⟩ of site `s` (⟨S⁺⟩ for the spin-1 ladder) as [re, im]. */
export function raisingAmplitude(
  sites: readonly Oscillator[],
  y: ArrayLike<number>,
  s: number,
): [number, number] {
  const [a1, a2] = sites[s]!.ladder;
  const o = s * coordinateCount;
  return [a1 * y[o + 2]! + a2 * y[o + 4]!, a1 * y[o + 3]! + a2 * y[o + 5]!];
}
