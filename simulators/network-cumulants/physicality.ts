import { coordinateCount } from "#model/generator";
import type { Network } from "#model/network";
import { pairOffset } from "./equations.ts";

const n = coordinateCount;

/**
 * How far a state of the cumulant equations is from any set of density matrices: the largest excess over what
 * positivity allows, 0 for a physical state.
 *
 * Looked at, with p the level populations: p ≥ 0 and |ρ_rc|² ≤ p_r p_c at every site; for every pair the nine joint
 * populations ≥ 0 and |⟨A†_iA_j⟩|² ≤ ⟨A†_iA_i⟩⟨A†_jA_j⟩, this one in units of the larger possible ⟨A†A⟩. These are
 * necessary conditions, not sufficient ones; the truncation may break them a little long before it fails.
 *
 * @returns NaN when the state holds a number that is not finite
 */
export function positivityExcess(network: Network, y: Float64Array): number {
  const count = network.sites.length;
  const populations = new Float64Array(3 * count);
  const quanta = new Float64Array(count);
  const largest = new Float64Array(count);
  let excess = 0;
  const look = (value: number) => {
    if (!(value <= excess)) excess = Number.isNaN(excess) ? excess : value;
  };
  network.sites.forEach(({ ladder: [a1, a2] }, s) => {
    const p0 = y[s * n]!;
    const p2 = y[s * n + 1]!;
    const p1 = 1 - p0 - p2;
    populations.set([p0, p1, p2], 3 * s);
    quanta[s] = a1 * a1 * p1 + a2 * a2 * p2;
    largest[s] = Math.max(a1 * a1, a2 * a2);
    for (const p of [p0, p1, p2]) look(-p);
    const coherence = (k: number, r: number, c: number) =>
      Math.hypot(y[s * n + k]!, y[s * n + k + 1]!) - Math.sqrt(Math.max(0, r * c));
    look(coherence(2, p0, p1));
    look(coherence(4, p1, p2));
    look(coherence(6, p0, p2));
  });
  for (let i = 0; i < count; i++) {
    for (let j = i + 1; j < count; j++) {
      const d = pairOffset(count, i, j);
      // Connected part of the joint populations of levels 0 and 2; level 1 follows from the marginals.
      const d00 = y[d]!;
      const d02 = y[d + 1]!;
      const d20 = y[d + n]!;
      const d22 = y[d + n + 1]!;
      const at = (r: number, c: number) => populations[3 * i + r]! * populations[3 * j + c]!;
      look(-at(0, 0) - d00);
      look(-at(0, 2) - d02);
      look(-at(2, 0) - d20);
      look(-at(2, 2) - d22);
      look(-at(0, 1) + d00 + d02);
      look(-at(2, 1) + d20 + d22);
      look(-at(1, 0) + d00 + d20);
      look(-at(1, 2) + d02 + d22);
      look(-at(1, 1) - d00 - d02 - d20 - d22);
      const [re, im] = pairCorrelationAt(network, y, i, j);
      const bound = Math.sqrt(Math.max(0, quanta[i]! * quanta[j]!));
      look((Math.hypot(re, im) - bound) / Math.sqrt(largest[i]! * largest[j]!));
    }
  }
  return excess;
}

/** ⟨A†_i A_j⟩ as [re, im]; for i = j the mean ⟨A†_i A_i⟩. */
export function pairCorrelationAt(
  network: Network,
  y: Float64Array,
  i: number,
  j: number,
): [re: number, im: number] {
  const count = network.sites.length;
  const [a1, a2] = network.sites[i]!.ladder;
  const [b1, b2] = network.sites[j]!.ladder;
  if (i === j) {
    const p2 = y[i * n + 1]!;
    return [a1 * a1 * (1 - y[i * n]! - p2) + a2 * a2 * p2, 0];
  }
  const d = i < j ? pairOffset(count, i, j) : pairOffset(count, j, i);
  const raising = (s: number, c1: number, c2: number, part: number) =>
    c1 * y[s * n + 2 + part]! + c2 * y[s * n + 4 + part]!;
  const connected = (p: number, q: number) => {
    let sum = 0;
    for (const [k, a] of [
      [2, a1],
      [4, a2],
    ] as const) {
      for (const [l, b] of [
        [2, b1],
        [4, b2],
      ] as const) {
        const row = k + p;
        const column = l + q;
        sum += a * b * y[d + (i < j ? row * n + column : column * n + row)]!;
      }
    }
    return sum;
  };
  const both = (p: number, q: number) => raising(i, a1, a2, p) * raising(j, b1, b2, q) + connected(p, q);
  return [both(0, 0) + both(1, 1), both(1, 0) - both(0, 1)];
}
