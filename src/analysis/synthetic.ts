import type { Random } from "#core/random";
import type { CountTable } from "./frequencies.ts";

/** Below this expectation inversion is faster than rejection, and rejection is not valid. */
const fewEvents = 10;

/** ln k! by Stirling's series; error below 1e-9 for k ≥ 10, by product below that. */
function logFactorial(k: number): number {
  if (k < 10) {
    let product = 1;
    for (let i = 2; i <= k; i++) product *= i;
    return Math.log(product);
  }
  const inverse = 1 / (k + 1);
  return (
    (k + 0.5) * Math.log(k + 1) -
    (k + 1) +
    0.5 * Math.log(4 * Math.acos(0)) +
    inverse / 12 -
    inverse ** 3 / 360 +
    inverse ** 5 / 1260
  );
}

/**
 * One draw from the binomial distribution, exact: inversion where few events are expected, else transformed rejection
 * (BTRS; Hörmann, J. Stat. Comput. Simul. 46, 101 (1993)).
 */
export function drawBinomial(random: Random, trials: number, p: number): number {
  if (!(p > 0) || trials === 0) return 0;
  if (p >= 1) return trials;
  if (p > 0.5) return trials - drawBinomial(random, trials, 1 - p);
  return trials * p < fewEvents ? byInversion(random, trials, p) : byRejection(random, trials, p);
}

function byInversion(random: Random, trials: number, p: number): number {
  const odds = p / (1 - p);
  let weight = Math.exp(trials * Math.log1p(-p));
  let rest = random.uniform();
  let k = 0;
  while (rest > weight && k < trials) {
    rest -= weight;
    k++;
    weight *= (odds * (trials - k + 1)) / k;
  }
  return k;
}

function byRejection(random: Random, trials: number, p: number): number {
  const deviation = Math.sqrt(trials * p * (1 - p));
  const b = 1.15 + 2.53 * deviation;
  const a = -0.0873 + 0.0248 * b + 0.01 * p;
  const centre = trials * p + 0.5;
  const inside = 0.92 - 4.2 / b;
  const alpha = (2.83 + 5.1 / b) * deviation;
  const logOdds = Math.log(p / (1 - p));
  const mode = Math.floor((trials + 1) * p);
  const height = logFactorial(mode) + logFactorial(trials - mode);
  for (;;) {
    const u = random.uniform() - 0.5;
    const v = random.uniform();
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + centre);
    if (us >= 0.07 && v <= inside) return k;
    if (k < 0 || k > trials) continue;
    const accept = height - logFactorial(k) - logFactorial(trials - k) + (k - mode) * logOdds;
    if (Math.log((v * alpha) / (a / (us * us) + b)) <= accept) return k;
  }
}

/** Counts of so many shots over outcomes of given probabilities; small negative ones count as zero. */
export function drawMultinomial(random: Random, shots: number, probabilities: readonly number[]): number[] {
  let mass = probabilities.reduce((sum, p) => sum + Math.max(0, p), 0);
  let left = shots;
  return probabilities.map((p, k) => {
    const share = Math.max(0, p);
    const n =
      k === probabilities.length - 1
        ? left
        : drawBinomial(random, left, mass > 0 ? Math.min(1, share / mass) : 0);
    mass -= share;
    left -= n;
    return n;
  });
}

/** Counts of a synthetic experiment: every group at every point and setting drawn from its probabilities. */
export function drawCounts(
  random: Random,
  shots: number,
  probabilities: readonly (readonly (readonly (readonly number[])[])[])[],
): CountTable {
  return {
    shots,
    counts: probabilities.map((settings) =>
      settings.map((groups) => groups.map((p) => drawMultinomial(random, shots, p))),
    ),
  };
}
