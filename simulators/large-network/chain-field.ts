import { type Arena, padded } from "../wasm/arena.ts";
import { clear } from "../wasm/loops.ts";
import type { ExponentialSum } from "./exponential-sum.ts";
import { compileOver, type FieldOperator } from "./field-operator.ts";

const siteBytes = 16;

/** Partial sums that keep the additions of one site from waiting for each other. */
const partialSums = 4;

/**
 * Field of an open chain with J_ij = strength·Σ_k weight_k·decay_k^|i−j|, i ≠ j, by one recursion per term in each
 * direction: 8p multiply-adds of real numbers a site, no memory but the fields.
 */
export function exponentialChainField(size: number, strength: number, sum: ExponentialSum): FieldOperator {
  const terms = sum.weights.length;
  const tableBytes = 2 * siteBytes * terms;
  return {
    size,
    arenaBytes: padded(tableBytes),
    otherBytes: 0,
    traffic: 5 * siteBytes * size,
    operations: 16 * terms * size,
    kernelError: sum.error,
    place({ arena, amplitudes, fields }) {
      const table = arena.take(tableBytes);
      const values = arena.doubles(table, 4 * terms);
      for (let k = 0; k < terms; k++) {
        values.fill(sum.decays[k]!, 4 * k, 4 * k + 2);
        values.fill(strength * sum.weights[k]! * sum.decays[k]!, 4 * k + 2, 4 * k + 4);
      }
      return chainKernel(arena, size, terms, { table, amplitudes, fields });
    },
  };
}

function chainKernel(
  arena: Arena,
  size: number,
  terms: number,
  at: { table: number; amplitudes: number; fields: number },
): () => void {
  const run = compileOver(arena, (module) => {
    // Backward writes, forward adds and conjugates.
    const define = (name: "backward" | "forward") => {
      const forward = name === "forward";
      module.define(name, { params: ["i32", "i32"], results: [] }, (code) => {
        const [site, count] = [0, 1];
        const amplitude = code.local("v128");
        const partial = Array.from({ length: Math.min(partialSums, terms) }, () => code.local("v128"));
        const decays = Array.from({ length: terms }, () => code.local("v128"));
        const weights = Array.from({ length: terms }, () => code.local("v128"));
        const tails = Array.from({ length: terms }, () => code.local("v128"));
        for (let k = 0; k < terms; k++) {
          [decays[k]!, weights[k]!].forEach((local, part) => {
            code.i32(at.table);
            code.memory("v128.load", 2 * siteBytes * k + siteBytes * part);
            code.set(local);
          });
          clear(code, tails[k]!);
        }
        code.loop(() => {
          // tail_k = Σ_{j behind} strength·weight_k·decay_k^|i−j| s_j
          tails.forEach((tail, k) => {
            const sum = partial[k % partialSums]!;
            if (k >= partialSums) code.get(sum);
            code.get(tail);
            if (k >= partialSums) code.op("f64x2.add");
            code.set(sum);
          });
          code.get(site);
          code.memory("v128.load", at.amplitudes);
          code.set(amplitude);
          tails.forEach((tail, k) => {
            code.get(tail);
            code.get(decays[k]!);
            code.op("f64x2.mul");
            code.get(amplitude);
            code.get(weights[k]!);
            code.op("f64x2.mul");
            code.op("f64x2.add");
            code.set(tail);
          });
          code.get(site);
          partial.forEach((sum, k) => {
            code.get(sum);
            if (k > 0) code.op("f64x2.add");
          });
          if (forward) {
            code.get(site);
            code.memory("v128.load", at.fields);
            code.op("f64x2.add");
            code.f64x2(0, -0);
            code.op("v128.xor");
          }
          code.memory("v128.store", at.fields);
          code.get(site);
          code.i32(forward ? siteBytes : -siteBytes);
          code.op("i32.add");
          code.set(site);
          code.get(count);
          code.i32(-1);
          code.op("i32.add");
          code.tee(count);
          code.branchIf(0);
        });
      });
    };
    define("backward");
    define("forward");
  });
  return () => {
    run.backward!(siteBytes * (size - 1), size);
    run.forward!(0, size);
  };
}
