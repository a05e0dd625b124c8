/** Linear scales and round numbers for axes. */

export type Span = readonly [from: number, to: number];

export function place([from, to]: Span, [start, end]: Span, value: number): number {
  return start + ((value - from) / (to - from)) * (end - start);
}

/** The smallest of 1, 1.5, 2, 3, 4, 5, 6, 8 times a power of ten that is not below a value. */
export function roundUp(value: number): number {
  if (!(value > 0)) return 1;
  const decade = 10 ** Math.floor(Math.log10(value));
  const step = [1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((s) => s * decade >= value * (1 - 1e-9))!;
  return Number((step * decade).toPrecision(3));
}

/** Some `count` round numbers within a span. */
export function ticks([from, to]: Span, count: number): number[] {
  const raw = Math.abs(to - from) / Math.max(1, count);
  if (!(raw > 0)) return [from];
  const decade = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].find((s) => s * decade >= raw)! * decade;
  const first = Math.ceil(Math.min(from, to) / step - 1e-9);
  const last = Math.floor(Math.max(from, to) / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, k) => Number(((first + k) * step).toPrecision(12)));
}

/** The span of some values, a little wider; of nothing, the unit interval. */
export function spanOf(values: Iterable<number>, pad = 0.06): Span {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return [0, 1];
  const room = pad * (high - low || Math.abs(high) || 1);
  return [low - room, high + room];
}
