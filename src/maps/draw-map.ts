import {
  black,
  blackToYellow,
  blueWhiteRed,
  type Colour,
  type ColourMap,
  colourMap,
  white,
} from "#figures/drawing/colour-maps";
import {
  beside,
  colourBar,
  composeFigure,
  drawFrame,
  type Panel,
  type PlacedPanel,
  rasterDomain,
  rasterMark,
} from "#figures/drawing/panels";
import { type AxisParameter, type MapAxis, type MapRequest, mapGroups } from "#ir/map";
import { type MapPlanes, mapFlags } from "#simulators/index";

const labels: Readonly<Record<AxisParameter, string>> = {
  gain: "γ₊",
  loss: "γ₋",
  ratio: "γ₊/γ₋",
  asymmetry: "K",
  detuning: "δ",
  coupling: "V",
  inter_coupling: "V_AB",
  relaxation10: "relaxation 1 → 0",
  relaxation21: "relaxation 2 → 1",
  heating01: "heating 0 → 1",
  heating12: "heating 1 → 2",
  dephasing: "dephasing κ",
};

/** What a point is, by the first of these that fits; the colour in the map and what the legend says. */
export const kinds = [
  { name: "multistable", colour: [230, 159, 0] },
  { name: "irregular", colour: [213, 94, 0] },
  { name: "none", colour: [20, 20, 20] },
  { name: "locked, breathing", colour: [0, 158, 115] },
  { name: "locked", colour: [235, 235, 235] },
  { name: "partial", colour: [86, 150, 210] },
  { name: "not solved", colour: [255, 255, 255] },
] as const satisfies readonly { name: string; colour: Colour }[];
type KindName = (typeof kinds)[number]["name"];

export function kindOf(planes: MapPlanes, place: number): KindName {
  const flags = planes.flags[place]!;
  const state = planes.state[place]!;
  if (Number.isNaN(state)) return "not solved";
  if (flags & mapFlags.multistable) return "multistable";
  if (flags & mapFlags.irregular) return "irregular";
  if (state === 0) return "none";
  if (state === 1) return "partial";
  return flags & mapFlags.breathing ? "locked, breathing" : "locked";
}

/** The map as an SVG document: what the points are, the order parameter, the difference of the frequencies. */
export function drawMap(request: MapRequest, planes: MapPlanes, title: string): string {
  const { x, y } = request;
  const size = x.points * y.points;
  const order = planes.order_parameter;
  const top = niceTop(largest(order));
  const orderColour = colourMap(blackToYellow, 0, top);
  const panels: Panel[] = [
    rasterPanel(request, "state", (place) => {
      const name = kindOf(planes, place);
      return kinds.find((kind) => kind.name === name)!.colour;
    }),
    legend(),
    rasterPanel(request, "order parameter", (place) =>
      Number.isNaN(order[place]!) ? white : orderColour(order[place]!),
    ),
    bar("order parameter", [0, top], orderColour),
  ];
  if (mapGroups(request) === 2) {
    const difference = Float64Array.from({ length: size }, (_, k) =>
      planes.state[k] === 2 ? 0 : planes.frequency_a[k]! - planes.frequency_b[k]!,
    );
    const reach = niceTop(largest(difference.map(Math.abs)));
    const colour = colourMap(blueWhiteRed, -reach, reach);
    panels.push(
      rasterPanel(request, "ω_A − ω_B", (place) =>
        Number.isNaN(difference[place]!) ? black : colour(difference[place]!),
      ),
      bar("ω_A − ω_B", [-reach, reach], colour),
    );
  }
  const placed: PlacedPanel[] = beside(...panels);
  const text = `${labels[x.parameter]} from ${x.from} to ${x.to}, ${labels[y.parameter]} from ${y.from} to ${y.to}`;
  return composeFigure(placed, title, text);
}

function rasterPanel(request: MapRequest, heading: string, colourAt: (place: number) => Colour): Panel {
  const { x, y } = request;
  const axis = (of: MapAxis) => {
    const type = of.scale === "logarithmic" ? ("log" as const) : ("linear" as const);
    return { label: labels[of.parameter], domain: rasterDomain(of.from, of.to, of.points, type), type };
  };
  return drawFrame(
    { width: 420, height: 400, x: axis(x), y: axis(y), heading },
    [
      rasterMark({
        columns: x.points,
        rows: y.points,
        colourAt: (column, row) => colourAt(row * x.points + column),
      }),
    ],
    `${heading} against ${labels[x.parameter]} and ${labels[y.parameter]}`,
  );
}

function bar(label: string, domain: readonly [number, number], colourOf: ColourMap): Panel {
  return colourBar({ height: 400, domain, colourOf, label });
}

function legend(): Panel {
  const width = 130;
  const height = 400;
  const lines = kinds.map(({ name, colour }, k) => {
    const top = 40 + 22 * k;
    return `<rect x="4" y="${top}" width="13" height="13" fill="rgb(${colour.join(",")})" stroke="#888"/><text x="24" y="${top + 11}" font-family="sans-serif" font-size="12">${name}</text>`;
  });
  return { svg: `<svg width="${width}" height="${height}">${lines.join("")}</svg>`, width, height };
}

function largest(values: Float64Array): number {
  let most = 0;
  for (const value of values) if (value > most) most = value;
  return most;
}

/** The next of 1, 2, 5 times a power of ten, or 1 for nothing at all. */
function niceTop(value: number): number {
  if (!(value > 0)) return 1;
  const decade = 10 ** Math.floor(Math.log10(value));
  return [1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((step) => step * decade >= value * (1 - 1e-9))! * decade;
}
