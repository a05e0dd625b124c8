import { formatQuantity, parseQuantity } from "#core/units";
import type { Axis } from "#ir/scan";
import { formatNumber } from "./numbers.ts";

const scales: Readonly<Record<string, { readonly unit: string; readonly size: number }>> = {
  Hz: { unit: "MHz", size: parseQuantity("1 MHz", "frequency") },
  s: { unit: "µs", size: parseQuantity("1 us", "time") },
  "1/s": { unit: "1/µs", size: parseQuantity("1 /us", "rate") },
};

/** A value in the unit that figures show: MHz, µs, 1/µs. */
export function inFigureUnit(unit: string, value: number): number {
  return value / (scales[unit]?.size ?? 1);
}

export function axisValue({ unit }: Pick<Axis, "unit">, value: number): number {
  return inFigureUnit(unit, value);
}

export function withFigureUnit(title: string, unit: string): string {
  const shown = scales[unit]?.unit ?? unit;
  return shown === "" ? title : `${title} (${shown})`;
}

export function axisLabel({ title, unit }: Axis): string {
  return withFigureUnit(title, unit);
}

/** `2 MHz`, `0.4 µs`, or the label of the value. */
export function axisText(axis: Axis, index: number): string {
  const value = axis.values[index]!;
  const label = axis.labels?.[index];
  if (label !== undefined) return label;
  if (axis.unit === "Hz") return formatQuantity(value, "frequency", 3);
  if (axis.unit === "s") return formatQuantity(value, "time", 3);
  return formatNumber(value, 3);
}
