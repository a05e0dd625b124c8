import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { fullTurn } from "./units.ts";

/** Seeded source of randomness; the same seed gives the same numbers on every machine. */
export interface Random {
  /** Uniform in [0, 1), 53 bits. */
  uniform(): number;
  /** Standard normal. */
  normal(): number;
}

/** 32-bit hash of text (FNV-1a), to derive the seed of a named stream. */
function hash32(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    h ^= text.charCodeAt(i);
    h = Math.imul(h, 0x01000193);
  }
  return h | 0;
}

/**
 * An independent stream for each (seed, name): results do not depend on the order in which streams are used.
 *
 * @param name - what the stream is for, e.g. `shots/3/1`
 */
export function createRandom(seed: number, name = ""): Random {
  const generator = xoroshiro128plus((Math.imul(seed | 0, 0x9e3779b1) ^ hash32(`${seed}:${name}`)) | 0);
  let spare: number | undefined;
  const uniform = () => uniformFloat64(generator);
  return {
    uniform,
    normal() {
      if (spare !== undefined) {
        const value = spare;
        spare = undefined;
        return value;
      }
      // Box–Muller; 1 − u keeps the logarithm finite.
      const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
      const angle = fullTurn * uniform();
      spare = radius * Math.sin(angle);
      return radius * Math.cos(angle);
    },
  };
}
