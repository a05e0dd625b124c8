import { parseQuantity } from "#core/units";
import type { Measured, MeasuredResult } from "#ir/estimate";

/**
 * Value with its standard error in the last digits: 0.4213 ± 0.0034 → `0.4213(34)`, 11.52 ± 1.3 → `11.5(13)`.
 * Two digits of the error.
 */
export function concise({ value, error }: Measured): string {
  if (value < 0) return `−${concise({ value: -value, error })}`;
  if (!(error > 0) || !Number.isFinite(error)) return `${Number(value.toPrecision(4))}`;
  const places = 1 - Math.floor(Math.log10(Number(error.toPrecision(2))));
  if (places <= 0) {
    const unit = 10 ** -places;
    return `${Math.round(value / unit) * unit}(${Math.round(error / unit) * unit})`;
  }
  const digits = Number(error.toFixed(places).replace(".", ""));
  return `${value.toFixed(places)}(${digits})`;
}

const frequencyUnits = ["GHz", "MHz", "kHz", "Hz"].map((unit) => ({
  unit,
  factor: parseQuantity(`1 ${unit}`, "frequency"),
}));

/** A measured frequency in the unit that suits it: `26.971(79) MHz`. */
export function conciseFrequency({ value, error }: Measured): string {
  const size = Math.max(Math.abs(value), error);
  const { unit, factor } = frequencyUnits.find((u) => size >= u.factor) ?? frequencyUnits.at(-1)!;
  return `${concise({ value: value / factor, error: error / factor })} ${unit}`;
}

/** p-value in the form that a physicist reads. */
export function formatP(p: number): string {
  if (p < 1e-12) return "< 10⁻¹²";
  if (p >= 1e-3) return p.toPrecision(2);
  const exponent = Math.floor(Math.log10(p));
  return `${(p / 10 ** exponent).toFixed(1)} × 10${superscript(exponent)}`;
}

/** 12345.678 → `1.235 × 10⁴`; plain between 10⁻³ and 10⁵. */
export function formatNumber(value: number, digits = 4): string {
  if (!Number.isFinite(value)) return String(value);
  if (value < 0) return `−${formatNumber(-value, digits)}`;
  if (value === 0 || (value >= 1e-3 && value < 1e5)) return String(Number(value.toPrecision(digits)));
  const exponent = Math.floor(Math.log10(value));
  return `${Number((value / 10 ** exponent).toPrecision(digits))} × 10${superscript(exponent)}`;
}

function superscript(n: number): string {
  const digits = "⁰¹²³⁴⁵⁶⁷⁸⁹";
  return [...String(n)].map((c) => (c === "-" ? "⁻" : digits[Number(c)]!)).join("");
}

const timeUnits = ["s", "ms", "us", "ns"].map((unit) => ({
  unit: unit.replace("u", "µ"),
  factor: parseQuantity(`1 ${unit}`, "time"),
}));
const onePerMicrosecond = parseQuantity("1 /us", "rate");

/** A measured quantity of any unit: frequencies, times, rates in 1/µs, plain numbers. */
export function conciseQuantity(measured: MeasuredResult, unit: string): string {
  return `${withError(measured, unit)}${lopsided(measured, unit)}`;
}

/** Part of an interval's half-width by which its sides must differ to be printed. */
const even = 0.2;

/** The 68 % interval, where value ± error does not say it. */
function lopsided({ value, error, interval_68 }: MeasuredResult, unit: string): string {
  if (interval_68 === undefined) return "";
  const [low, high] = interval_68;
  const off = (bound: number | null, expected: number) =>
    bound === null || Math.abs(bound - expected) > even * error;
  if (!off(low, value - error) && !off(high, value + error)) return "";
  const shown = (bound: number | null) =>
    bound === null ? "open" : withError({ value: bound, error: 0 }, unit);
  return `, 68 %: ${shown(low)} … ${shown(high)}`;
}

function withError(measured: Measured, unit: string): string {
  if (unit === "Hz") return conciseFrequency(measured);
  const scaled = (factor: number) =>
    concise({ value: measured.value / factor, error: measured.error / factor });
  if (unit === "1/s") return `${scaled(onePerMicrosecond)} /µs`;
  if (unit !== "s") return unit === "" ? concise(measured) : `${concise(measured)} ${unit}`;
  const size = Math.max(Math.abs(measured.value), measured.error);
  const { unit: name, factor } = timeUnits.find((u) => size >= u.factor) ?? timeUnits.at(-1)!;
  return `${scaled(factor)} ${name}`;
}
