const prefixes = [
  [1, "s"],
  [1e-3, "ms"],
  [1e-6, "µs"],
  [1e-9, "ns"],
] as const;

/** Three digits without an exponent where it can be helped. */
export function digits(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e5 || size < 1e-3)) return value.toExponential(1);
  return size >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** 0.00123 → "1.23 ms" */
export function duration(seconds: number): string {
  const [unit, name] = prefixes.find(([size]) => Math.abs(seconds) >= size) ?? prefixes[3];
  return `${digits(seconds / unit)} ${name}`;
}

/** 52 340 → "52 340": digits in groups, for counts. */
export function count(value: number): string {
  return Number.isInteger(value) ? String(value).replace(/\B(?=(\d{3})+(?!\d))/g, "\u202f") : digits(value);
}
