import { readFileSync } from "node:fs";
import { resolve } from "node:path";

/** One exchange with genuine firmware; edges are `[pin, level, cycle]`, counted from the first. */
export interface Exchange {
  readonly send?: string | { readonly hex: string };
  readonly pin?: number;
  readonly level?: 0 | 1;
  readonly reply: string;
  readonly edges?: readonly (readonly [pin: number, level: 0 | 1, cycle: number])[];
  readonly spi?: string;
}

/** Exchanges recorded with genuine firmware, in their order. */
export function readTranscript(name: string): Exchange[] {
  const path = resolve(import.meta.dirname, `../fixtures/serial-transcripts/${name}.json`);
  return JSON.parse(readFileSync(path, "utf8")) as Exchange[];
}

export function sentBytes({ send }: Exchange): Uint8Array {
  if (send === undefined) return new Uint8Array();
  return typeof send === "string" ? Buffer.from(send, "latin1") : Buffer.from(send.hex, "hex");
}

/** Changes of level with cycles counted from the first rise; repeated levels are dropped. */
export function changes(
  edges: readonly (readonly [pin: number, level: 0 | 1, cycle: number])[],
  before: ReadonlyMap<number, 0 | 1> = new Map(),
): [pin: number, level: 0 | 1, cycle: number][] {
  const levels = new Map(before);
  const changed = edges.filter(([pin, level]) => {
    const changes = (levels.get(pin) ?? 0) !== level;
    levels.set(pin, level);
    return changes;
  });
  const start = changed.find(([, level]) => level === 1)?.[2] ?? 0;
  return changed.map(([pin, level, cycle]) => [pin, level, cycle - start]);
}
