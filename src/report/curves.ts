import * as Plot from "@observablehq/plot";
import { parseQuantity } from "#core/units";
import type { Measured } from "#ir/estimate";
import { interpolated } from "./bands.ts";
import type { OnsetEstimates, OnsetPrediction } from "./onset-view.ts";
import { residualFigure } from "./residuals.ts";
import { type Annotation, colours, drawPlot, type KeyEntry } from "./svg.ts";

const oneMegahertz = parseQuantity("1 MHz", "frequency");
const onePerMicrosecond = parseQuantity("1 /us", "rate");
/** Figures are drawn in MHz and 1/µs. */
export const megahertz = (hz: number) => hz / oneMegahertz;
const perMicrosecond = (per_s: number) => per_s / onePerMicrosecond;

export const exchangeLabel = "Exchange J/2π (MHz)";

const frame: Plot.PlotOptions = {
  width: 760,
  height: 400,
  marginLeft: 62,
  marginRight: 18,
  marginTop: 40,
  marginBottom: 48,
};

const axis = { labelAnchor: "center", labelArrow: "none" } as const;

/** Error bars of 1σ with a filled dot; the bar of a precise point hides behind it. */
function measuredMarks(
  points: readonly { readonly x: number; readonly y: Measured }[],
  colour: string,
  symbol: "circle" | "square" | "triangle" = "circle",
  hollow = false,
): Plot.Markish[] {
  return [
    Plot.ruleX(points, {
      x: "x",
      y1: (p: { y: Measured }) => p.y.value - p.y.error,
      y2: (p: { y: Measured }) => p.y.value + p.y.error,
      stroke: colour,
      strokeWidth: 1.5,
    }),
    Plot.dot(points, {
      x: "x",
      y: (p: { y: Measured }) => p.y.value,
      symbol,
      ...(symbol === "circle" && hollow
        ? { r: 5, fill: "white", fillOpacity: 0, stroke: colour, strokeWidth: 1.6 }
        : { r: 3.2, fill: colour }),
    }),
  ];
}

function onsetMarks(prediction: OnsetPrediction, measured: Measured | null): Plot.Markish[] {
  const predicted = prediction.onset_hz;
  return [
    ...(measured === null
      ? []
      : [
          Plot.rectX([measured], {
            x1: megahertz(measured.value - measured.error),
            x2: megahertz(measured.value + measured.error),
            fill: colours.vermillion,
            fillOpacity: 0.25,
          }),
          Plot.ruleX([megahertz(measured.value)], { stroke: colours.vermillion, strokeWidth: 1 }),
        ]),
    ...(predicted === null
      ? []
      : [
          Plot.ruleX([megahertz(predicted)], {
            stroke: colours.blue,
            strokeWidth: 1.6,
            strokeDasharray: "5 3",
          }),
        ]),
  ];
}

function onsetKey(prediction: OnsetPrediction, measured: Measured | null): KeyEntry[] {
  return [
    ...(prediction.onset_hz === null
      ? []
      : [{ kind: "dashed" as const, colour: colours.blue, text: "predicted onset" }]),
    ...(measured === null
      ? []
      : [{ kind: "band" as const, colour: colours.vermillion, text: "measured onset, ±1σ" }]),
  ];
}

/** A key between the upper edge and the frame. */
function keyOver(entries: readonly KeyEntry[]): Annotation {
  return { kind: "key", x: 66, y: 20, entries };
}

/** Smallest interval that holds the scan and the onsets, a little wider. */
function exchangeDomain(prediction: OnsetPrediction, measured: Measured | null): [number, number] {
  const values = prediction.exchange_hz.map(megahertz);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const pad = (high - low) * 0.03;
  const inside = (x: number) => x > low - 0.25 * (high - low) && x < high + 0.25 * (high - low);
  const onsets = [prediction.onset_hz, measured?.value ?? null]
    .filter((hz) => hz !== null)
    .map(megahertz)
    .filter(inside);
  return [Math.min(low, ...onsets) - pad, Math.max(high, ...onsets) + pad];
}

/** The predicted order parameter at the scan's points and between them, by rising exchange. */
function predictedCurve({
  exchange_hz,
  order_parameter,
  curve,
}: OnsetPrediction): { x: number; y: number }[] {
  const values = new Map(curve.exchange_hz.map((hz, k) => [hz, curve.order_parameter[k]!]));
  exchange_hz.forEach((hz, k) => {
    values.set(hz, order_parameter[k]!);
  });
  return [...values].map(([hz, y]) => ({ x: megahertz(hz), y })).toSorted((a, b) => a.x - b.x);
}

/**
 * |⟨A†⟩| against exchange: data over the predicted curve and its band, with both onsets.
 *
 * @param band - 1σ of the prediction at each point of the scan
 */
export function orderParameterFigure(
  prediction: OnsetPrediction,
  estimates: OnsetEstimates | null,
  band: readonly number[] = [],
): string {
  const points = prediction.exchange_hz.map(megahertz);
  const curve = predictedCurve(prediction).map((point) => {
    const width = band.length === 0 ? 0 : interpolated(points, band, point.x);
    return { ...point, low: Math.max(0, point.y - width), high: point.y + width };
  });
  const data = (estimates?.exchange_hz ?? []).map((hz, k) => ({
    x: megahertz(hz),
    y: estimates!.order_parameter[k]!,
  }));
  const onset = estimates?.onset_hz ?? null;
  const key: KeyEntry[] = [
    ...(estimates === null
      ? []
      : [{ kind: "dot" as const, colour: colours.vermillion, text: "measured, ±1σ" }]),
    { kind: "line", colour: colours.blue, text: band.length === 0 ? "predicted" : "predicted, ±1σ" },
    ...onsetKey(prediction, onset),
  ];
  const top = Math.max(...curve.map((p) => p.y), ...data.map((p) => p.y.value + p.y.error), 0.05);
  return drawPlot(
    {
      ...frame,
      x: { label: exchangeLabel, domain: exchangeDomain(prediction, onset), ...axis },
      y: { label: "Order parameter |⟨A†⟩|", domain: [-0.03 * top, top * 1.06], ...axis },
      marks: [
        Plot.gridY({ stroke: colours.grid, strokeOpacity: 1 }),
        ...onsetMarks(prediction, onset),
        ...(band.length === 0
          ? []
          : [Plot.areaY(curve, { x: "x", y1: "low", y2: "high", fill: colours.blue, fillOpacity: 0.18 })]),
        Plot.line(curve, { x: "x", y: "y", stroke: colours.blue, strokeWidth: 2 }),
        ...measuredMarks(data, colours.vermillion),
        Plot.frame({ stroke: colours.ink }),
      ],
    },
    "Order parameter against exchange",
    [keyOver(key)],
  );
}

/** Order parameter measured minus predicted, under the figure above. */
export function orderParameterResiduals(
  prediction: OnsetPrediction,
  estimates: OnsetEstimates,
  band: readonly number[],
): string {
  const residuals = estimates.order_parameter.map((measured, k) => ({
    x: megahertz(estimates.exchange_hz[k]!),
    measured,
    predicted: prediction.order_parameter[k]!,
    band: band[k] ?? 0,
    colour: colours.vermillion,
  }));
  const domain = exchangeDomain(prediction, estimates.onset_hz);
  return residualFigure(residuals, exchangeLabel, "Data − prediction", "order parameter", { domain });
}

interface LevelStyle {
  readonly level: 0 | 1 | 2;
  readonly symbol: "circle" | "square" | "triangle";
  readonly kind: KeyEntry["kind"];
  readonly colour: string;
  readonly text: string;
}
const middleLevel: LevelStyle[] = [
  { level: 1, symbol: "square", kind: "square", colour: colours.green, text: "p₁" },
];
/** p₀ and p₂ often coincide: the one is a ring that the other fits into, and its curve shows through the dashes. */
const outerLevels: LevelStyle[] = [
  { level: 0, symbol: "circle", kind: "ring", colour: colours.blue, text: "p₀" },
  { level: 2, symbol: "triangle", kind: "triangle", colour: colours.vermillion, text: "p₂" },
];

/** Populations against exchange: p₁ above, p₀ and p₂ below, each on its own scale; two drawings. */
export function populationsFigures(
  prediction: OnsetPrediction,
  estimates: OnsetEstimates | null,
): [string, string] {
  return [
    populationPanel(prediction, estimates, middleLevel, "predicted"),
    populationPanel(prediction, estimates, outerLevels, "predicted (p₂ dashed)"),
  ];
}

function populationPanel(
  prediction: OnsetPrediction,
  estimates: OnsetEstimates | null,
  shown: readonly LevelStyle[],
  predicted: string,
): string {
  const values = shown.flatMap(({ level }) => [
    ...prediction.populations.map((p) => p[level]),
    ...(estimates?.populations ?? []).flatMap(({ [level]: p }) => [p.value - p.error, p.value + p.error]),
  ]);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const pad = Math.max(0.08 * (high - low), 0.002);
  const marks = shown.flatMap(({ level, symbol, colour }): Plot.Markish[] => [
    Plot.line(
      prediction.exchange_hz.map((hz, k) => ({ x: megahertz(hz), y: prediction.populations[k]![level] })),
      {
        x: "x",
        y: "y",
        stroke: colour,
        strokeWidth: 1.8,
        ...(level === 2 ? { strokeDasharray: "6 4" } : {}),
      },
    ),
    ...(estimates === null
      ? []
      : measuredMarks(
          estimates.exchange_hz.map((hz, k) => ({ x: megahertz(hz), y: estimates.populations[k]![level] })),
          colour,
          symbol,
          level === 0,
        )),
  ]);
  const names = shown.map(({ text }) => text).join(", ");
  return drawPlot(
    {
      ...frame,
      height: 250,
      x: { label: exchangeLabel, domain: exchangeDomain(prediction, null), ...axis },
      y: { label: `Population ${names}`, domain: [low - pad, high + pad], ...axis },
      marks: [
        Plot.gridY({ stroke: colours.grid, strokeOpacity: 1 }),
        ...marks,
        Plot.frame({ stroke: colours.ink }),
      ],
    },
    `Populations ${names} against exchange`,
    [
      keyOver([
        ...shown.map(({ kind, colour, text }) => ({ kind, colour, text })),
        { kind: "line", colour: colours.faint, text: predicted },
      ]),
    ],
  );
}

/** Growth rate of the unsynchronized state against exchange. */
export function growthRateFigure(prediction: OnsetPrediction, estimates: OnsetEstimates | null): string {
  const onset = estimates?.onset_hz ?? null;
  const curve = prediction.exchange_hz.map((hz, k) => ({
    x: megahertz(hz),
    y: perMicrosecond(prediction.growth_rate_per_s[k]!),
  }));
  const reach = Math.max(...curve.map((p) => Math.abs(p.y)), 1e-6);
  const low = Math.min(0, ...curve.map((p) => p.y)) - 0.06 * reach;
  const high = Math.max(0, ...curve.map((p) => p.y)) + 0.06 * reach;
  const [left, right] = exchangeDomain(prediction, onset);
  return drawPlot(
    {
      ...frame,
      height: 320,
      x: { label: exchangeLabel, domain: [left, right], ...axis },
      y: { label: "Growth rate max Re λ (1/µs)", domain: [low, high], ...axis },
      marks: [
        Plot.rect([0], { x1: left, x2: right, y1: 0, y2: high, fill: colours.sky, fillOpacity: 0.13 }),
        Plot.gridY({ stroke: colours.grid, strokeOpacity: 1 }),
        ...onsetMarks(prediction, onset),
        Plot.ruleY([0], { stroke: colours.ink, strokeWidth: 1.2 }),
        Plot.line(curve, { x: "x", y: "y", stroke: colours.blue, strokeWidth: 2 }),
        Plot.dot(curve, { x: "x", y: "y", r: 2.4, fill: colours.blue }),
        Plot.text(["unsynchronized state unstable"], {
          frameAnchor: "top-left",
          dx: 8,
          dy: 8,
          fill: colours.faint,
        }),
        // Only where the lower part is tall enough for a line of text.
        Plot.text(-low > 0.12 * (high - low) ? ["stable"] : [], {
          frameAnchor: "bottom-right",
          dx: -8,
          dy: -8,
          fill: colours.faint,
        }),
        Plot.frame({ stroke: colours.ink }),
      ],
    },
    "Growth rate of the unsynchronized state against exchange",
    [
      keyOver([
        { kind: "line", colour: colours.blue, text: "linear stability, all channels" },
        ...onsetKey(prediction, onset),
      ]),
    ],
  );
}
