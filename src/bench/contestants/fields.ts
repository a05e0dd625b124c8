import { readFileSync, writeFileSync } from "node:fs";
import { fieldOperator, type LargeCoupling } from "#simulators/large-network/coupling";
import type { FieldOperator } from "#simulators/large-network/field-operator";
import { reverseCuthillMcKee } from "#simulators/large-network/renumber";
import type { SparsePairs } from "#simulators/large-network/sparse-field";
import { createArena, padded } from "#simulators/wasm/arena";
import { processorSeconds } from "../rounds.ts";
import { buildPeer, type Found, runPeer, scratchFile, type Tools } from "../tools.ts";
import { avx2Flags } from "./compiled-peers.ts";

/** Uniform in [−½, ½) from two integers, the same as in bench/peers/network.c (finaliser of MurmurHash3). */
export function noise(a: number, b: number): number {
  let h = (Math.imul(a, 0x9e3779b1) + Math.imul(b, 0x85ebca77) + 1) | 0;
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  h ^= h >>> 16;
  return (h >>> 0) / 2 ** 32 - 0.5;
}

/** ⟨A†⟩ of every site, (re, im) after (re, im). */
export function testAmplitudes(size: number): Float64Array {
  return Float64Array.from({ length: 2 * size }, (_, k) => noise(k >> 1, 0x51 + (k & 1)));
}

/** Element of the dense test matrix. */
export function denseElement(i: number, j: number): number {
  if (i === j) return 0;
  return i < j ? noise(i, j) : noise(j, i);
}

/** Four pairs a site: with the next ones of a ring, or with drawn ones. */
export function testPairs(size: number, kind: "ring" | "random"): SparsePairs {
  const i = new Uint32Array(4 * size);
  const j = new Uint32Array(4 * size);
  const re = new Float64Array(4 * size);
  let k = 0;
  for (let site = 0; site < size; site++) {
    for (let d = 1; d <= 4; d++) {
      const drawn = Math.trunc((noise(site, size + d) + 0.5) * size);
      const next = kind === "ring" ? site + d : drawn === site ? site + 1 : drawn;
      i[k] = site;
      j[k] = next % size;
      re[k++] = noise(site, d);
    }
  }
  return { i, j, re };
}

/** Fields by the definition at some sites, in plain loops: what the contestants are checked against. */
export interface ProbedFields {
  readonly sites: readonly number[];
  /** (re, im) of each probed site. */
  readonly values: Float64Array;
}

/** `count` sites spread over the network, both ends among them. */
export function probeSites(size: number, count: number): number[] {
  return Array.from({ length: count }, (_, k) => Math.round((k * (size - 1)) / (count - 1)));
}

export function probeRows(
  size: number,
  sites: readonly number[],
  element: (i: number, j: number) => number,
): ProbedFields {
  const s = testAmplitudes(size);
  const values = new Float64Array(2 * sites.length);
  sites.forEach((i, k) => {
    for (let j = 0; j < size; j++) {
      const strength = element(i, j);
      values[2 * k]! += strength * s[2 * j]!;
      values[2 * k + 1]! -= strength * s[2 * j + 1]!;
    }
  });
  return { sites, values };
}

export function probePairs(size: number, sites: readonly number[], pairs: SparsePairs): ProbedFields {
  const s = testAmplitudes(size);
  const place = new Map(sites.map((site, k) => [site, k]));
  const values = new Float64Array(2 * sites.length);
  const add = (i: number, j: number, strength: number) => {
    const k = place.get(i);
    if (k === undefined) return;
    values[2 * k]! += strength * s[2 * j]!;
    values[2 * k + 1]! -= strength * s[2 * j + 1]!;
  };
  for (let e = 0; e < pairs.i.length; e++) {
    add(pairs.i[e]!, pairs.j[e]!, pairs.re[e]!);
    add(pairs.j[e]!, pairs.i[e]!, pairs.re[e]!);
  }
  return { sites, values };
}

/** Deviation at each probe over the largest field among them. */
export function fieldErrors(fields: ArrayLike<number>, probed: ProbedFields): number[] {
  const scale = probed.values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return probed.sites.map((site, k) =>
    Math.max(
      Math.abs(fields[2 * site]! - probed.values[2 * k]!) / scale,
      Math.abs(fields[2 * site + 1]! - probed.values[2 * k + 1]!) / scale,
    ),
  );
}

/** Somebody who computes the fields of one network again and again. */
export interface FieldContestant {
  /** Processor seconds of one application, the mean of several. */
  readonly apply: () => Promise<number> | number;
  /** Fields in the order of the sites, after the first `apply`. */
  readonly fields: () => ArrayLike<number>;
}

/** Our operator for a coupling, placed in a memory of its own. */
export function entrainFields(
  size: number,
  coupling: LargeCoupling,
  accuracy: number,
  repeats: number,
): FieldContestant & { readonly operator: FieldOperator } {
  const rank = coupling.kind === "sparse" ? reverseCuthillMcKee(size, coupling.pairs) : undefined;
  const operator = fieldOperator(size, coupling, accuracy, rank);
  const vector = padded(16 * size);
  const arena = createArena(operator.arenaBytes + 2 * vector);
  const amplitudes = arena.take(16 * size);
  const fields = arena.take(16 * size);
  const place = (site: number) => rank?.[site] ?? site;
  const s = testAmplitudes(size);
  const target = arena.doubles(amplitudes, 2 * size);
  for (let site = 0; site < size; site++) {
    target[2 * place(site)] = s[2 * site]!;
    target[2 * place(site) + 1] = s[2 * site + 1]!;
  }
  const run = operator.place({ arena, amplitudes, fields });
  return {
    operator,
    apply: () => meanSeconds(run, repeats),
    fields: () => {
      const found = arena.doubles(fields, 2 * size);
      const ordered = new Float64Array(2 * size);
      for (let site = 0; site < size; site++) {
        ordered[2 * site] = found[2 * place(site)]!;
        ordered[2 * site + 1] = found[2 * place(site) + 1]!;
      }
      return ordered;
    },
  };
}

export function meanSeconds(work: () => void, repeats: number): number {
  const { seconds } = processorSeconds(() => {
    for (let k = 0; k < repeats; k++) work();
  });
  return seconds / repeats;
}

/** bench/peers/network.c on the same network; `factors` are lines "c l" for a chain. */
export function cFields(
  tools: Tools,
  kind: "dense" | "ring" | "random" | "chain",
  size: number,
  repeats: number,
  factors?: readonly (readonly [number, number])[],
): Found<FieldContestant & { readonly build: string }> {
  const built = buildPeer(tools, { source: "network.c", language: "c", flags: avx2Flags(tools) });
  if (built.missing !== undefined) return built;
  let kept: Float64Array = new Float64Array(0);
  return {
    build: built.build,
    apply: async () => {
      const out = scratchFile("fields.bin");
      const factorFile = scratchFile("factors.txt");
      if (factors) writeFileSync(factorFile, factors.map((pair) => pair.join(" ")).join("\n"));
      const args = [kind, String(size), String(repeats + 1), out, ...(factors ? [factorFile] : [])];
      const { seconds } = await runPeer<{ seconds: readonly number[] }>(built.program, args);
      const bytes = readFileSync(out);
      kept = new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
      // The first application pays for pages that were never touched.
      const later = seconds.slice(1);
      return later.reduce((sum, value) => sum + value, 0) / later.length;
    },
    fields: () => kept,
  };
}
