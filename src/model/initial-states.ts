import { type ComplexMatrix, combine, identity, unit } from "#core/complex-matrix";

/** I/3: no coherence, all levels alike. */
export function mixedState(): ComplexMatrix {
  return combine([1 / 3, identity(3)]);
}

/**
 * I/3 + (|1⟩⟨2| + h.c.)/10: the mixed state with a small coherence that fixes a phase. Nadolny & Bruder, Fig. 2,
 * with the Hermitian conjugate that the printed matrix lacks.
 */
export function seededState(): ComplexMatrix {
  return combine([1, mixedState()], [0.1, unit(3, 1, 2)], [0.1, unit(3, 2, 1)]);
}
