import type * as Plot from "@observablehq/plot";
import { type Computation, listOf, numberOf } from "../computation.ts";
import { asymmetryMap, interCouplingMap } from "../computations/two-group-map.ts";
import {
  black,
  blackToYellow,
  blueWhiteRed,
  type Colour,
  colourMap,
  phaseCircle,
} from "../drawing/colour-maps.ts";
import {
  beside,
  colourBar,
  drawFrame,
  type Panel,
  type PlacedPanel,
  piFraction,
  rasterDomain,
  rasterMark,
} from "../drawing/panels.ts";
import { type Figure, type FigureData, type FigureTable, namedRecords, tableOf } from "../figure.ts";

type NamedRecord = ReturnType<typeof namedRecords>[number];

export const detuningLabel = "δ/γ₋";
export const asymmetryLabel = "K/γ₋";
export const differenceLabel = "(ω_A − ω_B)/γ₋";

interface MapLook {
  readonly heading?: string;
  readonly label: string;
  readonly y: { readonly name: string; readonly label: string };
  readonly valueOf: (record: NamedRecord) => number | null;
  readonly colourOf: (value: number) => Colour;
  readonly undefinedColour?: Colour;
  readonly width?: number;
  readonly height?: number;
  /** Drawn over the raster. */
  readonly marks?: readonly Plot.Markish[];
}

/** A raster of one quantity of a map over (δ, second axis); black, or another colour, where it is not defined. */
export function pairMapPanel(data: FigureData, computation: Computation, look: MapLook): Panel {
  const { settings } = data[computation.name]!;
  const resolution = numberOf(settings, "resolution");
  const records = namedRecords(tableOf(data, computation, "map", ""));
  const domain = (name: string): [number, number] => {
    const [from, to] = listOf(settings, name);
    return rasterDomain(from!, to!, resolution);
  };
  return drawFrame(
    {
      width: look.width ?? 420,
      height: look.height ?? 400,
      x: { label: detuningLabel, domain: domain("delta") },
      y: { label: look.y.label, domain: domain(look.y.name) },
      ...(look.heading === undefined ? {} : { heading: look.heading }),
    },
    [
      rasterMark({
        columns: resolution,
        rows: resolution,
        colourAt: (column, row) => {
          const value = look.valueOf(records[row * resolution + column]!);
          return value === null ? (look.undefinedColour ?? black) : look.colourOf(value);
        },
      }),
      ...(look.marks ?? []),
    ],
    look.label,
  );
}

/** The dominant-frequency difference where it was integrated, the exact 0 of a rotating wave elsewhere. */
export function frequencyDifference(record: NamedRecord): number | null {
  return (record.spectral_difference ?? record.winding_difference) as number | null;
}

function largestDifference(data: FigureData, computation: Computation): number {
  const [, to] = listOf(data[computation.name]!.settings, "delta");
  return to!;
}

function differenceFigure(
  data: FigureData,
  computation: Computation,
  look: Omit<MapLook, "valueOf" | "colourOf" | "label">,
) {
  const limit = largestDifference(data, computation);
  const colourOf = colourMap(blueWhiteRed, -limit, limit);
  return beside(
    pairMapPanel(data, computation, {
      ...look,
      label: "Difference of the dominant frequencies",
      valueOf: frequencyDifference,
      colourOf,
    }),
    colourBar({ height: look.height ?? 400, domain: [-limit, limit], colourOf, label: differenceLabel }),
  );
}

export const figure3d: Figure = {
  name: "3d",
  title: "Frequency difference of two groups against detuning and inter-group coupling",
  computations: [interCouplingMap],
  tables: (data) => [
    tableOf(data, interCouplingMap, "map", "Fig. 3(d): two groups against detuning and inter-group coupling"),
  ],
  draw: (data): PlacedPanel[] =>
    differenceFigure(data, interCouplingMap, {
      heading: "(d)",
      y: { name: "interCoupling", label: "V_AB/γ₋" },
    }),
  caption: (data) => {
    const { settings } = data[interCouplingMap.name]!;
    const resolution = numberOf(settings, "resolution");
    return (
      `Two groups, K = 0, V = 2γ₊ = γ₋; ${resolution} × ${resolution} points. Drawn: ω_A − ω_B with ω_σ the highest bin of the Hann-windowed spectrum of the last half of ` +
      "10 000 samples over 1000/γ₋, as in the paper (bins are 0.0126 γ₋ apart). The table also holds the difference of the mean rotation rates, which differs where two lines of a spectrum are " +
      "of nearly equal weight (V_AB > 0.8 V) and the highest bin jumps between them. Initial states: A: I/3 + (|1⟩⟨2|/10 + h.c.), B: I/3; in the " +
      "row V_AB = 0, where nothing would ever start group B, B is seeded like A. The ranges of the axes are not in the paper's text; |δ| ≤ γ₋ and V_AB ≤ 2V are assumed."
    );
  },
};

export const asymmetryAxis = { name: "K", label: asymmetryLabel } as const;

function asymmetryTable(data: FigureData): FigureTable[] {
  return [tableOf(data, asymmetryMap, "map", "Fig. 4: two groups against detuning and asymmetry")];
}

export function mapSentence(data: FigureData): string {
  const resolution = numberOf(data[asymmetryMap.name]!.settings, "resolution");
  return (
    `Two groups, V_AB = V = 2γ₊ = γ₋; ${resolution} × ${resolution} points over |δ|, |K| ≤ 20γ₋. The axis ranges are not in the paper's text; the blockade at δ ≈ 0 opens only for K < −16.45γ₋, ` +
    "so that a smaller window would not show it. Black: unsynchronized. Where the linearisation about |1⟩⟨1| has no growing mode a point is unsynchronized, and where it has one the " +
    "stable rotating wave is solved by Newton's method; both are the exact long-time limits. All other points are integrated from the paper's initial states (A: I/3 + (|1⟩⟨2|/10 + h.c.), B: I/3) over 500/γ₋ with 10 000 samples, " +
    "longer (up to 4000/γ₋) where modes grow so slowly that 500/γ₋ would show a transient."
  );
}

export const figure4a: Figure = {
  name: "4a",
  title: "Macroscopic quantum synchronization blockade: frequency difference",
  computations: [asymmetryMap],
  tables: asymmetryTable,
  draw: (data) => differenceFigure(data, asymmetryMap, { heading: "(a)", y: asymmetryAxis }),
  caption: (data) =>
    `${mapSentence(data)} Drawn: ω_A − ω_B, for integrated points from the highest bins of the Hann-windowed spectra of the last 5000 samples (bins 0.025 γ₋ apart) as in the paper, 0 for rotating waves. ` +
    "The table also holds the difference of the mean rotation rates.",
};

/** Mean of the two groups' |⟨S⁺⟩|. */
function meanAmplitude(record: NamedRecord): number {
  return ((record.amplitude_A as number) + (record.amplitude_B as number)) / 2;
}

export const figure4b: Figure = {
  name: "4b",
  title: "Macroscopic quantum synchronization blockade: order parameter",
  computations: [asymmetryMap],
  tables: asymmetryTable,
  draw(data) {
    const records = namedRecords(tableOf(data, asymmetryMap, "map", ""));
    const largest = records.reduce((top, record) => Math.max(top, meanAmplitude(record)), 0);
    const colourOf = colourMap(blackToYellow, 0, largest);
    return beside(
      pairMapPanel(data, asymmetryMap, {
        heading: "(b)",
        label: "Order parameter",
        y: asymmetryAxis,
        valueOf: meanAmplitude,
        colourOf,
      }),
      colourBar({ height: 400, domain: [0, largest], colourOf, label: "(|⟨S⁺⟩_A| + |⟨S⁺⟩_B|)/2" }),
    );
  },
  caption: (data) =>
    `${mapSentence(data)} Drawn: mean of the two groups' time-averaged |⟨S⁺⟩_σ| (integrated points: over the last 1000 samples). The paper does not say which order parameter of two groups it draws; ` +
    "its text on Fig. S3 speaks of |⟨S⁺⟩_σ|. |⟨S⁺⟩_A + ⟨S⁺⟩_B|/2, which is small near the upper diagonals where the groups are in antiphase, is in the table too.",
};

export const figure4c: Figure = {
  name: "4c",
  title: "Macroscopic quantum synchronization blockade: relative phase",
  computations: [asymmetryMap],
  tables: asymmetryTable,
  draw(data) {
    const colourOf = colourMap(phaseCircle, -Math.PI, Math.PI);
    return beside(
      pairMapPanel(data, asymmetryMap, {
        heading: "(c)",
        label: "Relative phase",
        y: asymmetryAxis,
        valueOf: (record) => record.relative_phase as number | null,
        colourOf,
      }),
      colourBar({
        height: 400,
        domain: [-Math.PI, Math.PI],
        colourOf,
        label: "φ_A − φ_B",
        ticks: [-Math.PI, -Math.PI / 2, 0, Math.PI / 2, Math.PI],
        tickFormat: piFraction,
      }),
    );
  },
  caption: (data) =>
    `${mapSentence(data)} Drawn: arg⟨S⁺⟩_A − arg⟨S⁺⟩_B, of the rotating wave or at the end of the integration. Where the groups synchronize only within themselves (coloured in (a)) it is whatever the last instant gives, as in the paper.`,
};
