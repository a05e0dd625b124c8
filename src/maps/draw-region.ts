import * as Plot from "@observablehq/plot";
import type { Colour } from "#figures/drawing/colour-maps";
import {
  composeFigure,
  drawFrame,
  type Panel,
  type PlacedPanel,
  rasterDomain,
  rasterMark,
} from "#figures/drawing/panels";
import type { MapRequest } from "#ir/map";
import { colours } from "#report/svg";
import type { MapPlanes } from "#simulators/index";
import { kindOf, kinds } from "./draw-map.ts";
import type { Region } from "./region-model.ts";

const panelSize = { width: 430, height: 400 } as const;
const MHz = 1e6;

const asleep: Colour = [70, 70, 70];
const awake: Colour = [235, 235, 235];

/** Region of one device: its own plane, and its reach in the paper's diagrams. */
export function drawRegion(
  region: Region,
  [detuningMap, asymmetryMap]: readonly [MapRequest, MapRequest],
  planes: readonly [MapPlanes, MapPlanes],
  title: string,
): string {
  const first = naturalPanel(region);
  const second = mapPanel(
    region,
    detuningMap,
    planes[0],
    ["δ/γ₋", "V_AB/γ₋"],
    "(b) K = 0 by K-synthesis, V = γ₋",
    (unit) => ({
      x: [region.detuning_hz.low / unit, region.detuning_hz.high / unit],
      y: [0, region.coupling_hz >= unit ? region.interCoupling_hz / unit : 0],
    }),
  );
  const third = mapPanel(
    region,
    asymmetryMap,
    planes[1],
    ["δ/γ₋", "K/γ₋"],
    "(c) K by K-synthesis, V_AB = V = γ₋",
    (unit) => {
      const reaches = Math.min(region.coupling_hz, region.interCoupling_hz) >= unit;
      return {
        x: [region.detuning_hz.low / unit, region.detuning_hz.high / unit],
        y: reaches ? [region.asymmetry_hz.low / unit, region.asymmetry_hz.high / unit] : [0, 0],
      };
    },
  );
  const key = legend();
  const placed: PlacedPanel[] = [
    { ...first, x: 0, y: 0 },
    { ...second, x: panelSize.width, y: 0 },
    { ...third, x: 2 * panelSize.width, y: 0 },
    { ...key, x: 0, y: panelSize.height },
  ];
  return composeFigure(
    placed,
    title,
    "Reachable couplings against the loss rate at the natural anharmonicity, and the reach of K-synthesis over the diagrams of two groups.",
  );
}

/** γ₋ and V in hertz, K natural: where the array synchronizes, and how far its couplers reach. */
function naturalPanel(region: Region): Panel {
  const { rows } = region;
  const top = 1.15 * Math.max(...rows.map((r) => Math.max(r.reach_hz, r.threshold_hz ?? 0)));
  const count = 200;
  const [from, to] = [region.loss_hz.low / MHz, region.loss_hz.high / MHz];
  const x = rasterDomain(from, to, rows.length, "log");
  const y: [number, number] = [0, top / MHz];
  const line = (pick: (row: Region["rows"][number]) => number) =>
    rows.map((row) => ({ x: row.loss_hz / MHz, y: pick(row) / MHz }));
  const outline = (data: readonly { x: number; y: number }[], stroke: string, dash?: string) =>
    Plot.line(data, {
      x: "x",
      y: "y",
      stroke,
      strokeWidth: 2,
      clip: true,
      ...(dash === undefined ? {} : { strokeDasharray: dash }),
    });
  return drawFrame(
    {
      ...panelSize,
      x: { label: "γ₋/2π (MHz)", domain: x, type: "log", ticks: logTicks(x) },
      y: { label: "V/2π (MHz)", domain: y },
      heading: `(a) one group, K = α, K/2π = ${(region.natural_hz / MHz).toFixed(0)} MHz`.replace("-", "−"),
    },
    [
      rasterMark({
        columns: rows.length,
        rows: count,
        colourAt: (column, row) => {
          const threshold = rows[column]!.threshold_hz;
          return threshold !== null && ((row + 0.5) / count) * top > threshold ? awake : asleep;
        },
      }),
      outline(
        line((r) => r.reach_hz),
        colours.vermillion,
      ),
      outline(
        [
          { x: region.chosen_hz / MHz, y: 0 },
          { x: region.chosen_hz / MHz, y: Math.max(...rows.map((r) => r.reach_hz)) / MHz },
        ],
        colours.blue,
      ),
    ],
    "Coupling against loss rate",
  );
}

function logTicks([from, to]: readonly [number, number]): number[] {
  const decades = [0.001, 0.01, 0.1, 1, 10, 100];
  return decades.flatMap((d) => [d, 2 * d, 5 * d]).filter((t) => t >= from && t <= to);
}

interface Box {
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
}

/** One of the paper's diagrams with the boxes that the device reaches at several γ₋. */
function mapPanel(
  region: Region,
  request: MapRequest,
  planes: MapPlanes,
  [xLabel, yLabel]: readonly [string, string],
  heading: string,
  boxAt: (unit_hz: number) => Box,
): Panel {
  const { x, y } = request;
  const domainX = rasterDomain(x.from, x.to, x.points);
  const domainY = rasterDomain(y.from, y.to, y.points);
  const outlines = (
    [
      [region.loss_hz.high, colours.vermillion, undefined],
      [region.chosen_hz, colours.blue, undefined],
      [region.loss_hz.low, colours.vermillion, "6 4"],
    ] as const
  ).flatMap(([unit, stroke, dash], nested) => {
    const box = boxAt(unit);
    if (box.y[0] === box.y[1] || box.x[0] >= box.x[1]) return [];
    // A side beyond the frame is drawn just inside it, each box within the last, so that all are seen.
    const inside = ([low, high]: readonly [number, number], [from, to]: readonly [number, number]) => {
      const edge = (0.006 + 0.012 * nested) * (to - from);
      return [Math.max(low, from + edge), Math.min(high, to - edge)] as const;
    };
    const [x1, x2] = inside(box.x, domainX);
    const [y1, y2] = inside(box.y, domainY);
    return [
      Plot.rect([0], {
        x1,
        x2,
        y1,
        y2,
        fill: "none",
        stroke,
        strokeWidth: 2,
        ...(dash === undefined ? {} : { strokeDasharray: dash }),
      }),
    ];
  });
  return drawFrame(
    {
      ...panelSize,
      x: { label: xLabel, domain: domainX },
      y: { label: yLabel, domain: domainY },
      heading,
    },
    [
      rasterMark({
        columns: x.points,
        rows: y.points,
        colourAt: (column, row) => {
          const name = kindOf(planes, row * x.points + column);
          return kinds.find((kind) => kind.name === name)!.colour;
        },
      }),
      ...outlines,
    ],
    heading,
  );
}

function legend(): Panel {
  const entries: [string, string][] = [
    ...kinds
      .filter(({ name }) => name !== "not solved")
      .map(({ name, colour }): [string, string] => [`rgb(${colour.join(",")})`, name]),
  ];
  const text = (x: number, y: number, content: string) =>
    `<text x="${x}" y="${y}" font-family="sans-serif" font-size="12">${content}</text>`;
  const swatches = entries.map(
    ([fill, name], k) =>
      `<rect x="${66 + 150 * k}" y="8" width="13" height="13" fill="${fill}" stroke="#888"/>${text(86 + 150 * k, 19, name)}`,
  );
  const strokes: [string, string, string][] = [
    [colours.vermillion, "", "reach at the largest γ₋; in (a) the largest V"],
    [colours.blue, "", "reach at the γ₋ that designs choose"],
    [colours.vermillion, ' stroke-dasharray="6 4"', "reach at the smallest γ₋ that T1 allows"],
  ];
  const lines = strokes.map(
    ([stroke, dash, name], k) =>
      `<line x1="${66 + 330 * k}" x2="${94 + 330 * k}" y1="38" y2="38" stroke="${stroke}" stroke-width="2"${dash}/>${text(100 + 330 * k, 42, name)}`,
  );
  const width = 3 * panelSize.width;
  const height = 60;
  return {
    svg: `<svg width="${width}" height="${height}">${[...swatches, ...lines].join("")}</svg>`,
    width,
    height,
  };
}
