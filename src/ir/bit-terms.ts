import { z } from "zod";

export const bitTermSchema = z.strictObject({
  setting: z.int().min(0),
  weight: z.number(),
  /** Bits whose sign (−1)^bit is taken. */
  parity: z.array(z.string()),
  /** Bits that must be 0. */
  zero: z.array(z.string()),
});
/** weight·⟨Π(−1)^bit · Π[bit = 0]⟩ in one setting, read-out errors taken out bit by bit. */
export type BitTerm = z.infer<typeof bitTermSchema>;

/** An observable as terms over measured bits. */
export const bitObservableSchema = z.strictObject({
  kind: z.enum(["amplitude", "population", "harmonic", "leakage", "pair"]),
  sites: z.array(z.string()).min(1),
  level: z.int().min(0).max(2).optional(),
  /** Constant beside the terms. */
  offset: z.number(),
  re: z.array(bitTermSchema),
  im: z.array(bitTermSchema),
});
export type BitObservable = z.infer<typeof bitObservableSchema>;

/** What a bit's two outcomes count in a term: its sign, whether it is 0, or nothing. */
function factorOf(term: BitTerm, bit: string): readonly [number, number] {
  const sign = term.parity.includes(bit) ? -1 : 1;
  return [1, term.zero.includes(bit) ? 0 : sign];
}

/**
 * What each outcome counts in a term, 2^bits of them, the first bit the most significant; read-out errors taken out by
 * the inverse of each bit's assignment.
 *
 * @param assignment - 2 × 2 per bit, rows assigned, columns prepared
 */
export function outcomeWeights(
  term: BitTerm,
  bits: readonly string[],
  assignment: readonly (readonly (readonly number[])[])[],
): number[] {
  return bits.reduce<number[]>(
    (weights, bit, k) => {
      const [w0, w1] = factorOf(term, bit);
      const [[a, b], [c, d]] = assignment[k] as readonly [[number, number], [number, number]];
      const determinant = a * d - b * c;
      const corrected = [(w0 * d - w1 * c) / determinant, (w1 * a - w0 * b) / determinant];
      return weights.flatMap((weight) => corrected.map((factor) => weight * factor));
    },
    [term.weight],
  );
}

/** Σ of terms at frequencies [setting][outcome]. */
export function evaluateTerms(
  terms: readonly BitTerm[],
  bits: readonly string[],
  assignment: readonly (readonly (readonly number[])[])[],
  frequencies: readonly ArrayLike<number>[],
): number {
  return terms.reduce((sum, term) => {
    const at = frequencies[term.setting]!;
    return outcomeWeights(term, bits, assignment).reduce((inner, w, k) => inner + w * at[k]!, sum);
  }, 0);
}
