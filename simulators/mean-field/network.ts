import { bareGenerator, coordinateCount, driveGenerators } from "#model/generator";
import type { Oscillator } from "#model/oscillator";
import type { RightHandSide } from "../kernel/dormand-prince.ts";

/** J of H = Σ_{i<j} (J_ij A†_i A_j + h.c.): J_ji = J_ij*; a diagonal entry is a real self-field. */
export interface Coupling {
  readonly size: number;
  /** Row starts, length size + 1, of the compressed rows. */
  readonly start: Int32Array;
  readonly column: Int32Array;
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/** One coupled pair; `re + i·im` multiplies A†_i A_j. */
export interface CouplingEntry {
  readonly i: number;
  readonly j: number;
  readonly re: number;
  readonly im: number;
}

/** Compressed rows of the Hermitian J; each pair is given once, in either order; repeated pairs add. */
export function createCoupling(size: number, entries: Iterable<CouplingEntry>): Coupling {
  const rows: Map<number, { re: number; im: number }>[] = Array.from({ length: size }, () => new Map());
  const accumulate = (row: number, column: number, re: number, im: number) => {
    const old = rows[row]!.get(column) ?? { re: 0, im: 0 };
    rows[row]!.set(column, { re: old.re + re, im: old.im + im });
  };
  for (const { i, j, re, im } of entries) {
    accumulate(i, j, re, i === j ? 0 : im);
    if (i !== j) accumulate(j, i, re, -im);
  }
  const count = rows.reduce((sum, row) => sum + row.size, 0);
  const coupling = {
    size,
    start: new Int32Array(size + 1),
    column: new Int32Array(count),
    re: new Float64Array(count),
    im: new Float64Array(count),
  };
  let next = 0;
  rows.forEach((row, i) => {
    for (const [column, value] of [...row].sort((a, b) => a[0] - b[0])) {
      coupling.column[next] = column;
      coupling.re[next] = value.re;
      coupling.im[next] = value.im;
      next++;
    }
    coupling.start[i + 1] = next;
  });
  return coupling;
}

/** M oscillators and the couplings among them. */
export interface Network {
  readonly sites: readonly Oscillator[];
  readonly coupling: Coupling;
}

interface SparsePattern {
  readonly row: Int32Array;
  readonly column: Int32Array;
}

/** Drives present in every site: constant and linear parts, merged over Re/Im of the two rungs. */
interface DriveTerms extends SparsePattern {
  readonly drive: Int32Array;
  readonly value: Float64Array;
}

function collectDriveTerms(): { constant: DriveTerms; linear: DriveTerms } {
  const constant: [number, number, number, number][] = [];
  const linear: [number, number, number, number][] = [];
  driveGenerators().forEach((map, drive) => {
    for (let row = 0; row < coordinateCount; row++) {
      if (map.constant[row] !== 0) constant.push([row, 0, drive, map.constant[row]!]);
      for (let column = 0; column < coordinateCount; column++) {
        const value = map.linear[row * coordinateCount + column]!;
        if (value !== 0) linear.push([row, column, drive, value]);
      }
    }
  });
  const pack = (terms: [number, number, number, number][]): DriveTerms => ({
    row: Int32Array.from(terms, (term) => term[0]),
    column: Int32Array.from(terms, (term) => term[1]),
    drive: Int32Array.from(terms, (term) => term[2]),
    value: Float64Array.from(terms, (term) => term[3]),
  });
  return { constant: pack(constant), linear: pack(linear) };
}

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
  const { constant: driveConstant, linear: driveLinear } = collectDriveTerms();
  const ladder1 = Float64Array.from(sites, (site) => site.ladder[0]);
  const ladder2 = Float64Array.from(sites, (site) => site.ladder[1]);
  const raisingRe = new Float64Array(count);
  const raisingIm = new Float64Array(count);
  const drives = new Float64Array(count * 4);
  const { start, column, re: jRe, im: jIm } = coupling;

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
    external?.(t, drives);
    for (let s = 0; s < count; s++) {
      const o = s * coordinateCount;
      const d = 4 * s;
      for (let r = 0; r < coordinateCount; r++) dy[o + r] = constants[o + r]!;
      const v = s * patternSize;
      for (let k = 0; k < patternSize; k++) {
        dy[o + pattern.row[k]!]! += values[v + k]! * y[o + pattern.column[k]!]!;
      }
      for (let k = 0; k < driveConstant.row.length; k++) {
        dy[o + driveConstant.row[k]!]! += driveConstant.value[k]! * drives[d + driveConstant.drive[k]!]!;
      }
      for (let k = 0; k < driveLinear.row.length; k++) {
        dy[o + driveLinear.row[k]!]! +=
          driveLinear.value[k]! * drives[d + driveLinear.drive[k]!]! * y[o + driveLinear.column[k]!]!;
      }
    }
  };
}

function unionPattern(matrices: readonly Float64Array[]): SparsePattern {
  const row: number[] = [];
  const column: number[] = [];
  for (let r = 0; r < coordinateCount; r++) {
    for (let c = 0; c < coordinateCount; c++) {
      if (matrices.some((m) => m[r * coordinateCount + c] !== 0)) {
        row.push(r);
        column.push(c);
      }
    }
  }
  return { row: Int32Array.from(row), column: Int32Array.from(column) };
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
