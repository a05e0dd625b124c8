import * as Plot from "@observablehq/plot";
import { formatQuantity } from "#core/units";
import { type Rotation, type Step, tonesOf } from "#ir/operations";
import { colours, drawPlot } from "./svg.ts";

/** Longest over shortest width that is still drawn to scale. */
const largestRatio = 20;
const [width, left, right, top] = [760, 92, 14, 58];
const [rowHeight, rowGap] = [26, 12];
const lanes = ["drive 0↔1", "drive 1↔2", "gain γ₊", "loss γ₋", "exchange J", "read-out"] as const;
type Lane = (typeof lanes)[number];

interface Piece {
  readonly operation: Step;
  readonly title: string;
  /** What stands under the title: a duration where it is known. */
  readonly detail: string;
  readonly x1: number;
  readonly x2: number;
  /** True when the width does not say how long it takes. */
  readonly broken: boolean;
}

export interface TimingFigure {
  readonly svg: string;
  /** True when some duration had to be drawn longer than it is. */
  readonly broken: boolean;
}

/**
 * What is on, and when, in one shot of a protocol.
 *
 * @param scanned - true when the exchange is the scan's axis
 */
export function timingFigure(operations: readonly Step[], scanned = true): TimingFigure {
  const pieces = layOut(operations);
  const laneY = (lane: Lane) => top + lanes.indexOf(lane) * (rowHeight + rowGap);
  const height = laneY("read-out") + rowHeight + 12;
  const boxes = joined(pieces.flatMap((piece) => boxesOf(piece, scanned))).map((box) => ({
    ...box,
    y1: laneY(box.lane),
    y2: laneY(box.lane) + rowHeight,
  }));
  const pulses = pieces.flatMap((piece) => pulsesOf(piece));
  const end = width - right;
  const svg = drawPlot(
    {
      width,
      height,
      margin: 0,
      x: { type: "identity", axis: null },
      y: { type: "identity", axis: null },
      marks: [
        Plot.ruleX([...pieces.map((piece) => piece.x1), pieces.at(-1)?.x2 ?? left], {
          y1: top - 10,
          y2: height - 6,
          stroke: colours.grid,
        }),
        Plot.ruleY(lanes, {
          y: (lane: Lane) => laneY(lane) + rowHeight,
          x1: left,
          x2: end,
          stroke: colours.ink,
          strokeWidth: 0.8,
        }),
        Plot.text(lanes, {
          x: left - 10,
          y: (lane: Lane) => laneY(lane) + rowHeight / 2,
          text: (lane: Lane) => lane,
          textAnchor: "end",
        }),
        Plot.rect(boxes, {
          x1: "x1",
          x2: "x2",
          y1: "y1",
          y2: "y2",
          fill: "fill",
          fillOpacity: 0.85,
        }),
        Plot.text(boxes, {
          x: (box: { x1: number; x2: number }) => (box.x1 + box.x2) / 2,
          y: (box: { y1: number; y2: number }) => (box.y1 + box.y2) / 2,
          text: "text",
          fill: "white",
          fontWeight: "bold",
        }),
        ...pulses.flatMap(({ lane, x1, x2, text, colour }) => [
          Plot.line(bell(x1 + 3, x2 - 3, laneY(lane) + rowHeight), {
            fill: colour,
            fillOpacity: 0.85,
          }),
          Plot.text([text], { x: (x1 + x2) / 2, y: laneY(lane) - 4, fontSize: 11 }),
        ]),
        Plot.text(pieces, {
          x: (piece: Piece) => (piece.x1 + piece.x2) / 2,
          y: 16,
          text: "title",
          fontWeight: "bold",
        }),
        Plot.text(pieces, {
          x: (piece: Piece) => (piece.x1 + piece.x2) / 2,
          y: 32,
          text: (piece: Piece) => (piece.broken && piece.detail !== "" ? `${piece.detail} //` : piece.detail),
        }),
      ],
    },
    "Timing of one shot",
  );
  return { svg, broken: pieces.some((piece) => piece.broken && "duration_s" in piece.operation) };
}

/** Pulses, reset and read-out have fixed widths; the rest shares what is left in proportion to its duration. */
function layOut(operations: readonly Step[]): Piece[] {
  const durations = operations.map((operation) => ("duration_s" in operation ? operation.duration_s : 0));
  const longest = Math.max(...durations, 0);
  const fixed = operations.map((operation): number => {
    if (operation.kind === "measure") return 130;
    if (operation.kind === "prepare") return 60;
    return operation.kind === "rotate" ? 46 : 0;
  });
  const weights = durations.map((d, k) =>
    fixed[k]! > 0 || longest === 0 ? 0 : Math.max(d / longest, 1 / largestRatio),
  );
  const free = width - left - right - fixed.reduce((sum, w) => sum + w, 0);
  const narrowest = 54;
  // What is too narrow for its label is widened, and the rest shares again.
  let shared = weights.reduce((sum, w) => sum + w, 0);
  let room = free;
  const widened = new Set<number>();
  for (let changed = true; changed; ) {
    changed = false;
    weights.forEach((w, k) => {
      if (w === 0 || widened.has(k) || (w / shared) * room >= narrowest) return;
      widened.add(k);
      room -= narrowest;
      shared -= w;
      changed = true;
    });
  }
  let x = left;
  return operations.map((operation, k) => {
    const share = widened.has(k) ? narrowest : (weights[k]! / (shared || 1)) * room;
    const piece: Piece = {
      operation,
      title: operation.kind,
      detail: detailOf(operation),
      x1: x,
      x2: x + fixed[k]! + share,
      broken: fixed[k]! === 0 && (widened.has(k) || durations[k]! < longest / largestRatio),
    };
    x = piece.x2;
    return piece;
  });
}

function detailOf(operation: Step): string {
  switch (operation.kind) {
    case "prepare":
      return "reset";
    case "measure":
      return operation.settings.length === 1 ? "1 setting" : `${operation.settings.length} settings`;
    case "rotate":
      return "";
    default:
      return formatQuantity(operation.duration_s, "time", 3);
  }
}

interface Box {
  readonly lane: Lane;
  readonly x1: number;
  readonly x2: number;
  readonly fill: string;
  readonly text: string;
}

function boxesOf({ operation, x1, x2 }: Piece, scanned: boolean): Box[] {
  const boxes: Box[] = [];
  const tones = tonesOf(operation);
  if (tones === "both" || tones === "gain") {
    boxes.push({ lane: "gain γ₊", x1, x2, fill: colours.green, text: "" });
  }
  if (tones === "both" || tones === "loss") {
    boxes.push({ lane: "loss γ₋", x1, x2, fill: colours.vermillion, text: "" });
  }
  if (operation.kind === "couple") {
    boxes.push({ lane: "exchange J", x1, x2, fill: colours.blue, text: scanned ? "scanned" : "" });
  }
  if (operation.kind === "measure") {
    boxes.push({ lane: "read-out", x1: x1 + 56, x2, fill: colours.faint, text: "3 levels" });
  }
  return boxes;
}

/** Boxes of one lane that follow each other without a break become one. */
function joined(boxes: readonly Box[]): Box[] {
  const result: Box[] = [];
  for (const box of boxes) {
    const before = result.findIndex((other) => other.lane === box.lane && other.x2 === box.x1);
    if (before < 0) result.push(box);
    else result[before] = { ...result[before]!, x2: box.x2 };
  }
  return result;
}

interface Pulse {
  readonly lane: Lane;
  readonly x1: number;
  readonly x2: number;
  readonly text: string;
  readonly colour: string;
}

function pulsesOf({ operation, x1, x2 }: Piece): Pulse[] {
  const lane = (rotation: Rotation): Lane => (rotation.transition === "01" ? "drive 0↔1" : "drive 1↔2");
  switch (operation.kind) {
    case "rotate":
      return [
        {
          lane: lane(operation.rotation),
          x1,
          x2,
          text: angleText(operation.rotation.angle_rad),
          colour: colours.ink,
        },
      ];
    case "measure": {
      const used = new Set(operation.settings.flatMap((setting) => setting.rotations.map(lane)));
      return [...used].map((which) => ({
        lane: which,
        x1: x1 + 5,
        x2: x1 + 51,
        text: "setting",
        colour: colours.faint,
      }));
    }
    default:
      return [];
  }
}

/** 0.942 → `0.3π`. */
function angleText(angle_rad: number): string {
  const turns = Number((angle_rad / Math.PI).toPrecision(3));
  if (turns === 1) return "π";
  return turns === 0.5 ? "π/2" : `${turns}π`;
}

/** Outline of a smooth pulse standing on `base`. */
function bell(x1: number, x2: number, base: number): [number, number][] {
  const steps = 24;
  return Array.from({ length: steps + 1 }, (_, k) => {
    const u = (2 * k) / steps - 1;
    return [x1 + ((x2 - x1) * k) / steps, base - 0.92 * rowHeight * Math.exp(-4.5 * u * u)];
  });
}
