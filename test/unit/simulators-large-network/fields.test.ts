import { describe, expect, it } from "vitest";
import { exponentialChainField } from "#simulators/large-network/chain-field";
import { fieldOperator, plainFields } from "#simulators/large-network/coupling";
import { denseField } from "#simulators/large-network/dense-field";
import { exponentialSum } from "#simulators/large-network/exponential-sum";
import type { FieldOperator } from "#simulators/large-network/field-operator";
import { reverseCuthillMcKee } from "#simulators/large-network/renumber";
import { createArena } from "#simulators/wasm/arena";
import {
  denseCoupling,
  everyKind,
  randomAmplitudes,
  randomHermitian,
  randomPairs,
  wholeFields,
} from "./couplings.ts";

/** Applies an operator twice, so that nothing left over from the first time goes unseen. */
function fieldsOf(operator: FieldOperator, s: Float64Array, rank?: Uint32Array): Float64Array {
  const { size } = operator;
  const arena = createArena(operator.arenaBytes + 2 * (16 * size + 64));
  const amplitudes = arena.take(16 * size);
  const fields = arena.take(16 * size);
  const apply = operator.place({ arena, amplitudes, fields });
  const place = (site: number) => rank?.[site] ?? site;
  const inside = arena.doubles(amplitudes, 2 * size);
  const out = arena.doubles(fields, 2 * size);
  for (let site = 0; site < size; site++) inside.set([1, -2], 2 * site);
  apply();
  for (let site = 0; site < size; site++) inside.set(s.subarray(2 * site, 2 * site + 2), 2 * place(site));
  apply();
  return Float64Array.from({ length: 2 * size }, (_, k) => out[2 * place(k >> 1) + (k & 1)]!);
}

/** Largest difference relative to Σ_j |J_ij||s_j|. */
function relativeError(found: Float64Array, expected: Float64Array, sizes: Float64Array): number {
  return found.reduce((most, value, k) => {
    const difference = Math.abs(value - expected[k]!);
    return Math.max(most, difference === 0 ? 0 : difference / sizes[k >> 1]!);
  }, 0);
}

const exact = 1e-14;

describe.each([1, 2, 3, 5, 12, 33, 64, 257, 300])("fields of %i sites are Σ_j J_ij⟨A_j⟩", (size) => {
  const s = randomAmplitudes(size, 5);
  it.each(everyKind(size, size))("$name", ({ coupling, matrix }) => {
    const { fields, sizes } = wholeFields(size, matrix, s);
    expect(relativeError(plainFields(size, coupling, s), fields, sizes)).toBeLessThan(exact);
    const operator = fieldOperator(size, coupling, exact);
    expect(relativeError(fieldsOf(operator, s), fields, sizes)).toBeLessThan(1e-13);
  });
});

describe("denseField", () => {
  const size = 600;
  const s = randomAmplitudes(size, 8);

  it.each([false, true])("spread over several memories (complex: %s)", (complex) => {
    const matrix = randomHermitian(size, 3, complex);
    const coupling = denseCoupling(size, matrix);
    if (coupling.kind !== "dense") throw new Error("dense");
    const parts = complex ? 2 : 1;
    const whole = denseField(size, coupling.rows);
    const split = denseField(size, coupling.rows, "double", 1.3e6 * parts);
    // Three panels of 256, 256, 88 columns down to the diagonal.
    expect(whole.traffic).toBe(8 * parts * (256 * 256 + 512 * 256 + 600 * 88));
    expect(split.otherBytes).toBeGreaterThan(whole.otherBytes + 2 * 32 * size);
    const { fields, sizes } = wholeFields(size, matrix, s);
    expect(relativeError(fieldsOf(split, s), fields, sizes)).toBeLessThan(exact);
  });

  it.each([false, true])(
    "in single precision: half the memory, error below the one it names (complex: %s)",
    (complex) => {
      const matrix = randomHermitian(size, 4, complex);
      const operator = fieldOperator(size, denseCoupling(size, matrix, "single"), exact);
      expect(operator.traffic).toBe(fieldOperator(size, denseCoupling(size, matrix), exact).traffic / 2);
      const { fields, sizes } = wholeFields(size, matrix, s);
      const error = relativeError(fieldsOf(operator, s), fields, sizes);
      expect(error).toBeLessThan(Math.SQRT2 * operator.kernelError + exact);
      expect(error).toBeGreaterThan(1e-11);
      // Sums are in double precision: with J that single precision holds, nothing is lost.
      const rounded = {
        re: Float64Array.from(matrix.re, Math.fround),
        im: Float64Array.from(matrix.im, Math.fround),
      };
      const same = wholeFields(size, rounded, s);
      expect(relativeError(fieldsOf(operator, s), same.fields, same.sizes)).toBeLessThan(exact);
    },
  );
});

describe("sparseField", () => {
  it.each([false, true])("gives the same fields in another order of the sites (complex: %s)", (complex) => {
    const size = 501;
    const pairs = randomPairs(size, 4 * size, 6, complex);
    const s = randomAmplitudes(size, 9);
    const rank = reverseCuthillMcKee(size, pairs);
    const plain = plainFields(size, { kind: "sparse", pairs }, s);
    const found = fieldsOf(fieldOperator(size, { kind: "sparse", pairs }, 0, rank), s, rank);
    found.forEach((value, k) => {
      expect(Math.abs(value - plain[k]!)).toBeLessThan(1e-13);
    });
  });

  it("counts its memory: 12 bytes an entry when J is real, 20 when it is complex", () => {
    const size = 100;
    const pairs = { i: Uint32Array.of(0, 1, 5), j: Uint32Array.of(9, 1, 6), re: Float64Array.of(1, 2, 3) };
    // Two pairs count twice, the diagonal entry once; a row start for each site and one more.
    const entries = 5;
    const rows = 4 * (size + 1);
    expect(fieldOperator(size, { kind: "sparse", pairs }, 0).traffic - 32 * size).toBe(12 * entries + rows);
    const complex = { ...pairs, im: Float64Array.of(1, 2, 3) };
    expect(fieldOperator(size, { kind: "sparse", pairs: complex }, 0).traffic - 32 * size).toBe(
      20 * entries + rows,
    );
  });
});

describe("exponentialChainField", () => {
  it.each([
    [0, 1e-12],
    [0.3, 1e-4],
    [1, 1e-6],
    [1.5, 1e-9],
    [3, 1e-11],
    [6, 1e-8],
  ])("α = %f: fields within the error that the fit reports, and about as wrong", (alpha, tolerance) => {
    const size = 700;
    const sum = exponentialSum(alpha, size - 1, tolerance);
    const operator = exponentialChainField(size, -0.6, sum);
    expect(operator.kernelError).toBe(sum.error);
    const s = randomAmplitudes(size, 2);
    const expected = plainFields(size, { kind: "chain", alpha, strength: -0.6, boundary: "open" }, s);
    const sizes = Float64Array.from({ length: size }, (_, i) => {
      let total = 0;
      for (let j = 0; j < size; j++) {
        if (j !== i) total += (0.6 * Math.hypot(s[2 * j]!, s[2 * j + 1]!)) / Math.abs(i - j) ** alpha;
      }
      return total;
    });
    const error = relativeError(fieldsOf(operator, s), expected, sizes);
    expect(error).toBeLessThan(sum.error + 1e-13);
    if (alpha > 0) expect(error).toBeGreaterThan(sum.error / 100);
  });
});
