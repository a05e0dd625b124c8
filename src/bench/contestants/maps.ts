import { createRandom } from "#core/random";
import { axisValue, type MapRequest, parseMapRequest } from "#ir/map";
import { createMapPool, type MapMethod, type MapPlanes, mapFlags, mapStates } from "#simulators/index";
import { buildPeer, type Found, runPeer, type Tools } from "../tools.ts";
import { ensembleProgram } from "./compiled-peers.ts";
import { type MapPoint, stateSize, writePoints } from "./ensemble.ts";

/** Fig. 4: detuning against asymmetry at V = V_AB = γ₋ = 2γ₊. */
export function figure4Request(edge: number, coupling = 1): MapRequest {
  return parseMapRequest({
    gain: 0.5,
    loss: 1,
    coupling,
    inter_coupling: coupling,
    x: { parameter: "detuning", from: -15, to: 15, points: edge },
    y: { parameter: "asymmetry", from: -15, to: 15, points: edge },
  });
}

/** Fig. 2(c): coupling against γ₊/γ₋ at γ₊ + γ₋ = 1, K = 0. */
export function figure2cRequest(edge: number): MapRequest {
  return parseMapRequest({
    groups: 1,
    gain: 0.5,
    loss: 0.5,
    x: { parameter: "coupling", from: 0, to: 2, points: edge },
    y: { parameter: "ratio", from: 0.1, to: 10, points: edge, scale: "logarithmic" },
  });
}

/** A whole map of ours and what it took. */
export interface SolvedMap {
  readonly planes: MapPlanes;
  readonly evaluations: number;
  readonly newtonSteps: number;
}

export async function solveMap(
  request: MapRequest,
  workers = 1,
  method: MapMethod = "fast",
): Promise<SolvedMap> {
  const pool = createMapPool(workers);
  try {
    return await pool.compute(request, { method });
  } finally {
    await pool.close();
  }
}

/** A point of a map by its place in the planes. */
export function placePoint({ x, y }: MapRequest, place: number): MapPoint {
  return {
    detuning: axisValue(x, place % x.points),
    asymmetry: axisValue(y, Math.floor(place / x.points)),
  };
}

/** Different random places of a map. */
export function randomPlaces({ x, y }: MapRequest, count: number, seed: number): number[] {
  const random = createRandom(seed, "bench/places");
  const size = x.points * y.points;
  const places = new Set<number>();
  while (places.size < Math.min(count, size)) places.add(Math.floor(random.uniform() * size));
  return [...places];
}

/** Long-time averages of one point by brute force. */
export interface BruteForceState {
  readonly state: (typeof mapStates)[number];
  readonly frequencies: readonly [number, number];
  readonly orderParameter: number;
  readonly amplitudes: readonly [number, number];
}

/** Time of a brute-force audit; the averages are over its second half. */
export const auditDuration = 3000;

/** Averages that the observing program adds to each state. */
const observed = 7;

/** Amplitude below which an integrated state counts as unsynchronized, difference of frequencies as locked. */
const silent = 1e-3;
const locked = 1e-4;

/** Brute force that shares nothing with ours: the C program from the paper's start, DOP853 at 1e-9. */
export function bruteForceAudit(
  tools: Tools,
): Found<{ readonly run: (points: readonly MapPoint[]) => Promise<BruteForceState[]> }> {
  const program = ensembleProgram(tools, "DOP853", 4, 2);
  const built = buildPeer(tools, { ...program, flags: [...program.flags, "-DOBSERVE"] });
  if (built.missing !== undefined) return built;
  return {
    run: async (points) => {
      const file = writePoints(points.map(({ detuning, asymmetry }) => [detuning, asymmetry]));
      const { states } = await runPeer<{ states: readonly number[] }>(built.program, [
        "1e-9",
        String(auditDuration),
        file,
      ]);
      return points.map((_, p) => readAverages(states, p * (stateSize + observed) + stateSize));
    },
  };
}

function readAverages(states: readonly number[], o: number): BruteForceState {
  const at = (k: number) => states[o + k]!;
  const quiet = Math.max(at(2), at(3)) < silent;
  return {
    state: quiet ? "none" : Math.abs(at(0) - at(1)) < locked ? "full" : "partial",
    frequencies: [at(0), at(1)],
    amplitudes: [at(2), at(3)],
    orderParameter: at(4),
  };
}

/** Why a map and an integration can disagree; "unexplained" is a fault. */
export type Cause = "slow growth" | "irregular" | "multistable" | "slow slips" | "unexplained";

export interface Disagreement {
  readonly point: MapPoint;
  readonly map: string;
  readonly bruteForce: string;
  readonly growthRate: number;
  readonly cause: Cause;
}

export interface AuditResult {
  readonly points: number;
  readonly sameClass: number;
  readonly disagreements: readonly Disagreement[];
  /** |difference| of the order parameter at locked points without breathing. */
  readonly lockedErrors: readonly number[];
  /** Largest |difference| of the two frequencies at drifting points. */
  readonly frequencyErrors: readonly number[];
  /** |difference| of order parameter and amplitudes at drifting and breathing points. */
  readonly averageErrors: readonly number[];
}

/** Holds places of a solved map against brute force. */
export function compareWithBruteForce(
  request: MapRequest,
  planes: MapPlanes,
  places: readonly number[],
  states: readonly BruteForceState[],
): AuditResult {
  const disagreements: Disagreement[] = [];
  const lockedErrors: number[] = [];
  const frequencyErrors: number[] = [];
  const averageErrors: number[] = [];
  places.forEach((place, k) => {
    const brute = states[k]!;
    const state = mapStates[planes.state[place]!]!;
    const flags = planes.flags[place]!;
    if (state !== brute.state) {
      disagreements.push({
        point: placePoint(request, place),
        map: state,
        bruteForce: brute.state,
        growthRate: planes.growth_rate[place]!,
        cause: causeOf(planes, place, brute),
      });
      return;
    }
    // Chaos and states that the start does not decide have no averages to compare.
    if (state === "none" || flags & (mapFlags.irregular | mapFlags.multistable)) return;
    const order = Math.abs(planes.order_parameter[place]! - brute.orderParameter);
    if (state === "full" && !(flags & mapFlags.breathing)) {
      lockedErrors.push(order);
      return;
    }
    averageErrors.push(
      Math.max(
        order,
        Math.abs(planes.amplitude_a[place]! - brute.amplitudes[0]),
        Math.abs(planes.amplitude_b[place]! - brute.amplitudes[1]),
      ),
    );
    if (state !== "partial") return;
    frequencyErrors.push(
      Math.max(
        Math.abs(planes.frequency_a[place]! - brute.frequencies[0]),
        Math.abs(planes.frequency_b[place]! - brute.frequencies[1]),
      ),
    );
  });
  return {
    points: places.length,
    sameClass: places.length - disagreements.length,
    disagreements,
    lockedErrors,
    frequencyErrors,
    averageErrors,
  };
}

/** Growth by less than this factor e^… within the audit's transient leaves a state undecided. */
const decidedGrowth = 15;

function causeOf(planes: MapPlanes, place: number, brute: BruteForceState): Cause {
  const flags = planes.flags[place]!;
  if (flags & mapFlags.multistable) return "multistable";
  if (flags & mapFlags.irregular) return "irregular";
  if (Math.abs(planes.growth_rate[place]!) * (auditDuration / 2) < decidedGrowth) return "slow growth";
  const slips = Math.abs(brute.frequencies[0] - brute.frequencies[1]);
  // Fewer than three turns of the phase difference in the window.
  return slips * (auditDuration / 2) < 20 && slips > 0 && brute.state !== "none"
    ? "slow slips"
    : "unexplained";
}
