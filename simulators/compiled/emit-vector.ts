import type { Code } from "../wasm/assembler.ts";
import { countUses, type Expression } from "./expression.ts";

/** How the leaves of an expression get onto the stack, as f64x2. */
export interface VectorLeaves {
  state(index: number): void;
  parameter(index: number): void;
  constant(value: number): void;
}

/**
 * Emits f64x2 code that works out expressions, lane by lane, and hands each result to `store` on the stack.
 *
 * Every operation is done once. Values used more than once are kept in locals; leaves are asked for again at every
 * use, so that the caller decides between a local and a load.
 *
 * @param store - called after the code of output k, which lies on the stack
 * @param fused - leave it to the processor to round products that are added only once (relaxed SIMD)
 */
export function emitVector(
  code: Code,
  outputs: readonly Expression[],
  leaves: VectorLeaves,
  store: (output: number) => void,
  fused = false,
): void {
  const uses = countUses(outputs);
  const kept = new Map<Expression, number>();
  const isPlainProduct = (e: Expression) => fused && e.kind === "mul" && uses.get(e) === 1;
  const pushSum = (e: Expression & { kind: "add" | "sub" }): void => {
    const [first, second] =
      e.kind === "add" && isPlainProduct(e.left) ? [e.right, e.left] : [e.left, e.right];
    if (second.kind === "mul" && isPlainProduct(second)) {
      push(second.left);
      push(second.right);
      push(first);
      code.op(e.kind === "add" ? "f64x2.relaxed_madd" : "f64x2.relaxed_nmadd");
    } else {
      push(first);
      push(second);
      code.op(`f64x2.${e.kind}`);
    }
  };
  const push = (e: Expression): void => {
    const local = kept.get(e);
    if (local !== undefined) {
      code.get(local);
      return;
    }
    switch (e.kind) {
      case "constant":
        leaves.constant(e.value);
        return;
      case "state":
        leaves.state(e.index);
        return;
      case "parameter":
        leaves.parameter(e.index);
        return;
      case "neg":
        push(e.of);
        code.op("f64x2.neg");
        break;
      case "mul":
        push(e.left);
        push(e.right);
        code.op("f64x2.mul");
        break;
      case "add":
      case "sub":
        pushSum(e as Expression & { kind: "add" | "sub" });
    }
    if (uses.get(e)! > 1) {
      const made = code.local("v128");
      code.tee(made);
      kept.set(e, made);
    }
  };
  outputs.forEach((output, k) => {
    push(output);
    store(k);
  });
}
