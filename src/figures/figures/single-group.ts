import * as Plot from "@observablehq/plot";
import { colours } from "#report/svg";
import { listOf, numberOf } from "../computation.ts";
import { amplitudeInTime, orderParameterMap, transitionCurve } from "../computations/single-group.ts";
import { colourMap, whiteToBlack } from "../drawing/colour-maps.ts";
import {
  beside,
  colourBar,
  drawFrame,
  type Panel,
  plainNumber,
  rasterDomain,
  rasterMark,
} from "../drawing/panels.ts";
import { type Figure, type FigureData, namedRecords, tableOf } from "../figure.ts";

const couplingLabel = "V/(γ₋ + γ₊)";
const amplitudeLabel = "|⟨S⁺⟩|";

/** End of the drawn time axis, in 1/γ₋. */
const shownTime = 60;

function timePanel(data: FigureData, coupling: number, below: boolean): Panel {
  const curve = namedRecords(tableOf(data, amplitudeInTime, "curves", "")).filter(
    (p) => p.V === coupling && (p.t as number) <= shownTime,
  );
  return drawFrame(
    {
      width: 380,
      height: 250,
      x: { label: "γ₋t", domain: [0, shownTime] },
      y: { label: "⟨S⁺⟩", domain: [-0.18, 0.34], ticks: [-0.1, 0, 0.1, 0.2, 0.3] },
      heading: `${below ? "(a)\u2003" : ""}V/(γ₋ + γ₊) = ${plainNumber(coupling)} ${below ? "< V_c" : "> V_c"}`,
    },
    [
      Plot.ruleY([0], { stroke: colours.grid }),
      Plot.line(curve, { x: "t", y: "abs_S", stroke: colours.faint, strokeWidth: 1.2 }),
      Plot.line(curve, { x: "t", y: "Re_S", stroke: colours.blue, strokeWidth: 1.7 }),
      Plot.text([{ t: shownTime, y: 0.31 }], {
        x: "t",
        y: "y",
        text: () => "Re⟨S⁺⟩",
        fill: colours.blue,
        textAnchor: "end",
        dx: -62,
      }),
      Plot.text([{ t: shownTime, y: 0.31 }], {
        x: "t",
        y: "y",
        text: () => amplitudeLabel,
        fill: colours.faint,
        textAnchor: "end",
        dx: -8,
      }),
    ],
    `Amplitude in time at V/(γ₋+γ₊) = ${coupling}`,
  );
}

export const figure2a: Figure = {
  name: "2a",
  title: "Time evolution of the amplitude ⟨S⁺⟩ below and above the critical coupling",
  computations: [amplitudeInTime],
  tables: (data) => [tableOf(data, amplitudeInTime, "curves", "Fig. 2(a): amplitude of one group in time")],
  draw: (data) => {
    const [below, above] = listOf(data[amplitudeInTime.name]!.settings, "couplings");
    return beside(timePanel(data, below!, true), timePanel(data, above!, false));
  },
  caption: () =>
    "One group, γ₊ = γ₋/2, K = 0, V/(γ₋+γ₊) = 1/5 and 3/5 (V_c/(γ₋+γ₊) = 1/√8 = 0.3536). Blue: Re⟨S⁺⟩; whiteToBlack: |⟨S⁺⟩|. " +
    "The initial state printed in the paper, I/3 + |1⟩⟨2|(1+2i)/10, is not Hermitian; taken literally ⟨S⁻⟩ stays zero and " +
    "⟨S⁺⟩ grows without bound above V_c. Its Hermitian conjugate is added here: ρ₀ = I/3 + [|1⟩⟨2|(1+2i)/10 + h.c.]. " +
    "The time axis is not printed in the text; 0 … 60/γ₋ is drawn, the table reaches 100/γ₋.",
};

export const figure2b: Figure = {
  name: "2b",
  title: "Long-time amplitude and coherences against the coupling",
  computations: [transitionCurve],
  tables: (data) => [
    tableOf(data, transitionCurve, "curve", "Fig. 2(b): long-time amplitude and coherences of one group"),
  ],
  draw(data) {
    const points = namedRecords(tableOf(data, transitionCurve, "curve", ""));
    const lines = [
      { key: "abs_S", text: amplitudeLabel, colour: colours.ink, width: 2.2, below: true },
      { key: "abs_rho01", below: false, text: "|ρ₀₁|", colour: colours.blue, width: 1.5 },
      { key: "abs_rho12", below: false, text: "|ρ₁₂|", colour: colours.vermillion, width: 1.5 },
      { key: "abs_rho02", below: false, text: "|ρ₀₂|", colour: colours.green, width: 1.5 },
    ] as const;
    const panel = drawFrame(
      {
        width: 470,
        height: 320,
        x: { label: couplingLabel, domain: [0, 1.2] },
        y: { label: "amplitude, coherences", domain: [0, 0.3] },
        heading: "(b)",
      },
      [
        Plot.ruleX([1 / Math.sqrt(8)], { stroke: colours.faint, strokeDasharray: "4 3" }),
        Plot.text([[1 / Math.sqrt(8), 0.29]], {
          text: () => "V_c",
          textAnchor: "end",
          dx: -5,
          fill: colours.faint,
        }),
        ...lines.map(({ key, colour, width }) =>
          Plot.line(points, { x: "V", y: key, stroke: colour, strokeWidth: width }),
        ),
        ...lines.map(({ key, text, colour, below }) =>
          Plot.text(points.slice(-14, -13), {
            x: "V",
            y: key,
            text: () => text,
            fill: colour,
            dy: below ? 14 : -10,
          }),
        ),
      ],
      "Amplitude and coherences against coupling",
    );
    return beside(panel);
  },
  caption: (data) =>
    `One group, γ₊ = γ₋/2, K = 0; ${numberOf(data[transitionCurve.name]!.settings, "points")} couplings. The paper averages |⟨S⁺⟩| over the second half of 5000/γ₋ from ` +
    "I/3 + (|1⟩⟨2|/10 + h.c.); drawn here is what that average tends to: zero below V_c, and above it the stable rotating " +
    "wave, solved by Newton's method to rounding, whose moduli are constant. Right at V_c the paper's average is still on its " +
    "way. Dashed: V_c/(γ₋+γ₊) = 1/√8. The range of V is not printed in the text; 0 … 1.2 is drawn.",
};

/** A curve cut off at the upper edge of its frame; where it is beyond, a gap. */
function cutAbove(points: readonly (readonly [number, number])[], top: number): [number, number][] {
  return points.flatMap(([x, y], k): [number, number][] => {
    if (y <= top) return [[x, y]];
    const crossings: [number, number][] = [];
    for (const [beforehand, other] of [
      [true, points[k - 1]],
      [false, points[k + 1]],
    ] as const) {
      if (!other || other[1] > top) continue;
      const share = Number.isFinite(y) ? (top - other[1]) / (y - other[1]) : 0;
      const edge: [number, number] = [other[0] * (x / other[0]) ** share, top];
      if (beforehand) crossings.push(edge, [x, Number.NaN]);
      else crossings.push([x, Number.NaN], edge);
    }
    return crossings.length === 0 ? [[x, Number.NaN]] : crossings;
  });
}

export const figure2c: Figure = {
  name: "2c",
  title: "Order parameter against the coupling and γ₊/γ₋",
  computations: [orderParameterMap],
  tables: (data) => [
    tableOf(data, orderParameterMap, "map", "Fig. 2(c): order parameter of one group at K = 0"),
    tableOf(data, orderParameterMap, "thresholds", "Fig. 2(c): critical couplings", "thresholds"),
  ],
  draw(data) {
    const { settings, tables } = data[orderParameterMap.name]!;
    const resolution = numberOf(settings, "resolution");
    const [low, high] = listOf(settings, "decades");
    const [from, to] = listOf(settings, "couplings");
    const values = tables.map!.map((record) => record[2] as number);
    const largest = values.reduce((a, b) => Math.max(a, b), 0);
    const colourOf = colourMap(whiteToBlack, 0, largest);
    const thresholds = namedRecords(tableOf(data, orderParameterMap, "thresholds", ""));
    const lines = [
      { K: 0, colour: "#000000", dash: "6 4" },
      { K: -0.1, colour: "#ff9a1f", dash: "none" },
      { K: 0.1, colour: "#2f8fe0", dash: "none" },
    ] as const;
    const curve = (K: number) =>
      cutAbove(
        thresholds
          .filter((p) => p.K === K)
          .map((p) => [p.ratio as number, (p.V_c as number | null) ?? Number.POSITIVE_INFINITY]),
        rasterDomain(from!, to!, resolution)[1],
      );
    const panel = drawFrame(
      {
        width: 470,
        height: 400,
        x: {
          label: "γ₊/γ₋",
          type: "log",
          domain: rasterDomain(10 ** low!, 10 ** high!, resolution, "log"),
          ticks: [0.1, 0.2, 0.5, 1, 2, 5, 10],
        },
        y: { label: couplingLabel, domain: rasterDomain(from!, to!, resolution) },
        heading: "(c)",
      },
      [
        rasterMark({
          columns: resolution,
          rows: resolution,
          colourAt: (column, row) => colourOf(values[column * resolution + row]!),
        }),
        ...lines.map(({ K, colour, dash }) =>
          Plot.line(curve(K), {
            stroke: colour,
            strokeWidth: 2,
            ...(dash === "none" ? {} : { strokeDasharray: dash }),
          }),
        ),
      ],
      "Order parameter against coupling and ratio of the rates",
    );
    return beside(panel, colourBar({ height: 400, domain: [0, largest], colourOf, label: amplitudeLabel }));
  },
  caption: (data) => {
    const resolution = numberOf(data[orderParameterMap.name]!.settings, "resolution");
    return (
      `One group, K = 0, ${resolution} × ${resolution} points. The paper averages over the last tenth of 10 000/γ₋; drawn here is what that tends to: zero where the ` +
      "unsynchronized state is stable, otherwise the stable rotating wave by Newton's method. Lines: critical coupling for " +
      "K = 0 (black, dashed), K/(γ₋+γ₊) = −1/10 (orange) and +1/10 (blue), in closed form; the black one diverges at γ₊ = γ₋, the blue one " +
      "does so as well, the orange one passes at 0.325. The ranges of the axes and which is drawn upwards, and whether white or black is zero, are not in the paper's text; γ₊/γ₋ from 1/10 to 10 and " +
      "V/(γ₋+γ₊) from 0 to 2 are assumed; white is zero, so that the black line shows."
    );
  },
};
