import { createRandom } from "#core/random";
import type { LargeCoupling } from "#simulators/large-network/coupling";
import type { SparsePairs } from "#simulators/large-network/sparse-field";

/** The whole J of a network, row-major, written down from the definition of its kind. */
export interface WholeMatrix {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

export interface TestCoupling {
  readonly name: string;
  readonly coupling: LargeCoupling;
  readonly matrix: WholeMatrix;
}

function matrixBy(size: number, element: (i: number, j: number) => readonly [number, number]): WholeMatrix {
  const re = new Float64Array(size * size);
  const im = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      const [a, b] = element(i, j);
      re[i * size + j] = a;
      im[i * size + j] = b;
    }
  }
  return { re, im };
}

/** Hermitian with a real diagonal. */
export function randomHermitian(size: number, seed: number, complex: boolean): WholeMatrix {
  const random = createRandom(seed, "hermitian");
  const re = new Float64Array(size * size);
  const im = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = i; j < size; j++) {
      const a = random.uniform() - 0.5;
      const b = complex && i !== j ? random.uniform() - 0.5 : 0;
      re[i * size + j] = a;
      re[j * size + i] = a;
      im[i * size + j] = b;
      im[j * size + i] = -b;
    }
  }
  return { re, im };
}

export function denseCoupling(size: number, matrix: WholeMatrix, precision?: "single"): LargeCoupling {
  return {
    kind: "dense",
    rows: {
      complex: matrix.im.some((value) => value !== 0),
      row(i, re, im) {
        re.set(matrix.re.subarray(i * size, (i + 1) * size));
        im.set(matrix.im.subarray(i * size, (i + 1) * size));
      },
    },
    ...(precision && { precision }),
  };
}

/** Random pairs in either order, some on the diagonal, some repeated. */
export function randomPairs(size: number, count: number, seed: number, complex: boolean): SparsePairs {
  const random = createRandom(seed, "pairs");
  const site = () => Math.floor(size * random.uniform());
  const i = Uint32Array.from({ length: count }, site);
  const j = Uint32Array.from({ length: count }, site);
  if (count > 2) {
    i[1] = j[0]!;
    j[1] = i[0]!;
    j[2] = i[2]!;
  }
  const number = () => random.uniform() - 0.5;
  const re = Float64Array.from({ length: count }, number);
  return complex ? { i, j, re, im: Float64Array.from({ length: count }, number) } : { i, j, re };
}

function sparseCoupling(size: number, pairs: SparsePairs): TestCoupling["matrix"] {
  const matrix = matrixBy(size, () => [0, 0]);
  for (let k = 0; k < pairs.i.length; k++) {
    const [a, b, re] = [pairs.i[k]!, pairs.j[k]!, pairs.re[k]!];
    const im = a === b ? 0 : (pairs.im?.[k] ?? 0);
    matrix.re[a * size + b]! += re;
    matrix.im[a * size + b]! += im;
    if (a === b) continue;
    matrix.re[b * size + a]! += re;
    matrix.im[b * size + a]! -= im;
  }
  return matrix;
}

/** One network of every kind, with its J. */
export function everyKind(size: number, seed: number): TestCoupling[] {
  const around = (d: number) => Math.min(d, size - d);
  const kernelRe = Float64Array.from({ length: size }, (_, d) => Math.cos(d * d + seed) / (1 + d));
  const kernelIm = Float64Array.from({ length: size }, (_, d) => Math.sin(3 * d + seed) / (1 + d));
  const real = randomHermitian(size, seed, false);
  const complex = randomHermitian(size, seed, true);
  const pairs = randomPairs(size, 3 * size, seed, false);
  const complexPairs = randomPairs(size, 3 * size, seed + 1, true);
  const list: TestCoupling[] = [
    { name: "dense, real", coupling: denseCoupling(size, real), matrix: real },
    { name: "dense, complex", coupling: denseCoupling(size, complex), matrix: complex },
    { name: "sparse, real", coupling: { kind: "sparse", pairs }, matrix: sparseCoupling(size, pairs) },
    {
      name: "sparse, complex",
      coupling: { kind: "sparse", pairs: complexPairs },
      matrix: sparseCoupling(size, complexPairs),
    },
    {
      name: "chain, open",
      coupling: { kind: "chain", alpha: 1.5, strength: 0.7, boundary: "open" },
      matrix: matrixBy(size, (i, j) => [i === j ? 0 : 0.7 / Math.abs(i - j) ** 1.5, 0]),
    },
    {
      name: "chain, periodic",
      coupling: { kind: "chain", alpha: 0.5, strength: -0.4, boundary: "periodic" },
      matrix: matrixBy(size, (i, j) => [i === j ? 0 : -0.4 / around(Math.abs(i - j)) ** 0.5, 0]),
    },
    {
      name: "translation, complex",
      coupling: { kind: "translation", kernel: { re: kernelRe, im: kernelIm } },
      matrix: matrixBy(size, (i, j) => {
        const d = Math.abs(i - j);
        return [kernelRe[d]!, i === j ? 0 : Math.sign(i - j) * kernelIm[d]!];
      }),
    },
  ];
  for (const boundary of ["open", "periodic"] as const) {
    const range = boundary === "open" ? Math.min(3, size - 1) : Math.min(3, Math.ceil(size / 2) - 1);
    list.push({
      name: `ring, ${boundary}`,
      coupling: { kind: "ring", range, strength: 0.3, boundary },
      matrix: matrixBy(size, (i, j) => {
        const d = boundary === "open" ? Math.abs(i - j) : around(Math.abs(i - j));
        return [d > 0 && d <= range ? 0.3 : 0, 0];
      }),
    });
    const least = boundary === "open" ? 1 : 3;
    const width = [4, 3, 5, 1, size].find((w) => size % w === 0 && w >= least && size / w >= least);
    if (width === undefined) continue;
    const height = size / width;
    list.push({
      name: `square of width ${width}, ${boundary}`,
      coupling: { kind: "square", width, strength: -0.2, boundary },
      matrix: matrixBy(size, (i, j) => {
        const step = (a: number, b: number, length: number) => {
          const d = Math.abs(a - b);
          return boundary === "periodic" ? Math.min(d, length - d) : d;
        };
        const columns = step(i % width, j % width, width);
        const rows = step(Math.floor(i / width), Math.floor(j / width), height);
        return [columns + rows === 1 ? -0.2 : 0, 0];
      }),
    });
  }
  return list;
}

export function randomAmplitudes(size: number, seed: number): Float64Array {
  const random = createRandom(seed, "amplitudes");
  return Float64Array.from({ length: 2 * size }, () => random.uniform() - 0.5);
}

/** Σ_j J_ij s_j* and, per site, Σ_j |J_ij||s_j|, from the whole matrix. */
export function wholeFields(size: number, { re, im }: WholeMatrix, s: Float64Array) {
  const fields = new Float64Array(2 * size);
  const sizes = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      const [a, b] = [re[i * size + j]!, im[i * size + j]!];
      fields[2 * i]! += a * s[2 * j]! + b * s[2 * j + 1]!;
      fields[2 * i + 1]! += b * s[2 * j]! - a * s[2 * j + 1]!;
      sizes[i]! += Math.hypot(a, b) * Math.hypot(s[2 * j]!, s[2 * j + 1]!);
    }
  }
  return { fields, sizes };
}
