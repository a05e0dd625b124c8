import type { Code } from "./assembler.ts";

/** while (pointer < end) { body; pointer += step }, unsigned. */
export function march(code: Code, pointer: number, end: number, step: number, body: () => void): void {
  code.get(pointer);
  code.get(end);
  code.op("i32.lt_u");
  code.when(() => {
    code.loop(() => {
      body();
      advance(code, pointer, step);
      code.get(pointer);
      code.get(end);
      code.op("i32.lt_u");
      code.branchIf(0);
    });
  });
}

/** local += step. */
export function advance(code: Code, local: number, step: number): void {
  code.get(local);
  code.i32(step);
  code.op("i32.add");
  code.set(local);
}

/** Sets a vector local to zero. */
export function clear(code: Code, local: number): void {
  code.f64x2(0, 0);
  code.set(local);
}

/** sum += (a·b), all vectors; `load` leaves a and b on the stack. */
export function accumulate(code: Code, sum: number, load: () => void, sign: 1 | -1 = 1): void {
  code.get(sum);
  load();
  code.op("f64x2.mul");
  code.op(sign === 1 ? "f64x2.add" : "f64x2.sub");
  code.set(sum);
}
