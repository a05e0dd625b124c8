import { kindCode, sweepPlanes } from "#ir/preview";
import { request } from "../shell/api.ts";

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
  readonly title?: string;
  readonly failure?: string | null;
  readonly created_at?: string;
  readonly request: { readonly x: SweepAxis; readonly y: SweepAxis } & Readonly<Record<string, unknown>>;
  /** How many tiles there are, or how many of how many are done. */
  readonly tiles?: number | { readonly done: number; readonly total: number };
  readonly done?: number;
  readonly total?: number;
}

export function tilesOf({ tiles, done, total }: SweepAnswer): { done: number; total: number } {
  if (typeof tiles === "object") return tiles;
  return { done: done ?? 0, total: total ?? tiles ?? 0 };
}

export function isOver({ state }: Pick<SweepAnswer, "state">): boolean {
  return ["done", "failed", "cancelled"].includes(state);
}

/** What the map view draws of a sweep. */
export interface SweepPlanes {
  readonly kind: Float32Array;
  readonly order: Float32Array;
  readonly difference: Float32Array;
}

type PlaneName = (typeof sweepPlanes)[number];

/** Planes of a sweep, float64 in the order of `sweepPlanes`, or the same as lists in a JSON document. */
export async function readPlanes(path: string, size: number): Promise<SweepPlanes> {
  const response = await request(path);
  const isJson = response.headers.get("content-type")?.includes("json") ?? false;
  const values = isJson
    ? listedPlanes(await response.json())
    : packedPlanes(await response.arrayBuffer(), size);
  const at = (name: PlaneName, k: number) => values(name, k);
  const plane = (pick: (k: number) => number) => Float32Array.from({ length: size }, (_, k) => pick(k));
  return {
    kind: plane((k) => kindCode(at("state", k), at("flags", k))),
    order: plane((k) => at("order_parameter", k)),
    difference: plane((k) => (at("state", k) === 2 ? 0 : at("frequency_a", k) - at("frequency_b", k))),
  };
}

type Reader = (name: PlaneName, k: number) => number;

function packedPlanes(bytes: ArrayBuffer, size: number): Reader {
  if (bytes.byteLength !== 8 * size * sweepPlanes.length)
    throw new RangeError("the planes of the sweep are not whole");
  const view = new DataView(bytes);
  return (name, k) => view.getFloat64(8 * (sweepPlanes.indexOf(name) * size + k), true);
}

function listedPlanes(document: unknown): Reader {
  const { planes } = document as { readonly planes: Readonly<Record<string, readonly (number | null)[]>> };
  return (name, k) => planes[name]?.[k] ?? Number.NaN;
}
