import { formatQuantity } from "#core/units";

/** Digits that a reader wants, with a real minus sign. */
export function number(value: number, digits = 4): string {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  const text =
    size !== 0 && (size >= 1e6 || size < 1e-4)
      ? value.toExponential(digits - 1)
      : String(Number(value.toPrecision(digits)));
  return text.replace("-", "−");
}

export function hertz(value: number, digits = 4): string {
  return formatQuantity(value, "frequency", digits).replace("-", "−");
}

export function seconds(value: number, digits = 3): string {
  return formatQuantity(value, "time", digits).replace("-", "−").replace("us", "µs").replace("μ", "µ");
}

export function perSecond(value: number, digits = 4): string {
  return formatQuantity(value, "rate", digits).replace("-", "−");
}

/** A value of any of the units that plans and designs use. */
export function quantity(value: number, unit: string, digits = 4): string {
  if (unit === "Hz") return hertz(value, digits);
  if (unit === "s") return seconds(value, digits);
  if (unit === "1/s") return perSecond(value, digits);
  return unit === "" ? number(value, digits) : `${number(value, digits)} ${unit}`;
}

/** 0.4213 ± 0.0034 → `0.4213 ± 0.0034`, both to the second digit of the error. */
export function withError(value: number, error: number, unit = ""): string {
  if (!(error > 0)) return quantity(value, unit);
  const digits = Math.max(2, Math.ceil(Math.log10(Math.max(Math.abs(value), error) / error)) + 2);
  return `${quantity(value, unit, Math.min(digits, 12))} ± ${quantity(error, unit, 2)}`;
}

/** `V_AB/V` in pieces: what stands on the line, what below it. */
export function indexed(symbol: string): readonly { readonly text: string; readonly low: boolean }[] {
  return symbol
    .split(/(_[A-Za-z]+)/)
    .filter((piece) => piece !== "")
    .map((piece) => ({ text: piece.replace("_", ""), low: piece.startsWith("_") }));
}

export function moment(iso: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  return date.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

export function probability(p: number): string {
  if (p < 1e-12) return "< 10⁻¹²";
  return p >= 1e-3 ? number(p, 2) : p.toExponential(1).replace("-", "−");
}
