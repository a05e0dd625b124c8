import { coordinateCount } from "#model/generator";
import type { Oscillator } from "#model/oscillator";
import { compileOver } from "../large-network/field-operator.ts";
import { siteDerivative } from "../large-network/site-derivative.ts";
import { type Arena, padded } from "../wasm/arena.ts";
import type { ModuleBuilder } from "../wasm/assembler.ts";
import { accumulate, march } from "../wasm/loops.ts";
import { type NoiseArrays, noiseBytes, takeNoiseArrays } from "./noise-arrays.ts";
import { defineNoise } from "./noise-kernel.ts";
import { drawLocals, drawNormals, loadStreams, storeStreams, streamPairBytes } from "./random-kernel.ts";
import { loadVector, storeVector, vectors } from "./vectors.ts";

const n = coordinateCount;

/** Bytes of the coordinates of two trajectories. */
const pairBytes = 16 * n;

/** Addresses of a batch. */
export interface EnsembleArrays {
  readonly state: number;
  readonly streams: number;
  /** Half a step in three fractions, and the width of the noise: vectors. */
  readonly coefficients: number;
  readonly noise: NoiseArrays;
}

export function ensembleBytes(pairs: number): number {
  return padded(pairBytes * pairs) + padded(streamPairBytes * pairs) + padded(16 * 4) + noiseBytes(pairs);
}

export function takeEnsembleArrays(arena: Arena, pairs: number): EnsembleArrays {
  return {
    state: arena.take(pairBytes * pairs),
    streams: arena.take(streamPairBytes * pairs),
    coefficients: arena.take(16 * 4),
    noise: takeNoiseArrays(arena, pairs),
  };
}

/**
 * `step(from, to)`: half a flow, the noise, half a flow for the pairs of trajectories in a range (counted in steps of
 * 16); `flow(address)`: half a flow of one pair; `draw(address of streams)`: eight deviates of each of two streams
 * into the normals of `noise`.
 */
export function compileEnsemble(
  arena: Arena,
  arrays: EnsembleArrays,
  site: Oscillator,
  coupling: number,
): Readonly<Record<string, WebAssembly.Callable>> {
  return compileOver(arena, (module) => {
    const flow = defineFlow(module, arrays, site, coupling);
    const draw = defineDraw(module, arrays);
    const noise = defineNoise(module, arrays.state, arrays.coefficients + 48, arrays.noise, site);
    module.define("step", { params: ["i32", "i32"], results: [] }, (code) => {
      const [pair, end] = [0, 1];
      const state = code.local("i32");
      march(code, pair, end, 16, () => {
        const at = (base: number, shift: number) => {
          code.get(pair);
          code.i32(shift);
          code.op("i32.shl");
          code.i32(base);
          code.op("i32.add");
        };
        at(arrays.state, 3);
        code.tee(state);
        code.call(flow);
        at(arrays.streams, 2);
        code.call(draw);
        code.get(pair);
        code.call(noise);
        code.get(state);
        code.call(flow);
      });
    });
  });
}

/** Classical Runge–Kutta step of the mean-field drift; the field of a trajectory is coupling·⟨A⟩. */
function defineFlow(module: ModuleBuilder, arrays: EnsembleArrays, site: Oscillator, coupling: number) {
  return module.define("flow", { params: ["i32"], results: [] }, (code) => {
    const address = 0;
    const emit = siteDerivative(site, []);
    const [y, x, k, sum] = [vectors(code, n), vectors(code, n), vectors(code, n), vectors(code, n)] as const;
    const [re, im, half, whole, sixth] = vectors(code, 5) as [number, number, number, number, number];
    [half, whole, sixth].forEach((local, slot) => {
      code.i32(arrays.coefficients);
      code.memory("v128.load", 16 * slot);
      code.set(local);
    });
    const field = (from: readonly number[], part: 0 | 1, out: number) => {
      site.ladder.forEach((element, rung) => {
        const factor = (part === 0 ? 1 : -1) * coupling * element;
        code.get(from[2 + 2 * rung + part]!);
        code.f64x2(factor, factor);
        code.op("f64x2.mul");
        if (rung > 0) code.op("f64x2.add");
      });
      code.set(out);
    };
    y.forEach((local, c) => {
      loadVector(code, address, c, local);
    });
    for (const stage of [0, 1, 2, 3]) {
      const from = stage === 0 ? y : x;
      field(from, 0, re);
      field(from, 1, im);
      emit(code, { coordinates: from, field: [re, im], disorder: new Map() }, k);
      for (let c = 0; c < n; c++) {
        // k₁ + 2(k₂ + k₃) + k₄
        code.get(k[c]!);
        if (stage === 1 || stage === 2) {
          code.get(k[c]!);
          code.op("f64x2.add");
        }
        if (stage > 0) {
          code.get(sum[c]!);
          code.op("f64x2.add");
        }
        code.set(sum[c]!);
        if (stage === 3) {
          accumulate(code, y[c]!, () => {
            code.get(sum[c]!);
            code.get(sixth);
          });
          storeVector(code, address, c, y[c]!);
        } else {
          code.get(y[c]!);
          code.set(x[c]!);
          accumulate(code, x[c]!, () => {
            code.get(k[c]!);
            code.get(stage === 2 ? whole : half);
          });
        }
      }
    }
  });
}

function defineDraw(module: ModuleBuilder, arrays: EnsembleArrays) {
  return module.define("draw", { params: ["i32"], results: [] }, (code) => {
    const streams = 0;
    const locals = drawLocals(code);
    const [first, second] = vectors(code, 2) as [number, number];
    const out = code.local("i32");
    code.i32(arrays.noise.normals);
    code.set(out);
    loadStreams(code, streams, locals);
    for (let q = 0; q < n; q += 2) {
      drawNormals(code, locals, first, second);
      storeVector(code, out, q, first);
      storeVector(code, out, q + 1, second);
    }
    storeStreams(code, streams, locals);
  });
}
