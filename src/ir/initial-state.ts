import { z } from "zod";
import { type ComplexMatrix, fromRows } from "#core/complex-matrix";
import { eigenvalues } from "#core/eigenvalues";

const finite = z.number("must be a finite number");
const entrySchema = z.tuple([finite, finite]);
const rowSchema = z.tuple([entrySchema, entrySchema, entrySchema]);
const matrixSchema = z.tuple([rowSchema, rowSchema, rowSchema]);

/** 3 × 3 matrix as nested [re, im]; level order |0⟩, |1⟩, |2⟩. */
export type NestedMatrix = z.infer<typeof matrixSchema>;

/** "seeded", one matrix, or a list of matrices. Whether they are density matrices is checked apart. */
export const initialSchema = z
  .union([z.literal("seeded"), matrixSchema, z.array(matrixSchema).min(1)])
  .describe(
    '"seeded" (group A = I/3 + (|1><2| + h.c.)/10, group B = I/3) or one 3 x 3 matrix per group as nested [re, im]',
  );

export function matrixFromNested(nested: NestedMatrix): ComplexMatrix {
  return fromRows(nested.map((row) => row.map(([re, im]) => ({ re, im }))));
}

interface DensityMatrixFault {
  readonly path: readonly number[];
  readonly message: string;
  readonly expected: string;
  readonly found: unknown;
}

const tolerance = 1e-8;

/** What keeps a matrix from being a density matrix (Hermitian, trace one, no negative eigenvalue), within 1e-8. */
export function densityMatrixFault(nested: NestedMatrix): DensityMatrixFault | undefined {
  for (let r = 0; r < 3; r++) {
    for (let c = r; c < 3; c++) {
      const above = nested[r]![c]!;
      const below = nested[c]![r]!;
      if (Math.hypot(above[0] - below[0], above[1] + below[1]) <= tolerance) continue;
      return {
        path: [c, r],
        message:
          r === c
            ? `not a density matrix: not Hermitian, the diagonal entry [${r}][${r}] must be real`
            : `not a density matrix: not Hermitian, entry [${c}][${r}] must be the conjugate of [${r}][${c}]`,
        expected: r === c ? "an imaginary part of 0" : JSON.stringify([above[0], -above[1]]),
        found: below,
      };
    }
  }
  const trace = nested[0][0][0] + nested[1][1][0] + nested[2][2][0];
  if (Math.abs(trace - 1) > tolerance) {
    return {
      path: [],
      message: `not a density matrix: the trace must be 1, but is ${trace}`,
      expected: "trace 1",
      found: trace,
    };
  }
  const smallest = Math.min(...eigenvalues(matrixFromNested(nested)).map((value) => value.re));
  if (smallest < -tolerance) {
    return {
      path: [],
      message: `not a density matrix: it has the negative eigenvalue ${smallest}`,
      expected: "positive semidefinite",
      found: smallest,
    };
  }
  return undefined;
}
