import { useEffect, useMemo, useRef } from "preact/hooks";
import type { Preview } from "#ir/preview";
import { contour, pathOf } from "../charts/contours.ts";
import { Frame, type FrameShape } from "../charts/frame.tsx";
import { type MapPicture, paintMap } from "../charts/paint-map.ts";
import { place, roundUp, type Span } from "../charts/scale.ts";
import { useWidth } from "../charts/use-width.ts";
import { number } from "../shell/format.ts";
import { dark } from "../shell/session.ts";
import { type PointAnswer, standingOf, standingTexts } from "./answers.ts";
import { type KnobName, knobTexts, stepOf } from "./model.ts";
import {
  asymmetry,
  knobValue,
  map,
  move,
  point,
  profile,
  reach,
  view,
  viewName,
  xSpan,
  ySpan,
} from "./state.ts";

const margins = { left: 58, right: 14, top: 12, bottom: 44 } as const;

/** The phase diagram: what the model does everywhere, what the device reaches, and where its knobs stand. */
export function Diagram() {
  const [box, width] = useWidth(560);
  const height = Math.round(Math.min(560, Math.max(248, 0.8 * width - 40)));
  const shape: FrameShape = { width, height, ...margins };
  const x: Span = xSpan.value;
  const y: Span = ySpan.value;
  const { across, up } = placing(shape, x, y);
  const { x: xName, y: yName } = view.value;
  const at = { x: knobValue(xName), y: knobValue(yName) };

  const dragged = useRef(false);
  const toPointer = (event: PointerEvent & { readonly currentTarget: SVGSVGElement }) => {
    const bounds = event.currentTarget.getBoundingClientRect();
    const share = (value: number) => Math.min(1, Math.max(0, value));
    const part = share((event.clientX - bounds.left - shape.left) / (width - shape.left - shape.right));
    const rise = share((bounds.bottom - shape.bottom - event.clientY) / (height - shape.top - shape.bottom));
    setBoth(x[0] + part * (x[1] - x[0]), y[0] + rise * (y[1] - y[0]));
  };
  const setBoth = (toX: number, toY: number) =>
    move({ [xName]: tidy(xName, toX, x), [yName]: tidy(yName, toY, y) });

  const onKeyDown = (event: KeyboardEvent) => {
    const steps: Readonly<Record<string, readonly [number, number]>> = {
      ArrowLeft: [-1, 0],
      ArrowRight: [1, 0],
      ArrowDown: [0, -1],
      ArrowUp: [0, 1],
    };
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    const size = event.shiftKey ? 10 : 2;
    const clamp = (value: number, [from, to]: Span) => Math.min(to, Math.max(from, value));
    move({
      [xName]: clamp(at.x + size * step[0] * stepOf(xName, x), x),
      [yName]: clamp(at.y + size * step[1] * stepOf(yName, y), y),
    });
  };

  const standing = standingOf(profile.value === "" ? null : point.value);
  const told = `${knobTexts[xName].symbol} = ${number(at.x, 3)}, ${knobTexts[yName].symbol} = ${number(at.y, 3)}: ${standingTexts[standing].text}`;
  return (
    <div
      class="diagram"
      ref={box}
      role="application"
      aria-roledescription="phase diagram"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the operating point is moved with the arrow keys
      tabIndex={0}
      aria-label={`Operating point, ${told}. Arrow keys move it, with shift in larger steps.`}
      onKeyDown={onKeyDown}
    >
      <MapCanvas shape={shape} />
      <svg
        width={width}
        height={height}
        viewBox={`0 0 ${width} ${height}`}
        aria-hidden="true"
        onPointerDown={(event) => {
          dragged.current = true;
          event.currentTarget.setPointerCapture(event.pointerId);
          toPointer(event);
        }}
        onPointerMove={(event) => {
          if (dragged.current) toPointer(event);
        }}
        onPointerUp={() => {
          dragged.current = false;
        }}
        onPointerCancel={() => {
          dragged.current = false;
        }}
      >
        <defs>
          <pattern
            id="beyond"
            width="7"
            height="7"
            patternUnits="userSpaceOnUse"
            patternTransform="rotate(45)"
          >
            <line class="hatch" x1="0" x2="0" y1="0" y2="7" />
          </pattern>
          <clipPath id="inside">
            <rect
              x={shape.left}
              y={shape.top}
              width={width - shape.left - shape.right}
              height={height - shape.top - shape.bottom}
            />
          </clipPath>
        </defs>
        <g clip-path="url(#inside)">
          <Boundaries shape={shape} x={x} y={y} />
          <Marker answer={point.value} at={at} across={across} up={up} />
        </g>
        <Frame shape={shape} x={x} y={y} xLabel={axisText(xName)} yLabel={axisText(yName)} />
      </svg>
      <p class="unseen" role="status">
        {told}
      </p>
    </div>
  );
}

function axisText(name: KnobName): string {
  return `${knobTexts[name].symbol}   ${knobTexts[name].title}`;
}

/** To the step of the knob, so that no false digits appear. */
function tidy(name: KnobName, value: number, span: Span): number {
  const step = stepOf(name, span);
  const kept = Number((Math.round(value / step) * step).toPrecision(6));
  return name === "gain" ? Math.max(0.05, kept) : kept;
}

/** A map's colours: the order parameter, or, as long as states are not known, how fast they grow. */
function pictureOf(): MapPicture | null {
  const current = map.value;
  if (current === null) return null;
  const { columns, rows, planes } = current.planes;
  const kind = planes[0]!;
  const values = current.preview === "state" ? planes[2]! : planes[1]!;
  let most = 0;
  for (const value of values) if (value > most) most = value;
  const full = current.preview === "state" ? roundUp(most) : 2 * most || 1;
  return { columns, rows, kind, shade: Float32Array.from(values, (value) => Math.min(1, value / full)) };
}

function MapCanvas({ shape }: { shape: FrameShape }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const current = map.value;
  const isDark = dark.value;
  const picture = useMemo(pictureOf, [current]);
  const width = shape.width - shape.left - shape.right;
  const height = shape.height - shape.top - shape.bottom;
  const scale = Math.min(2, globalThis.devicePixelRatio || 1);
  useEffect(() => {
    const target = canvas.current;
    if (!target || !picture) return;
    target.width = Math.round(width * scale);
    target.height = Math.round(height * scale);
    paintMap(target, picture, scale, isDark ? [23, 28, 32] : [255, 255, 255]);
    if (performance.getEntriesByName("designer.first-plot").length === 0)
      performance.mark("designer.first-plot");
  }, [picture, width, height, scale, isDark]);
  return (
    <canvas
      ref={canvas}
      data-preview={current === null ? "none" : `${current.preview} ${current.planes.columns}`}
      data-view={viewName.value}
      style={{ left: `${shape.left}px`, top: `${shape.top}px`, width: `${width}px`, height: `${height}px` }}
    />
  );
}

interface Placing {
  readonly across: (value: number) => number;
  readonly up: (value: number) => number;
}

/** The line of vanishing growth, and what the device does not reach; drawn anew only when they change. */
function Boundaries({ shape, x, y }: { shape: FrameShape; x: Span; y: Span }) {
  const current = map.value;
  const within = reach.value;
  return useMemo(() => {
    const { across, up } = placing(shape, x, y);
    const onto = ({ columns, rows }: Preview) => ({
      toX: (column: number) => across(x[0] + (column / (columns - 1)) * (x[1] - x[0])),
      toY: (row: number) => up(y[0] + (row / (rows - 1)) * (y[1] - y[0])),
    });
    const parts = [];
    if (within !== null) {
      const { columns, rows, planes } = within.planes;
      const { toX, toY } = onto(within.planes);
      const beyond = beyondPath(planes[0]!, columns, rows, toX, toY);
      const line = pathOf(contour(planes[0]!, columns, rows, 0.5), toX, toY);
      parts.push(
        <path key="veil" class="veil" d={beyond} />,
        <path key="beyond" fill="url(#beyond)" d={beyond} />,
        <path key="reach-casing" class="reach casing" d={line} />,
        <path key="reach" class="reach" d={line} />,
      );
    }
    if (current !== null) {
      const { columns, rows, planes } = current.planes;
      const { toX, toY } = onto(current.planes);
      const line = pathOf(contour(planes[1]!, columns, rows, 0), toX, toY);
      parts.push(
        <path key="threshold-casing" class="threshold casing" d={line} />,
        <path key="threshold" class="threshold" d={line} />,
      );
    }
    return <>{parts}</>;
  }, [current, within, shape.width, shape.height, x, y]);
}

function placing({ left, right, top, bottom, width, height }: FrameShape, x: Span, y: Span): Placing {
  return {
    across: (value) => place(x, [left, width - right], value),
    up: (value) => place(y, [height - bottom, top], value),
  };
}

/** Runs of points out of reach, row by row, as rectangles. */
function beyondPath(
  within: ArrayLike<number>,
  columns: number,
  rows: number,
  toX: (column: number) => number,
  toY: (row: number) => number,
): string {
  const text = (value: number) => value.toFixed(1);
  let path = "";
  for (let row = 0; row < rows; row++) {
    let start = -1;
    for (let column = 0; column <= columns; column++) {
      const out = column < columns && within[row * columns + column] === 0;
      if (out && start < 0) start = column;
      if (out || start < 0) continue;
      path += `M${text(toX(start - 0.5))} ${text(toY(row + 0.5))}H${text(toX(column - 0.5))}V${text(toY(row - 0.5))}H${text(toX(start - 0.5))}Z`;
      start = -1;
    }
  }
  return path;
}

/** Where the knobs stand; when that cannot be made, a line to the nearest point that can. */
function Marker({
  answer,
  at,
  across,
  up,
}: Placing & { answer: PointAnswer | null; at: { x: number; y: number } }) {
  const standing = standingOf(profile.value === "" ? null : answer);
  const [cx, cy] = [across(at.x), up(at.y)];
  const nearest =
    answer !== null && standing === "infeasible" && answer.nearest.distance > 0 ? answer.nearest : null;
  const nearX = nearest === null ? cx : across(nearest[view.value.x]);
  const nearY = nearest === null ? cy : up(nearest[view.value.y]);
  return (
    <g
      class={`marker ${standing}`}
      data-x={cx.toFixed(1)}
      data-y={cy.toFixed(1)}
      data-asymmetry={asymmetry.value}
    >
      {nearest !== null && (
        <>
          <line class="lead casing" x1={cx} y1={cy} x2={nearX} y2={nearY} />
          <line class="lead" x1={cx} y1={cy} x2={nearX} y2={nearY} />
          <path class="near" d={`M${nearX} ${nearY - 8}l8 8l-8 8l-8 -8Z`} />
        </>
      )}
      <circle class="ring" cx={cx} cy={cy} r={13} />
      <circle class="disc" cx={cx} cy={cy} r={10} />
      <text x={cx} y={cy + 5} text-anchor="middle">
        {standingTexts[standing].mark}
      </text>
    </g>
  );
}
