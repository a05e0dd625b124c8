import * as Plot from "@observablehq/plot";
import type { Measured } from "#ir/estimate";
import type { Plan } from "#ir/plan";
import { concise } from "./numbers.ts";
import type { OnsetEstimates } from "./onset-view.ts";
import { colours, drawPlot, paletteColour } from "./svg.ts";

/** Pale to dark, monotone in lightness. */
const sequential = ["#f2f7fc", "#c6dbef", "#6baed6", "#2171b5", "#08306b"];
/** Amplitudes below this many standard errors have no phase to draw. */
const resolved = 3;

interface SiteAmplitude {
  readonly modulus: Measured;
  /** rad, relative to the group's. */
  readonly phase: number;
}

/** Index of the scan's largest |exchange|. */
export function strongestPoint(exchange_hz: readonly number[]): number {
  return exchange_hz.reduce((best, hz, k) => (Math.abs(hz) > Math.abs(exchange_hz[best]!) ? k : best), 0);
}

/** Amplitudes of the sites at one point of the scan, phases relative to that of their sum. */
export function siteAmplitudes(estimates: OnsetEstimates, point: number): SiteAmplitude[] {
  const amplitudes = estimates.amplitudes[point]!;
  const common = Math.atan2(
    amplitudes.reduce((sum, a) => sum + a.im.value, 0),
    amplitudes.reduce((sum, a) => sum + a.re.value, 0),
  );
  return amplitudes.map(({ re, im }) => {
    const value = Math.hypot(re.value, im.value);
    const error = value === 0 ? re.error : Math.hypot(re.value * re.error, im.value * im.error) / value;
    return { modulus: { value, error }, phase: Math.atan2(im.value, re.value) - common };
  });
}

/**
 * The coupling graph: every site where it lies, its colour the measured |⟨A†⟩| at the strongest exchange, its arrow
 * the phase relative to the group (to the right: in phase; turned to the left as the phase leads).
 */
export function deviceFigure(plan: Plan, estimates: OnsetEstimates | null): string {
  const { sites, bonds, positions } = plan;
  const amplitudes =
    estimates === null ? null : siteAmplitudes(estimates, strongestPoint(estimates.exchange_hz));
  const index = new Map(sites.map((id, s) => [id, s]));
  const spacing = smallestSpacing(positions);
  const [xs, ys] = [positions.map(([x]) => x), positions.map(([, y]) => y)];
  const [west, east, south, north] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const margin = 0.55 * spacing;
  const [extentX, extentY] = [east - west + 2 * margin, north - south + 2 * margin];
  const width = 760;
  const top = amplitudes === null ? 10 : 52;
  const scale = Math.min(110 / spacing, (width - 20) / extentX, 620 / extentY);
  const side = (width - scale * extentX) / 2;
  const radius = 0.27 * spacing * scale;
  const brightest = Math.max(0.05, ...(amplitudes ?? []).map((a) => a.modulus.value));
  const labelSize = Math.max(7, Math.min(12, radius * 0.55));
  const nodes = positions.map(([x, y], s) => {
    const part = amplitudes === null ? 0 : amplitudes[s]!.modulus.value / brightest;
    return { x, y, id: sites[s]!, fill: paletteColour(sequential, part), dark: part > 0.55, s };
  });
  const arrows =
    amplitudes === null
      ? []
      : nodes.flatMap((node) => {
          const { modulus, phase } = amplitudes[node.s]!;
          if (modulus.value < resolved * modulus.error) return [];
          const [dx, dy] = [Math.cos(phase) * 0.19 * spacing, Math.sin(phase) * 0.19 * spacing];
          return [{ ...node, x1: node.x - dx, y1: node.y - dy, x2: node.x + dx, y2: node.y + dy }];
        });
  const height = top + scale * extentY + 6;
  return drawPlot(
    {
      width,
      height,
      marginLeft: side,
      marginRight: side,
      marginTop: top,
      marginBottom: 6,
      x: { axis: null, domain: [west - margin, east + margin] },
      y: { axis: null, domain: [south - margin, north + margin] },
      marks: [
        Plot.link(
          bonds.map(([a, b]) => ({ from: positions[index.get(a)!]!, to: positions[index.get(b)!]! })),
          {
            x1: (bond: { from: number[] }) => bond.from[0]!,
            y1: (bond: { from: number[] }) => bond.from[1]!,
            x2: (bond: { to: number[] }) => bond.to[0]!,
            y2: (bond: { to: number[] }) => bond.to[1]!,
            stroke: colours.faint,
            strokeWidth: Math.max(1.5, radius * 0.14),
          },
        ),
        Plot.dot(nodes, { x: "x", y: "y", r: radius, fill: "fill", stroke: colours.ink, strokeWidth: 1 }),
        Plot.arrow(arrows, {
          x1: "x1",
          y1: "y1",
          x2: "x2",
          y2: "y2",
          stroke: (arrow: { dark: boolean }) => (arrow.dark ? "white" : colours.ink),
          strokeWidth: Math.max(1.2, radius * 0.09),
          headLength: 7,
        }),
        Plot.text(nodes, {
          x: "x",
          y: "y",
          text: "id",
          dx: radius * 0.72,
          dy: -radius * 1.02,
          textAnchor: "start",
          fontSize: labelSize,
          fontWeight: "bold",
          stroke: "white",
          strokeWidth: 3,
          fill: colours.ink,
        }),
        ...(amplitudes === null || labelSize < 8
          ? []
          : [
              Plot.text(nodes, {
                x: "x",
                y: "y",
                text: (node: { s: number }) => concise(amplitudes[node.s]!.modulus),
                dx: radius * 0.72,
                dy: radius * 1.02,
                textAnchor: "start",
                fontSize: labelSize * 0.92,
                stroke: "white",
                strokeWidth: 3,
                fill: colours.ink,
              }),
            ]),
      ],
    },
    "Coupling graph with measured amplitudes and phases of the sites",
    amplitudes === null
      ? []
      : [
          {
            kind: "colour_bar",
            x: width / 2 - 100,
            y: 10,
            width: 260,
            colourAt: (part) => paletteColour(sequential, part),
            ticks: [0, 0.25, 0.5, 0.75, 1].map((at) => ({ at, text: (at * brightest).toFixed(2) })),
            title: "Measured |⟨A†ᵢ⟩|",
          },
        ],
  );
}

/** Smallest distance between two sites; 1 for a single one. */
function smallestSpacing(positions: readonly (readonly [number, number])[]): number {
  let least = Infinity;
  positions.forEach(([x, y], a) => {
    for (const [u, v] of positions.slice(a + 1)) {
      const distance = Math.hypot(x - u, y - v);
      if (distance > 0) least = Math.min(least, distance);
    }
  });
  return Number.isFinite(least) ? least : 1;
}
