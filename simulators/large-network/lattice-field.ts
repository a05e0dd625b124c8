import { type Arena, padded } from "../wasm/arena.ts";
import { march } from "../wasm/loops.ts";
import { compileOver, type FieldOperator } from "./field-operator.ts";

/** Whether the ends of a chain or a lattice are neighbours. */
export type Boundary = "open" | "periodic";

/** A regular lattice whose coupled pairs all have one real J. */
export interface Lattice {
  readonly size: number;
  readonly strength: number;
  /** Distances of the neighbours of a site far from every edge, both signs. */
  readonly shifts: readonly number[];
  /** Runs [from, to) of such sites. */
  readonly inner: () => Iterable<readonly [from: number, to: number]>;
  /** The other sites. */
  readonly edge: () => Iterable<number>;
  readonly neighbours: (site: number) => readonly number[];
}

/** A ring or an open chain in which each site couples to `range` neighbours on either side. */
export function ringLattice(size: number, range: number, strength: number, boundary: Boundary): Lattice {
  const distances = Array.from({ length: range }, (_, k) => k + 1);
  return {
    size,
    strength,
    shifts: distances.flatMap((d) => [-d, d]),
    inner: () => (2 * range < size ? [[range, size - range]] : []),
    *edge() {
      for (let i = 0; i < Math.min(range, size); i++) yield i;
      for (let i = Math.max(range, size - range); i < size; i++) yield i;
    },
    neighbours(i) {
      const all = distances.flatMap((d) => [i - d, i + d]);
      return boundary === "periodic"
        ? all.map((j) => (j + size) % size)
        : all.filter((j) => j >= 0 && j < size);
    },
  };
}

/** A rectangle of rows of `width` sites, nearest neighbours; site = width·row + column. */
export function squareLattice(size: number, width: number, strength: number, boundary: Boundary): Lattice {
  const height = size / width;
  const wrap = (value: number, length: number) =>
    boundary === "periodic" ? (value + length) % length : value >= 0 && value < length ? value : undefined;
  return {
    size,
    strength,
    shifts: [-width, -1, 1, width],
    *inner() {
      if (width < 3) return;
      for (let row = 1; row + 1 < height; row++) yield [row * width + 1, (row + 1) * width - 1];
    },
    *edge() {
      for (let row = 0; row < height; row++) {
        const whole = width < 3 || row === 0 || row + 1 === height;
        for (let column = 0; column < width; column += whole ? 1 : width - 1) yield row * width + column;
      }
    },
    neighbours(i) {
      const column = i % width;
      const row = (i - column) / width;
      const found: number[] = [];
      for (const [dRow, dColumn] of [
        [-1, 0],
        [0, -1],
        [0, 1],
        [1, 0],
      ] as const) {
        const r = wrap(row + dRow, height);
        const c = wrap(column + dColumn, width);
        if (r !== undefined && c !== undefined) found.push(r * width + c);
      }
      return found;
    },
  };
}

/** Field of a lattice without any table: neighbours stand at fixed distances but at the edges. */
export function latticeField(lattice: Lattice): FieldOperator {
  const { size, shifts } = lattice;
  return {
    size,
    arenaBytes: padded(16),
    otherBytes: 0,
    traffic: 32 * size,
    operations: 2 * (shifts.length + 1) * size,
    kernelError: 0,
    place({ arena, amplitudes, fields }) {
      const factor = arena.take(16);
      arena.doubles(factor, 2).set([lattice.strength, -lattice.strength]);
      const f = arena.doubles(fields, 2 * size);
      if (shifts.length === 0) return () => void f.fill(0);
      const inner = innerKernel(arena, shifts, { factor, amplitudes, fields });
      const s = arena.doubles(amplitudes, 2 * size);
      return () => {
        for (const [from, to] of lattice.inner()) inner(from, to);
        for (const i of lattice.edge()) {
          let re = 0;
          let im = 0;
          for (const j of lattice.neighbours(i)) {
            re += s[2 * j]!;
            im += s[2 * j + 1]!;
          }
          f[2 * i] = lattice.strength * re;
          f[2 * i + 1] = -lattice.strength * im;
        }
      };
    },
  };
}

function innerKernel(
  arena: Arena,
  shifts: readonly number[],
  at: { factor: number; amplitudes: number; fields: number },
): (from: number, to: number) => void {
  const farthest = -Math.min(...shifts);
  const run = compileOver(arena, (module) => {
    // Counted from the farthest neighbour before the site, so that every distance is positive.
    module.define("inner", { params: ["i32", "i32"], results: [] }, (code) => {
      const [site, end] = [0, 1];
      const factor = code.local("v128");
      code.i32(at.factor);
      code.memory("v128.load");
      code.set(factor);
      march(code, site, end, 16, () => {
        code.get(site);
        shifts.forEach((shift, k) => {
          code.get(site);
          code.memory("v128.load", at.amplitudes + 16 * (shift + farthest));
          if (k > 0) code.op("f64x2.add");
        });
        code.get(factor);
        code.op("f64x2.mul");
        code.memory("v128.store", at.fields + 16 * farthest);
      });
    });
  });
  return (from, to) => run.inner!(16 * (from - farthest), 16 * (to - farthest));
}
