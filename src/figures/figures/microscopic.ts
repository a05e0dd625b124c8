import * as Plot from "@observablehq/plot";
import { colours } from "#report/svg";
import { listOf, numberOf } from "../computation.ts";
import { drivenDistributions, pairDistributions, pairMaximumMap } from "../computations/microscopic.ts";
import { asymmetryMap } from "../computations/two-group-map.ts";
import {
  black,
  blackToYellow,
  blueWhiteRed,
  type Colour,
  colourMap,
  phaseCircle,
  white,
} from "../drawing/colour-maps.ts";
import {
  beside,
  colourBar,
  drawFrame,
  type Panel,
  type PlacedPanel,
  piFraction,
  plainNumber,
} from "../drawing/panels.ts";
import { type Figure, type FigureData, namedRecords, tableOf } from "../figure.ts";
import {
  asymmetryAxis,
  differenceLabel,
  frequencyDifference,
  mapSentence,
  pairMapPanel,
} from "./pair-maps.ts";

const phaseAxis = {
  domain: [-Math.PI, Math.PI],
  ticks: [-Math.PI, -Math.PI / 2, 0, Math.PI / 2, Math.PI],
  tickFormat: piFraction,
} as const;

export const figure2d: Figure = {
  name: "2d",
  title: "Phase distribution of one driven oscillator",
  computations: [drivenDistributions],
  tables: (data) => [
    tableOf(
      data,
      drivenDistributions,
      "distributions",
      "Fig. 2(d): phase distribution of one driven oscillator",
    ),
  ],
  draw(data) {
    const records = namedRecords(tableOf(data, drivenDistributions, "distributions", ""));
    const ratios = listOf(data[drivenDistributions.name]!.settings, "ratios");
    const lines = [
      { K: -0.1, colour: "#ff9a1f", text: "K/(γ₋ + γ₊) = −0.1", dash: "none" },
      { K: 0, colour: "#000000", text: "K = 0", dash: "6 4" },
      { K: 0.1, colour: "#2f8fe0", text: "+0.1", dash: "none" },
    ] as const;
    return beside(
      ...ratios.map((ratio, panel) => {
        const here = records.filter((p) => p.ratio === ratio);
        return drawFrame(
          {
            width: 350,
            height: 270,
            x: { label: "φ", ...phaseAxis },
            y: { label: "s(φ)", domain: [-0.055, 0.055] },
            heading: `${panel === 0 ? "(d)\u2003" : ""}γ₊/γ₋ = ${ratio === 0.5 ? "1/2" : plainNumber(ratio)}`,
          },
          [
            Plot.ruleY([0], { stroke: colours.grid }),
            ...lines.map(({ K, colour, dash }) =>
              Plot.line(
                here.filter((p) => p.K === K),
                {
                  x: "phi",
                  y: "s",
                  stroke: colour,
                  strokeWidth: 1.8,
                  ...(dash === "none" ? {} : { strokeDasharray: dash }),
                },
              ),
            ),
            ...(panel === 0
              ? lines.map(({ colour, text }, k) =>
                  Plot.text([text], {
                    frameAnchor: "top-left",
                    fill: colour,
                    dx: [8, 142, 194][k]!,
                    dy: 8,
                  }),
                )
              : []),
          ],
          `Phase distribution at γ₊/γ₋ = ${ratio}`,
        );
      }),
    );
  },
  caption: () =>
    "One oscillator under a resonant drive Ω = γ₋/10: exact steady state, s(φ) by the closed form of the Husimi integral, 1/2π subtracted. K/(γ₋+γ₊) = −1/10 (orange), 0 (black), +1/10 (blue). " +
    "The text fixes the second panel, γ₊ = γ₋/2, and speaks of γ₊ = γ₋ before it; these two are drawn. Ranges of the axes are assumed.",
};

function pairPanel(data: FigureData, row: number, width: number, height: number): Panel {
  const { settings } = data[pairDistributions.name]!;
  const delta = listOf(settings, "detunings")[row]!;
  const K = listOf(settings, "asymmetries")[row]!;
  const curve = namedRecords(tableOf(data, pairDistributions, "distributions", "")).filter(
    (p) => p.delta === delta && p.K === K,
  );
  return drawFrame(
    {
      width,
      height,
      x: { label: "φ_AB", ...phaseAxis },
      y: { label: "s(φ_AB)", domain: [-0.68, 0.68], ticks: [-0.5, 0, 0.5] },
      heading: `δ = ${inLoss(delta)}, K = ${inLoss(K)}`,
    },
    [
      Plot.ruleY([0], { stroke: colours.grid }),
      Plot.line(curve, { x: "phi", y: "s", stroke: colours.blue, strokeWidth: 1.8 }),
    ],
    `Distribution of the relative phase at δ = ${delta}, K = ${K}`,
  );
}

/** A multiple of γ₋ as text. */
function inLoss(value: number): string {
  return value === 0 ? "0" : `${plainNumber(value)}γ₋`;
}

const firstOrderSentence =
  "Two single oscillators, V_AB = γ₋ = 2γ₊, steady state to first order in V_AB (Eq. (S7)) in closed form. At this V_AB the first order is a linear response and no density: s falls below −1/2π where the resonances are strong. ";

export const figureS1a: Figure = {
  name: "s1a",
  title: "Relative phase of two oscillators around the macroscopic blockade",
  computations: [asymmetryMap, pairDistributions],
  tables: (data) => [
    tableOf(
      data,
      pairDistributions,
      "distributions",
      "Fig. S1(a): distribution of the relative phase of two oscillators",
    ),
    tableOf(data, asymmetryMap, "map", "Fig. S1(a), centre: two groups, as Fig. 4(a)", "centre"),
  ],
  draw(data) {
    const { settings } = data[pairDistributions.name]!;
    const [, limit] = listOf(data[asymmetryMap.name]!.settings, "delta");
    const colourOf = colourMap(blueWhiteRed, -limit!, limit!);
    const small = { width: 236, height: 190 };
    const map = { width: 372, height: 350 };
    const marked = listOf(settings, "detunings").map((delta, k) => ({
      delta,
      K: listOf(settings, "asymmetries")[k]!,
    }));
    const centre = pairMapPanel(data, asymmetryMap, {
      ...map,
      label: "Difference of the dominant frequencies",
      y: asymmetryAxis,
      valueOf: frequencyDifference,
      colourOf,
      marks: [
        Plot.dot(marked, { x: "delta", y: "K", r: 4.5, fill: "#8c8c8c", stroke: "white", strokeWidth: 0.8 }),
      ],
    });
    const bar = colourBar({
      height: map.height,
      domain: [-limit!, limit!],
      colourOf,
      label: differenceLabel,
    });
    const middle = map.width + bar.width;
    const columns = [0, small.width, small.width + middle];
    const rows = [0, small.height, small.height + map.height];
    const place = (row: number, x: number, y: number): PlacedPanel => ({
      ...pairPanel(data, row, small.width, small.height),
      x,
      y,
    });
    const centred = columns[1]! + (middle - small.width) / 2;
    const halfway = rows[1]! + (map.height - small.height) / 2;
    return [
      place(0, columns[0]!, rows[0]!),
      place(1, centred, rows[0]!),
      place(2, columns[2]!, rows[0]!),
      place(3, columns[0]!, halfway),
      { ...centre, x: columns[1]!, y: rows[1]! },
      { ...bar, x: columns[1]! + map.width, y: rows[1]! },
      place(4, columns[2]!, halfway),
      place(5, columns[0]!, rows[2]!),
      place(6, centred, rows[2]!),
      place(7, columns[2]!, rows[2]!),
    ];
  },
  caption: (data) =>
    `Around: ${firstOrderSentence}Grey dots: where. The text gives (δ, K) = (−10, 10)γ₋ for the top left and (−12, −12)γ₋ for the bottom left panel; the right column is taken as their mirror images and the four panels between as (0, 10), (0, −12), (±12, 0)γ₋, where the first order is flat or nearly so. ` +
    `Centre, as Fig. 4(a): ${mapSentence(data)}`,
};

interface MapOptions {
  readonly name: "s1b" | "s1c" | "s1d";
  readonly title: string;
  readonly column: "maximum" | "argmax" | "white";
  readonly colours: (largest: number) => (value: number) => Colour;
  readonly undefinedColour: Colour;
  readonly bar?: {
    readonly label: string;
    readonly domain?: readonly [number, number];
    readonly ticks?: readonly number[];
    readonly tickFormat?: (value: number) => string;
  };
  readonly caption: string;
}

function pairMaximumFigure(options: MapOptions): Figure {
  const { name, title, column, bar } = options;
  return {
    name,
    title,
    computations: [pairMaximumMap],
    tables: (data) => [
      tableOf(
        data,
        pairMaximumMap,
        "map",
        "Fig. S1(b-d): maximum of the relative-phase distribution of two oscillators",
      ),
    ],
    draw(data) {
      const records = namedRecords(tableOf(data, pairMaximumMap, "map", ""));
      const largest = records.reduce((top, record) => Math.max(top, record.maximum as number), 0);
      const colourOf = options.colours(largest);
      const map = pairMapPanel(data, pairMaximumMap, {
        heading: `(${name.slice(2)})`,
        label: title,
        y: asymmetryAxis,
        valueOf: (record) => record[column] as number | null,
        colourOf,
        undefinedColour: options.undefinedColour,
      });
      if (!bar) return beside(map);
      return beside(map, colourBar({ height: map.height, domain: [0, largest], colourOf, ...bar }));
    },
    caption: (data) => {
      const resolution = numberOf(data[pairMaximumMap.name]!.settings, "resolution");
      return `${firstOrderSentence}${resolution} × ${resolution} points; the window is not in the paper's text, ±20γ₋ as in Fig. 4 is assumed. ${options.caption}`;
    },
  };
}

export const figureS1b = pairMaximumFigure({
  name: "s1b",
  title: "Maximum of the relative-phase distribution of two oscillators",
  column: "maximum",
  colours: (largest) => colourMap(blackToYellow, 0, largest),
  undefinedColour: black,
  bar: { label: "max s(φ_AB)" },
  caption: "Drawn: largest s(φ_A − φ_B).",
});

export const figureS1c = pairMaximumFigure({
  name: "s1c",
  title: "Preferred relative phase of two oscillators",
  column: "argmax",
  colours: () => colourMap(phaseCircle, -Math.PI, Math.PI),
  undefinedColour: [128, 128, 128],
  bar: {
    label: "argmax s(φ_AB)",
    domain: [-Math.PI, Math.PI],
    ticks: phaseAxis.ticks,
    tickFormat: piFraction,
  },
  caption: "Drawn: φ_A − φ_B at the maximum; grey where s is flat (K = 0).",
});

export const figureS1d = pairMaximumFigure({
  name: "s1d",
  title: "Where two oscillators prefer a common phase strongly enough",
  column: "white",
  colours: () => (value) => (value === 1 ? white : black),
  undefinedColour: black,
  caption:
    "White: maximum above 0.05 and its phase nearer 0 than π. The paper prints the threshold as 5·10⁻² in the caption and 5·10⁻³ in the text; only its ratio to V_AB matters, and at V_AB = γ₋ the former agrees with Fig. 4(a), the latter does not.",
});
