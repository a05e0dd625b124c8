import type { Random } from "#core/random";
import { parseQasm } from "../qasm/parse.ts";
import type { Noise } from "./noise.ts";
import { type Prediction, predictOutcomes } from "./predict.ts";

/**
 * Shots drawn from a prediction.
 *
 * @returns shots × bits, row-major, bit k of a shot in column k
 */
export function sampleOutcomes(
  { probabilities, bits }: Prediction,
  shots: number,
  random: Random,
): Uint8Array {
  const cumulative = new Float64Array(probabilities.length);
  let sum = 0;
  probabilities.forEach((p, k) => {
    sum += Math.max(0, p);
    cumulative[k] = sum;
  });
  const out = new Uint8Array(shots * bits);
  for (let shot = 0; shot < shots; shot++) {
    const at = random.uniform() * sum;
    let low = 0;
    let high = cumulative.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (cumulative[middle]! > at) high = middle;
      else low = middle + 1;
    }
    for (let bit = 0; bit < bits; bit++) out[shot * bits + bit] = (low >> bit) & 1;
  }
  return out;
}

/**
 * What a device returns for a program, simulated from its text alone.
 *
 * @param noise - on the program's qubits
 * @returns shots × bits
 * @throws EntrainError `program.syntax`, `digital.too_large`, `digital.measured`
 */
export function runProgram(text: string, noise: Noise, shots: number, random: Random): Uint8Array {
  return sampleOutcomes(predictOutcomes(parseQasm(text).circuit, noise), shots, random);
}
