/** A cell of a table; null where the quantity is not defined. */
export type Value = number | string | null;
export type Records = readonly (readonly Value[])[];

/** What a column of a table holds. */
export interface Column {
  /** Short name, plain ASCII. */
  readonly name: string;
  readonly unit: string;
  readonly about: string;
}

/** Columns of the tables that a computation fills, by table name. */
export type Tables = Readonly<Record<string, readonly Column[]>>;

/** Plain data that fixes a computation; its hash names the file of finished rows. */
export type Settings = Readonly<Record<string, number | string | readonly number[]>>;

/**
 * A computation cut into rows that do not depend on one another, so that any number of workers gives the same
 * numbers and an interrupted one goes on with the rows it has.
 */
export interface Computation {
  readonly name: string;
  /** Raised whenever the numbers of the same settings change: older rows are not taken up again. */
  readonly revision: number;
  readonly tables: Tables;
  /** Settings at a resolution; the paper's own is 255. */
  settings(resolution: number): Settings;
  rowCount(settings: Settings): number;
  /** Rough time of one row on one core, s. */
  secondsPerRow(settings: Settings): number;
  /** Records of one row for each table. */
  computeRow(settings: Settings, row: number): Readonly<Record<string, Records>>;
}

/** Rows of a finished computation put together: all records of each table, in order. */
export interface ComputedTables {
  readonly settings: Settings;
  readonly tables: Readonly<Record<string, Records>>;
}

/** Resolution of the paper's maps. */
export const paperResolution = 255;

/** `count` values from `from` to `to`, both included. */
export function evenlySpaced(from: number, to: number, count: number): number[] {
  if (count === 1) return [from];
  return Array.from({ length: count }, (_, k) => from + ((to - from) * k) / (count - 1));
}

/** A number of the settings. */
export function numberOf(settings: Settings, name: string): number {
  return settings[name] as number;
}

/** A list of the settings. */
export function listOf(settings: Settings, name: string): readonly number[] {
  return settings[name] as readonly number[];
}

/** Values along an axis of a map: the range of that name, at the resolution of the settings. */
export function axisOf(settings: Settings, name: string): number[] {
  const [from, to] = listOf(settings, name);
  return evenlySpaced(from!, to!, numberOf(settings, "resolution"));
}
