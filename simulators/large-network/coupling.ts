import { invalidInput } from "#core/errors";
import { exponentialChainField } from "./chain-field.ts";
import { convolutionField, type TranslationKernel } from "./convolution-field.ts";
import { type DenseRows, denseField, type Precision } from "./dense-field.ts";
import { type ExponentialSum, exponentialSum } from "./exponential-sum.ts";
import type { FieldOperator } from "./field-operator.ts";
import { type Boundary, type Lattice, latticeField, ringLattice, squareLattice } from "./lattice-field.ts";
import { type SparsePairs, sparseField } from "./sparse-field.ts";

/** J of H = Σ_{i<j} (J_ij A†_i A_j + h.c.), J_ji = J_ij*; a diagonal entry is a real self-field. */
export type LargeCoupling =
  /** Any Hermitian J, read row by row; `single` halves the memory. */
  | { readonly kind: "dense"; readonly rows: DenseRows; readonly precision?: Precision }
  /** Coupled pairs only. */
  | { readonly kind: "sparse"; readonly pairs: SparsePairs }
  /** J_ij = strength/|i−j|^alpha, alpha ≥ 0; in a periodic chain |i−j| is the shorter way round. */
  | {
      readonly kind: "chain";
      readonly alpha: number;
      readonly strength: number;
      readonly boundary: Boundary;
    }
  /** J_ij = J(i−j) of an open chain. */
  | { readonly kind: "translation"; readonly kernel: TranslationKernel }
  /** J_ij = strength for the `range` nearest sites on either side. */
  | {
      readonly kind: "ring";
      readonly range: number;
      readonly strength: number;
      readonly boundary: Boundary;
    }
  /** J_ij = strength for nearest neighbours in rows of `width` sites. */
  | {
      readonly kind: "square";
      readonly width: number;
      readonly strength: number;
      readonly boundary: Boundary;
    };

/** Most sites: a byte address of 4 GiB must reach the amplitudes. */
export const largestSize = 2 ** 27;

/** @throws EntrainError `input.invalid` naming the field of the coupling */
export function checkCoupling(size: number, coupling: LargeCoupling): void {
  const refuse = (path: string, found: unknown, expected: string) => {
    throw invalidInput({ path: `coupling.${path}`, message: `must be ${expected}`, found, expected });
  };
  const finite = (path: string, value: number) => {
    if (!Number.isFinite(value)) refuse(path, value, "finite");
  };
  switch (coupling.kind) {
    case "dense":
      return;
    case "sparse": {
      const { i, j, re, im } = coupling.pairs;
      if (j.length !== i.length || re.length !== i.length || (im && im.length !== i.length)) {
        refuse("pairs", j.length, "arrays of one length");
      }
      for (let k = 0; k < i.length; k++) {
        if (i[k]! >= size || j[k]! >= size) refuse(`pairs[${k}]`, [i[k], j[k]], `sites below ${size}`);
        if (!Number.isFinite(re[k]) || (im && !Number.isFinite(im[k])))
          refuse(`pairs[${k}]`, re[k], "finite");
      }
      return;
    }
    case "chain":
      finite("strength", coupling.strength);
      if (!(coupling.alpha >= 0 && coupling.alpha <= 20)) refuse("alpha", coupling.alpha, "from 0 to 20");
      return;
    case "translation": {
      const { re, im } = coupling.kernel;
      if (re.length !== size || (im && im.length !== size)) refuse("kernel", re.length, `${size} numbers`);
      for (let d = 0; d < size; d++) {
        if (!Number.isFinite(re[d]) || (im && !Number.isFinite(im[d])))
          refuse(`kernel[${d}]`, re[d], "finite");
      }
      return;
    }
    case "ring": {
      const most = coupling.boundary === "periodic" ? Math.ceil(size / 2) - 1 : size - 1;
      finite("strength", coupling.strength);
      if (!Number.isInteger(coupling.range) || coupling.range < 0 || coupling.range > most) {
        refuse("range", coupling.range, `a whole number up to ${most}, so that every pair is coupled once`);
      }
      return;
    }
    case "square": {
      const { width, boundary } = coupling;
      const least = boundary === "periodic" ? 3 : 1;
      finite("strength", coupling.strength);
      if (!Number.isInteger(width) || width < least || size % width !== 0 || size / width < least) {
        refuse("width", width, `a divisor of ${size} with at least ${least} rows and columns`);
      }
    }
  }
}

export function latticeOf(
  size: number,
  coupling: Extract<LargeCoupling, { kind: "ring" | "square" }>,
): Lattice {
  const { strength, boundary } = coupling;
  return coupling.kind === "ring"
    ? ringLattice(size, coupling.range, strength, boundary)
    : squareLattice(size, coupling.width, strength, boundary);
}

/** J(d) of a chain as an array. */
function chainKernel(size: number, coupling: Extract<LargeCoupling, { kind: "chain" }>): TranslationKernel {
  const { alpha, strength, boundary } = coupling;
  const re = new Float64Array(size);
  for (let d = 1; d < size; d++) {
    re[d] = strength / (boundary === "periodic" ? Math.min(d, size - d) : d) ** alpha;
  }
  return { re };
}

/** Nanoseconds per multiply-add of a recursion and per point and doubling of a transform, to choose between them. */
const recursionCost = 1.25;
const transformCost = 1.6;

/**
 * An open chain by recursions where they reach the accuracy and cost less than a transform, else by transforms.
 */
function chainField(
  size: number,
  coupling: Extract<LargeCoupling, { kind: "chain" }>,
  accuracy: number,
): FieldOperator {
  const sum = coupling.boundary === "open" ? affordableSum(size, coupling.alpha, accuracy) : undefined;
  return sum
    ? exponentialChainField(size, coupling.strength, sum)
    : convolutionField(size, () => chainKernel(size, coupling));
}

function affordableSum(size: number, alpha: number, accuracy: number): ExponentialSum | undefined {
  const doublings = Math.ceil(Math.log2(Math.max(2, size)));
  const most = (transformCost * 2 ** doublings * doublings) / (recursionCost * size);
  const likely = alpha === 0 ? 1 : ((2 + Math.log(size)) * Math.log(1 / accuracy)) / Math.PI ** 2 / 1.4;
  if (likely > most) return undefined;
  const sum = exponentialSum(alpha, Math.max(1, size - 1), accuracy);
  return sum.error <= accuracy && sum.weights.length <= most ? sum : undefined;
}

/**
 * The operator for a coupling.
 *
 * @param accuracy - relative error of J that a chain may have; all else is exact but for rounding (and `single`)
 * @param rank - order of the sites of a sparse coupling
 */
export function fieldOperator(
  size: number,
  coupling: LargeCoupling,
  accuracy: number,
  rank?: Uint32Array,
): FieldOperator {
  switch (coupling.kind) {
    case "dense":
      return denseField(size, coupling.rows, coupling.precision);
    case "sparse":
      return sparseField(size, coupling.pairs, rank);
    case "chain":
      return chainField(size, coupling, accuracy);
    case "translation":
      return convolutionField(size, () => coupling.kernel);
    case "ring":
    case "square":
      return latticeField(latticeOf(size, coupling));
  }
}

/** One element of J; i ≤ j. */
export type PairVisitor = (i: number, j: number, re: number, im: number) => void;

/** Every pair of a coupling once, i ≤ j, zeros included: what J is, for whatever reads it without hurry. */
export function forEachPair(size: number, coupling: LargeCoupling, visit: PairVisitor): void {
  switch (coupling.kind) {
    case "dense": {
      const re = new Float64Array(size);
      const im = new Float64Array(size);
      for (let i = 0; i < size; i++) {
        coupling.rows.row(i, re, im);
        for (let j = i; j < size; j++) visit(i, j, re[j]!, coupling.rows.complex && j > i ? im[j]! : 0);
      }
      return;
    }
    case "sparse": {
      const { i, j, re, im } = coupling.pairs;
      for (let k = 0; k < i.length; k++) {
        const imaginary = i[k] === j[k] ? 0 : (im?.[k] ?? 0);
        if (i[k]! <= j[k]!) visit(i[k]!, j[k]!, re[k]!, imaginary);
        else visit(j[k]!, i[k]!, re[k]!, -imaginary);
      }
      return;
    }
    case "chain":
    case "translation": {
      const { re, im } = coupling.kind === "chain" ? chainKernel(size, coupling) : coupling.kernel;
      // J(−d) = J(d)* stands above the diagonal.
      for (let i = 0; i < size; i++) {
        for (let j = i; j < size; j++) visit(i, j, re[j - i]!, j === i ? 0 : -(im?.[j - i] ?? 0));
      }
      return;
    }
    case "ring":
    case "square": {
      const { neighbours, strength } = latticeOf(size, coupling);
      for (let i = 0; i < size; i++) {
        for (const j of neighbours(i)) if (i < j) visit(i, j, strength, 0);
      }
    }
  }
}

/**
 * F_i = Σ_j J_ij s_j* by the definition, pair by pair: the reference of the operators.
 *
 * @param amplitudes - (re, im) of each site
 */
export function plainFields(size: number, coupling: LargeCoupling, amplitudes: Float64Array): Float64Array {
  const fields = new Float64Array(2 * size);
  const add = (i: number, j: number, re: number, im: number) => {
    const sRe = amplitudes[2 * j]!;
    const sIm = amplitudes[2 * j + 1]!;
    fields[2 * i]! += re * sRe + im * sIm;
    fields[2 * i + 1]! += im * sRe - re * sIm;
  };
  forEachPair(size, coupling, (i, j, re, im) => {
    add(i, j, re, im);
    if (i !== j) add(j, i, re, -im);
  });
  return fields;
}
