import type { Complex } from "#core/complex";
import type { ComplexMatrix } from "#core/complex-matrix";
import { EntrainError } from "#core/errors";
import { type ChargeSector, chargeSector, sectorDimension, typeCount } from "./charge-sector.ts";
import type { GroupEvolution, GroupProblem } from "./group-problem.ts";
import { firstCrossing } from "./lifetime.ts";
import { applyGenerator, countNonZeros, sectorGenerator } from "./sector-generator.ts";
import { type Functional, type LinearGenerator, propagate, type TaylorStep } from "./taylor.ts";

/** c_n of a product of one state: Π ρ_ab^{n_ab}, interleaved complex. */
function productVector(sector: ChargeSector, rho: ComplexMatrix): Float64Array {
  const { dimension, occupations, size } = sector;
  const powers = Array.from({ length: typeCount }, (_, type) => {
    const list: Complex[] = [{ re: 1, im: 0 }];
    for (let k = 1; k <= size; k++) {
      const { re, im } = list[k - 1]!;
      list.push({
        re: re * rho.re[type]! - im * rho.im[type]!,
        im: re * rho.im[type]! + im * rho.re[type]!,
      });
    }
    return list;
  });
  const c = new Float64Array(2 * dimension);
  for (let k = 0; k < dimension; k++) {
    let re = 1;
    let im = 0;
    for (let type = 0; type < typeCount; type++) {
      const power = powers[type]![occupations[k * typeCount + type]!]!;
      [re, im] = [re * power.re - im * power.im, re * power.im + im * power.re];
    }
    c[2 * k] = re;
    c[2 * k + 1] = im;
  }
  return c;
}

/** log k! for k = 0 … size. */
function logFactorials(size: number): Float64Array {
  const list = new Float64Array(size + 1);
  for (let k = 1; k <= size; k++) list[k] = list[k - 1]! + Math.log(k);
  return list;
}

/** Element of the reduced matrix of the first few sites: those carry `types`, the rest is traced out. */
function reducedElement(
  sector: ChargeSector,
  entries: readonly { readonly types: readonly number[]; readonly weight: number }[],
): Functional {
  const index: number[] = [];
  const weight: number[] = [];
  const occupation = new Uint8Array(typeCount);
  for (const entry of entries) {
    const rest = sector.size - entry.types.length;
    // Multinomials by products, exact as long as they fit 53 bits.
    for (let k0 = 0; k0 <= rest; k0++) {
      for (let k1 = 0; k1 <= rest - k0; k1++) {
        occupation.fill(0);
        occupation[0] = k0;
        occupation[4] = k1;
        occupation[8] = rest - k0 - k1;
        for (const type of entry.types) occupation[type]!++;
        index.push(sector.indexOf(occupation));
        weight.push(entry.weight * binomial(rest, k0) * binomial(rest - k0, k1));
      }
    }
  }
  return { index: Int32Array.from(index), weight: Float64Array.from(weight) };
}

function binomial(n: number, k: number): number {
  let value = 1;
  for (let j = 1; j <= Math.min(k, n - k); j++) value = Math.round((value * (n - j + 1)) / j);
  return value;
}

/** Non-zeros × applications × sectors that one request may cost; about five minutes on one core of 2024. */
export const exactWorkLimit = 1e11;
/** Non-zeros of one sector's generator that fit into about 3 GB. */
const exactSizeLimit = 1.2e8;

/** Estimated cost of an exact run. */
export interface ExactCost {
  /** Matrix elements of ρ in the two sectors needed. */
  readonly dimension: number;
  readonly nonZeros: number;
  readonly applications: number;
  readonly work: number;
}

/** Radius of the generator's spectrum about its middle, from above for moderate parameters. */
function spectralRadius({ site, size, coupling }: Omit<GroupProblem, "initial">): number {
  const { channels } = site;
  const rates =
    site.gain +
    site.loss +
    channels.relaxation10 +
    channels.relaxation21 +
    channels.heating01 +
    channels.heating12;
  const [a1, a2] = site.ladder;
  const exchange = (Math.abs(coupling) * (a1 * a1 + a2 * a2) * (size + 1)) / 4;
  return Math.hypot(
    size * (rates / 2 + channels.dephasing),
    exchange + size * Math.abs(site.asymmetry) + Math.abs(site.detuning),
  );
}

/** Cost of an exact run up to `end`, without building anything. */
export function exactCost(problem: Omit<GroupProblem, "initial">, end: number): ExactCost {
  const { site, size } = problem;
  const total = (count: (charge: number) => number) => count(-1) + count(0);
  const dimension = total((charge) => sectorDimension(size, charge));
  const nonZeros = total((charge) => countNonZeros(site, size, charge));
  const applications = 40 + 3.2 * spectralRadius(problem) * end;
  return { dimension, nonZeros, applications, work: nonZeros * applications };
}

/** Largest N whose exact run fits, at the other parameters of the problem. */
export function largestExactSize(problem: Omit<GroupProblem, "initial">, end: number): number {
  let size = 1;
  while (size < 60 && fits({ ...problem, size: size + 1 }, end)) size++;
  return size;
}

function fits(problem: Omit<GroupProblem, "initial">, end: number): boolean {
  const cost = exactCost(problem, end);
  return cost.work <= exactWorkLimit && cost.nonZeros / 2 <= exactSizeLimit;
}

/**
 * Refuses an exact run that would take too long or too much memory.
 *
 * @throws EntrainError `simulate.too_large` with the limit and the nearest size that fits
 */
export function refuseTooLarge(problem: Omit<GroupProblem, "initial">, end: number): void {
  if (problem.size <= 60 && fits(problem, end)) return;
  const nearest = largestExactSize(problem, end);
  const instead = "kind truncated-wigner (any size, statistical errors) or cumulant (any size, approximate)";
  if (nearest >= 2) {
    throw new EntrainError("simulate.too_large", {
      path: "size",
      message: `the exact master equation of ${problem.size} oscillators up to t = ${end} is beyond the limit of ${exactWorkLimit.toExponential(1)} multiplications`,
      found: problem.size,
      expected: `size up to ${nearest} at these rates and times`,
      hint: `Use ${instead} instead.`,
    });
  }
  throw new EntrainError("simulate.too_large", {
    path: "times",
    message: `the exact master equation up to t = ${end} is beyond the limit of ${exactWorkLimit.toExponential(1)} multiplications at any size`,
    found: end,
    expected: "shorter times, or slower rates and energies",
    hint: `Use ${instead} instead.`,
  });
}

interface SectorRun {
  readonly steps: readonly TaylorStep[];
  readonly applications: number;
}

function runSector(
  problem: GroupProblem,
  charge: number,
  end: number,
  functionalsOf: (sector: ChargeSector) => readonly Functional[],
): SectorRun {
  const { site, size, coupling, initial } = problem;
  const sector = chargeSector(size, charge);
  const built = sectorGenerator(sector, site, coupling / size);
  const { dimension, diagonal } = built;
  // Hilbert–Schmidt norm of ρ: each c_n stands for as many elements as n has arrangements.
  const logs = logFactorials(size);
  const multiplicity = new Float64Array(dimension);
  let slowest = Infinity;
  let fastest = 0;
  for (let k = 0; k < dimension; k++) {
    let log = logs[size]!;
    for (let type = 0; type < typeCount; type++) log -= logs[sector.occupations[k * typeCount + type]!]!;
    multiplicity[k] = Math.exp(log);
    slowest = Math.min(slowest, -diagonal[2 * k]!);
    fastest = Math.max(fastest, -diagonal[2 * k]!);
  }
  const shift = (slowest + fastest) / 2;
  const generator: LinearGenerator = {
    length: 2 * dimension,
    shift,
    apply: (x, out, factor) => applyGenerator(built, x, out, factor, shift),
    norm: (x) => {
      let sum = 0;
      for (let k = 0; k < dimension; k++) {
        sum += multiplicity[k]! * (x[2 * k]! * x[2 * k]! + x[2 * k + 1]! * x[2 * k + 1]!);
      }
      return Math.sqrt(sum);
    },
  };
  const steps: TaylorStep[] = [];
  // A one-site observable has the norm 3^{N/2}: what it reads must be exact to 1e-13.
  const tolerance = 1e-13 * 3 ** (-size / 2);
  const firstStep = 8 / (spectralRadius(problem) + 1e-300);
  const x = productVector(sector, initial);
  const applications = propagate(generator, x, end, functionalsOf(sector), tolerance, firstStep, (step) => {
    steps.push(step);
  });
  return { steps, applications };
}

/** Value of functional f at each of some ascending times. */
function sample(steps: readonly TaylorStep[], times: readonly number[], f: number): [number, number][] {
  let k = 0;
  return times.map((t) => {
    while (k + 1 < steps.length && t >= steps[k + 1]!.start) k++;
    const step = steps[k]!;
    return step.value(f, (t - step.start) / step.duration);
  });
}

/**
 * Full master equation of N identical oscillators with H = Σ H_i + (V/N)Σ_{i<j}(A†_i A_j + h.c.), in the
 * permutation-invariant basis split by U(1) charge: the sector −1 gives ⟨A†⟩, the sector 0 the populations and
 * ⟨A†₁A₂⟩.
 *
 * @param times - ascending, from 0 on
 * @throws EntrainError `simulate.too_large`
 * @accuracy 1e-11 absolute for N ≤ 10 and moderate rates (test/unit/simulators-finite/exact.test.ts)
 */
export function evolveExactly(problem: GroupProblem, times: readonly number[]): GroupEvolution {
  const end = times[times.length - 1]!;
  refuseTooLarge(problem, end);
  const [a1, a2] = problem.site.ladder;
  const ladder = [a1, a2] as const;
  // A vanishing duration still needs one step to be read from.
  const until = end > 0 ? end : 1e-9 / (spectralRadius(problem) + 1);
  const phased = runSector(problem, -1, until, (sector) => [
    reducedElement(sector, [
      { types: [1], weight: a1 },
      { types: [5], weight: a2 },
    ]),
  ]);
  const neutral = runSector(problem, 0, until, (sector) => [
    reducedElement(sector, [{ types: [0], weight: 1 }]),
    reducedElement(sector, [{ types: [8], weight: 1 }]),
    reducedElement(
      sector,
      [0, 1].flatMap((a) =>
        [1, 2].map((b) => ({ types: [4 * a + 1, 4 * b - 1], weight: ladder[a]! * ladder[b - 1]! })),
      ),
    ),
  ]);
  const raising = sample(phased.steps, times, 0).map(([re, im]) => ({ re, im }));
  const lower = sample(neutral.steps, times, 0);
  const upper = sample(neutral.steps, times, 1);
  return {
    raising,
    pairCorrelation: sample(neutral.steps, times, 2).map(([re]) => re),
    populations: lower.map(([p0], k) => [p0, 1 - p0 - upper[k]![0], upper[k]![0]]),
    lifetime: end > 0 ? lifetimeOf(phased.steps) : null,
  };
}

/** Samples in a step between which no feature of a polynomial of its degree hides. */
const samplesPerStep = 48;

function lifetimeOf(steps: readonly TaylorStep[]): number | null {
  const modulus = (step: TaylorStep, t: number) =>
    Math.hypot(...step.value(0, Math.min(1, Math.max(0, (t - step.start) / step.duration))));
  const initial = modulus(steps[0]!, 0);
  if (!(initial > 0)) return null;
  const times: number[] = [];
  const values: number[] = [];
  const owner: TaylorStep[] = [];
  for (const step of steps) {
    for (let k = 0; k < samplesPerStep; k++) {
      const t = step.start + (step.duration * k) / samplesPerStep;
      times.push(t);
      values.push(modulus(step, t));
      owner.push(step);
    }
  }
  const last = steps[steps.length - 1]!;
  times.push(last.start + last.duration);
  values.push(modulus(last, last.start + last.duration));
  owner.push(last);
  return firstCrossing(times, values, initial / Math.E, (t, interval) => modulus(owner[interval]!, t));
}
