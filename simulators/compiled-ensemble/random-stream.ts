import { fullTurn } from "#core/units";

/**
 * The random numbers of one trajectory: xoshiro256++ (Blackman & Vigna, ACM Trans. Math. Softw. 47, 36 (2021)) whose
 * four words are splitmix64 of seed·2³² + trajectory; two normal deviates by Box–Muller from two numbers each.
 *
 * A stream depends on the seed and the number of its trajectory only, whatever runs beside it.
 */
export interface NormalStream {
  readonly normal: () => number;
}

const mask = (1n << 64n) - 1n;
const golden = 0x9e3779b97f4a7c15n;

/** The four 64-bit words with which a stream begins. */
export function streamState(seed: number, trajectory: number): [bigint, bigint, bigint, bigint] {
  let x = (BigInt(seed >>> 0) << 32n) + BigInt(trajectory >>> 0);
  const next = () => {
    x = (x + golden) & mask;
    let z = x;
    z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & mask;
    z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & mask;
    return z ^ (z >> 31n);
  };
  return [next(), next(), next(), next()];
}

/** The stream in plain TypeScript, the reference of the vectorised one; logarithm and turn as the engine has them. */
export function normalStream(seed: number, trajectory: number): NormalStream {
  const s = streamState(seed, trajectory);
  const rotate = (x: bigint, by: bigint) => ((x << by) | (x >> (64n - by))) & mask;
  /** [0, 1), 52 bits. */
  const uniform = () => {
    const result = (rotate((s[0] + s[3]) & mask, 23n) + s[0]) & mask;
    const t = (s[1] << 17n) & mask;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45n);
    return Number(result >> 12n) * 2 ** -52;
  };
  let spare: number | undefined;
  return {
    normal() {
      if (spare !== undefined) {
        const value = spare;
        spare = undefined;
        return value;
      }
      const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
      const angle = fullTurn * uniform();
      spare = radius * Math.sin(angle);
      return radius * Math.cos(angle);
    },
  };
}
