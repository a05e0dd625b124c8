import type { Quantisation } from "#ir/program";

/** Rounds numbers to a stack's grid and keeps account of what that did. */
export class Quantiser {
  readonly #entries = new Map<string, Quantisation>();

  /** Notes that `wanted` became `emitted`; returns `emitted`. */
  note(
    quantity: Quantisation["quantity"],
    unit: string,
    step: number,
    where: string,
    wanted: number,
    emitted: number,
  ): number {
    const key = `${quantity} ${unit} ${step}`;
    const error = Math.abs(emitted - wanted);
    const before = this.#entries.get(key);
    const worst = before === undefined || error > before.largest_error;
    this.#entries.set(key, {
      quantity,
      unit,
      step,
      count: (before?.count ?? 0) + 1,
      moved: (before?.moved ?? 0) + (emitted === wanted ? 0 : 1),
      ...(worst
        ? { largest_error: error, where, wanted, emitted }
        : {
            largest_error: before.largest_error,
            where: before.where,
            wanted: before.wanted,
            emitted: before.emitted,
          }),
    });
    return emitted;
  }

  /** The report so far, in the order in which kinds of numbers came up. */
  get report(): Quantisation[] {
    return [...this.#entries.values()];
  }
}
