/**
 * Embedded explicit Runge–Kutta pair 5(4) of ten stages whose steps need three copies of the state and one of the
 * error, first stage same as last. With u the new state, v the second register, u₀ the state before the step and
 * k_i = f(u), stage 1 is u = u₀ + β₁hk₁, v = u₀ and stage i > 1
 *
 *   v ← v + δ_i u,   u ← γ₁u + γ₂v + γ₃u₀ + β_i hk_i;
 *
 * the error estimate is hΣ(b̂_i − b_i)k_i with k₁₁ taken at the new state.
 *
 * @source RDPK3Sp FSAL 5(4): Ranocha, Dalcin, Parsani & Ketcheson, Commun. Appl. Math. Comput. 4, 1191 (2022)
 */
export interface LowStorageStage {
  readonly beta: number;
  readonly delta: number;
  readonly gamma: readonly [number, number, number];
  /** b̂_i − b_i */
  readonly error: number;
}

function stage(
  beta: number,
  delta: number,
  gamma: readonly [number, number, number],
  weight: number,
  embedded: number,
): LowStorageStage {
  return { beta, delta, gamma, error: embedded - weight };
}

export const lowStorageStages: readonly LowStorageStage[] = [
  stage(0.2597883554788674, 1, [0, 0, 1], -0.002280100321836981, -0.02019255440012066),
  stage(
    0.017770088894388678,
    -0.13317784195088034,
    [0.404366012168575, 0.6871467028161417, 0],
    0.014073931157901863,
    0.027379034809591845,
  ),
  stage(
    0.24816366297155018,
    0.8260422814750208,
    [-0.850342728957584, 1.0930247489147509, 0],
    0.23326917755084567,
    0.30288186361459657,
  ),
  stage(
    0.7941736871152005,
    1.5137004257557283,
    [-6.950894175262118, 3.225975379607193, -2.393405133244195],
    0.04808266741353862,
    -0.03656843880622222,
  ),
  stage(
    0.3885391285642019,
    -1.3058100599350237,
    [0.9238765192731085, 1.0411537025101014, -1.902854422421761],
    0.4119003217706952,
    0.3982664774676768,
  ),
  stage(
    0.1455051657916305,
    3.0366788029241634,
    [-2.563178056509891, 1.292821487912165, -2.820042207399977],
    -0.12914610678077362,
    -0.05715959421140685,
  ),
  stage(
    0.15875173859647493,
    -1.449458274398895,
    [0.2545744879365226, 0.7391462755788123, -1.832698465277381],
    0.12207460138487101,
    0.09849855103848558,
  ),
  stage(
    0.16506056178800535,
    3.834313899176362,
    [0.31258317074119985, 0.12391292513718004, -0.21990944830846712],
    0.043578585831744204,
    0.06654601552456085,
  ),
  stage(
    0.2118093284937154,
    4.122293760012985,
    [-0.7007114414440508, 0.18427534723701233, -0.40824306358478707],
    0.10250768775680807,
    0.09073479542748113,
  ),
  stage(
    0.15593923423620598,
    0,
    [0.48396210160238334, 0.057127889987965835, -0.13776697978802896],
    0.15593923423620598,
    0.08432289325330804,
  ),
];

/** b̂₁₁ of the derivative at the new state. */
export const finalErrorWeight = 0.04529095628204897;
