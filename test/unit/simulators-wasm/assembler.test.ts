import fc from "fast-check";
import { expect, test } from "vitest";
import { type Code, createModule, type Signature } from "../../../simulators/wasm/assembler.ts";
import {
  memoryInstructions,
  type PlainInstruction,
  plainInstructions,
} from "../../../simulators/wasm/opcodes.ts";

/** One function `f` over a memory of one page; the engine's own validation is the first check of every opcode. */
function assemble(signature: Signature, body: (code: Code) => void) {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const builder = createModule({ pages: 1 });
  builder.define("f", signature, body);
  const module = new WebAssembly.Module(builder.toBytes());
  const instance = new WebAssembly.Instance(module, { env: { memory } });
  const numbers = new Float64Array(memory.buffer);
  return { f: instance.exports.f!, numbers };
}

/** Applies a vector instruction to doubles at 0, 16, … and reads the result back. */
function vectorOperation(instruction: PlainInstruction, operands: readonly (readonly [number, number])[]) {
  const { f, numbers } = assemble({ params: [], results: [] }, (code) => {
    code.i32(64);
    for (const [k] of operands.entries()) {
      code.i32(16 * k);
      code.memory("v128.load");
    }
    code.op(instruction);
    code.memory("v128.store");
  });
  operands.forEach(([low, high], k) => {
    numbers.set([low, high], 2 * k);
  });
  f();
  return [numbers[8]!, numbers[9]!];
}

const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
const pair = fc.tuple(finite, finite);

test.each<[PlainInstruction, (a: number, b: number) => number]>([
  ["f64x2.add", (a, b) => a + b],
  ["f64x2.sub", (a, b) => a - b],
  ["f64x2.mul", (a, b) => a * b],
  ["f64x2.div", (a, b) => a / b],
  ["f64x2.min", Math.min],
  ["f64x2.max", Math.max],
])("%s is the arithmetic of doubles in both lanes", (instruction, reference) => {
  fc.assert(
    fc.property(pair, pair, (a, b) => {
      const result = vectorOperation(instruction, [a, b]);
      expect(result).toEqual([reference(a[0], b[0]), reference(a[1], b[1])]);
    }),
    { numRuns: 40 },
  );
});

test.each<[PlainInstruction, (a: number) => number]>([
  ["f64x2.abs", Math.abs],
  ["f64x2.neg", (a) => -a],
  ["f64x2.sqrt", Math.sqrt],
  ["f64x2.floor", Math.floor],
  ["f64x2.ceil", Math.ceil],
  ["f64x2.trunc", Math.trunc],
])("%s in both lanes", (instruction, reference) => {
  fc.assert(
    fc.property(pair, (a) => {
      expect(vectorOperation(instruction, [a])).toEqual([reference(a[0]), reference(a[1])]);
    }),
    { numRuns: 40 },
  );
});

test("comparisons and bit selection choose lane by lane", () => {
  const { f, numbers } = assemble({ params: [], results: [] }, (code) => {
    code.i32(64);
    for (const k of [0, 1, 0, 1]) {
      code.i32(16 * k);
      code.memory("v128.load");
    }
    code.op("f64x2.lt");
    code.op("v128.bitselect");
    code.memory("v128.store");
  });
  numbers.set([1, 8, 2, -3]);
  f();
  expect([...numbers.slice(8, 10)]).toEqual([1, -3]);
});

test("shuffles and lanes name the lanes of the first operand before those of the second", () => {
  const { f, numbers } = assemble({ params: [], results: ["f64"] }, (code) => {
    const v = code.local("v128");
    code.f64x2(10, 11);
    code.f64x2(12, 13);
    code.shuffle64(3, 0);
    code.set(v);
    code.i32(64);
    code.get(v);
    code.memory("v128.store");
    code.get(v);
    code.lane("f64x2.extract_lane", 1);
  });
  expect(f()).toBe(10);
  expect([...numbers.slice(8, 10)]).toEqual([13, 10]);
});

test("loops, branches and conditions: Euclid's algorithm by subtraction", () => {
  const { f } = assemble({ params: ["i32", "i32"], results: ["i32"] }, (code) => {
    code.block(() => {
      code.loop(() => {
        code.get(0);
        code.get(1);
        code.op("i32.eq");
        code.branchIf(1);
        code.get(0);
        code.get(1);
        code.op("i32.gt_u");
        code.when(
          () => {
            code.get(0);
            code.get(1);
            code.op("i32.sub");
            code.set(0);
          },
          () => {
            code.get(1);
            code.get(0);
            code.op("i32.sub");
            code.set(1);
          },
        );
        code.branch(0);
      });
    });
    code.get(0);
  });
  expect(f(1071, 462)).toBe(21);
  expect(f(17, 5)).toBe(1);
});

test("integer constants of every length survive the encoding", () => {
  for (const value of [0, 1, -1, 63, 64, -64, -65, 127, 128, 8191, 8192, -8193, 2 ** 31 - 1, -(2 ** 31)]) {
    const { f } = assemble({ params: [], results: ["i32"] }, (code) => code.i32(value));
    expect(f()).toBe(value);
  }
});

test("many locals, far offsets and functions that call each other", () => {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const builder = createModule({ pages: 1 });
  const noted: number[] = [];
  const note = builder.importFunction("note", { params: ["f64"], results: [] });
  const square = builder.define("square", { params: ["f64"], results: ["f64"] }, (code) => {
    code.get(0);
    code.get(0);
    code.op("f64.mul");
  });
  builder.define("f", { params: [], results: [] }, (code) => {
    const locals = Array.from({ length: 300 }, () => code.local("f64"));
    code.f64(1.5);
    code.call(square);
    code.set(locals[299]!);
    code.i32(0);
    code.get(locals[299]!);
    code.memory("f64.store", 40_000);
    code.i32(0);
    code.memory("f64.load", 40_000);
    code.call(note);
  });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(builder.toBytes()), {
    env: { memory, note: (value: number) => noted.push(value) },
  });
  exports.f!();
  expect(noted).toEqual([2.25]);
  expect(new Float64Array(memory.buffer)[5000]).toBe(2.25);
});

test("a module over shared memory is accepted with one", () => {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 4, shared: true });
  const builder = createModule({ pages: 1, maximum: 4, shared: true });
  builder.define("f", { params: [], results: [] }, (code) => {
    code.i32(8);
    code.f64(3);
    code.memory("f64.store");
  });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(builder.toBytes()), {
    env: { memory },
  });
  exports.f!();
  expect(new Float64Array(memory.buffer)[1]).toBe(3);
});

/** Operands and result of every instruction by the naming rules of the text format, checked by the engine. */
test.each(
  Object.keys(plainInstructions).filter(
    (name) => !/^(return|drop|select)$|relaxed/.test(name),
  ) as PlainInstruction[],
)("%s has the opcode of that name", (name) => {
  const [shape, operation] = name.split(".") as [string, string];
  const vector = shape === "v128" || shape.includes("x");
  const own = vector ? "v128" : (shape as "i32" | "f64");
  const zero = (code: Code, type: string) => {
    if (type === "v128") code.f64x2(0, 0);
    else if (type === "i32") code.i32(0);
    else code.f64(0);
  };
  if (name === "f64.promote_f32") {
    expect(() =>
      assemble({ params: [], results: ["f64"] }, (code) => {
        code.i32(0);
        code.memory("f32.load");
        code.op(name);
      }),
    ).not.toThrow();
    return;
  }
  const unary =
    /^(eqz|abs|neg|sqrt|not|ceil|floor|trunc|nearest|any_true|all_true|bitmask|splat|convert|promote)/;
  const compares = /^(eqz?|ne|lt|gt|le|ge)(_[su])?$/.test(operation);
  const first = operation === "splat" ? "f64" : operation.startsWith("convert_i32") ? "i32" : own;
  const second = /^sh[lr]/.test(operation) && vector ? "i32" : own;
  const operands =
    operation === "bitselect" ? [own, own, own] : unary.test(operation) ? [first] : [first, second];
  const result = /true|bitmask/.test(operation) || (compares && !vector) ? "i32" : own;
  expect(() =>
    assemble({ params: [], results: [result] }, (code) => {
      for (const operand of operands) zero(code, operand);
      code.op(name);
    }),
  ).not.toThrow();
});

test("loads and stores of every width keep the value", () => {
  for (const load of Object.keys(memoryInstructions).filter((name) => name.includes("load"))) {
    const { f, numbers } = assemble({ params: [], results: ["f64"] }, (code) => {
      code.i32(0);
      code.memory(load as keyof typeof memoryInstructions, 8);
      if (load === "i32.load") code.op("f64.convert_i32_u");
      if (load === "f32.load") code.op("f64.promote_f32");
      if (load.startsWith("v128")) code.lane("f64x2.extract_lane", load.endsWith("splat") ? 1 : 0);
    });
    const words = new Uint32Array(numbers.buffer);
    const singles = new Float32Array(numbers.buffer);
    if (load === "i32.load") words[2] = 7;
    else if (load === "f32.load") singles[2] = 7;
    else numbers[1] = 7;
    expect(f(), load).toBe(7);
  }
});

test("locals of a scope are made again after it, those outside stay", () => {
  const made: number[] = [];
  const { f, numbers } = assemble({ params: [], results: [] }, (code) => {
    const kept = code.local("v128");
    code.f64x2(1, 2);
    code.set(kept);
    for (const value of [3, 5]) {
      code.scope(() => {
        const inner = code.local("v128");
        made.push(inner);
        code.f64x2(value, value + 1);
        code.set(inner);
        code.scope(() => {
          const innermost = code.local("v128");
          made.push(innermost);
          expect(innermost).not.toBe(inner);
          code.get(inner);
          code.set(innermost);
        });
        code.i32(8 * (value - 1));
        code.get(inner);
        code.get(kept);
        code.op("f64x2.add");
        code.memory("v128.store");
      });
    }
    // Of another type: not one of those.
    made.push(code.local("i32"));
  });
  f();
  expect(made[2]).toBe(made[0]);
  expect(made[3]).toBe(made[1]);
  expect(made[4]).not.toBe(made[0]);
  expect([...numbers.subarray(2, 6)]).toEqual([4, 6, 6, 8]);
});
