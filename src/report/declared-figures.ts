import * as Plot from "@observablehq/plot";
import type { FigureDeclaration } from "#ir/analysis";
import type { Estimates, Measured } from "#ir/estimate";
import type { Plan } from "#ir/plan";
import { scanPoints } from "#ir/scan";
import { axisLabel, axisText, axisValue } from "./axes.ts";
import type { SeriesBand } from "./bands.ts";
import { type Residual, residualFigure } from "./residuals.ts";
import { colours, drawPlot, type KeyEntry } from "./svg.ts";

/** Apart for any common colour blindness; Okabe & Ito. */
const sequence = [
  colours.blue,
  colours.vermillion,
  colours.green,
  "#CC79A7",
  "#E69F00",
  colours.sky,
  colours.ink,
];

interface Curve {
  readonly text: string;
  readonly colour: string;
  /** `band`: 1σ of the prediction. */
  readonly predicted: readonly { readonly x: number; readonly y: number; readonly band: number }[];
  readonly measured: readonly { readonly x: number; readonly y: Measured }[];
}

type Bands = ReadonlyMap<string, SeriesBand>;

/**
 * A figure that an analysis declares: predicted curves with their bands, and data over them once there are some.
 *
 * @param bands - 1σ of the predicted series (see `calibrationBands`); none are drawn without
 */
export function declaredFigure(
  declaration: FigureDeclaration,
  plan: Pick<Plan, "axes" | "analysis" | "prediction">,
  estimates: Estimates | null,
  bands: Bands = new Map(),
): string {
  const curves = allCurves(declaration, plan, estimates, bands);
  const { along } = declaration;
  const axis = plan.axes.find(({ name }) => name === declaration.axis)!;
  const values = curves.flatMap(({ predicted, measured }) => [
    ...predicted.flatMap(({ y, band }) => [y - band, y + band]),
    ...measured.flatMap(({ y }) => [y.value - y.error, y.value + y.error]),
  ]);
  const [low, high] = declaration.phase ? [-180, 180] : [Math.min(0, ...values), Math.max(...values)];
  const pad = Math.max(0.05 * (high - low), 1e-6);
  const centred = { labelAnchor: "center", labelArrow: "none" } as const;
  const dots = curves.flatMap(({ measured, colour }) => measured.map((point) => ({ ...point, colour })));
  const key: KeyEntry[] = curves.map(({ text, colour }) => ({ kind: "line", colour, text }));
  const rows = Math.ceil(key.length / 4);
  return drawPlot(
    {
      width: 760,
      height: 330 + 18 * rows,
      marginLeft: 62,
      marginRight: 18,
      marginTop: 24 + 18 * rows,
      marginBottom: 48,
      x: { label: along?.label ?? axisLabel(axis), ...centred },
      y: { label: declaration.label, domain: [low - pad, high + pad], ...centred },
      marks: [
        Plot.gridY({ stroke: colours.grid, strokeOpacity: 1 }),
        ...curves
          .filter(({ predicted }) => predicted.some(({ band }) => band > 0))
          .map(({ predicted, colour }) =>
            Plot.areaY(predicted, {
              x: "x",
              y1: (p: { y: number; band: number }) => p.y - p.band,
              y2: (p: { y: number; band: number }) => p.y + p.band,
              fill: colour,
              fillOpacity: 0.18,
            }),
          ),
        ...curves.map(({ predicted, colour }) =>
          Plot.line(predicted, { x: "x", y: "y", stroke: colour, strokeWidth: 2 }),
        ),
        Plot.ruleX(dots, {
          x: "x",
          y1: (p: { y: Measured }) => p.y.value - p.y.error,
          y2: (p: { y: Measured }) => p.y.value + p.y.error,
          stroke: "colour",
          strokeWidth: 1.5,
        }),
        Plot.dot(dots, { x: "x", y: (p: { y: Measured }) => p.y.value, r: 3.2, fill: "colour" }),
        Plot.frame({ stroke: colours.ink }),
      ],
    },
    declaration.title,
    Array.from({ length: rows }, (_, row) => ({
      kind: "key" as const,
      x: 66,
      y: 18 + 18 * row,
      entries: key.slice(4 * row, 4 * row + 4),
    })),
  );
}

/** The difference between data and prediction of such a figure. */
export function declaredResiduals(
  declaration: FigureDeclaration,
  plan: Pick<Plan, "axes" | "analysis" | "prediction">,
  estimates: Estimates,
  bands: Bands,
): string {
  const residuals = allCurves(declaration, plan, estimates, bands).flatMap(
    ({ predicted, measured, colour }) =>
      measured.map(({ x, y }, k): Residual => {
        const expected = predicted[k]!;
        return { x, measured: y, predicted: expected.y, band: expected.band, colour };
      }),
  );
  const axis = plan.axes.find(({ name }) => name === declaration.axis)!;
  const full = declaration.phase ? { full: 360 } : {};
  const label = declaration.along?.label ?? axisLabel(axis);
  return residualFigure(residuals, label, "Data − prediction", declaration.title, full);
}

function allCurves(
  declaration: FigureDeclaration,
  plan: Pick<Plan, "axes" | "analysis" | "prediction">,
  estimates: Estimates | null,
  bands: Bands,
): Curve[] {
  return declaration.along === undefined
    ? curvesOf(declaration, plan, estimates, bands)
    : curvesAlong(declaration, declaration.along.values, plan, estimates, bands);
}

/** Series drawn along what each of them stands for, a curve for each point of the axis. */
function curvesAlong(
  { axis: name, series }: FigureDeclaration,
  values: readonly number[],
  { axes, prediction }: Pick<Plan, "axes" | "prediction">,
  estimates: Estimates | null,
  bands: Bands,
): Curve[] {
  const axis = axes.find((candidate) => candidate.name === name)!;
  return axis.values.map((_, index): Curve => {
    const k = scanPoints(axes).findIndex((point) =>
      Object.entries(point).every(([of, at]) => at === (of === name ? index : 0)),
    );
    const measured = series.flatMap((id, s) => {
      const found = estimates?.series.find((entry) => entry.id === id)?.values[k];
      return found === undefined ? [] : [{ x: values[s]!, y: found }];
    });
    return {
      text: axisText(axis, index),
      colour: sequence[index % sequence.length]!,
      predicted: series.map((id, s) => ({
        x: values[s]!,
        y: prediction.series.find((entry) => entry.id === id)!.values[k]!,
        band: bands.get(id)?.values[k] ?? 0,
      })),
      measured,
    };
  });
}

function curvesOf(
  { axis: along, by, series, phase }: FigureDeclaration,
  { axes, analysis, prediction }: Pick<Plan, "axes" | "analysis" | "prediction">,
  estimates: Estimates | null,
  bands: Bands,
): Curve[] {
  const axis = axes.find(({ name }) => name === along)!;
  const split = axes.find(({ name }) => name === by);
  const points = scanPoints(axes);
  const others = axes.filter(({ name }) => name !== along && name !== by);
  const degrees = 180 / Math.PI;
  return (split?.values ?? [0]).flatMap((_, index) =>
    series.map((id, s): Curve => {
      // Along axes that the figure leaves out, the first value stands.
      const places = points.flatMap((point, k) =>
        (split === undefined || point[split.name] === index) && others.every(({ name }) => point[name] === 0)
          ? [{ k, x: axisValue(axis, axis.values[point[along]!]!) }]
          : [],
      );
      const expected = prediction.series.find((entry) => entry.id === id)!;
      const found = estimates?.series.find((entry) => entry.id === id);
      const shown = phase ? expected.phases!.map((value) => value * degrees) : expected.values;
      const phases = found?.phases ?? [];
      const band = bands.get(id);
      const widths = phase ? band?.phases?.map((value) => value * degrees) : band?.values;
      const data = phase
        ? phases.map(({ value, error }) => ({ value: value * degrees, error: error * degrees }))
        : (found?.values ?? []);
      const title = analysis.series.find((entry) => entry.id === id)!.title;
      const names = [
        ...(split === undefined ? [] : [axisText(split, index)]),
        ...(series.length > 1 || split === undefined ? [title] : []),
      ];
      return {
        text: names.join(", "),
        colour: sequence[(index * series.length + s) % sequence.length]!,
        predicted: places.map(({ k, x }) => ({ x, y: shown[k]!, band: widths?.[k] ?? 0 })),
        measured: places.flatMap(({ k, x }) => (data[k] === undefined ? [] : [{ x, y: data[k] }])),
      };
    }),
  );
}
