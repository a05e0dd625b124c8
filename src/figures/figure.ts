import type { Column, Computation, ComputedTables, Records } from "./computation.ts";
import type { PlacedPanel } from "./drawing/panels.ts";

/** Finished computations by name. */
export type FigureData = Readonly<Record<string, ComputedTables>>;

/** A table that goes into a CSV file of its own. */
export interface FigureTable {
  /** Empty for the figure's main table; else appended to the file name. */
  readonly suffix: string;
  readonly title: string;
  readonly columns: readonly Column[];
  readonly records: Records;
}

/** One figure of the paper. */
export interface Figure {
  /** As in the paper: `2a` … `s4`. */
  readonly name: string;
  readonly title: string;
  /** What has to be computed for it; figures may share a computation. */
  readonly computations: readonly Computation[];
  tables(data: FigureData): FigureTable[];
  draw(data: FigureData): PlacedPanel[];
  /** What is drawn, from which settings, and where the paper leaves them open or prints others. */
  caption(data: FigureData): string;
}

/** Table of one of a figure's computations, as a CSV of that figure. */
export function tableOf(
  data: FigureData,
  computation: Computation,
  name: string,
  title: string,
  suffix = "",
): FigureTable {
  return {
    suffix,
    title,
    columns: computation.tables[name]!,
    records: data[computation.name]!.tables[name]!,
  };
}

/** Records as objects by column name. */
export function namedRecords(table: FigureTable): Record<string, number | string | null>[] {
  return table.records.map((record) =>
    Object.fromEntries(table.columns.map(({ name }, k) => [name, record[k] ?? null])),
  );
}
