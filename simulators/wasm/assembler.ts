import {
  type LaneInstruction,
  laneInstructions,
  type MemoryInstruction,
  memoryInstructions,
  type PlainInstruction,
  plainInstructions,
} from "./opcodes.ts";

/**
 * Assembler for WebAssembly modules with 128-bit vectors: functions over one memory, no tables, no start function.
 *
 * @source WebAssembly Core Specification 2.0, §5 (binary format); opcodes of the relaxed-SIMD proposal
 */

export type ValueType = "i32" | "f64" | "v128";

const typeCodes: Readonly<Record<ValueType, number>> = { i32: 0x7f, f64: 0x7c, v128: 0x7b };

export interface Signature {
  readonly params: readonly ValueType[];
  readonly results: readonly ValueType[];
}

/** A function of the module; `index` is what `call` takes. */
export interface FunctionHandle {
  readonly index: number;
}

/** Memory imported as `env.memory`, in pages of 64 KiB; `shared` needs a maximum. */
export interface MemoryImport {
  readonly pages: number;
  readonly maximum?: number;
  readonly shared?: boolean;
}

/** Writes the instructions of one function, in the order of the stack machine. */
export interface Code {
  /** A new local, zero at first unless a `scope` had it before. */
  local(type: ValueType): number;
  /** Locals made inside are free to be made again afterwards: engines take long over functions with very many. */
  scope(body: () => void): void;
  get(local: number): void;
  set(local: number): void;
  tee(local: number): void;
  i32(value: number): void;
  f64(value: number): void;
  /** Both lanes of a vector. */
  f64x2(low: number, high: number): void;
  op(instruction: PlainInstruction): void;
  lane(instruction: LaneInstruction, lane: 0 | 1): void;
  /** Lanes of the two operands: 0, 1 of the first, 2, 3 of the second. */
  shuffle64(low: 0 | 1 | 2 | 3, high: 0 | 1 | 2 | 3): void;
  /** Address from the stack plus `offset` bytes; `alignment` is log2 of what is promised, the natural one if left out. */
  memory(instruction: MemoryInstruction, offset?: number, alignment?: number): void;
  call(target: FunctionHandle): void;
  /** Labels are counted from the innermost, 0. */
  block(body: () => void): void;
  loop(body: () => void): void;
  /** Takes its condition from the stack. */
  when(then: () => void, otherwise?: () => void): void;
  branch(depth: number): void;
  branchIf(depth: number): void;
}

export interface ModuleBuilder {
  /** A function of JavaScript, imported as `env.name`; before any `define`. */
  importFunction(name: string, signature: Signature): FunctionHandle;
  /** Parameters are the locals 0, 1, …; exported under its name. */
  define(name: string, signature: Signature, body: (code: Code) => void): FunctionHandle;
  toBytes(): Uint8Array<ArrayBuffer>;
}

export function createModule(memory: MemoryImport): ModuleBuilder {
  const types: number[][] = [];
  const imports: { name: string; type: number }[] = [];
  const functions: { name: string; type: number; body: number[] }[] = [];
  const typeOf = (signature: Signature): number => {
    const bytes = [0x60, ...vector(signature.params.map(codeOf)), ...vector(signature.results.map(codeOf))];
    const known = types.findIndex((other) => other.join() === bytes.join());
    return known >= 0 ? known : types.push(bytes) - 1;
  };
  return {
    importFunction(name, signature) {
      if (functions.length > 0) throw new RangeError("imports come before functions");
      return { index: imports.push({ name, type: typeOf(signature) }) - 1 };
    },
    define(name, signature, body) {
      const index = imports.length + functions.length;
      const entry = { name, type: typeOf(signature), body: [] as number[] };
      functions.push(entry);
      entry.body = functionBody(signature, body);
      return { index };
    },
    toBytes() {
      const limits =
        memory.maximum === undefined
          ? [0x00, ...unsigned(memory.pages)]
          : [memory.shared ? 0x03 : 0x01, ...unsigned(memory.pages), ...unsigned(memory.maximum)];
      const imported = [
        [...text("env"), ...text("memory"), 0x02, ...limits],
        ...imports.map(({ name, type }) => [...text("env"), ...text(name), 0x00, ...unsigned(type)]),
      ];
      const exported = functions.map(({ name }, i) => [...text(name), 0x00, ...unsigned(imports.length + i)]);
      return Uint8Array.from(
        concatenate([
          [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
          section(1, types),
          section(2, imported),
          section(
            3,
            functions.map(({ type }) => unsigned(type)),
          ),
          section(7, exported),
          section(
            10,
            functions.map(({ body }) => concatenate([unsigned(body.length), body])),
          ),
        ]),
      );
    },
  };
}

function functionBody(signature: Signature, write: (code: Code) => void): number[] {
  const locals: ValueType[] = [];
  const bytes: number[] = [];
  const put = (...values: readonly number[]) => {
    for (const value of values) bytes.push(value);
  };
  const nested = (opcode: number, body: () => void) => {
    put(opcode, 0x40);
    body();
    put(0x0b);
  };
  const free: Record<ValueType, number[]> = { i32: [], f64: [], v128: [] };
  let made: number[] = [];
  const typeOfLocal = (index: number) => locals[index - signature.params.length]!;
  write({
    local(type) {
      const index = free[type].pop() ?? signature.params.length + locals.push(type) - 1;
      made.push(index);
      return index;
    },
    scope(body) {
      const outside = made;
      made = [];
      body();
      for (const index of made.reverse()) free[typeOfLocal(index)].push(index);
      made = outside;
    },
    get: (local) => put(0x20, ...unsigned(local)),
    set: (local) => put(0x21, ...unsigned(local)),
    tee: (local) => put(0x22, ...unsigned(local)),
    i32: (value) => put(0x41, ...signed(value)),
    f64: (value) => put(0x44, ...doubleBytes(value)),
    f64x2: (low, high) => put(0xfd, 0x0c, ...doubleBytes(low), ...doubleBytes(high)),
    op: (instruction) => put(...plainInstructions[instruction]),
    lane: (instruction, lane) => put(...laneInstructions[instruction], lane),
    shuffle64: (low, high) => put(0xfd, 0x0d, ...eightFrom(low), ...eightFrom(high)),
    memory(instruction, offset = 0, alignment = memoryInstructions[instruction].alignment) {
      put(...memoryInstructions[instruction].code, ...unsigned(alignment), ...unsigned(offset));
    },
    call: ({ index }) => put(0x10, ...unsigned(index)),
    block: (body) => nested(0x02, body),
    loop: (body) => nested(0x03, body),
    when(then, otherwise) {
      nested(0x04, () => {
        then();
        if (otherwise) {
          put(0x05);
          otherwise();
        }
      });
    },
    branch: (depth) => put(0x0c, ...unsigned(depth)),
    branchIf: (depth) => put(0x0d, ...unsigned(depth)),
  });
  put(0x0b);
  return concatenate([vector(locals.map((type) => [...unsigned(1), typeCodes[type]])), bytes]);
}

const codeOf = (type: ValueType) => [typeCodes[type]];
const eightFrom = (lane: number) => Array.from({ length: 8 }, (_, k) => 8 * lane + k);

/** LEB128. */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value >>> 0;
  do {
    const low = rest & 0x7f;
    rest >>>= 7;
    bytes.push(rest ? low | 0x80 : low);
  } while (rest);
  return bytes;
}

/** Signed LEB128 of a 32-bit integer. */
function signed(value: number): number[] {
  const bytes: number[] = [];
  let rest = value | 0;
  for (;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    const done = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0);
    bytes.push(done ? low : low | 0x80);
    if (done) return bytes;
  }
}

function doubleBytes(value: number): number[] {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value, true);
  return [...bytes];
}

function text(name: string): number[] {
  const bytes = new TextEncoder().encode(name);
  return [...unsigned(bytes.length), ...bytes];
}

function vector(items: readonly (readonly number[])[]): number[] {
  return concatenate([unsigned(items.length), ...items]);
}

function section(id: number, items: readonly (readonly number[])[]): number[] {
  if (items.length === 0) return [];
  const content = vector(items);
  return concatenate([[id], unsigned(content.length), content]);
}

/** Without spreading: bodies can be longer than an argument list may be. */
function concatenate(parts: readonly (readonly number[])[]): number[] {
  const all: number[] = [];
  for (const part of parts) for (const byte of part) all.push(byte);
  return all;
}
