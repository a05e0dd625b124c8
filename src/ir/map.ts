import { z } from "zod";
import { EntrainError } from "#core/errors";
import { parseWith } from "#core/schema";
import type { Channels, Oscillator } from "#model/oscillator";
import { checkUnsynchronized, groupCount, groupRequestFields, ladderOf } from "./simulate.ts";

/** A map of long-time states over two parameters of one or two groups. */

/** Points of one map; at a tenth of a millisecond each about seven minutes of one core. */
export const mapPointLimit = 4_194_304;

const channelNames = ["relaxation10", "relaxation21", "heating01", "heating12", "dephasing"] as const;

type ChannelName = (typeof channelNames)[number];

/** What an axis can vary; `ratio` is gain/loss at the gain + loss of the request. */
export const axisParameters = [
  "gain",
  "loss",
  "ratio",
  "asymmetry",
  "detuning",
  "coupling",
  "inter_coupling",
  ...channelNames,
] as const;
export type AxisParameter = (typeof axisParameters)[number];

const finite = z.number("must be a finite number");

const axisSchema = z
  .strictObject({
    parameter: z.enum(axisParameters).describe("ratio: gain/loss at fixed gain + loss"),
    from: finite,
    to: finite,
    points: z.int().min(2).max(1_000_000_000).default(255),
    scale: z.enum(["linear", "logarithmic"]).default("linear"),
  })
  .superRefine((axis, context) => {
    const positive = axis.parameter === "ratio" || axis.scale === "logarithmic";
    const rate = !["asymmetry", "detuning", "coupling", "inter_coupling"].includes(axis.parameter);
    for (const end of ["from", "to"] as const) {
      if (positive ? axis[end] > 0 : !rate || axis[end] >= 0) continue;
      context.addIssue({
        code: "custom",
        path: [end],
        message: positive ? `${end} must be positive on this axis` : "a rate must not be negative",
        params: { expected: positive ? "greater than 0" : "at least 0", found: axis[end] },
      });
    }
  });
export type MapAxis = z.infer<typeof axisSchema>;

const mapShape = z.strictObject({
  ...groupRequestFields,
  x: axisSchema.describe("Columns, the first one at `from`"),
  y: axisSchema.describe("Rows, the first one at `from`"),
});

export const mapRequestSchema = mapShape
  .superRefine((request, context) => {
    if (request.x.parameter === request.y.parameter) {
      context.addIssue({
        code: "custom",
        path: ["y", "parameter"],
        message: `both axes vary ${request.x.parameter}`,
        params: { expected: "two different parameters", found: request.y.parameter },
      });
      return;
    }
    // The corners: every quantity that could make a point inadmissible is monotonic in the parameters.
    for (const column of [0, request.x.points - 1]) {
      for (const row of [0, request.y.points - 1])
        checkUnsynchronized(requestAt(request, column, row), context);
    }
  })
  .meta({ id: "Map" });
export type MapRequest = z.infer<typeof mapShape>;

/**
 * Checks a request for a map.
 *
 * @throws EntrainError `map.invalid` with every problem, `map.too_large` before anything is computed
 */
export function parseMapRequest(input: unknown): MapRequest {
  const request = parseWith(mapRequestSchema, input, "map.invalid") as MapRequest;
  const points = request.x.points * request.y.points;
  if (points <= mapPointLimit) return request;
  const edge = Math.floor(Math.sqrt(mapPointLimit));
  throw new EntrainError("map.too_large", {
    path: "x.points",
    message: `a map of ${request.x.points} × ${request.y.points} points would take about ${readableHours(points)} on one core and ${Math.round((points * 104) / 2 ** 20)} MiB`,
    found: points,
    expected: `at most ${mapPointLimit} points, for example ${edge} × ${edge} (about seven minutes)`,
  });
}

function readableHours(points: number): string {
  const hours = (points * 1e-4) / 3600;
  return hours < 1 ? `${Math.round(60 * hours)} minutes` : `${hours.toPrecision(2)} hours`;
}

/** Value of an axis at an index. */
export function axisValue({ from, to, points, scale }: MapAxis, index: number): number {
  const share = index / (points - 1);
  return scale === "linear" ? from + (to - from) * share : from * (to / from) ** share;
}

type PointRequest = Omit<MapRequest, "x" | "y">;

/** The request of one point: that of the map with the two parameters put in. */
function requestAt(request: MapRequest, column: number, row: number): PointRequest {
  const { x, y, ...rest } = request;
  const point = { ...rest, groups: mapGroups(request) };
  setParameter(point, x.parameter, axisValue(x, column));
  setParameter(point, y.parameter, axisValue(y, row));
  return point;
}

type Settable = { -readonly [K in Exclude<AxisParameter, "ratio" | ChannelName>]?: number | undefined } & {
  gain: number;
  loss: number;
  channels: Readonly<Record<ChannelName, number>>;
};

function setParameter(point: Settable, name: AxisParameter, value: number): void {
  if (name === "ratio") {
    const total = point.gain + point.loss;
    point.gain = (total * value) / (1 + value);
    point.loss = total / (1 + value);
  } else if (isChannel(name)) point.channels = { ...point.channels, [name]: value };
  else point[name] = value;
}

function isChannel(name: AxisParameter): name is ChannelName {
  return (channelNames as readonly string[]).includes(name);
}

/** Two groups when the request has them or an axis needs them. */
export function mapGroups(request: MapRequest): 1 | 2 {
  const { x, y } = request;
  const pairwise = [x.parameter, y.parameter].some(
    (name) => name === "detuning" || name === "inter_coupling",
  );
  return pairwise && request.groups === undefined ? 2 : groupCount(request);
}

/** Channels that some point of a map has. */
export function mapChannels(request: MapRequest): (keyof Channels)[] {
  return channelNames.filter(
    (name) => request.channels[name] !== 0 || request.x.parameter === name || request.y.parameter === name,
  );
}

/** Sites of the groups and their M × M coupling matrix at one point. */
export interface PointModel {
  readonly sites: readonly Oscillator[];
  readonly couplingRe: readonly number[];
  readonly couplingIm: readonly number[];
}

/** Model of every point of a map. */
export function pointModels(request: MapRequest): (column: number, row: number) => PointModel {
  const groups = mapGroups(request);
  const ladder = ladderOf(request.ladder);
  const none = groups === 1 ? [0] : [0, 0, 0, 0];
  const { x, y } = request;
  const valuesOn = (axis: MapAxis) => Array.from({ length: axis.points }, (_, k) => axisValue(axis, k));
  const [columns, rows] = [valuesOn(x), valuesOn(y)];
  const values = { ...request, detuning: 0, inter_coupling: 0, channels: request.channels as Channels };
  return (column, row) => {
    values.gain = request.gain;
    values.loss = request.loss;
    values.asymmetry = request.asymmetry;
    values.detuning = request.detuning ?? 0;
    values.coupling = request.coupling;
    values.inter_coupling = request.inter_coupling ?? 0;
    setParameter(values, x.parameter, columns[column]!);
    setParameter(values, y.parameter, rows[row]!);
    const { gain, loss, asymmetry, detuning, channels, coupling, inter_coupling } = values;
    return groups === 1
      ? {
          sites: [{ gain, loss, asymmetry, detuning, ladder, channels }],
          couplingRe: [coupling],
          couplingIm: none,
        }
      : {
          sites: [
            { gain, loss, asymmetry, detuning: detuning / 2, ladder, channels },
            { gain, loss, asymmetry, detuning: -detuning / 2, ladder, channels },
          ],
          couplingRe: [coupling, inter_coupling, inter_coupling, coupling],
          couplingIm: none,
        };
  };
}
