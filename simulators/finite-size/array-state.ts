import { applyAffine } from "#model/evolution";
import { type AffineMap, coordinateCount } from "#model/generator";
import { type Coupling, couplingEntries, createCoupling, type Network } from "#model/network";
import type { NetworkFlow, NetworkRun } from "../compiled/network-flow.ts";
import { integrate } from "../kernel/dormand-prince.ts";
import { networkRightHandSide } from "../mean-field/network.ts";
import { applySiteMap, evolveJoint, type JointState, jointPopulations, jointProduct } from "./joint-state.ts";

/** Arrays of up to so many sites are simulated with all their correlations, larger ones in product states. */
export const exactSites = 3;

const levels = 3;

/** Sites that may be correlated with each other, ascending, and their density matrix in that order. */
interface Cluster {
  readonly sites: readonly number[];
  readonly joint: JointState;
}

/** State of an array: a product of single-site states, or clusters of correlated sites. */
export type ArrayState =
  | { readonly kind: "product"; readonly x: Float64Array }
  | { readonly kind: "exact"; readonly clusters: readonly Cluster[] };

/** Uncorrelated state of sites with coordinates x, one after another. */
export function uncorrelatedState(x: Float64Array): ArrayState {
  const count = x.length / coordinateCount;
  if (count > exactSites) return { kind: "product", x: x.slice() };
  const clusters = Array.from({ length: count }, (_, s) => ({
    sites: [s],
    joint: jointProduct(x.subarray(s * coordinateCount, (s + 1) * coordinateCount)),
  }));
  return { kind: "exact", clusters };
}

/** The state after a map on every site. */
export function mapSites(state: ArrayState, mapOf: (site: number) => AffineMap): ArrayState {
  if (state.kind === "product") {
    const x = state.x.slice();
    for (let o = 0, s = 0; o < x.length; o += coordinateCount, s++) applyAffine(mapOf(s), x, o);
    return { kind: "product", x };
  }
  return {
    kind: "exact",
    clusters: state.clusters.map(({ sites, joint }) => {
      const mapped = { sites: joint.sites, rho: joint.rho.slice() };
      sites.forEach((s, place) => {
        applySiteMap(mapped, place, mapOf(s));
      });
      return { sites, joint: mapped };
    }),
  };
}

/**
 * The state after a constant network has acted for a time: mean field on product states, else the full master equation
 * of every set of sites that are coupled or were.
 *
 * @param rtol - of the mean field; the master equation is propagated to its own accuracy
 */
export function evolveArray(state: ArrayState, network: Network, duration: number, rtol: number): ArrayState {
  if (state.kind === "product") {
    const x = state.x.slice();
    integrate(networkRightHandSide(network), 0, x, [duration], (_, __, last) => x.set(last), { rtol });
    return { kind: "product", x };
  }
  let clusters = [...state.clusters];
  const pairs = [network.coupling, ...(network.modulations ?? []).map(({ coupling }) => coupling)];
  for (const { i, j } of pairs.flatMap(couplingEntries)) {
    const [a, b] = [i, j].map((s) => clusters.find(({ sites }) => sites.includes(s))!) as [Cluster, Cluster];
    if (a !== b) clusters = [...clusters.filter((c) => c !== a && c !== b), joinClusters(a, b)];
  }
  return {
    kind: "exact",
    clusters: clusters.map(({ sites, joint }) => {
      const evolved = { sites: joint.sites, rho: joint.rho.slice() };
      evolveJoint(evolved, restricted(network, sites), duration);
      return { sites, joint: evolved };
    }),
  };
}

/** A state and the network that acts on it. */
export interface ArrayRun {
  readonly state: ArrayState;
  readonly network: Network;
}

/** `evolveArray` of many at once: product states go through the flow together. */
export function evolveArrays(
  flow: NetworkFlow,
  runs: readonly ArrayRun[],
  duration: number,
  rtol: number,
): ArrayState[] {
  const products: NetworkRun[] = [];
  const evolved = runs.map(({ state, network }): ArrayState => {
    if (state.kind !== "product") return evolveArray(state, network, duration, rtol);
    const x = state.x.slice();
    products.push({ network, state: x });
    return { kind: "product", x };
  });
  flow.advance(products, duration, rtol);
  return evolved;
}

function restricted(network: Network, sites: readonly number[]): Network {
  const among = (coupling: Coupling) =>
    createCoupling(
      sites.length,
      couplingEntries(coupling)
        .filter(({ i, j }) => sites.includes(i) && sites.includes(j))
        .map((entry) => ({ ...entry, i: sites.indexOf(entry.i), j: sites.indexOf(entry.j) })),
    );
  return {
    sites: sites.map((s) => network.sites[s]!),
    coupling: among(network.coupling),
    modulations: (network.modulations ?? []).map((modulation) => ({
      ...modulation,
      coupling: among(modulation.coupling),
    })),
  };
}

/** Index of a cluster's basis state from one of a set of sites that holds the cluster's. */
function indexWithin(sites: readonly number[], all: readonly number[], state: number): number {
  return sites.reduce((index, site) => {
    const place = levels ** (all.length - 1 - all.indexOf(site));
    return index * levels + (Math.floor(state / place) % levels);
  }, 0);
}

function joinClusters(a: Cluster, b: Cluster): Cluster {
  const sites = [...a.sites, ...b.sites].toSorted((x, y) => x - y);
  const dimension = levels ** sites.length;
  const [da, db] = [levels ** a.sites.length, levels ** b.sites.length];
  const inA = Array.from({ length: dimension }, (_, k) => indexWithin(a.sites, sites, k));
  const inB = Array.from({ length: dimension }, (_, k) => indexWithin(b.sites, sites, k));
  const rho = new Float64Array(2 * dimension ** 2);
  for (let r = 0; r < dimension; r++) {
    for (let c = 0; c < dimension; c++) {
      const p = 2 * (inA[r]! * da + inA[c]!);
      const q = 2 * (inB[r]! * db + inB[c]!);
      const at = 2 * (r * dimension + c);
      rho[at] = a.joint.rho[p]! * b.joint.rho[q]! - a.joint.rho[p + 1]! * b.joint.rho[q + 1]!;
      rho[at + 1] = a.joint.rho[p]! * b.joint.rho[q + 1]! + a.joint.rho[p + 1]! * b.joint.rho[q]!;
    }
  }
  return { sites, joint: { sites: sites.length, rho } };
}

/**
 * Probability of every joint outcome of some sites' level read-out, the levels in base three, first site first.
 *
 * @param group - site indices; one site when the state is a product
 */
export function outcomesOf(state: ArrayState, group: readonly number[]): number[] {
  const count = levels ** group.length;
  if (state.kind === "product") {
    const [p0, p2] = [state.x[group[0]! * coordinateCount]!, state.x[group[0]! * coordinateCount + 1]!];
    return [p0, 1 - p0 - p2, p2];
  }
  let outcomes = new Array<number>(count).fill(1);
  for (const { sites, joint } of state.clusters) {
    const seen = group.filter((s) => sites.includes(s));
    if (seen.length === 0) continue;
    const marginal = new Array<number>(levels ** seen.length).fill(0);
    jointPopulations(joint).forEach((p, k) => {
      marginal[indexWithin(seen, sites, k)]! += p;
    });
    outcomes = outcomes.map((p, k) => p * marginal[indexWithin(seen, group, k)]!);
  }
  return outcomes;
}

/** Probabilities of assigned outcomes of a group from those of its levels, sites read independently. */
export function assignOutcomes(
  outcomes: readonly number[],
  assignments: readonly (readonly (readonly number[])[])[],
): number[] {
  const size = assignments.length;
  return assignments.reduce<number[]>(
    (from, matrix, s) => {
      const place = levels ** (size - 1 - s);
      return from.map((_, k) => {
        const digit = Math.floor(k / place) % levels;
        const base = k - digit * place;
        return matrix[digit]!.reduce((sum, a, level) => sum + a * from[base + level * place]!, 0);
      });
    },
    [...outcomes],
  );
}
