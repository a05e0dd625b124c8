import type { FigureDeclaration } from "#ir/analysis";
import type { Estimates } from "#ir/estimate";
import type { Plan } from "#ir/plan";
import { type Axis, scanPoints } from "#ir/scan";
import type { ChartPoint, ChartSeries } from "../charts/line-chart.tsx";
import { hertz, number, seconds } from "../shell/format.ts";

/** What one unit of a figure is in SI. */
const scales: Readonly<Record<string, readonly [unit: string, size: number]>> = {
  Hz: ["MHz", 1e6],
  s: ["µs", 1e-6],
  "1/s": ["1/µs", 1e6],
};

export function axisLabel({ title, unit }: Pick<Axis, "title" | "unit">): string {
  const shown = scales[unit]?.[0] ?? unit;
  return shown === "" ? title : `${title} (${shown})`;
}

function scaled(unit: string, value: number): number {
  return value / (scales[unit]?.[1] ?? 1);
}

function axisText(axis: Axis, index: number): string {
  const label = axis.labels?.[index];
  if (label !== undefined) return label;
  const value = axis.values[index]!;
  if (axis.unit === "Hz") return hertz(value, 3);
  return axis.unit === "s" ? seconds(value) : number(value, 3);
}

/** Figures of a plan: those that its analysis declares, or one for each kind of series along the first axis. */
export function figuresOf({ analysis, axes }: Plan): FigureDeclaration[] {
  if (analysis.figures.length > 0) return analysis.figures;
  const [axis] = axes;
  if (!axis) return [];
  const kinds = [
    ["amplitude", "Order parameter", "|⟨A†⟩|"],
    ["population", "Populations", "Population"],
    ["pair", "Pair correlation", "|⟨A†A⟩|"],
    ["growth_rate", "Growth rate of the unsynchronized state, predicted", "Growth rate (1/µs)"],
  ] as const;
  return kinds.flatMap(([kind, title, label]) => {
    const series = analysis.series.filter((entry) => entry.kind === kind).map(({ id }) => id);
    return series.length === 0
      ? []
      : [{ title, caption: "", axis: axis.name, by: null, label, series, phase: false }];
  });
}

/** Predicted curves of a figure, the data over them, and the band that counting noise makes of the prediction. */
export function seriesOfFigure(
  { axis: along, by, series, phase }: FigureDeclaration,
  { axes, analysis, prediction }: Plan,
  estimates: Estimates | null,
): ChartSeries[] {
  const axis = axes.find(({ name }) => name === along);
  if (!axis) return [];
  const split = axes.find(({ name }) => name === by);
  const points = scanPoints(axes);
  const others = axes.filter(({ name }) => name !== along && name !== by);
  return (split?.values ?? [0]).flatMap((_, index) =>
    series.map((id): ChartSeries => {
      const declared = analysis.series.find((entry) => entry.id === id);
      const expected = prediction.series.find((entry) => entry.id === id);
      const found = estimates?.series.find((entry) => entry.id === id);
      const unit = phase ? 180 / Math.PI : declared?.kind === "growth_rate" ? 1e-6 : 1;
      const predicted = (phase ? expected?.phases : expected?.values) ?? [];
      const measured = (phase ? found?.phases : found?.values) ?? [];
      // Along axes that the figure leaves out, the first value stands.
      const places = points.flatMap((point, k) =>
        (split === undefined || point[split.name] === index) && others.every(({ name }) => point[name] === 0)
          ? [{ k, x: scaled(axis.unit, axis.values[point[along]!]!) }]
          : [],
      );
      const line = places.map(({ k, x }) => ({ x, y: (predicted[k] ?? Number.NaN) * unit }));
      const data = places.flatMap(({ k, x }): ChartPoint[] => {
        const one = measured[k];
        return one === undefined ? [] : [{ x, y: one.value * unit, error: one.error * unit }];
      });
      const curve = phase || split !== undefined ? null : expected?.curve;
      const finer = curve ? curve.x.map((x, k) => ({ x: scaled(axis.unit, x), y: curve.y[k]! * unit })) : [];
      const known = new Set(line.map((p) => p.x));
      const whole = [...line, ...finer.filter((p) => !known.has(p.x))];
      return {
        text: [
          ...(split === undefined ? [] : [axisText(split, index)]),
          ...(series.length > 1 || split === undefined ? [declared?.title ?? id] : []),
        ].join(", "),
        line: whole,
        band: bandAlong(whole, data),
        points: data,
      };
    }),
  );
}

/** The counting noise of the data about a curve, straight between one place of the data and the next. */
function bandAlong(
  line: readonly { readonly x: number; readonly y: number }[],
  data: readonly ChartPoint[],
): ChartPoint[] {
  const places = data.toSorted((a, b) => a.x - b.x);
  return line.flatMap(({ x, y }) => {
    const after = places.findIndex((p) => p.x >= x);
    const high = places[after];
    const low = high?.x === x ? high : places[after - 1];
    if (!high || !low) return [];
    const share = high.x === low.x ? 0 : (x - low.x) / (high.x - low.x);
    return [{ x, y, error: low.error + share * (high.error - low.error) }];
  });
}
