import type { Code } from "../wasm/assembler.ts";
import type { PlainInstruction } from "../wasm/opcodes.ts";

/** Code that leaves one value on the stack. */
export type Push = () => void;

/** Writes WebAssembly as nested calls instead of in stack order. */
export interface Script {
  readonly code: Code;
  /** Value of an instruction of one or more operands. */
  op(instruction: PlainInstruction, ...operands: readonly Push[]): Push;
  /** Works a value out now; the result can be used any number of times. */
  keep(value: Push, type?: "v128" | "i32"): Push;
  /** A local that is assigned more than once. */
  variable(type: "v128" | "i32", initial?: Push): Variable;
  load(pointer: Push, offset: number): Push;
  store(pointer: Push, offset: number, value: Push): void;
  i32(value: number): Push;
  /** Lanes of `whenTrue` where the mask is set, of `whenFalse` elsewhere. */
  choose(mask: Push, whenTrue: Push, whenFalse: Push): Push;
  /** Lanes exchanged. */
  exchange(value: Push): Push;
  when(condition: Push, then: () => void): void;
}

export interface Variable {
  readonly get: Push;
  set(value: Push): void;
}

export function createScript(code: Code): Script {
  const keep = (value: Push, type: "v128" | "i32" = "v128"): Push => {
    const local = code.local(type);
    value();
    code.set(local);
    return () => code.get(local);
  };
  return {
    code,
    op:
      (instruction, ...operands) =>
      () => {
        for (const operand of operands) operand();
        code.op(instruction);
      },
    keep,
    variable(type, initial) {
      const local = code.local(type);
      const set = (value: Push) => {
        value();
        code.set(local);
      };
      if (initial) set(initial);
      return { get: () => code.get(local), set };
    },
    load: (pointer, offset) => () => {
      pointer();
      code.memory("v128.load", offset);
    },
    store(pointer, offset, value) {
      pointer();
      value();
      code.memory("v128.store", offset);
    },
    i32: (value) => () => code.i32(value),
    choose: (mask, whenTrue, whenFalse) => () => {
      whenTrue();
      whenFalse();
      mask();
      code.op("v128.bitselect");
    },
    exchange(value) {
      return () => {
        const once = keep(value);
        once();
        once();
        code.shuffle64(1, 0);
      };
    },
    when(condition, then) {
      condition();
      code.when(then);
    },
  };
}
