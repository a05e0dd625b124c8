import { EntrainError } from "#core/errors";
import type { Circuit } from "./circuit/instructions.ts";
import type { EncodedCircuit } from "./compile/encoded.ts";
import { decodeState } from "./predict/decode.ts";
import { type Noise, noiseless, uniformNoise } from "./predict/noise.ts";
import { predictState } from "./predict/predict.ts";
import { traceDistance } from "./predict/reference.ts";
import { type DigitalProfile, deviceNoise, edgesByPair, pairKey } from "./profile.ts";

/** What one unit of each kind of error does to the encoded state, to first order. */
export interface Sensitivity {
  readonly qubits: readonly {
    /** Per pulse infidelity. */
    readonly pulse: number;
    /** Per 1/s of pure dephasing. */
    readonly dephasing: number;
    readonly resetMissed: number;
    readonly resetInvented: number;
    /** Per assignment error. */
    readonly readout: number;
  }[];
  /** By `pairKey` of the circuit's qubits, per two-qubit infidelity. */
  readonly pairs: ReadonlyMap<string, number>;
}

/** Largest circuit whose sensitivities are predicted; beyond it gates, resets and waits are counted. */
const predictedLimit = 6;

/** Lengths used to see who waits for whom; layouts differ little in them. */
function typicalNoise(profile: DigitalProfile): Noise {
  const median = (values: readonly (number | null)[]) => {
    const sorted = values.filter((v): v is number => v !== null).toSorted((x, y) => x - y);
    return sorted[sorted.length >> 1] ?? 0;
  };
  return uniformNoise({
    single_s: median(profile.sites.map((s) => s.pulse_s)),
    pair_s: median(profile.edges.map((e) => e.duration_s)),
    reset_s: median(profile.sites.map((s) => s.reset_s)),
    measure_s: median(profile.sites.map((s) => s.measure_s)),
  });
}

/**
 * How far the oscillators' state moves (trace distance) for a small error of each kind on each qubit and pair. The sum
 * over all errors bounds the distance of the noisy state, to first order.
 */
export function sensitivityOf(encoded: EncodedCircuit, profile: DigitalProfile): Sensitivity {
  const { circuit, roles } = encoded;
  const typical = typicalNoise(profile);
  const pairKeys = new Set(
    circuit.instructions.flatMap((i) => (i.kind === "cz" ? [pairKey(...i.qubits)] : [])),
  );
  const readout = (q: number) => (roles.includes(q) ? 1 : 0);
  if (circuit.qubits > predictedLimit) return countedSensitivity(circuit, pairKeys, readout);
  const decoded = (noise: Noise) => decodeState(predictState(circuit, noise).rho, roles).rho;
  const base: Noise = { ...noiseless, timing: typical.timing };
  const ideal = decoded(base);
  const small = 1e-4;
  /** 1/s; slow against every circuit. */
  const slowDephasing = 10;
  const move = (change: Partial<Noise>, by = small) =>
    traceDistance(decoded({ ...base, ...change }), ideal) / by;
  return {
    qubits: Array.from({ length: circuit.qubits }, (_, q) => ({
      pulse: move({ singleError: (k) => (k === q ? small : 0) }),
      dephasing: move({ t2: (k) => (k === q ? 1 / slowDephasing : Infinity) }, slowDephasing),
      resetMissed: move({ reset: (k) => ({ missed: k === q ? small : 0, invented: 0 }) }),
      resetInvented: move({ reset: (k) => ({ missed: 0, invented: k === q ? small : 0 }) }),
      readout: readout(q),
    })),
    pairs: new Map(
      [...pairKeys].map((key) => [key, move({ pairError: (a, b) => (pairKey(a, b) === key ? small : 0) })]),
    ),
  };
}

function countedSensitivity(
  circuit: Circuit,
  pairKeys: ReadonlySet<string>,
  readout: (q: number) => number,
): Sensitivity {
  const pulses = new Float64Array(circuit.qubits);
  const resets = new Float64Array(circuit.qubits);
  const pairs = new Map([...pairKeys].map((key) => [key, 0]));
  for (const instruction of circuit.instructions) {
    if (instruction.kind === "cz") {
      const key = pairKey(...instruction.qubits);
      pairs.set(key, pairs.get(key)! + 1);
    }
    if (instruction.kind === "sx" || instruction.kind === "x") pulses[instruction.qubit]! += 1;
    if (instruction.kind === "reset") resets[instruction.qubit]! += 1;
  }
  // The waits are the resets of the others; a wrong ancilla spoils a damping, which is weak.
  const waiting = resets.reduce((most, n) => Math.max(most, n), 0) * 2e-6;
  return {
    qubits: Array.from({ length: circuit.qubits }, (_, q) => ({
      pulse: pulses[q]!,
      dephasing: resets[q] === 0 ? waiting / 2 : 0,
      resetMissed: 0.05 * resets[q]!,
      resetInvented: 0.3 * resets[q]!,
      readout: readout(q),
    })),
    pairs,
  };
}

/** A layout and the error that the sensitivities predict for it. */
export interface Layout {
  /** Device qubit of each circuit qubit. */
  readonly qubits: readonly number[];
  readonly cost: number;
}

/**
 * The best placements of a circuit's interaction graph on a device: every embedding over usable edges whose predicted
 * error may still be among the best is followed.
 *
 * @param count - how many to keep, best first
 * @throws EntrainError `digital.layout` when there is none
 */
export function searchLayouts(sensitivity: Sensitivity, profile: DigitalProfile, count = 8): Layout[] {
  const { sites } = profile;
  const noise = deviceNoise(profile);
  const edges = edgesByPair(profile);
  const neighbours: number[][] = sites.map(() => []);
  for (const [, { qubits, faults }] of edges) {
    const [a, b] = qubits;
    if (faults.length > 0 || sites[a]!.faults.length > 0 || sites[b]!.faults.length > 0) continue;
    neighbours[a]!.push(b);
    neighbours[b]!.push(a);
  }
  const links = [...sensitivity.pairs].map(([key, weight]) => {
    const [a, b] = key.split("-").map(Number) as [number, number];
    return { a, b, weight };
  });
  // Busiest first, then always one that touches what is placed.
  const order: number[] = [];
  const total = sensitivity.qubits.length;
  const linked = (q: number) => links.filter(({ a, b }) => a === q || b === q);
  while (order.length < total) {
    const candidates = Array.from({ length: total }, (_, q) => q).filter((q) => !order.includes(q));
    const touching = candidates.filter((q) =>
      linked(q).some(({ a, b }) => order.includes(a) || order.includes(b)),
    );
    const pool = touching.length > 0 ? touching : candidates;
    const weight = (q: number) => linked(q).reduce((sum, link) => sum + link.weight, 0);
    order.push(pool.reduce((best, q) => (weight(q) > weight(best) ? q : best)));
  }
  const place = new Array<number>(total).fill(-1);
  const taken = new Set<number>();
  const best: Layout[] = [];
  const siteCost = (q: number, at: number) => {
    const s = sensitivity.qubits[q]!;
    const { missed, invented } = noise.reset(at);
    const needsReset = s.resetMissed > 0 || s.resetInvented > 0;
    if (needsReset && sites[at]!.reset_s === null) return Infinity;
    const dephasing = Math.max(0, 1 / noise.t2(at) - 0.5 / noise.t1(at));
    return (
      s.pulse * noise.singleError(at) +
      s.dephasing * dephasing +
      s.resetMissed * missed +
      s.resetInvented * invented +
      (s.readout * (missed + invented)) / 2
    );
  };
  const bound = () => (best.length < count ? Infinity : best[best.length - 1]!.cost);
  const visit = (depth: number, cost: number) => {
    if (cost >= bound()) return;
    if (depth === total) {
      best.push({ qubits: [...place], cost });
      best.sort((x, y) => x.cost - y.cost);
      best.length = Math.min(best.length, count);
      return;
    }
    const q = order[depth]!;
    const placed = linked(q)
      .map(({ a, b, weight }) => ({ other: place[a === q ? b : a]!, weight }))
      .filter(({ other }) => other >= 0);
    const first = placed[0];
    const candidates = first === undefined ? sites.map((_, at) => at) : neighbours[first.other]!;
    for (const at of candidates) {
      if (taken.has(at) || sites[at]!.faults.length > 0) continue;
      let added = siteCost(q, at);
      for (const { other, weight } of placed) {
        added += neighbours[at]!.includes(other) ? weight * noise.pairError(at, other) : Infinity;
      }
      if (!(added < Infinity)) continue;
      place[q] = at;
      taken.add(at);
      visit(depth + 1, cost + added);
      taken.delete(at);
      place[q] = -1;
    }
  };
  visit(0, 0);
  if (best.length > 0) return best;
  throw new EntrainError(
    "digital.layout",
    {
      path: "layout",
      message: `${profile.backend.name} has no place for a circuit of ${total} qubits with these neighbours`,
      found: links.map(({ a, b }) => `${a}-${b}`).join(", "),
      expected: "connected qubits in service",
    },
    { kind: "infeasible" },
  );
}
