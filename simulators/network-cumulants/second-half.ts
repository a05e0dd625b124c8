import type { Oscillator } from "#model/oscillator";
import { raisingAmplitude } from "../mean-field/network.ts";

/** Amplitude below which a phase says nothing. */
const silent = 1e-10;

export interface SiteMean {
  /** Time average of |⟨A†⟩|. */
  readonly amplitude: number;
  /** Mean rotation rate of ⟨A†⟩; null without amplitude. */
  readonly frequency: number | null;
}

/** Averages over an even grid of an even number of cells: Simpson's rule, and the unwrapped phase. */
export class SecondHalf {
  readonly #sites: readonly Oscillator[];
  readonly #spacing: number;
  readonly #samples: number[][];
  readonly #turned: Float64Array;
  readonly #previous: Float64Array;

  /** @param spacing - time between samples, short enough that no phase moves by half a turn */
  constructor(sites: readonly Oscillator[], spacing: number) {
    this.#sites = sites;
    this.#spacing = spacing;
    this.#samples = sites.map(() => []);
    this.#turned = new Float64Array(sites.length);
    this.#previous = new Float64Array(2 * sites.length);
  }

  /** Takes the samples in order, from cell 0 on. */
  add(cell: number, state: Float64Array): void {
    this.#sites.forEach((_, s) => {
      const [re, im] = raisingAmplitude(this.#sites, state, s);
      const was = this.#previous.subarray(2 * s, 2 * s + 2);
      if (cell > 0) {
        this.#turned[s]! += Math.atan2(was[0]! * im - was[1]! * re, was[0]! * re + was[1]! * im);
      }
      was.set([re, im]);
      this.#samples[s]!.push(Math.hypot(re, im));
    });
  }

  /** Over the samples that came, an even number of cells of them. */
  means(): SiteMean[] {
    return this.#samples.map((samples, s) => {
      const cells = samples.length - 1;
      if (cells < 1) return { amplitude: samples[0] ?? Number.NaN, frequency: null };
      const even = cells - (cells % 2);
      let sum = 0;
      for (let k = 0; k <= even; k++) {
        sum += (k === 0 || k === even ? 1 : k % 2 === 1 ? 4 : 2) * samples[k]!;
      }
      const amplitude = even === 0 ? samples[0]! : sum / (3 * even);
      const still = amplitude < silent || this.#spacing === 0;
      return { amplitude, frequency: still ? null : this.#turned[s]! / (cells * this.#spacing) };
    });
  }
}
