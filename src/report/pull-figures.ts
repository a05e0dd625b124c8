import * as Plot from "@observablehq/plot";
import { fullTurn } from "#core/units";
import type { Plan } from "#ir/plan";
import { axisLabel, axisValue } from "./axes.ts";
import { formatNumber } from "./numbers.ts";
import type { Pull } from "./pulls.ts";
import { colours, drawPlot, fontSize, paletteColour } from "./svg.ts";

/** Blue below zero, orange above, near-white at zero; colours saturate at ±`reach` and cells beyond are marked. */
const diverging = ["#01467a", "#3f8fc7", "#f4f4f4", "#ea8f3c", "#8f3b00"];
const reach = 4;
const pullColour = (value: number) => paletteColour(diverging, (value + reach) / (2 * reach));

/** At most `count` of the values, evenly spaced from the first. */
function thinned<T>(values: readonly T[], count: number): T[] {
  const step = Math.max(1, Math.ceil(values.length / Math.max(1, count)));
  return values.filter((_, k) => k % step === 0);
}

/**
 * Pull of every outcome frequency against the points of the scan, settings side by side. Single sites: levels one below
 * the other, each with its sites. Groups read together: one below the other, each with its joint outcomes.
 */
export function pullMapFigure(
  pulls: readonly Pull[],
  { prediction, analysis, axes }: Pick<Plan, "prediction" | "analysis" | "axes">,
): string {
  const { settings } = prediction;
  const groups = analysis.groups.map((members) => members.join("–"));
  const size = Math.max(...analysis.groups.map((members) => members.length));
  const single = size === 1;
  const widest = Math.max(...prediction.probabilities[0]![0]!.map((group) => group.length));
  // Levels of a site, or the values of a bit.
  const base = Math.round(widest ** (1 / size));
  const outcomes = Array.from({ length: base ** size }, (_, k) => k.toString(base).padStart(size, "0"));
  const rows = single ? groups : outcomes;
  const blocks = single ? ["level 0", "level 1", "level 2"] : groups;
  const rowHeight = Math.max(3, Math.min(13, 240 / rows.length));
  const panelHeight = Math.max(40, rowHeight * rows.length);
  const [width, left, right, top, bottom] = [760, 50, 58, 78, 46];
  const height = top + blocks.length * panelHeight * 1.08 + bottom;
  const data = pulls.map((pull) => ({
    x: pull.point,
    y: single ? groups[pull.group]! : outcomes[pull.outcome]!,
    fx: pull.setting,
    fy: single ? `level ${pull.outcome}` : groups[pull.group]!,
    fill: pullColour(pull.value),
    beyond: Math.abs(pull.value) > reach,
  }));
  const place = { fx: "fx", fy: "fy", x: "x", y: "y" } as const;
  const indices = prediction.accuracy.map((_, k) => k);
  const [axis] = axes;
  const many = settings.length > 6;
  return drawPlot(
    {
      width,
      height,
      marginLeft: left,
      marginRight: right,
      marginTop: top,
      marginBottom: bottom,
      fx: { domain: settings.map((_, k) => k), padding: 0.06 },
      fy: { domain: blocks, padding: 0.08 },
      x: { domain: indices, padding: 0.03 },
      y: { domain: rows, padding: 0.03 },
      marks: [
        Plot.axisFx({
          anchor: "top",
          label: null,
          fontWeight: "bold",
          tickFormat: (k: number) => (many ? String(k + 1) : settings[k]!),
        }),
        Plot.axisFy({ anchor: "right", label: null }),
        Plot.axisX({
          label: null,
          ticks: many ? [] : thinned(indices, 4),
          tickFormat: (k: number) =>
            axes.length === 1 ? formatNumber(axisValue(axis!, axis!.values[k]!), 3) : String(k),
          tickSize: 3,
        }),
        Plot.axisY({ label: null, ticks: thinned(rows, panelHeight / (fontSize + 1)), tickSize: 0 }),
        Plot.cell(data, { ...place, fill: "fill" }),
        Plot.text(
          data.filter((cell) => cell.beyond),
          { ...place, text: () => "×", fill: "white", fontWeight: "bold" },
        ),
        Plot.frame({ stroke: colours.faint }),
      ],
    },
    "Pulls of outcome frequencies by setting, outcome and point of the scan",
    [
      {
        kind: "colour_bar",
        x: left + 140,
        y: 8,
        width: 260,
        colourAt: (part) => paletteColour(diverging, part),
        ticks: [-4, -2, 0, 2, 4].map((value) => ({
          at: (value + reach) / (2 * reach),
          text: value < 0 ? `−${-value}` : String(value),
        })),
        title: "Pull (residual/σ)",
      },
      { kind: "text", x: left + 420, y: 13.5, text: `× beyond ±${reach}`, anchor: "start" },
      {
        kind: "text",
        x: left + (width - left - right) / 2,
        y: height - 10,
        text: axes.length === 1 ? axisLabel(axis!) : "Point of the scan",
        anchor: "middle",
      },
    ],
  );
}

const binWidth = 0.5;
const histogramReach = 5;

/** Mean and standard deviation. */
export function momentsOf(pulls: readonly Pull[]): { mean: number; deviation: number } {
  const mean = pulls.reduce((sum, pull) => sum + pull.value, 0) / pulls.length;
  const squares = pulls.reduce((sum, pull) => sum + (pull.value - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / pulls.length) };
}

/** Distribution of the pulls over a unit normal; those beyond ±5 are counted in the outermost bins. */
export function pullHistogramFigure(pulls: readonly Pull[]): string {
  const bins = Math.round((2 * histogramReach) / binWidth);
  const counts = Array.from({ length: bins }, () => 0);
  for (const { value } of pulls) {
    const bin = Math.floor((value + histogramReach) / binWidth);
    counts[Math.min(bins - 1, Math.max(0, bin))]! += 1;
  }
  const bars = counts.map((count, k) => ({
    x1: -histogramReach + k * binWidth,
    x2: -histogramReach + (k + 1) * binWidth,
    count,
  }));
  const normal = Array.from({ length: 101 }, (_, k) => {
    const x = -histogramReach + (2 * histogramReach * k) / 100;
    return { x, y: (pulls.length * binWidth * Math.exp((-x * x) / 2)) / Math.sqrt(fullTurn) };
  });
  const highest = Math.max(...counts, ...normal.map((point) => point.y));
  const axis = { labelAnchor: "center", labelArrow: "none" } as const;
  return drawPlot(
    {
      width: 760,
      height: 240,
      marginLeft: 62,
      marginRight: 18,
      marginTop: 40,
      marginBottom: 46,
      x: { label: "Pull (residual/σ)", domain: [-histogramReach, histogramReach], ...axis },
      y: { label: "Outcome frequencies", domain: [0, 1.08 * highest], ...axis },
      marks: [
        Plot.rectY(bars, {
          x1: "x1",
          x2: "x2",
          y: "count",
          fill: "#b9c4cc",
          insetLeft: 0.5,
          insetRight: 0.5,
        }),
        Plot.line(normal, { x: "x", y: "y", stroke: colours.blue, strokeWidth: 2 }),
        Plot.frame({ stroke: colours.ink }),
      ],
    },
    "Distribution of pulls over a unit normal",
    [
      {
        kind: "key",
        x: 66,
        y: 20,
        entries: [
          { kind: "square", colour: "#97a5ae", text: `measured, ${pulls.length} frequencies` },
          { kind: "line", colour: colours.blue, text: "unit normal" },
        ],
      },
    ],
  );
}
