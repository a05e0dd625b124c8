import { describe, expect, it } from "vitest";
import { eigenvalues } from "#core/eigenvalues";
import { createRandom } from "#core/random";
import { coordinateCount, coordinatesOf } from "#model/generator";
import { createCoupling } from "#model/network";
import type { Oscillator } from "#model/oscillator";
import {
  compileEnsemble,
  ensembleBytes,
  takeEnsembleArrays,
} from "#simulators/compiled-ensemble/ensemble-kernel";
import { normalStream, streamState } from "#simulators/compiled-ensemble/random-stream";
import { covarianceRoot, diffusionKernel } from "#simulators/finite-size/noise";
import { networkRightHandSide } from "#simulators/index";
import { createArena } from "#simulators/wasm/arena";
import { figureS4, generalProblem, setA, setB } from "../simulators-finite/problems.ts";

const n = coordinateCount;

/** A kernel for two pairs, its arrays as numbers of one trajectory. */
function kernelFor(site: Oscillator, coupling: number) {
  const pairs = 2;
  const arena = createArena(ensembleBytes(pairs));
  const arrays = takeEnsembleArrays(arena, pairs);
  const run = compileEnsemble(arena, arrays, site, coupling);
  const state = arena.doubles(arrays.state, 2 * n * pairs);
  const normals = arena.doubles(arrays.noise.normals, 2 * n);
  const words = new BigUint64Array(arena.memory.buffer, arrays.streams, 8 * pairs);
  const place = (trajectory: number, c: number) => 2 * n * (trajectory >> 1) + 2 * c + (trajectory & 1);
  return {
    run,
    arrays,
    normals,
    clips: arena.doubles(arrays.noise.clips, 2 * pairs),
    set(trajectory: number, x: ArrayLike<number>) {
      for (let c = 0; c < n; c++) state[place(trajectory, c)] = x[c]!;
    },
    get: (trajectory: number) => Float64Array.from({ length: n }, (_, c) => state[place(trajectory, c)]!),
    seed(trajectory: number, seed: number) {
      streamState(seed, trajectory).forEach((word, k) => {
        words[8 * (trajectory >> 1) + 2 * k + (trajectory & 1)] = word;
      });
    },
    /** Length of the step, and width of the noise. */
    steps(h: number, width: number) {
      const slots = arena.doubles(arrays.coefficients, 8);
      [h / 4, h / 2, h / 12, width].forEach((value, slot) => {
        slots.fill(value, 2 * slot, 2 * slot + 2);
      });
    },
  };
}

/** One step of the classical Runge–Kutta method with the plain right-hand side. */
function plainFlow(site: Oscillator, coupling: number, x: Float64Array, h: number): Float64Array {
  const f = networkRightHandSide({
    sites: [site],
    coupling: createCoupling(1, [{ i: 0, j: 0, re: coupling, im: 0 }]),
  });
  const slope = (at: Float64Array) => {
    const out = new Float64Array(n);
    f(0, at, out);
    return out;
  };
  const shifted = (k: Float64Array, by: number) => x.map((value, c) => value + by * k[c]!);
  const k1 = slope(x);
  const k2 = slope(shifted(k1, h / 2));
  const k3 = slope(shifted(k2, h / 2));
  const k4 = slope(shifted(k3, h));
  return x.map((value, c) => value + (h / 6) * (k1[c]! + 2 * k2[c]! + 2 * k3[c]! + k4[c]!));
}

const largest = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a, (value, k) => Math.abs(value - b[k]!)).reduce((most, d) => Math.max(most, d), 0);

/** Coordinates near and beyond the edge of the density matrices, as trajectories are. */
function scattered(count: number, spread: number): Float64Array[] {
  const random = createRandom(8, "scattered");
  return Array.from({ length: count }, () => {
    const x = coordinatesOf(setB(10).initial);
    const shrink = random.uniform();
    return x.map((value, c) => value * (c < 2 ? shrink : 0.4 * shrink) + spread * random.normal());
  });
}

describe("random numbers", () => {
  it("are those of the plain streams, lane by lane", () => {
    const { run, arrays, normals, seed } = kernelFor(setB(10).site, 1);
    [0, 1].forEach((trajectory) => {
      seed(trajectory, 99);
    });
    const plain = [0, 1].map((trajectory) => normalStream(99, trajectory));
    for (let round = 0; round < 300; round++) {
      run.draw!(arrays.streams);
      for (let q = 0; q < n; q++) {
        for (const lane of [0, 1]) {
          expect(Math.abs(normals[2 * q + lane]! - plain[lane]!.normal())).toBeLessThan(1e-14);
        }
      }
    }
  });

  it("begin with splitmix64 of the seed and the trajectory", () => {
    // First outputs from 0 of the authors' program, https://prng.di.unimi.it/splitmix64.c
    expect(streamState(0, 0)).toEqual([
      0xe220a8397b1dcdafn,
      0x6e789e6aa1b965f4n,
      0x06c45d188009454fn,
      0xf88bb8a8724c81ecn,
    ]);
    expect(streamState(0, 1)).not.toEqual(streamState(1, 0));
  });

  it("are normal: moments up to the fourth, no correlation between lanes, between neighbours, with the sine", () => {
    const { run, arrays, normals, seed } = kernelFor(setB(10).site, 1);
    [0, 1].forEach((trajectory) => {
      seed(trajectory, 5);
    });
    const rounds = 20_000;
    const sums = { first: 0, second: 0, third: 0, fourth: 0, lanes: 0, partners: 0 };
    for (let round = 0; round < rounds; round++) {
      run.draw!(arrays.streams);
      for (let q = 0; q < n; q++) {
        const [a, b] = [normals[2 * q]!, normals[2 * q + 1]!];
        for (const x of [a, b]) {
          sums.first += x;
          sums.second += x * x - 1;
          sums.third += x ** 3;
          sums.fourth += x ** 4 - 3;
        }
        sums.lanes += a * b;
        if (q % 2 === 0) sums.partners += a * normals[2 * q + 2]!;
      }
    }
    const count = 2 * n * rounds;
    // Standard deviations of x, x², x³, x⁴ for a normal variable: 1, √2, √15, √96.
    expect(Math.abs(sums.first)).toBeLessThan(4 * Math.sqrt(count));
    expect(Math.abs(sums.second)).toBeLessThan(4 * Math.sqrt(2 * count));
    expect(Math.abs(sums.third)).toBeLessThan(4 * Math.sqrt(15 * count));
    expect(Math.abs(sums.fourth)).toBeLessThan(4 * Math.sqrt(96 * count));
    expect(Math.abs(sums.lanes)).toBeLessThan(4 * Math.sqrt(count / 2));
    expect(Math.abs(sums.partners)).toBeLessThan(4 * Math.sqrt(count / 4));
  });
});

describe("half a flow", () => {
  it.each([
    ["B", setB(20)],
    ["every channel", generalProblem(20)],
  ] as const)(
    "is the Runge–Kutta step of the plain right-hand side to rounding (set %s)",
    (_, { site, coupling }) => {
      const { run, arrays, set, get, steps } = kernelFor(site, coupling);
      const h = 0.2;
      steps(h, 0);
      for (const x of scattered(20, 0.05)) {
        set(0, x);
        set(
          1,
          x.map((value) => 0.7 * value),
        );
        run.flow!(arrays.state);
        expect(largest(get(0), plainFlow(site, coupling, x, h / 2))).toBeLessThan(1e-15);
        expect(
          largest(
            get(1),
            plainFlow(
              site,
              coupling,
              x.map((value) => 0.7 * value),
              h / 2,
            ),
          ),
        ).toBeLessThan(1e-15);
      }
    },
  );
});

describe("the noise", () => {
  /** F of both lanes, column by column: what unit deviates add. */
  function factors(kernel: ReturnType<typeof kernelFor>, states: readonly Float64Array[]): Float64Array[] {
    kernel.steps(0, 1);
    const result = states.map(() => new Float64Array(n * n));
    for (let b = 0; b < n; b++) {
      states.forEach((x, lane) => {
        kernel.set(lane, x);
      });
      kernel.normals.fill(0);
      kernel.normals.fill(1, 2 * b, 2 * b + 2);
      kernel.run.noise!(0);
      states.forEach((x, lane) => {
        const moved = kernel.get(lane);
        for (let a = 0; a < n; a++) result[lane]![a * n + b] = moved[a]! - x[a]!;
      });
    }
    return result;
  }

  const square = (f: Float64Array) => {
    const out = new Float64Array(n * n);
    for (let a = 0; a < n; a++) {
      for (let b = 0; b < n; b++) {
        for (let k = 0; k < n; k++) out[a * n + b]! += f[a * n + k]! * f[b * n + k]!;
      }
    }
    return out;
  };

  /** The positive part of 2D(x), and how many of its eigenvalues are negative. */
  function positivePart(diffusion: ReturnType<typeof diffusionKernel>, x: Float64Array) {
    const matrix = new Float64Array(n * n);
    diffusion(x, 0, matrix);
    const whole = { rows: n, columns: n, re: new Float64Array(n * n), im: new Float64Array(n * n) };
    for (let r = 0; r < n; r++) {
      for (let c = 0; c < n; c++) whole.re[r * n + c] = matrix[Math.max(r, c) * n + Math.min(r, c)]!;
    }
    const negative = eigenvalues(whole).filter(({ re }) => re < -1e-9).length;
    const { root, factor } = covarianceRoot();
    const clipped = factor(matrix);
    return { expected: square(root), negative, clipped };
  }

  it.each([
    ["A", setA(10)],
    ["B", setB(10)],
    ["every channel", generalProblem(10)],
  ] as const)(
    "has the positive part of 2D(x) as covariance, whatever the signs of its eigenvalues (set %s)",
    (name, { site }) => {
      const kernel = kernelFor(site, 1);
      const diffusion = diffusionKernel(site);
      const seen = new Set<number>();
      let clips = 0;
      const states = [0.01, 0.03, 0.1, 0.3].flatMap((spread) => scattered(40, spread));
      for (let k = 0; k + 1 < states.length; k += 2) {
        const pair = [states[k]!, states[k + 1]!];
        kernel.clips.fill(0);
        const found = factors(kernel, pair);
        pair.forEach((x, lane) => {
          const { expected, negative, clipped } = positivePart(diffusion, x);
          seen.add(negative);
          if (clipped) clips++;
          const size = Math.max(...expected);
          expect(largest(square(found[lane]!), expected)).toBeLessThan(3e-8 * size);
          expect(kernel.clips[lane]).toBe(clipped ? n : 0);
        });
      }
      // None, one, and more than the iteration is tried for.
      expect(seen.has(0)).toBe(true);
      expect(seen.has(1)).toBe(true);
      if (name !== "every channel") expect(Math.max(...seen)).toBeGreaterThan(2);
      expect(clips).toBeGreaterThan(3);
    },
  );

  it("of one lane does not feel the other, to the last bit", () => {
    const { site } = setA(10);
    const states = [0.01, 0.1, 0.3].flatMap((spread) => scattered(12, spread));
    const kernel = kernelFor(site, 1);
    const alone = states.map((x) => factors(kernel, [x, x]));
    for (let k = 0; k < states.length; k++) {
      const other = (5 * k + 7) % states.length;
      const both = factors(kernel, [states[k]!, states[other]!]);
      expect(both[0]).toEqual(alone[k]![0]);
      expect(both[1]).toEqual(alone[other]![1]);
    }
  });
});

it("a trajectory is that of the plain code driven by the same stream", () => {
  // Large N: the noise matrix stays positive and both sides use its Cholesky factor.
  for (const problem of [generalProblem(1e5), figureS4(1e8, 0.75)]) {
    const { site, coupling, size, initial } = problem;
    const h = 0.1;
    const width = Math.sqrt(h / size);
    const kernel = kernelFor(site, coupling);
    kernel.steps(h, width);
    const diffusion = diffusionKernel(site);
    const { root, factor } = covarianceRoot();
    const start = coordinatesOf(initial);
    const plain = [0, 1, 2].map((trajectory) => ({ x: start, stream: normalStream(4, trajectory) }));
    plain.forEach((_, trajectory) => {
      kernel.set(trajectory, start);
      kernel.seed(trajectory, 4);
    });
    const matrix = new Float64Array(n * n);
    for (let step = 0; step < 30; step++) {
      kernel.run.step!(0, 32);
      for (const trajectory of plain) {
        const x = plainFlow(site, coupling, trajectory.x, h / 2);
        diffusion(x, 0, matrix);
        const clipped = factor(matrix);
        const normals = Array.from({ length: n }, () => trajectory.stream.normal());
        if (clipped) continue;
        const kicked = x.map(
          (value, a) => value + width * normals.reduce((sum, z, b) => sum + root[a * n + b]! * z, 0),
        );
        trajectory.x = plainFlow(site, coupling, kicked, h / 2);
      }
    }
    plain.forEach(({ x }, trajectory) => {
      expect(largest(kernel.get(trajectory), x)).toBeLessThan(1e-13);
    });
  }
});
