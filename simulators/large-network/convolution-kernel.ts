import type { Code, ModuleBuilder } from "../wasm/assembler.ts";
import { advance, march } from "../wasm/loops.ts";
import { factorPass, plainPass, pointBytes } from "./radix-passes.ts";

/** Addresses and sizes of a convolution; a point is two vectors, real and imaginary parts of both lanes. */
interface ConvolutionLayout {
  readonly size: number;
  readonly half: number;
  /** Lengths of the passes with factors, ascending. */
  readonly levels: readonly number[];
  readonly data: number;
  readonly spectrum: number;
  readonly twiddles: number;
  readonly turn: number;
  readonly amplitudes: number;
  readonly fields: number;
}

/** Transforms up to this many points run pass by pass; longer ones quarter by quarter, for the cache. */
const bulk = 512;

/**
 * `gather` (amplitudes, conjugated, into both lanes), `forward(address, length)`, `multiply` by the spectrum,
 * `inverse(address, length)`, `scatter` (into the fields).
 */
export function convolutionFunctions(module: ModuleBuilder, layout: ConvolutionLayout): void {
  const { levels, twiddles } = layout;
  const smallest = levels[0] ?? 0;
  const rest = smallest === 0 ? layout.half : smallest / 4;
  const params = ["i32", "i32"] as const;
  for (const direction of ["forward", "inverse"] as const) {
    const forward = direction === "forward";
    const pass = module.define(`${direction}Pass`, { params, results: [] }, (code) =>
      factorPass(code, forward, twiddles, smallest),
    );
    const last = module.define(`${direction}Rest`, { params, results: [] }, (code) =>
      plainPass(code, forward, rest),
    );
    // Passes of every level over a stretch that the cache holds.
    const bulkPass = module.define(`${direction}Bulk`, { params, results: [] }, (code) => {
      const [address, length] = [0, 1];
      const end = code.local("i32");
      const block = code.local("i32");
      code.get(address);
      code.get(length);
      code.i32(5);
      code.op("i32.shl");
      code.op("i32.add");
      code.set(end);
      const level = (n: number) => {
        code.get(length);
        code.i32(n);
        code.op("i32.ge_u");
        code.when(() => {
          code.get(address);
          code.set(block);
          march(code, block, end, pointBytes * n, () => {
            code.get(block);
            code.i32(n);
            code.call(pass);
          });
        });
      };
      const restPass = () => {
        code.get(address);
        code.get(end);
        code.call(last);
      };
      const within = levels.filter((n) => n <= bulk);
      if (!forward) restPass();
      for (const n of forward ? within.toReversed() : within) level(n);
      if (forward) restPass();
    });
    // A function calls itself by the index it will have.
    const self = { index: bulkPass.index + 1 };
    module.define(direction, { params, results: [] }, (code) => {
      const [address, length] = [0, 1];
      const quarter = code.local("i32");
      code.get(length);
      code.i32(bulk);
      code.op("i32.le_u");
      code.when(
        () => {
          code.get(address);
          code.get(length);
          code.call(bulkPass);
        },
        () => {
          const whole = () => {
            code.get(address);
            code.get(length);
            code.call(pass);
          };
          if (forward) whole();
          code.get(length);
          code.i32(2);
          code.op("i32.shr_u");
          code.set(quarter);
          for (let q = 0; q < 4; q++) {
            code.get(address);
            code.get(quarter);
            code.i32(pointBytes * q);
            code.op("i32.mul");
            code.op("i32.add");
            code.get(quarter);
            code.call(self);
          }
          if (!forward) whole();
        },
      );
    });
  }
  module.define("gather", { params: [], results: [] }, (code) => gather(code, layout));
  module.define("multiply", { params: [], results: [] }, (code) => multiply(code, layout));
  module.define("scatter", { params: [], results: [] }, (code) => scatter(code, layout));
}

/** Lane 0: s*; lane 1: s* turned; zero behind the last site. */
function gather(code: Code, { size, half, data, turn, amplitudes }: ConvolutionLayout): void {
  const place = code.local("i32");
  const point = code.local("i32");
  const end = code.local("i32");
  const s = code.local("v128");
  const w = code.local("v128");
  const turned = code.local("v128");
  code.i32(16 * size);
  code.set(end);
  march(code, place, end, 16, () => {
    code.get(place);
    code.memory("v128.load", amplitudes);
    code.f64x2(0, -0);
    code.op("v128.xor");
    code.set(s);
    code.get(place);
    code.memory("v128.load", turn);
    code.set(w);
    // (s.re w.re − s.im w.im, s.im w.re + s.re w.im)
    code.get(s);
    code.get(w);
    code.get(w);
    code.shuffle64(0, 0);
    code.op("f64x2.mul");
    code.get(s);
    code.get(s);
    code.shuffle64(1, 0);
    code.get(w);
    code.get(w);
    code.shuffle64(1, 1);
    code.op("f64x2.mul");
    code.f64x2(-0, 0);
    code.op("v128.xor");
    code.op("f64x2.add");
    code.set(turned);
    code.get(point);
    code.get(s);
    code.get(turned);
    code.shuffle64(0, 2);
    code.memory("v128.store", data);
    code.get(point);
    code.get(s);
    code.get(turned);
    code.shuffle64(1, 3);
    code.memory("v128.store", data + 16);
    advance(code, point, pointBytes);
  });
  code.i32(pointBytes * half);
  code.set(end);
  march(code, point, end, 16, () => {
    code.get(point);
    code.f64x2(0, 0);
    code.memory("v128.store", data);
  });
}

function multiply(code: Code, { half, data, spectrum }: ConvolutionLayout): void {
  const place = code.local("i32");
  const point = code.local("i32");
  const end = code.local("i32");
  const factor = code.local("v128");
  code.i32(16 * half);
  code.set(end);
  march(code, place, end, 16, () => {
    code.get(place);
    code.memory("v128.load", spectrum);
    code.set(factor);
    for (const offset of [0, 16]) {
      code.get(point);
      code.get(point);
      code.memory("v128.load", data + offset);
      code.get(factor);
      code.op("f64x2.mul");
      code.memory("v128.store", data + offset);
    }
    advance(code, point, pointBytes);
  });
}

/** F = lane 0 + lane 1 turned back. */
function scatter(code: Code, { size, data, turn, fields }: ConvolutionLayout): void {
  const place = code.local("i32");
  const point = code.local("i32");
  const end = code.local("i32");
  const re = code.local("v128");
  const im = code.local("v128");
  const w = code.local("v128");
  code.i32(16 * size);
  code.set(end);
  march(code, place, end, 16, () => {
    code.get(point);
    code.memory("v128.load", data);
    code.set(re);
    code.get(point);
    code.memory("v128.load", data + 16);
    code.set(im);
    code.get(place);
    code.memory("v128.load", turn);
    code.set(w);
    code.get(place);
    code.get(re);
    code.get(im);
    code.shuffle64(0, 2);
    // v·w* = (v.re w.re + v.im w.im, v.im w.re − v.re w.im)
    code.get(re);
    code.get(im);
    code.shuffle64(1, 3);
    code.get(w);
    code.get(w);
    code.shuffle64(0, 0);
    code.op("f64x2.mul");
    code.op("f64x2.add");
    code.get(im);
    code.get(re);
    code.shuffle64(1, 3);
    code.get(w);
    code.get(w);
    code.shuffle64(1, 1);
    code.op("f64x2.mul");
    code.f64x2(0, -0);
    code.op("v128.xor");
    code.op("f64x2.add");
    code.memory("v128.store", fields);
    advance(code, point, pointBytes);
  });
}
