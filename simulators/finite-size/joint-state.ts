import { type AffineMap, coordinateCount, densityMatrixAt } from "#model/generator";
import { type Coupling, createCoupling, type Modulation, type Network } from "#model/network";
import { integrate } from "../kernel/dormand-prince.ts";
import { lindbladGenerator, lindbladOf } from "./joint-operators.ts";
import { propagate } from "./taylor.ts";

/** Density matrix of a few sites, 3^N × 3^N, interleaved re, im; site 0 is the most significant digit. */
export interface JointState {
  readonly sites: number;
  readonly rho: Float64Array;
}

const levels = 3;

/** Uncorrelated state of sites with coordinates x, one after another (see `#model/generator`). */
export function jointProduct(x: ArrayLike<number>): JointState {
  const sites = x.length / coordinateCount;
  let rho = Float64Array.of(1, 0);
  let dimension = 1;
  for (let s = 0; s < sites; s++) {
    const site = densityMatrixAt(x, s * coordinateCount);
    const next = new Float64Array(2 * (levels * dimension) ** 2);
    for (let r = 0; r < dimension; r++) {
      for (let c = 0; c < dimension; c++) {
        const [pr, pi] = [rho[2 * (r * dimension + c)]!, rho[2 * (r * dimension + c) + 1]!];
        for (let a = 0; a < levels; a++) {
          for (let b = 0; b < levels; b++) {
            const [qr, qi] = [site.re[levels * a + b]!, site.im[levels * a + b]!];
            const at = 2 * ((r * levels + a) * dimension * levels + c * levels + b);
            next[at] = pr * qr - pi * qi;
            next[at + 1] = pr * qi + pi * qr;
          }
        }
      }
    }
    rho = next;
    dimension *= levels;
  }
  return { sites, rho };
}

/** Matrix of a map of single-site states on all operators: image of |c⟩⟨d| at column 3c + d, interleaved. */
function superoperator({ constant, linear }: AffineMap): Float64Array {
  const image = (column?: number) => {
    const x = constant.slice();
    if (column !== undefined) {
      for (let row = 0; row < coordinateCount; row++) x[row]! += linear[row * coordinateCount + column]!;
    }
    return densityMatrixAt(x);
  };
  const size = levels * levels;
  const matrix = new Float64Array(2 * size * size);
  const put = (column: number, re: (k: number) => number, im: (k: number) => number) => {
    for (let row = 0; row < size; row++) {
      matrix[2 * (row * size + column)] = re(row);
      matrix[2 * (row * size + column) + 1] = im(row);
    }
  };
  const middle = image();
  put(
    4,
    (k) => middle.re[k]!,
    (k) => middle.im[k]!,
  );
  for (const [column, level] of [
    [0, 0],
    [1, 2],
  ] as const) {
    const at = image(column);
    put(
      4 * level,
      (k) => at.re[k]!,
      (k) => at.im[k]!,
    );
  }
  // With A the image of |a⟩⟨b| + h.c. and B that of i|a⟩⟨b| + h.c., the image of |a⟩⟨b| is (A − iB)/2.
  for (const [column, a, b] of [
    [2, 0, 1],
    [4, 1, 2],
    [6, 0, 2],
  ] as const) {
    const [even, odd] = [image(column), image(column + 1)];
    const at = (k: number) => ({
      ar: even.re[k]! - middle.re[k]!,
      ai: even.im[k]! - middle.im[k]!,
      br: odd.re[k]! - middle.re[k]!,
      bi: odd.im[k]! - middle.im[k]!,
    });
    put(
      levels * a + b,
      (k) => (at(k).ar + at(k).bi) / 2,
      (k) => (at(k).ai - at(k).br) / 2,
    );
    put(
      levels * b + a,
      (k) => (at(k).ar - at(k).bi) / 2,
      (k) => (at(k).ai + at(k).br) / 2,
    );
  }
  return matrix;
}

/** Applies a map of one site's states, others untouched; changes `rho` in place. */
export function applySiteMap({ sites, rho }: JointState, site: number, map: AffineMap): void {
  const matrix = superoperator(map);
  const dimension = levels ** sites;
  const place = levels ** (sites - 1 - site);
  const size = levels * levels;
  const block = new Float64Array(2 * size);
  const digitFree = (k: number) => Math.floor(k / place) % levels === 0;
  for (let r = 0; r < dimension; r++) {
    if (!digitFree(r)) continue;
    for (let c = 0; c < dimension; c++) {
      if (!digitFree(c)) continue;
      const at = (k: number) =>
        2 * ((r + Math.floor(k / levels) * place) * dimension + c + (k % levels) * place);
      for (let k = 0; k < size; k++) {
        block[2 * k] = rho[at(k)]!;
        block[2 * k + 1] = rho[at(k) + 1]!;
      }
      for (let row = 0; row < size; row++) {
        let [re, im] = [0, 0];
        for (let k = 0; k < size; k++) {
          const [mr, mi] = [matrix[2 * (row * size + k)]!, matrix[2 * (row * size + k) + 1]!];
          re += mr * block[2 * k]! - mi * block[2 * k + 1]!;
          im += mr * block[2 * k + 1]! + mi * block[2 * k]!;
        }
        rho[at(row)] = re;
        rho[at(row) + 1] = im;
      }
    }
  }
}

/**
 * Full master equation of a constant network over a time; changes `rho` in place.
 *
 * @param network - of as many sites as the state, in its order
 * @throws EntrainError `input.invalid`, `numerics.step_limit`
 * @accuracy of `evolveNetworkExactly`
 */
export function evolveJoint({ rho }: JointState, network: Network, duration: number): void {
  if (duration === 0) return;
  if (network.modulations?.some(({ coupling }) => coupling.column.length > 0)) {
    swingJoint(rho, network, network.modulations, duration);
    return;
  }
  const { generator, size } = lindbladGenerator(lindbladOf(network));
  propagate(generator, rho, duration, [], 1e-16, 4 / (size + 1e-300), () => {});
}

/** Tolerance per step of the master equation under modulated couplings. */
const swingTolerance = 1e-9;

/** The master equation with couplings that swing: the generator is that at rest and one more for each modulation. */
function swingJoint(
  rho: Float64Array,
  network: Network,
  modulations: readonly Modulation[],
  duration: number,
): void {
  const { sites, coupling } = network;
  const at = (added: Coupling) => {
    const { apply, shift } = lindbladGenerator(lindbladOf({ sites, coupling: added })).generator;
    return (x: Float64Array, out: Float64Array) => {
      apply(x, out, 1);
      for (let k = 0; k < x.length; k++) out[k]! -= shift * x[k]!;
    };
  };
  const resting = at(coupling);
  const bare = at(createCoupling(sites.length, []));
  const swings = modulations.map(({ coupling: swinging, ...rest }) => ({ ...rest, apply: at(swinging) }));
  const still = new Float64Array(rho.length);
  const moved = new Float64Array(rho.length);
  integrate(
    (t, y, dy) => {
      resting(y, dy);
      bare(y, still);
      for (const { apply, rate, phase } of swings) {
        apply(y, moved);
        const factor = Math.cos(rate * t + phase);
        for (let k = 0; k < dy.length; k++) dy[k]! += factor * (moved[k]! - still[k]!);
      }
    },
    0,
    rho,
    [duration],
    (_, __, last) => rho.set(last),
    { rtol: swingTolerance },
  );
}

/** Probability of every joint outcome of a level read-out, the levels in base three, first site first. */
export function jointPopulations({ sites, rho }: JointState): number[] {
  const dimension = levels ** sites;
  return Array.from({ length: dimension }, (_, k) => rho[2 * k * (dimension + 1)]!);
}
