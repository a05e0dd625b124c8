/** Sums over all sites at the ends of the steps: ⟨A†⟩ (re, im), p₀, p₂. */
export const sumCount = 4;

/** Sums over the sites and their derivatives at the ends of the steps, and between them by interpolation. */
export class StepHistory {
  private readonly times: number[] = [];
  private readonly values: number[] = [];
  private readonly rates: number[] = [];

  add(t: number, values: ArrayLike<number>, rates: ArrayLike<number>): void {
    this.times.push(t);
    for (let q = 0; q < sumCount; q++) {
      this.values.push(values[q]!);
      this.rates.push(rates[q]!);
    }
  }

  /**
   * Hermite interpolation through the four ends of steps around t, value and derivative of each: degree seven, so that
   * its error is far below that of the steps.
   *
   * @param t - between the first and the last end
   */
  at(t: number, out: Float64Array): void {
    const { times } = this;
    let low = 0;
    let high = times.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (times[middle]! <= t) low = middle;
      else high = middle;
    }
    const exact = times[low] === t ? low : times[high] === t ? high : -1;
    if (exact >= 0) {
      for (let q = 0; q < sumCount; q++) out[q] = this.values[exact * sumCount + q]!;
      return;
    }
    const first = Math.max(0, Math.min(low - 1, times.length - 4));
    const last = Math.min(times.length, first + 4);
    out.fill(0);
    for (let a = first; a < last; a++) {
      // ℓ_a(t)²·[1 − 2ℓ_a'(t_a)(t − t_a)] and ℓ_a(t)²·(t − t_a)
      let basis = 1;
      let slope = 0;
      for (let b = first; b < last; b++) {
        if (b === a) continue;
        basis *= (t - times[b]!) / (times[a]! - times[b]!);
        slope += 1 / (times[a]! - times[b]!);
      }
      const away = t - times[a]!;
      const square = basis * basis;
      for (let q = 0; q < sumCount; q++) {
        const place = a * sumCount + q;
        out[q]! += square * ((1 - 2 * slope * away) * this.values[place]! + away * this.rates[place]!);
      }
    }
  }
}
