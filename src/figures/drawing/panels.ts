import * as Plot from "@observablehq/plot";
import { colours, drawPlot } from "#report/svg";
import type { Colour } from "./colour-maps.ts";
import { encodePng } from "./png.ts";

/** One drawn panel, an SVG element with its own size. */
export interface Panel {
  readonly svg: string;
  readonly width: number;
  readonly height: number;
}

export interface Axis {
  readonly label: string;
  readonly domain: readonly [number, number];
  readonly type?: "linear" | "log";
  readonly ticks?: readonly number[];
  readonly tickFormat?: (value: number) => string;
  /** False: no numbers and no label, for panels that share the axis of a neighbour. */
  readonly labelled?: boolean;
}

export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly x: Axis;
  readonly y: Axis;
  /** Shown above the frame, on the left, e.g. "(a)". */
  readonly heading?: string;
  readonly margins?: Partial<Record<"top" | "right" | "bottom" | "left", number>>;
}

const margins = { top: 26, right: 16, bottom: 44, left: 66 } as const;

/** A frame with marks: axes on the left and below, ticks inwards of the labels, no grid. */
export function drawFrame(frame: Frame, marks: readonly Plot.Markish[], label: string): Panel {
  const { width, height, x, y, heading } = frame;
  const margin = { ...margins, ...frame.margins };
  const scale = ({ type, domain }: Axis) => ({
    type: type ?? ("linear" as const),
    domain: [...domain],
  });
  const axis = ({ ticks, tickFormat, label: text, labelled }: Axis) => ({
    ...(ticks === undefined ? {} : { ticks: [...ticks] }),
    tickFormat: labelled === false ? () => "" : (tickFormat ?? plainNumber),
    label: labelled === false ? null : text,
    labelAnchor: "center" as const,
    labelArrow: "none" as const,
    tickSize: 5,
  });
  const svg = drawPlot(
    {
      width,
      height,
      marginTop: margin.top,
      marginRight: margin.right,
      marginBottom: margin.bottom,
      marginLeft: margin.left,
      x: scale(x),
      y: scale(y),
      marks: [
        ...marks,
        Plot.frame({ stroke: colours.ink }),
        Plot.axisX({ ...axis(x), labelOffset: 36 }),
        Plot.axisY({ ...axis(y), labelOffset: 54 }),
        ...(heading === undefined
          ? []
          : [Plot.text([heading], { frameAnchor: "top-left", dy: -18, lineAnchor: "top", fontSize: 13 })]),
      ],
    },
    label,
  );
  return { svg: withSubscripts(svg), width, height };
}

/** Size and depth of a subscript in text of 12 px. */
const subscript = { size: 9, depth: 3 } as const;

/**
 * V_AB, ω_A, V_c … in the texts of an SVG with real subscripts. Shifts by `dy`, which every renderer knows; the text
 * after a subscript is shifted back.
 */
function withSubscripts(svg: string): string {
  return svg.replace(/>([^<>]*_[^<>]*)</g, (_, text: string) => {
    const pieces = text.split(/_(AB|[ABcσ])/);
    const drawn = pieces.map((piece, k) => {
      if (k % 2 === 1) return `<tspan dy="${subscript.depth}" font-size="${subscript.size}">${piece}</tspan>`;
      return k === 0 || piece === "" ? piece : `<tspan dy="${-subscript.depth}">${piece}</tspan>`;
    });
    return `>${drawn.join("")}<`;
  });
}

/** Numbers with a true minus sign. */
export function plainNumber(value: number): string {
  return `${Number(value.toPrecision(6))}`.replace("-", "−");
}

/** Multiples of π/2 as text. */
export function piFraction(value: number): string {
  const halves = Math.round(value / (Math.PI / 2));
  const text = ["0", "π/2", "π"][Math.abs(halves)] ?? plainNumber(value);
  return halves < 0 ? `−${text}` : text;
}

/** A raster over a whole frame; `colourAt` counts columns from the left and rows from below. */
export interface Raster {
  readonly columns: number;
  readonly rows: number;
  readonly colourAt: (column: number, row: number) => Colour;
}

/**
 * An image that fills the frame, as a PNG in a data URI. Its points are enlarged without smoothing to at least
 * `enough` pixels a side, so that renderers that smooth images change nothing.
 */
export function rasterMark(raster: Raster, enough = 700): Plot.Markish {
  const factorX = Math.max(1, Math.ceil(enough / raster.columns));
  const factorY = Math.max(1, Math.ceil(enough / raster.rows));
  const width = raster.columns * factorX;
  const height = raster.rows * factorY;
  const pixels = new Uint8Array(3 * width * height);
  for (let row = 0; row < raster.rows; row++) {
    const top = (raster.rows - 1 - row) * factorY;
    for (let column = 0; column < raster.columns; column++) {
      const colour = raster.colourAt(column, row);
      for (let i = 0; i < factorX; i++) pixels.set(colour, 3 * (top * width + column * factorX + i));
    }
    const line = pixels.subarray(3 * top * width, 3 * (top + 1) * width);
    for (let i = 1; i < factorY; i++) pixels.set(line, 3 * (top + i) * width);
  }
  const uri = `data:image/png;base64,${Buffer.from(encodePng(width, height, pixels)).toString("base64")}`;
  return (_index, _scales, _values, dimensions, context) => {
    const { document } = context as unknown as {
      document: {
        createElementNS(namespace: string, name: string): { setAttribute(k: string, v: string): void };
      };
    };
    const image = document.createElementNS("http://www.w3.org/2000/svg", "image");
    const attributes = {
      x: dimensions.marginLeft,
      y: dimensions.marginTop,
      width: dimensions.width - dimensions.marginLeft - dimensions.marginRight,
      height: dimensions.height - dimensions.marginTop - dimensions.marginBottom,
      preserveAspectRatio: "none",
      "image-rendering": "optimizeSpeed",
      href: uri,
    };
    for (const [name, value] of Object.entries(attributes)) image.setAttribute(name, String(value));
    return image as unknown as ReturnType<Plot.RenderFunction>;
  };
}

/** Frame whose raster's points sit at even steps over the axes: the domains reach half a step further. */
export function rasterDomain(
  from: number,
  to: number,
  count: number,
  type: "linear" | "log" = "linear",
): [number, number] {
  if (count < 2) return [from, to];
  if (type === "log") {
    const half = Math.log(to / from) / (count - 1) / 2;
    return [from * Math.exp(-half), to * Math.exp(half)];
  }
  const half = (to - from) / (count - 1) / 2;
  return [from - half, to + half];
}

/** A vertical bar that says which colour is which value. */
export function colourBar(options: {
  readonly height: number;
  readonly domain: readonly [number, number];
  readonly colourOf: (value: number) => Colour;
  readonly label: string;
  readonly ticks?: readonly number[];
  readonly tickFormat?: (value: number) => string;
  readonly top?: number;
  readonly bottom?: number;
}): Panel {
  const [from, to] = options.domain;
  const rows = 256;
  const width = 78;
  const { height } = options;
  const svg = drawPlot(
    {
      width,
      height,
      marginTop: options.top ?? margins.top,
      marginBottom: options.bottom ?? margins.bottom,
      marginLeft: 4,
      marginRight: 60,
      x: { domain: [0, 1], axis: null },
      y: { domain: [from, to] },
      marks: [
        rasterMark(
          {
            columns: 1,
            rows,
            colourAt: (_, row) => options.colourOf(from + ((to - from) * (row + 0.5)) / rows),
          },
          1,
        ),
        Plot.frame({ stroke: colours.ink }),
        Plot.axisY({
          anchor: "right",
          ...(options.ticks === undefined ? { ticks: 6 } : { ticks: [...options.ticks] }),
          tickFormat: options.tickFormat ?? plainNumber,
          label: options.label,
          labelAnchor: "center",
          labelArrow: "none",
          labelOffset: 50,
          tickSize: 4,
        }),
      ],
    },
    options.label,
  );
  return { svg: withSubscripts(svg), width, height };
}

export interface PlacedPanel extends Panel {
  readonly x: number;
  readonly y: number;
}

/** Panels from left to right. */
export function beside(...panels: readonly Panel[]): PlacedPanel[] {
  let x = 0;
  return panels.map((panel) => {
    const placed = { ...panel, x, y: 0 };
    x += panel.width;
    return placed;
  });
}

/** Panels shifted as one block. */
export function shifted(panels: readonly PlacedPanel[], x: number, y: number): PlacedPanel[] {
  return panels.map((panel) => ({ ...panel, x: panel.x + x, y: panel.y + y }));
}

/** One SVG document of panels on white. */
export function composeFigure(panels: readonly PlacedPanel[], title: string, description: string): string {
  const width = Math.max(...panels.map((panel) => panel.x + panel.width));
  const height = Math.max(...panels.map((panel) => panel.y + panel.height));
  const inner = panels.map(({ svg, x, y }) => svg.replace("<svg", `<svg x="${x}" y="${y}"`));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escapeText(title)}</title>`,
    `<desc>${escapeText(description)}</desc>`,
    `<rect width="${width}" height="${height}" fill="white"/>`,
    ...inner,
    "</svg>\n",
  ].join("\n");
}

function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
