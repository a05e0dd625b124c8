import { loadProfileDocument } from "#planning/load";

interface ProfileDocument {
  readonly sites: readonly Readonly<Record<string, unknown>>[];
  readonly [key: string]: unknown;
}

/** A square lattice of any size: the sites of the bundled 3 × 3 one, over and over. */
export function latticeProfile(side: number): unknown {
  const model = loadProfileDocument("square-3x3", ".") as ProfileDocument;
  const id = (row: number, column: number) => `q${row * side + column}`;
  const cells = Array.from({ length: side * side }, (_, k) => [Math.floor(k / side), k % side] as const);
  return {
    ...model,
    name: `square-${side}x${side}`,
    sites: cells.map(([row, column], k) => ({
      ...model.sites[k % model.sites.length],
      id: id(row, column),
      position: [column, row],
    })),
    bonds: cells.flatMap(([row, column]) => [
      ...(column + 1 < side ? [[id(row, column), id(row, column + 1)]] : []),
      ...(row + 1 < side ? [[id(row, column), id(row + 1, column)]] : []),
    ]),
  };
}
