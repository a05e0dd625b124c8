import * as Plot from "@observablehq/plot";
import type { Measured } from "#ir/estimate";
import { colours, drawPlot } from "./svg.ts";

/** A measured number and what it was predicted to be. */
export interface Residual {
  readonly x: number;
  readonly measured: Measured;
  readonly predicted: number;
  /** 1σ of the prediction. */
  readonly band: number;
  readonly colour: string;
}

/**
 * Measured minus predicted: bars of counting noise about zero, and the prediction's own uncertainty as a pale bar
 * behind each point.
 *
 * @param full - period of an angle, in the drawing's unit; differences are brought to the nearest one
 * @param domain - of the figure above, whose axis this one continues
 */
export function residualFigure(
  residuals: readonly Residual[],
  xLabel: string,
  yLabel: string,
  title: string,
  options: {
    readonly full?: number;
    readonly domain?: readonly [number, number];
    readonly marginLeft?: number;
  } = {},
): string {
  const { full, domain, marginLeft = 62 } = options;
  const points = residuals.map(({ x, measured, predicted, band, colour }) => {
    const difference = measured.value - predicted;
    const value = full === undefined ? difference : difference - full * Math.round(difference / full);
    return { x, value, low: value - measured.error, high: value + measured.error, band, colour };
  });
  const reach = Math.max(...points.flatMap(({ low, high, band }) => [-low, high, band]), 1e-6) * 1.1;
  const centred = { labelAnchor: "center", labelArrow: "none" } as const;
  return drawPlot(
    {
      width: 760,
      height: 170,
      marginLeft,
      marginRight: 18,
      marginTop: 10,
      marginBottom: 48,
      x: { label: xLabel, ...(domain === undefined ? {} : { domain: [...domain] }), ...centred },
      y: { label: yLabel, domain: [-reach, reach], ticks: 4, ...centred },
      marks: [
        Plot.gridY({ stroke: colours.grid, strokeOpacity: 1 }),
        Plot.ruleX(points, {
          x: "x",
          y1: (p: { band: number }) => -p.band,
          y2: (p: { band: number }) => p.band,
          stroke: "colour",
          strokeOpacity: 0.25,
          strokeWidth: 9,
        }),
        Plot.ruleY([0], { stroke: colours.ink, strokeWidth: 1 }),
        Plot.ruleX(points, { x: "x", y1: "low", y2: "high", stroke: "colour", strokeWidth: 1.5 }),
        Plot.dot(points, { x: "x", y: "value", r: 3, fill: "colour" }),
        Plot.frame({ stroke: colours.ink }),
      ],
    },
    `Residuals: ${title}`,
  );
}
