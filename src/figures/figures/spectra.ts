import * as Plot from "@observablehq/plot";
import { colours } from "#report/svg";
import { axisOf, type Computation, listOf, numberOf } from "../computation.ts";
import { asymmetrySpectra, interCouplingSpectra, pairSpectra } from "../computations/spectra.ts";
import { colourMap, whiteToBlue } from "../drawing/colour-maps.ts";
import {
  beside,
  colourBar,
  drawFrame,
  type Frame,
  type Panel,
  type PlacedPanel,
  plainNumber,
  rasterDomain,
  rasterMark,
} from "../drawing/panels.ts";
import { type Figure, type FigureData, namedRecords, tableOf } from "../figure.ts";
import { detuningLabel, differenceLabel } from "./pair-maps.ts";

const frequencyLabel = "ω/γ₋";

/** P_A and P_B of one column of panels as rasters over (δ, ω); a point that was not integrated is zero. */
interface SpectrumRasters {
  readonly a: Float64Array;
  readonly b: Float64Array;
  readonly columns: number;
  readonly frequencies: readonly number[];
  readonly largest: number;
}

function spectrumRasters(data: FigureData, computation: Computation, value: number): SpectrumRasters {
  const { settings, tables } = data[computation.name]!;
  const deltas = axisOf(settings, "delta");
  const records = tables.spectra!.filter((record) => record[0] === value);
  const frequencies = [...new Set(tables.spectra!.map((record) => record[2] as number))].sort(
    (x, y) => x - y,
  );
  const column = new Map(deltas.map((delta, k) => [delta, k]));
  const row = new Map(frequencies.map((omega, k) => [omega, k]));
  const a = new Float64Array(deltas.length * frequencies.length);
  const b = new Float64Array(deltas.length * frequencies.length);
  let largest = 0;
  for (const record of records) {
    const place = row.get(record[2] as number)! * deltas.length + column.get(record[1] as number)!;
    a[place] = record[3] as number;
    b[place] = record[4] as number;
    largest = Math.max(largest, a[place]!, b[place]!);
  }
  return { a, b, columns: deltas.length, frequencies, largest };
}

/** Root scale: a line of a hundredth of the strongest still shows. */
function spectrumColours(largest: number) {
  const map = colourMap(whiteToBlue, 0, 1);
  return (weight: number) => map(Math.sqrt(weight / largest));
}

type Placing = Omit<Frame, "x" | "y">;

function spectrumPanel(
  data: FigureData,
  computation: Computation,
  group: "a" | "b",
  rasters: SpectrumRasters,
  placing: Placing,
  labelled: { readonly x: boolean; readonly y: boolean },
  largest = rasters.largest,
): Panel {
  const { settings } = data[computation.name]!;
  const [from, to] = listOf(settings, "delta");
  const { frequencies, columns } = rasters;
  const colourOf = spectrumColours(largest);
  return drawFrame(
    {
      ...placing,
      x: { label: detuningLabel, domain: rasterDomain(from!, to!, columns), labelled: labelled.x },
      y: {
        label: frequencyLabel,
        domain: rasterDomain(frequencies[0]!, frequencies[frequencies.length - 1]!, frequencies.length),
        labelled: labelled.y,
      },
    },
    [
      rasterMark({
        columns,
        rows: frequencies.length,
        colourAt: (column, row) => colourOf(rasters[group][row * columns + column]!),
      }),
    ],
    `Spectrum of group ${group.toUpperCase()}`,
  );
}

function differencePanel(
  data: FigureData,
  computation: Computation,
  value: number,
  placing: Placing,
  labelled: { readonly x: boolean; readonly y: boolean },
): Panel {
  const { settings, tables } = data[computation.name]!;
  const [from, to] = listOf(settings, "delta");
  const resolution = numberOf(settings, "resolution");
  const reach = tables.frequencies!.reduce(
    (most, record) => Math.max(most, Math.abs((record[4] as number | null) ?? 0)),
    1.08 * to!,
  );
  const sweptName = computation.tables.frequencies![0]!.name;
  const points = namedRecords(tableOf(data, computation, "frequencies", ""))
    .filter((point) => point[sweptName] === value)
    .map((point) => ({ ...point, difference: point.difference ?? Number.NaN }));
  return drawFrame(
    {
      ...placing,
      x: { label: detuningLabel, domain: rasterDomain(from!, to!, resolution), labelled: labelled.x },
      y: { label: differenceLabel, domain: [-reach, reach], labelled: labelled.y },
    },
    [
      Plot.line(
        [
          [from!, from!],
          [to!, to!],
        ],
        { stroke: colours.faint, strokeWidth: 1, strokeDasharray: "4 3" },
      ),
      Plot.dot(points, { x: "delta", y: "difference", r: 1.4, fill: colours.vermillion }),
    ],
    "Difference of the dominant frequencies",
  );
}

const protocolSentence =
  "ρ_A(0) = I/3 + (|1⟩⟨2|/10 + h.c.), ρ_B(0) = I/3; 10 000 samples over 1000/γ₋, the last half behind a Hann window; P_σ(ω) = |FT⟨S⁺⟩_σ| over the sum of the window, so that a steady rotation peaks at its amplitude. ";
const rangeSentence = "The ranges of the axes are not in the paper's text and are assumed.";
const rootSentence = "Colour is on a square-root scale, so that weak lines show. ";

function singleSpectrum(group: "a" | "b", heading: string): Figure {
  return {
    name: group === "a" ? "3a" : "3b",
    title: `Spectrum of group ${group.toUpperCase()} against detuning`,
    computations: [pairSpectra],
    tables: (data) => [
      tableOf(data, pairSpectra, "spectra", "Fig. 3(a,b): spectra of two groups at V_AB = V/2, K = 0"),
    ],
    draw(data) {
      const rasters = spectrumRasters(data, pairSpectra, 0.5);
      const colourOf = spectrumColours(rasters.largest);
      return beside(
        spectrumPanel(
          data,
          pairSpectra,
          group,
          rasters,
          { width: 440, height: 300, heading },
          { x: true, y: true },
        ),
        colourBar({
          height: 300,
          domain: [0, rasters.largest],
          colourOf,
          label: `P_${group.toUpperCase()}(ω)`,
        }),
      );
    },
    caption: () =>
      `Two groups, K = 0, V = 2γ₊ = γ₋, V_AB = V/2. ${protocolSentence}${rootSentence}Frequencies are in the frame that turns at the common frequency. ${rangeSentence}`,
  };
}

export const figure3a = singleSpectrum("a", "(a)\u2003P_A(ω)");
export const figure3b = singleSpectrum("b", "(b)\u2003P_B(ω)");

export const figure3c: Figure = {
  name: "3c",
  title: "Difference of the two dominant frequencies against detuning",
  computations: [pairSpectra],
  tables: (data) => [
    tableOf(
      data,
      pairSpectra,
      "frequencies",
      "Fig. 3(c): dominant frequencies of two groups at V_AB = V/2, K = 0",
    ),
  ],
  draw: (data) =>
    beside(
      differencePanel(
        data,
        pairSpectra,
        0.5,
        { width: 440, height: 300, heading: "(c)" },
        { x: true, y: true },
      ),
    ),
  caption: () =>
    `Two groups, K = 0, V = 2γ₊ = γ₋, V_AB = V/2. ${protocolSentence}Dots: ω_A − ω_B with ω_σ = argmax P_σ, good to one bin of 0.0126 γ₋, as in the paper; dashed: δ. The table also holds the mean rotation rates. ${rangeSentence}`,
};

interface GridOptions {
  readonly name: string;
  readonly title: string;
  readonly computation: Computation;
  readonly symbol: string;
  readonly caption: string;
}

/** Columns of panels, one for each swept value: P_A, P_B, difference. */
function spectraGrid({ name, title, computation, symbol, caption }: GridOptions): Figure {
  const label = `Fig. ${name.toUpperCase()}`;
  return {
    name,
    title,
    computations: [computation],
    tables: (data) => [
      tableOf(data, computation, "spectra", `${label}: spectra of two groups`),
      tableOf(
        data,
        computation,
        "frequencies",
        `${label}: dominant frequencies of two groups`,
        "frequencies",
      ),
    ],
    draw(data) {
      const values = listOf(data[computation.name]!.settings, "columns");
      const rasters = values.map((value) => spectrumRasters(data, computation, value));
      const largest = Math.max(...rasters.map((raster) => raster.largest));
      const placed: PlacedPanel[] = [];
      let x = 0;
      values.forEach((value, k) => {
        const first = k === 0;
        const left = first ? 66 : 20;
        const width = left + 190 + 8;
        const labelled = { x: false, y: first };
        const top = (heading: string): Placing => ({
          width,
          height: 200,
          heading,
          margins: { left, right: 8, top: 26, bottom: 10 },
        });
        const head = `${symbol} = ${plainNumber(value)}`;
        placed.push({
          ...spectrumPanel(
            data,
            computation,
            "a",
            rasters[k]!,
            top(first ? `P_A(ω)\u2003${head}` : head),
            labelled,
            largest,
          ),
          x,
          y: 0,
        });
        placed.push({
          ...spectrumPanel(
            data,
            computation,
            "b",
            rasters[k]!,
            top(first ? "P_B(ω)" : ""),
            labelled,
            largest,
          ),
          x,
          y: 200,
        });
        placed.push({
          ...differencePanel(
            data,
            computation,
            value,
            { width, height: 234, margins: { left, right: 8, top: 26, bottom: 44 } },
            { x: true, y: first },
          ),
          x,
          y: 400,
        });
        x += width;
      });
      placed.push({
        ...colourBar({
          height: 400,
          domain: [0, largest],
          colourOf: spectrumColours(largest),
          label: "P_A, P_B",
          bottom: 10,
        }),
        x,
        y: 0,
      });
      return placed;
    },
    caption: () => caption,
  };
}

export const figureS2 = spectraGrid({
  name: "s2",
  title: "Spectra against detuning for several inter-group couplings",
  computation: interCouplingSpectra,
  symbol: "V_AB/V",
  caption:
    `Two groups, K = 0, V = 2γ₊ = γ₋; columns: V_AB/V. ${protocolSentence}${rootSentence}Each point of a spectrum is the higher of two bins. Bottom: difference of the highest bins where a spectrum has a peak above 0.001; dashed: δ. ` +
    "The five values of V_AB and the ranges of the axes are not in the paper's text: assumed so that its description holds (second column V_AB = V, the columns right of it beyond V, one group stronger than the other in the fourth).",
});

export const figureS3 = spectraGrid({
  name: "s3",
  title: "Spectra against detuning for several level asymmetries",
  computation: asymmetrySpectra,
  symbol: "K/γ₋",
  caption:
    `Two groups, V_AB = V = 2γ₊ = γ₋; columns: K/γ₋. ${protocolSentence}${rootSentence}Each point of a spectrum is the highest of 18 bins. Bottom: difference of the highest bins where a spectrum has a peak above 0.001; dashed: δ. ` +
    "Points whose linearisation about |1⟩⟨1| has no growing mode are unsynchronized and were not integrated. The five values of K and the ranges of the axes are not in the paper's text: assumed so that its description holds " +
    "(second column as that of Fig. S2, i.e. K = 0; vanishing spectra in the first, fourth and fifth; two lines in the second and third).",
});
