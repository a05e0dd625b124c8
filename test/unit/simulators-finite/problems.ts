import { type ComplexMatrix, fromRows } from "#core/complex-matrix";
import { coordinatesOf, densityMatrixAt } from "#model/generator";
import { seededState } from "#model/initial-states";
import { bosonLadder, noChannels, type Oscillator, spinOneLadder } from "#model/oscillator";
import { type GroupProblem, groupNetworkOf } from "#simulators/finite-size/group-problem";
import { findRotatingWave, integrate, networkRightHandSide, type RotatingWave } from "#simulators/index";

const spinOne: Omit<Oscillator, "gain" | "loss" | "asymmetry" | "detuning"> = {
  ladder: spinOneLadder,
  channels: noChannels,
};

/** Reference set A: spin-coherent start on the equator, γ₊ = γ₋/2, K = 0, V = γ₋. */
export function setA(size: number): GroupProblem {
  const r = Math.SQRT1_2 / 2;
  return {
    site: { ...spinOne, gain: 0.5, loss: 1, asymmetry: 0, detuning: 0 },
    size,
    coupling: 1,
    initial: fromRows([
      [0.25, r, 0.25],
      [r, 0.5, r],
      [0.25, r, 0.25],
    ]),
  };
}

/** Reference set B: nothing symmetric. */
export function setB(size: number): GroupProblem {
  return {
    site: { ...spinOne, gain: 1.5, loss: 1, asymmetry: -0.7, detuning: 0.3 },
    size,
    coupling: 0.8,
    initial: fromRows([
      [0.25, { re: 0.1, im: 0.05 }, { re: 0.04, im: 0.03 }],
      [{ re: 0.1, im: -0.05 }, 0.45, { re: 0.12, im: -0.08 }],
      [{ re: 0.04, im: -0.03 }, { re: 0.12, im: 0.08 }, 0.3],
    ]),
  };
}

/** Every channel, a bosonic ladder, set B's start. */
export function generalProblem(size: number): GroupProblem {
  return {
    ...setB(size),
    coupling: -0.6,
    site: {
      gain: 0.7,
      loss: 1.1,
      asymmetry: -1.4,
      detuning: 0.25,
      ladder: bosonLadder(2),
      channels: { relaxation10: 0.13, relaxation21: 0.07, heating01: 0.05, heating12: 0.09, dephasing: 0.4 },
    },
  };
}

export const referenceTimes = [0.25, 0.5, 1, 2, 3, 5, 8, 12] as const;

/** |⟨S⁺⟩| and Re⟨S⁺₁S⁻₂⟩ at `referenceTimes`: the 3^N master equation, two independent programs (2e-15 apart). */
export const referenceSeries = [
  {
    set: "A",
    size: 2,
    amplitude: [
      0.896901062551, 0.781326796421, 0.551463501354, 0.253449398263, 0.128358141859, 0.031877638166,
      0.005855692346, 0.000536908746,
    ],
    pair: [
      0.829838980504, 0.689977500091, 0.479785801592, 0.237368761176, 0.12092891941, 0.033964609334,
      0.005902151467, 0.000682928999,
    ],
  },
  {
    set: "A",
    size: 3,
    amplitude: [
      0.898501018156, 0.787414710916, 0.573863659204, 0.295134206917, 0.147231994838, 0.036058660088,
      0.004360669557, 0.000278363974,
    ],
    pair: [
      0.829834244291, 0.689909796958, 0.479101545372, 0.233882921212, 0.115528717842, 0.030166584726,
      0.006771375824, 0.004028394058,
    ],
  },
  {
    set: "A",
    size: 4,
    amplitude: [
      0.900442652015, 0.794154493055, 0.592207862267, 0.317419319567, 0.166911560614, 0.046959422154,
      0.007037013606, 0.000550050331,
    ],
    pair: [
      0.829833084642, 0.68989118786, 0.478923909661, 0.233561725337, 0.115759010646, 0.029835070497,
      0.005048496423, 0.001693239599,
    ],
  },
  {
    set: "B",
    size: 2,
    amplitude: [
      0.253636058413, 0.201135822104, 0.124409645486, 0.053807339075, 0.028551599223, 0.008681071592,
      0.00145647247, 0.000135186331,
    ],
    pair: [
      0.076626226391, 0.090001528467, 0.177808016657, 0.290811443472, 0.294977117965, 0.303077619581,
      0.303280247029, 0.303283396128,
    ],
  },
  {
    set: "B",
    size: 3,
    amplitude: [
      0.25446582089, 0.20423955204, 0.13312225047, 0.064081258191, 0.033787433093, 0.010059012947,
      0.001691112785, 0.000157879904,
    ],
    pair: [
      0.073464344277, 0.076247000054, 0.127715395079, 0.19934559012, 0.210715149676, 0.217372544185,
      0.217964186736, 0.217981082659,
    ],
  },
  {
    set: "B",
    size: 4,
    amplitude: [
      0.255159381823, 0.206624362422, 0.139403983158, 0.073360742157, 0.041944837056, 0.014538589026,
      0.003046451323, 0.000380916084,
    ],
    pair: [
      0.071851360551, 0.069479652984, 0.106577608589, 0.170579121593, 0.18268987242, 0.187924148987,
      0.188409278046, 0.188422245648,
    ],
  },
] as const;

export const referenceProblem = (set: "A" | "B", size: number) => (set === "A" ? setA(size) : setB(size));

/** Shape of `exact` of the reference tables. */
export interface ExactReference {
  readonly sets: readonly {
    readonly name: "A" | "B";
    readonly t: readonly number[];
    readonly N: Readonly<Record<string, ReferenceSeries>>;
  }[];
  readonly exact_steady_state: readonly {
    readonly V: number;
    readonly N: Readonly<
      Record<string, { readonly S1pS2m: number; readonly p0: number; readonly p2: number }>
    >;
  }[];
  readonly "limit_cycle_start_V0.75": readonly {
    readonly N: number;
    readonly t: readonly number[];
    readonly abs_exact: readonly number[];
    readonly abs_cum: readonly number[];
    readonly T_exact: number;
    readonly T_cum: number;
  }[];
}

interface ReferenceSeries {
  readonly Sp_re: readonly number[];
  readonly Sp_im: readonly number[];
  readonly S1p_S2m: readonly number[];
  readonly P0: readonly number[];
  readonly P2: readonly number[];
}

/** γ₊ = γ₋/2, K = 0: the oscillators of Fig. S4. */
export const figureS4Site: Oscillator = { ...spinOne, gain: 0.5, loss: 1, asymmetry: 0, detuning: 0 };

/** The rotating wave of mean field, reached from the seeded state. */
export function rotatingWave(site: Oscillator, coupling: number): RotatingWave {
  const network = groupNetworkOf({ site, coupling });
  const f = networkRightHandSide(network);
  const y = coordinatesOf(seededState());
  integrate(f, 0, y, [200], () => {});
  const wave = findRotatingWave(network, f, y);
  if (!wave) throw new Error("no rotating wave");
  return wave;
}

/** Fig. S4: N oscillators in the product of the mean-field limit-cycle state at the same coupling. */
export function figureS4(size: number, coupling: number): GroupProblem {
  const wave = rotatingWave(figureS4Site, coupling);
  return { site: figureS4Site, size, coupling, initial: densityMatrixAt(wave.state) };
}

/** Density matrix as the nested form of a request. */
export function nestedState(rho: ComplexMatrix): [number, number][][] {
  return [0, 1, 2].map((r) =>
    [0, 1, 2].map((c): [number, number] => [rho.re[3 * r + c]!, rho.im[3 * r + c]!]),
  );
}

export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`lengths ${a.length} and ${b.length}`);
  let largest = 0;
  for (let k = 0; k < a.length; k++) largest = Math.max(largest, Math.abs(a[k]! - b[k]!));
  return largest;
}
