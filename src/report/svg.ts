import * as Plot from "@observablehq/plot";
import { Resvg } from "@resvg/resvg-js";
import { parseHTML } from "linkedom";

/**
 * Colours that people with any common colour blindness can tell apart.
 *
 * @source Okabe & Ito, Color Universal Design (2008)
 */
export const colours = {
  ink: "#1a1a1a",
  faint: "#767676",
  grid: "#e6e6e6",
  blue: "#0072B2",
  sky: "#56B4E9",
  green: "#009E73",
  vermillion: "#D55E00",
} as const;

const fontFamily = "Helvetica Neue, Helvetica, Arial, DejaVu Sans, sans-serif";
export const fontSize = 12;

/** An entry of a key: how something is drawn, and what it is. */
export interface KeyEntry {
  readonly text: string;
  readonly colour: string;
  readonly kind: "line" | "dashed" | "dot" | "ring" | "square" | "triangle" | "band";
}

/** What is drawn over a plot at places of the page, px from its top left. */
export type Annotation =
  | {
      readonly kind: "text";
      readonly x: number;
      readonly y: number;
      readonly text: string;
      readonly anchor: "start" | "middle" | "end";
      readonly bold?: boolean;
    }
  /** Entries side by side. */
  | { readonly kind: "key"; readonly x: number; readonly y: number; readonly entries: readonly KeyEntry[] }
  /** A strip of colours from low to high with a number at each tick. */
  | {
      readonly kind: "colour_bar";
      readonly x: number;
      readonly y: number;
      readonly width: number;
      readonly colourAt: (part: number) => string;
      /** Where along the strip, 0 to 1, and what it says there. */
      readonly ticks: readonly { readonly at: number; readonly text: string }[];
      readonly title: string;
    };

/**
 * Draws a plot as SVG text on white; the same options give the same bytes.
 *
 * @param label - what a screen reader says
 */
export function drawPlot(
  options: Plot.PlotOptions,
  label: string,
  annotations: readonly Annotation[] = [],
): string {
  const { document } = parseHTML("<!doctype html><body></body>") as unknown as { document: SvgDocument };
  const svg = Plot.plot({ ...options, document: document as never }) as unknown as SvgElement;
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", label);
  // Attributes reach renderers that read no style sheets, and none of the page's own style leaks in.
  svg.removeAttribute("class");
  svg.setAttribute("font-family", fontFamily);
  svg.setAttribute("font-size", String(fontSize));
  svg.setAttribute("color", colours.ink);
  svg.setAttribute("fill", colours.ink);
  for (const style of svg.querySelectorAll("style")) style.remove();
  const create: Create = (name, attributes, text) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
    if (text !== undefined) element.textContent = text;
    return element;
  };
  for (const annotation of annotations) {
    for (const element of annotate(annotation, create)) svg.append(element);
  }
  return svg.outerHTML.replaceAll("currentColor", colours.ink);
}

/** The little of the DOM that is needed here; linkedom has it, TypeScript's server libraries do not name it. */
interface SvgDocument {
  createElementNS(namespace: string, name: string): SvgElement;
}
interface SvgElement {
  readonly outerHTML: string;
  textContent: string | null;
  setAttribute(name: string, value: string): void;
  removeAttribute(name: string): void;
  append(child: SvgElement): void;
  remove(): void;
  querySelectorAll(selector: string): Iterable<SvgElement>;
}
type Create = (
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  text?: string,
) => SvgElement;

function annotate(annotation: Annotation, create: Create): SvgElement[] {
  const { x, y } = annotation;
  switch (annotation.kind) {
    case "text":
      return [
        create(
          "text",
          {
            x,
            y,
            dy: "0.35em",
            "text-anchor": annotation.anchor,
            ...(annotation.bold ? { "font-weight": "bold" } : {}),
          },
          annotation.text,
        ),
      ];
    case "key": {
      let left = x;
      return annotation.entries.flatMap((entry) => {
        const at = left;
        left += 28 + textWidth(entry.text) + 20;
        return [
          ...keySymbol(entry, at, y, create),
          create("text", { x: at + 28, y, dy: "0.35em", "text-anchor": "start" }, entry.text),
        ];
      });
    }
    case "colour_bar": {
      const { width, colourAt, ticks, title } = annotation;
      const steps = 64;
      const strip = Array.from({ length: steps }, (_, k) =>
        create("rect", {
          x: x + (width * k) / steps,
          y,
          // A little overlap hides the seams.
          width: width / steps + (k < steps - 1 ? 0.6 : 0),
          height: 11,
          fill: colourAt((k + 0.5) / steps),
        }),
      );
      return [
        ...strip,
        create("rect", { x, y, width, height: 11, fill: "none", stroke: colours.ink, "stroke-width": 0.7 }),
        ...ticks.flatMap(({ at, text }) => [
          create("line", {
            x1: x + width * at,
            x2: x + width * at,
            y1: y + 11,
            y2: y + 15,
            stroke: colours.ink,
            "stroke-width": 0.7,
          }),
          create("text", { x: x + width * at, y: y + 22, dy: "0.35em", "text-anchor": "middle" }, text),
        ]),
        create("text", { x: x - 10, y: y + 5.5, dy: "0.35em", "text-anchor": "end" }, title),
      ];
    }
  }
}

function keySymbol({ kind, colour }: KeyEntry, x: number, y: number, create: Create): SvgElement[] {
  const middle = x + 11;
  switch (kind) {
    case "line":
    case "dashed":
      return [
        create("line", {
          x1: x,
          x2: x + 22,
          y1: y,
          y2: y,
          stroke: colour,
          "stroke-width": 2,
          ...(kind === "dashed" ? { "stroke-dasharray": "5 3" } : {}),
        }),
      ];
    case "band":
      return [
        create("rect", { x, y: y - 6, width: 22, height: 12, fill: colour, "fill-opacity": 0.25 }),
        create("line", { x1: middle, x2: middle, y1: y - 6, y2: y + 6, stroke: colour }),
      ];
    case "dot":
      return [
        create("line", { x1: middle, x2: middle, y1: y - 8, y2: y + 8, stroke: colour, "stroke-width": 1.5 }),
        create("circle", { cx: middle, cy: y, r: 4, fill: colour }),
      ];
    case "ring":
      return [
        create("circle", { cx: middle, cy: y, r: 5, fill: "none", stroke: colour, "stroke-width": 1.6 }),
      ];
    case "square":
      return [create("rect", { x: middle - 3.7, y: y - 3.7, width: 7.4, height: 7.4, fill: colour })];
    case "triangle":
      return [create("path", { d: `M${middle},${y - 5}l5,9h-10Z`, fill: colour })];
  }
}

/** Width of a text in the figures' font, px; good to a tenth for Latin text. */
export function textWidth(text: string, size = fontSize): number {
  return [...text].length * size * 0.54;
}

/** Mixes the colours of a palette, linearly in sRGB; `part` runs from 0 to 1 over the palette. */
export function paletteColour(palette: readonly string[], part: number): string {
  const position = Math.min(1, Math.max(0, part)) * (palette.length - 1);
  const k = Math.min(palette.length - 2, Math.floor(position));
  const channel = (hex: string, at: number) => Number.parseInt(hex.slice(at, at + 2), 16);
  const mixed = [1, 3, 5].map((at) => {
    const [from, to] = [channel(palette[k]!, at), channel(palette[k + 1]!, at)];
    return Math.round(from + (to - from) * (position - k))
      .toString(16)
      .padStart(2, "0");
  });
  return `#${mixed.join("")}`;
}

/** PNG of an SVG on white. */
export function svgToPng(svg: string, scale = 2): Uint8Array {
  return new Resvg(svg, {
    fitTo: { mode: "zoom", value: scale },
    background: "white",
    font: { loadSystemFonts: true, defaultFontFamily: "DejaVu Sans" },
  })
    .render()
    .asPng();
}
