import type { Arena } from "../wasm/arena.ts";
import { createModule, type ModuleBuilder } from "../wasm/assembler.ts";

/** Where a field operator finds ⟨A†_j⟩ and puts F_i: (re, im) of one site after the other, in the arena. */
export interface FieldArrays {
  readonly arena: Arena;
  /** Byte address of the amplitudes. */
  readonly amplitudes: number;
  /** Byte address of the fields. */
  readonly fields: number;
}

/**
 * F_i = Σ_j J_ij ⟨A_j⟩ = Σ_j J_ij ⟨A†_j⟩* for all sites at once, in an arena that it may share with other arrays.
 */
export interface FieldOperator {
  readonly size: number;
  /** Bytes that `place` takes from the arena. */
  readonly arenaBytes: number;
  /** Bytes that it holds elsewhere. */
  readonly otherBytes: number;
  /** Bytes read and written by one application, caches aside. */
  readonly traffic: number;
  /** Floating-point operations of one application. */
  readonly operations: number;
  /** Largest |error of J_ij|/|J_ij| of the operator, its rounding apart; 0 where J is used as it is given. */
  readonly kernelError: number;
  /** Writes its tables and gives the function that computes the fields. */
  readonly place: (arrays: FieldArrays) => () => void;
}

/** Compiles functions over the memory of an arena; `imports` are those that `write` imports. */
export function compileOver(
  arena: Arena,
  write: (module: ModuleBuilder) => void,
  imports: Readonly<Record<string, (...args: number[]) => void>> = {},
): Readonly<Record<string, WebAssembly.Callable>> {
  const { memory } = arena;
  const builder = createModule({ pages: memory.buffer.byteLength / 65_536 });
  write(builder);
  return new WebAssembly.Instance(new WebAssembly.Module(builder.toBytes()), { env: { memory, ...imports } })
    .exports;
}
