import type { Interval, Measured, MeasuredResult } from "#ir/estimate";
import { leastSquares } from "./gauss-newton.ts";
import { deviates } from "./intervals.ts";

/** Populations of one site while a set of reservoirs acts. */
export interface RelaxationCurve {
  readonly reservoirs: "gain" | "loss" | "both" | "none";
  /** s. */
  readonly times: readonly number[];
  readonly p0: readonly number[];
  readonly p2: readonly number[];
}

/** 1σ of measured p₀ and p₂ where they have given values. */
export type CountingErrors = (p0: number, p2: number) => readonly [number, number];

/** Rates of a three-level ladder, 1/s; null where the curves do not determine them. */
export interface LadderRates {
  /** 0 → 1 with the gain tone on, all causes. */
  readonly gain: Measured | null;
  /** 2 → 1 with the loss tone on, all causes. */
  readonly loss: Measured | null;
  /** 1 → 2 with both tones on. */
  readonly leak_up: MeasuredResult | null;
  /** 1 → 0 with both tones on, beyond relaxation. */
  readonly leak_down: Measured | null;
  /** 1 → 0 with no tone. */
  readonly relaxation: Measured | null;
}

interface Rungs {
  readonly up01: number;
  readonly down10: number;
  readonly up12: number;
  readonly down21: number;
}

/**
 * Populations p₀, p₂ after time t under constant rates: with q the deviation from the steady state, q' = −Mq,
 * e^{−Mt} = [(s₂e₁ − s₁e₂) + (e₂ − e₁)M]/(s₂ − s₁), e_k = e^{−s_k t}, s₁ ≤ s₂ the (real) eigenvalues of M.
 */
export function ladderPopulations(
  rungs: Rungs,
  start: readonly [number, number],
  t: number,
): [number, number] {
  const { up01, down10, up12, down21 } = rungs;
  const [a, b, c, d] = [up01 + down10, down10, up12, up12 + down21];
  const determinant = a * d - b * c;
  const [steady0, steady2] =
    determinant === 0
      ? start
      : [(down10 * d - b * up12) / determinant, (a * up12 - c * down10) / determinant];
  const root = Math.sqrt(((a - d) / 2) ** 2 + b * c);
  const fast = (a + d) / 2 + root;
  const slow = fast === 0 ? 0 : determinant / fast;
  const [q0, q2] = [start[0] - steady0, start[1] - steady2];
  const [m0, m2] = [a * q0 + b * q2, c * q0 + d * q2];
  const [e1, e2] = [Math.exp(-slow * t), Math.exp(-fast * t)];
  const gap = fast - slow;
  const mix = gap * t < 1e-9 ? -t * e1 : (e2 - e1) / gap;
  // (s₂e₁ − s₁e₂)/(s₂ − s₁) = e₁ − s₁·(e₂ − e₁)/(s₂ − s₁)
  const keep = e1 - slow * mix;
  return [steady0 + keep * q0 + mix * m0, steady2 + keep * q2 + mix * m2];
}

/** Ratio of the intrinsic rates 2 → 1 and 1 → 0, where no tone decides: that of a boson. */
const bosonic = 2;

/** gain, 1→0 and 1→2 with the gain tone alone, 1→0 and 1→2 with both tones, loss, relaxation, heating 0→1. */
type Parameters = readonly [number, number, number, number, number, number, number, number];
const rateCount = 8;

function rungsOf(reservoirs: RelaxationCurve["reservoirs"], p: Parameters): Rungs {
  const [gain, back, up, backBoth, upBoth, loss, relaxation, heating] = p;
  switch (reservoirs) {
    case "gain":
      return { up01: gain, down10: back, up12: up, down21: bosonic * relaxation };
    case "loss":
      return {
        up01: heating,
        down10: backBoth - back + relaxation,
        up12: upBoth - up + bosonic * heating,
        down21: loss,
      };
    case "both":
      return { up01: gain, down10: backBoth, up12: upBoth, down21: loss };
    case "none":
      return {
        up01: heating,
        down10: relaxation,
        up12: bosonic * heating,
        down21: bosonic * relaxation,
      };
  }
}

/**
 * Rates of one site from its relaxation under each kind of reservoir: all curves at once, with free initial
 * populations. The rates of a single tone add up to those of both. What the loss tone itself pumps from 0 to 1 is not
 * told from heating.
 */
export function fitLadderRates(curves: readonly RelaxationCurve[], errorsAt: CountingErrors): LadderRates {
  const observed = curves.flatMap(({ p0, p2 }) => p0.map((first, k) => [first, p2[k]!] as const));
  const longest = (kind: RelaxationCurve["reservoirs"]) =>
    Math.max(...curves.filter((c) => c.reservoirs === kind).flatMap((c) => c.times), 0);
  const fast = 4 / longest("both");
  const slow = 0.1 / longest("none");
  const rates = [fast, slow, slow, slow, slow, fast, slow, slow / 10];
  const starts = curves.flatMap(({ p0, p2 }) => [p0[0]!, p2[0]!]);
  const model = (p: readonly number[]) => {
    const parameters = p.slice(0, rateCount) as unknown as Parameters;
    return curves.flatMap(({ reservoirs, times }, c) => {
      const rungs = rungsOf(reservoirs, parameters);
      const start = [p[rateCount + 2 * c]!, p[rateCount + 1 + 2 * c]!] as const;
      return times.flatMap((t) => ladderPopulations(rungs, start, t));
    });
  };
  const scales = [...rates, ...starts.map(() => 0.1)];
  const fitWith = (expected: readonly number[], start: readonly number[]) =>
    leastSquares(
      model,
      observed.flatMap((pair, k) => {
        const errors = errorsAt(expected[2 * k]!, expected[2 * k + 1]!);
        return pair.map((value, i) => ({ value, error: errors[i]! }));
      }),
      start,
      scales,
    );
  // Weights follow the fitted curve: those of the counts themselves would favour what came out low.
  const first = fitWith(observed.flat(), [...rates, ...starts]);
  const fit = first && fitWith(model(first.parameters), first.parameters);
  if (fit === null) {
    return { gain: null, loss: null, leak_up: null, leak_down: null, relaxation: null };
  }
  const at = (k: number): Measured => ({ value: fit.parameters[k]!, error: fit.errors[k]! });
  const relaxation = at(6);
  const errorIf = (leak: number): number | null => {
    const assumed = fit.parameters.with(4, leak);
    const expected = model(assumed);
    const errors = expected.flatMap((_, k) => (k % 2 === 0 ? errorsAt(expected[k]!, expected[k + 1]!) : []));
    const observations = expected.map((value, k) => ({ value, error: errors[k]! }));
    return leastSquares(model, observations, assumed, scales)?.errors[4] ?? null;
  };
  return {
    gain: at(0),
    loss: at(5),
    leak_up: { ...at(4), ...scoreIntervals(at(4), errorIf) },
    // Relaxation is measured on a curve of its own.
    leak_down: {
      value: fit.parameters[3]! - relaxation.value,
      error: Math.hypot(fit.errors[3]!, relaxation.error),
    },
    relaxation,
  };
}

const scoreRounds = 4;

/**
 * The values of a rate that lie one (1.96) of *their own* standard errors from the estimate, as Wilson's interval for a
 * proportion: a rate of few counts would have scattered more had it been higher.
 *
 * @param errorIf - 1σ of the estimate when the rate has a value
 */
export function scoreIntervals(
  { value, error }: Measured,
  errorIf: (rate: number) => number | null,
): { interval_68: Interval; interval_95: Interval } {
  const bound = (deviate: number): number => {
    let at = value + deviate * error;
    for (let round = 0; round < scoreRounds; round++) at = value + deviate * (errorIf(at) ?? error);
    return at;
  };
  const [interval_68, interval_95] = deviates.map((z): Interval => [bound(-z), bound(z)]) as [
    Interval,
    Interval,
  ];
  return { interval_68, interval_95 };
}
