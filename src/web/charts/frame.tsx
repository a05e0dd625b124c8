import type { ComponentChildren } from "preact";
import { indexed, number } from "../shell/format.ts";
import { place, type Span, ticks } from "./scale.ts";

export interface FrameShape {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Axes around a rectangle; what is in it is given, in pixels. */
export function Frame({
  shape,
  x,
  y,
  xLabel,
  yLabel,
  grid = false,
  children,
}: {
  shape: FrameShape;
  x: Span;
  y: Span;
  xLabel: string;
  yLabel: string;
  grid?: boolean;
  children?: ComponentChildren;
}) {
  const { width, height, left, right, top, bottom } = shape;
  const [x0, x1, y0, y1] = [left, width - right, height - bottom, top];
  const across = ticks(x, Math.max(2, Math.floor((x1 - x0) / 70)));
  const up = ticks(y, Math.max(4, Math.floor((y0 - y1) / 34)));
  return (
    <>
      {grid &&
        up.map((value) => {
          const at = place(y, [y0, y1], value);
          return <line key={value} class="grid" x1={x0} x2={x1} y1={at} y2={at} />;
        })}
      {children}
      <rect class="frame" x={x0} y={y1} width={Math.max(0, x1 - x0)} height={Math.max(0, y0 - y1)} />
      {across.map((value) => {
        const at = place(x, [x0, x1], value);
        return (
          <g key={value}>
            <line class="tick" x1={at} x2={at} y1={y0} y2={y0 + 4} />
            <text x={at} y={y0 + 17} text-anchor="middle">
              {number(value)}
            </text>
          </g>
        );
      })}
      {up.map((value) => {
        const at = place(y, [y0, y1], value);
        return (
          <g key={value}>
            <line class="tick" x1={x0 - 4} x2={x0} y1={at} y2={at} />
            <text x={x0 - 7} y={at + 4} text-anchor="end">
              {number(value)}
            </text>
          </g>
        );
      })}
      <text class="label" x={(x0 + x1) / 2} y={height - 4} text-anchor="middle">
        <Label text={xLabel} />
      </text>
      <text class="label" transform={`translate(13 ${(y0 + y1) / 2}) rotate(-90)`} text-anchor="middle">
        <Label text={yLabel} />
      </text>
    </>
  );
}

/** A label whose indices stand lower. */
function Label({ text }: { text: string }) {
  const pieces = indexed(text);
  return (
    <>
      {pieces.map((piece, k) => {
        const shift = Number(piece.low) - Number(pieces[k - 1]?.low ?? false);
        return (
          <tspan key={piece.text} dy={3 * shift} class={piece.low ? "small" : ""}>
            {piece.text}
          </tspan>
        );
      })}
    </>
  );
}
