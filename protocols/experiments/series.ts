import type { SeriesDeclaration } from "#ir/analysis";

/** Mean populations p0, p1, p2 of some sites. */
export function populationSeries(sites: readonly string[], prefix = ""): SeriesDeclaration[] {
  return ([0, 1, 2] as const).map((level) => ({
    id: `${prefix}p${level}`,
    title: `population of level ${level}`,
    kind: "population",
    level,
    sites: [...sites],
    tested: false,
  }));
}
