import { type Rotation, type Step, tonesOf } from "#ir/operations";
import { seconds } from "../shell/format.ts";
import { useWidth } from "./use-width.ts";

/** What is on, and when, in one shot. */

const lanes = ["drive 0↔1", "drive 1↔2", "gain γ₊", "loss γ₋", "exchange J", "read-out"] as const;
const [left, top, laneHeight, laneGap] = [86, 52, 24, 13];
/** Longest over shortest width that is still drawn to scale. */
const largestRatio = 20;
const pulseWidth = 48;
const measureWidth = 108;

interface Piece {
  readonly step: Step;
  readonly x: number;
  readonly width: number;
  /** True when the width does not say how long it takes. */
  readonly broken: boolean;
}

const durationOf = (step: Step) => ("duration_s" in step ? step.duration_s : 0);

function fixedWidth(step: Step): number {
  if (step.kind === "measure") return measureWidth;
  if (step.kind === "prepare") return 50;
  return step.kind === "rotate" ? pulseWidth : 0;
}

/** Pulses, reset and read-out have fixed widths; the rest shares what is left, by the time it takes. */
function layOut(steps: readonly Step[], room: number): Piece[] {
  const longest = Math.max(0, ...steps.map(durationOf));
  const weights = steps.map((step) =>
    fixedWidth(step) > 0 || longest === 0 ? 0 : Math.max(durationOf(step) / longest, 1 / largestRatio),
  );
  const least = 58;
  const widened = new Set<number>();
  let free = room - steps.reduce((sum, step) => sum + fixedWidth(step), 0);
  let total = weights.reduce((sum, w) => sum + w, 0);
  // What is too narrow for its label is widened, and the rest shares again.
  for (let changed = true; changed; ) {
    changed = false;
    for (const [k, weight] of weights.entries()) {
      if (weight === 0 || widened.has(k) || (weight / total) * free >= least) continue;
      widened.add(k);
      free -= least;
      total -= weight;
      changed = true;
    }
  }
  let x = left;
  return steps.map((step, k) => {
    const share = weights[k]! === 0 ? 0 : widened.has(k) ? least : (weights[k]! / total) * free;
    const width = fixedWidth(step) + share;
    const broken = share > 0 && (widened.has(k) || durationOf(step) < longest / largestRatio);
    const piece = { step, x, width, broken };
    x += width;
    return piece;
  });
}

export function TimingDiagram({ steps, scanned }: { steps: readonly Step[]; scanned: boolean }) {
  const [box, available] = useWidth();
  const needed = left + steps.reduce((sum, step) => sum + (fixedWidth(step) || 66), 0) + 20;
  const width = Math.max(available, needed);
  const pieces = layOut(steps, width - left - 8);
  const laneY = (lane: (typeof lanes)[number]) => top + lanes.indexOf(lane) * (laneHeight + laneGap);
  const last = pieces.at(-1);
  const end = last ? last.x + last.width : width;
  const height = laneY("read-out") + laneHeight + 10;
  return (
    <div class="chart wide" ref={box}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: wider than a phone, it is scrolled by keys too */}
      <section class="wide" tabIndex={0} aria-label="Timing of one shot, drawn">
        <svg
          width={width}
          height={height}
          viewBox={`0 0 ${width} ${height}`}
          role="img"
          aria-label={storyOf(steps)}
        >
          {lanes.map((lane) => (
            <g key={lane}>
              <text x={left - 8} y={laneY(lane) + laneHeight - 7} text-anchor="end">
                {lane}
              </text>
              <line
                class="tick"
                x1={left}
                x2={end}
                y1={laneY(lane) + laneHeight}
                y2={laneY(lane) + laneHeight}
              />
            </g>
          ))}
          {pieces.map((piece, k) => (
            <g key={k}>
              <line class="grid" x1={piece.x} x2={piece.x} y1={top - 8} y2={height - 6} />
              <text class="step" x={piece.x + piece.width / 2} y={15} text-anchor="middle">
                {piece.step.kind}
              </text>
              <text class="soft" x={piece.x + piece.width / 2} y={30} text-anchor="middle">
                {detailOf(piece)}
              </text>
              <Content piece={piece} laneY={laneY} scanned={scanned} />
            </g>
          ))}
        </svg>
      </section>
    </div>
  );
}

function detailOf({ step, broken }: Piece): string {
  if (step.kind === "prepare") return "reset";
  if (step.kind === "measure")
    return step.settings.length === 1 ? "1 setting" : `${step.settings.length} settings`;
  const duration = durationOf(step);
  return duration === 0 ? "" : `${seconds(duration, 3)}${broken ? " //" : ""}`;
}

/** In words, for whoever does not see the drawing. */
function storyOf(steps: readonly Step[]): string {
  return `One shot: ${steps.map((step) => `${step.kind} ${durationOf(step) > 0 ? seconds(durationOf(step)) : ""}`.trim()).join(", then ")}`;
}

const laneOf = (rotation: Rotation) => (rotation.transition === "01" ? "drive 0↔1" : "drive 1↔2");

function Content({
  piece: { step, x, width },
  laneY,
  scanned,
}: {
  piece: Piece;
  laneY: (lane: (typeof lanes)[number]) => number;
  scanned: boolean;
}) {
  const tones = tonesOf(step);
  const block = (lane: (typeof lanes)[number], kind: string, text = "", from = x, wide = width) => (
    <g key={lane}>
      <rect class={`block ${kind}`} x={from} y={laneY(lane)} width={wide} height={laneHeight} />
      {text !== "" && (
        <text class="on" x={from + wide / 2} y={laneY(lane) + 16} text-anchor="middle">
          {text}
        </text>
      )}
    </g>
  );
  const pulse = (lane: (typeof lanes)[number], text: string, from: number, wide: number) => (
    <g key={lane}>
      <path class="pulse" d={bell(from + 3, from + wide - 3, laneY(lane) + laneHeight)} />
      <text x={from + wide / 2} y={laneY(lane) - 2} text-anchor="middle" class="small">
        {text}
      </text>
    </g>
  );
  return (
    <>
      {(tones === "both" || tones === "gain") && block("gain γ₊", "gain")}
      {(tones === "both" || tones === "loss") && block("loss γ₋", "loss")}
      {step.kind === "couple" && block("exchange J", "exchange", scanned ? "scanned" : "")}
      {step.kind === "rotate" && pulse(laneOf(step.rotation), angleText(step.rotation.angle_rad), x, width)}
      {step.kind === "measure" &&
        [...new Set(step.settings.flatMap((setting) => setting.rotations.map(laneOf)))].map((lane) =>
          pulse(lane, "setting", x, 46),
        )}
      {step.kind === "measure" && block("read-out", "read", "", x + 48, width - 48)}
    </>
  );
}

function angleText(angle_rad: number): string {
  const turns = Number((angle_rad / Math.PI).toPrecision(3));
  if (turns === 1) return "π";
  return turns === 0.5 ? "π/2" : `${turns}π`;
}

function bell(from: number, to: number, base: number): string {
  const count = 20;
  const corners = Array.from({ length: count + 1 }, (_, k) => {
    const u = (2 * k) / count - 1;
    return `${(from + ((to - from) * k) / count).toFixed(1)} ${(base - 0.9 * laneHeight * Math.exp(-4.5 * u * u)).toFixed(1)}`;
  });
  return `M${corners.join("L")}Z`;
}
