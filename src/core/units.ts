import { invalidInput } from "./errors.ts";

/**
 * Quantities: text with a unit at the edge, SI numbers inside.
 *
 * Ordinary frequencies are in Hz (fields `…_hz`), angular frequencies in rad/s (`…_rad_per_s`), rates of
 * population change in 1/s (`…_per_s`). The factor 2π between the first and the other two is crossed only by
 * the functions of this file, so that it can be found.
 */

/** One full turn, 2π rad. */
export const fullTurn = 2 * Math.PI;

/** rad/s from Hz. */
export function angularFromHz(frequencyHz: number): number {
  return fullTurn * frequencyHz;
}

/** Hz from rad/s, and the "linewidth over 2π" in Hz of a rate in 1/s. */
export function hzFromAngular(angularRadPerS: number): number {
  return angularRadPerS / fullTurn;
}

/** Phase 2πft in rad, reduced to (−π, π] before the product loses digits. */
export function phaseOfTurns(turns: number): number {
  return fullTurn * (turns - Math.round(turns));
}

export type Dimension =
  | "frequency"
  | "rate"
  | "time"
  | "angle"
  | "temperature"
  | "capacitance"
  | "current"
  | "number";

interface UnitDefinition {
  readonly dimension: Dimension;
  readonly symbol: string;
  /** SI units per one of this unit. */
  readonly factor: number;
}

const prefixes: readonly (readonly [string, number])[] = [
  ["", 1],
  ["T", 1e12],
  ["G", 1e9],
  ["M", 1e6],
  ["k", 1e3],
  ["m", 1e-3],
  ["u", 1e-6],
  ["µ", 1e-6],
  ["μ", 1e-6],
  ["n", 1e-9],
  ["p", 1e-12],
  ["f", 1e-15],
];

function prefixed(dimension: Dimension, symbol: string): UnitDefinition[] {
  return prefixes.map(([prefix, factor]) => ({ dimension, symbol: `${prefix}${symbol}`, factor }));
}

function inverseTime(form: (unit: string) => string): UnitDefinition[] {
  return prefixes.map(([prefix, factor]) => ({
    dimension: "rate" as const,
    symbol: form(`${prefix}s`),
    factor: 1 / factor,
  }));
}

const units = new Map<string, UnitDefinition>(
  [
    ...prefixed("frequency", "Hz"),
    ...prefixed("time", "s"),
    ...prefixed("temperature", "K"),
    ...prefixed("capacitance", "F"),
    ...prefixed("current", "A"),
    ...inverseTime((unit) => `/${unit}`),
    ...inverseTime((unit) => `1/${unit}`),
    { dimension: "angle" as const, symbol: "rad", factor: 1 },
    { dimension: "angle" as const, symbol: "mrad", factor: 1e-3 },
    { dimension: "angle" as const, symbol: "deg", factor: Math.PI / 180 },
    { dimension: "angle" as const, symbol: "pi", factor: Math.PI },
    { dimension: "angle" as const, symbol: "turn", factor: fullTurn },
  ].map((unit) => [unit.symbol, unit]),
);

const siSymbol: Record<Dimension, string> = {
  frequency: "Hz",
  rate: "1/s",
  time: "s",
  angle: "rad",
  temperature: "K",
  capacitance: "F",
  current: "A",
  number: "",
};

const examples: Record<Dimension, string> = {
  frequency: "a frequency with its unit, e.g. 4.8 GHz",
  rate: "a rate, e.g. 2pi*1.5 MHz or 9.4 /us",
  time: "a time with its unit, e.g. 1.2 us",
  angle: "an angle, e.g. 0.25 pi or 1.57 rad",
  temperature: "a temperature, e.g. 20 mK",
  capacitance: "a capacitance, e.g. 88 fF",
  current: "a current, e.g. 32 nA",
  number: "a number without a unit",
};

const quantityPattern =
  /^\s*(2\s*(?:pi|π)\s*[*·×x]\s*)?([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(\S*)\s*$/;

/**
 * Reads a quantity such as `-313 MHz`, `2pi*1.5 MHz` or `9.4 /us` into SI units.
 *
 * A rate (1/s) is never taken from a bare frequency: whether `1.5 MHz` means γ or γ/2π is the 2π that costs a
 * lab months, so a rate is written `2pi*1.5 MHz` or `9.42 /us`. A bare number is accepted for dimension
 * `number` only.
 *
 * @param path - named in the error
 * @returns value in Hz, 1/s, s, rad or K
 * @throws EntrainError `quantity.invalid` naming the path, what was found and what would be accepted
 */
export function parseQuantity(text: unknown, dimension: Dimension, path = ""): number {
  const refuse = (message: string, hint?: string) =>
    invalidInput(
      { path, message, found: text, expected: examples[dimension], ...(hint === undefined ? {} : { hint }) },
      "quantity.invalid",
    );
  if (typeof text === "number") {
    if (!Number.isFinite(text)) throw refuse("must be a finite number");
    if (dimension === "number" || text === 0) return text;
    throw refuse(`must carry a unit, but is the bare number ${text}.`);
  }
  if (typeof text !== "string") throw refuse(`must be ${examples[dimension]}`);
  const match = quantityPattern.exec(text);
  if (!match) throw refuse(`"${text}" cannot be read as a quantity.`);
  const [, angularMark, digits, symbol = ""] = match;
  const value = Number(digits);
  if (!Number.isFinite(value)) throw refuse("must be finite");
  if (symbol === "") {
    if (dimension === "number" && angularMark === undefined) return value;
    if (value === 0) return 0;
    throw refuse(`"${text}" has no unit.`);
  }
  const unit = units.get(symbol);
  if (!unit) {
    const near = [...units.keys()].find((known) => known.toLowerCase() === symbol.toLowerCase());
    throw refuse(
      `"${symbol}" is not a known unit.`,
      near === undefined ? undefined : `Did you mean ${near}?`,
    );
  }
  if (angularMark !== undefined) {
    if (dimension === "rate" && unit.dimension === "frequency") return fullTurn * value * unit.factor;
    throw refuse(`"2pi*" belongs before a frequency that gives a rate; "${text}" must be a ${dimension}.`);
  }
  if (unit.dimension === dimension) return value * unit.factor;
  if (dimension === "rate" && unit.dimension === "frequency") {
    throw refuse(
      `"${text}" does not say whether the rate or the rate over 2π is meant.`,
      `Write 2pi*${digits} ${symbol} for γ/2π = ${digits} ${symbol}, or give it as 1/s.`,
    );
  }
  throw refuse(`"${text}" is a ${unit.dimension}, but a ${dimension} is wanted.`);
}

/**
 * Writes an SI value with an engineering prefix: `formatQuantity(2.65e7, "frequency")` → `26.5 MHz`.
 *
 * @param digits - significant digits, default 4
 */
export function formatQuantity(value: number, dimension: Dimension, digits = 4): string {
  if (!Number.isFinite(value)) return String(value);
  if (dimension === "number") return String(Number(value.toPrecision(digits)));
  if (dimension === "angle") return `${Number(value.toPrecision(digits))} rad`;
  if (dimension === "rate") return `2π × ${formatQuantity(hzFromAngular(value), "frequency", digits)}`;
  if (value === 0) return `0 ${siSymbol[dimension]}`;
  const ascending = prefixes
    .filter(([prefix]) => prefix !== "µ" && prefix !== "u")
    .toSorted((a, b) => a[1] - b[1]);
  // Rounded first, so that 999.96 MHz becomes 1 GHz and not 1000 MHz.
  const rounded = Number(value.toPrecision(digits));
  const magnitude = Math.abs(rounded);
  let chosen = ascending[0]!;
  for (const candidate of ascending) if (magnitude >= candidate[1] * (1 - 1e-12)) chosen = candidate;
  return `${Number((rounded / chosen[1]).toPrecision(digits))} ${chosen[0]}${siSymbol[dimension]}`;
}
