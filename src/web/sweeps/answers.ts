import { kindCode } from "#ir/preview";
import { getJson, query } from "../shell/api.ts";

export interface SweepAxis {
  readonly parameter: string;
  readonly from: number;
  readonly to: number;
  readonly points: number;
  readonly scale?: string;
}

export interface SweepAnswer {
  readonly id: string;
  readonly state: string;
  readonly failure?: string | null;
  readonly tiles: { readonly done: number; readonly total: number };
  /** The request of the map, completed. */
  readonly map: { readonly x: SweepAxis; readonly y: SweepAxis } & Readonly<Record<string, unknown>>;
  readonly submitted_by?: string;
  readonly created_at?: string;
}

export function isOver({ state }: Pick<SweepAnswer, "state">): boolean {
  return ["done", "failed", "cancelled"].includes(state);
}

/** What the map view draws of a sweep; NaN and `unsolved` where no tile has come yet. */
export interface SweepPlanes {
  readonly kind: Float32Array;
  readonly order: Float32Array;
  /** Tiles that are in it, in the order of their arrival. */
  readonly tiles: number;
}

export function emptyPlanes({ map: { x, y } }: Pick<SweepAnswer, "map">): SweepPlanes {
  const size = x.points * y.points;
  return { kind: new Float32Array(size).fill(6), order: new Float32Array(size).fill(Number.NaN), tiles: 0 };
}

interface TilePage {
  readonly next: number | null;
  readonly tiles: readonly {
    readonly column: number;
    readonly row: number;
    readonly columns: number;
    readonly rows: number;
    readonly planes: Readonly<Record<string, readonly (number | null)[]>>;
  }[];
}

/** The planes with all tiles that came since. */
export async function withNewTiles(path: string, before: SweepPlanes, columns: number): Promise<SweepPlanes> {
  const kind = before.kind.slice();
  const order = before.order.slice();
  let from: number | null = before.tiles;
  let tiles = before.tiles;
  while (from !== null) {
    const parameters = { planes: "state,flags,order_parameter", from, limit: 64 };
    const page: TilePage = await getJson<TilePage>(`${path}/planes${query(parameters)}`);
    for (const tile of page.tiles) {
      const value = (name: string, k: number) => tile.planes[name]?.[k] ?? Number.NaN;
      for (let k = 0; k < tile.columns * tile.rows; k++) {
        const place = (tile.row + Math.floor(k / tile.columns)) * columns + tile.column + (k % tile.columns);
        kind[place] = kindCode(value("state", k), value("flags", k));
        order[place] = value("order_parameter", k);
      }
    }
    tiles += page.tiles.length;
    from = page.tiles.length === 0 ? null : page.next;
  }
  return { kind, order, tiles };
}
