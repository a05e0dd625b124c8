import { number } from "../shell/format.ts";
import { Frame, type FrameShape } from "./frame.tsx";
import { place, type Span, spanOf } from "./scale.ts";
import { useWidth } from "./use-width.ts";

export interface ChartPoint {
  readonly x: number;
  readonly y: number;
  /** 1σ. */
  readonly error: number;
}

export interface ChartSeries {
  readonly text: string;
  readonly line: readonly { readonly x: number; readonly y: number }[];
  /** Half width of the band about the line at some of its places. */
  readonly band: readonly ChartPoint[];
  readonly points: readonly ChartPoint[];
}

/** Told apart without colour too: by the shape of the dot and the dash of the line. */
const dashes = ["", "7 4", "2 3", "9 3 2 3", "4 2", "12 4", "1 2"];
const shapes = ["circle", "square", "triangle", "diamond", "down", "circle", "square"] as const;
type Shape = (typeof shapes)[number];

/** Data with error bars over predicted curves, and, below, how far they lie apart in standard errors. */
export function LineChart({
  title,
  series,
  xLabel,
  yLabel,
  ySpan,
  residuals = true,
}: {
  title: string;
  series: readonly ChartSeries[];
  xLabel: string;
  yLabel: string;
  ySpan?: Span;
  residuals?: boolean;
}) {
  const [box, width] = useWidth();
  const shape: FrameShape = {
    width,
    height: Math.min(360, 150 + 0.3 * width),
    left: 62,
    right: 12,
    top: 10,
    bottom: 40,
  };
  const x = spanOf(
    series.flatMap(({ line, points }) => [...line, ...points].map((p) => p.x)),
    0.03,
  );
  const y = ySpan ?? spanOf(series.flatMap(valuesOf));
  const pulls = series.map(pullsOf);
  const hasPulls = residuals && pulls.some((list) => list.length > 0);
  return (
    <div class="chart" ref={box}>
      <Key series={series} />
      <svg
        width={width}
        height={shape.height}
        viewBox={`0 0 ${width} ${shape.height}`}
        role="img"
        aria-label={title}
      >
        <Frame shape={shape} x={x} y={y} xLabel={hasPulls ? "" : xLabel} yLabel={yLabel} grid>
          {series.map((one, k) => (
            <Series key={one.text} series={one} index={k} shape={shape} x={x} y={y} />
          ))}
        </Frame>
      </svg>
      {hasPulls && <Residuals pulls={pulls} x={x} xLabel={xLabel} width={width} title={title} />}
      <Numbers series={series} xLabel={xLabel} yLabel={yLabel} />
    </div>
  );
}

function valuesOf({ line, band, points }: ChartSeries): number[] {
  return [
    ...line.map((p) => p.y),
    ...band.flatMap((p) => [p.y - p.error, p.y + p.error]),
    ...points.flatMap((p) => [p.y - p.error, p.y + p.error]),
  ];
}

/** (measured − predicted)/σ wherever both are known. */
function pullsOf({ line, points }: ChartSeries): { x: number; y: number }[] {
  const predicted = new Map(line.map((p) => [p.x, p.y]));
  return points.flatMap(({ x, y, error }) => {
    const expected = predicted.get(x);
    return expected === undefined || !(error > 0) ? [] : [{ x, y: (y - expected) / error }];
  });
}

function Key({ series }: { series: readonly ChartSeries[] }) {
  return (
    <ul class="key">
      {series.map(({ text, points }, k) => (
        <li key={text} class={`series s${k % 7}`}>
          <svg width="34" height="14" aria-hidden="true">
            <line class="curve" x1="0" x2="34" y1="7" y2="7" stroke-dasharray={dashes[k % 7]} />
            {points.length > 0 && <Dot shape={shapes[k % 7]!} x={17} y={7} />}
          </svg>
          {text}
        </li>
      ))}
      {series.some((one) => one.band.length > 0) && (
        <li class="soft">band: ±1σ of counting about the prediction</li>
      )}
    </ul>
  );
}

function Series({
  series,
  index,
  shape,
  x,
  y,
}: {
  series: ChartSeries;
  index: number;
  shape: FrameShape;
  x: Span;
  y: Span;
}) {
  const across = (value: number) => place(x, [shape.left, shape.width - shape.right], value);
  const up = (value: number) => place(y, [shape.height - shape.bottom, shape.top], value);
  const line = series.line.toSorted((a, b) => a.x - b.x);
  const band = series.band.toSorted((a, b) => a.x - b.x);
  const join = (points: readonly { x: number; y: number }[]) =>
    points.map((p) => `${across(p.x).toFixed(1)},${up(p.y).toFixed(1)}`).join(" ");
  return (
    <g class={`series s${index % 7}`}>
      {band.length > 1 && (
        <polygon
          class="band"
          points={`${join(band.map((p) => ({ x: p.x, y: p.y + p.error })))} ${join(
            band.toReversed().map((p) => ({ x: p.x, y: p.y - p.error })),
          )}`}
        />
      )}
      <polyline class="curve" points={join(line)} stroke-dasharray={dashes[index % 7]} />
      {series.points.map((p) => (
        <g key={p.x}>
          <line class="bar" x1={across(p.x)} x2={across(p.x)} y1={up(p.y - p.error)} y2={up(p.y + p.error)} />
          <Dot shape={shapes[index % 7]!} x={across(p.x)} y={up(p.y)} />
        </g>
      ))}
    </g>
  );
}

function Dot({ shape, x, y }: { shape: Shape; x: number; y: number }) {
  if (shape === "circle") return <circle class="dot" cx={x} cy={y} r={3.6} />;
  const corners: Readonly<Record<Exclude<Shape, "circle">, string>> = {
    square: "-3.3,-3.3 3.3,-3.3 3.3,3.3 -3.3,3.3",
    triangle: "0,-4.6 4.4,3.2 -4.4,3.2",
    down: "0,4.6 4.4,-3.2 -4.4,-3.2",
    diamond: "0,-4.8 4.8,0 0,4.8 -4.8,0",
  };
  return <polygon class="dot" points={corners[shape]} transform={`translate(${x} ${y})`} />;
}

function Residuals({
  pulls,
  x,
  xLabel,
  width,
  title,
}: {
  pulls: readonly (readonly { x: number; y: number }[])[];
  x: Span;
  xLabel: string;
  width: number;
  title: string;
}) {
  const most = Math.max(3, ...pulls.flat().map((p) => Math.abs(p.y))) * 1.1;
  const y: Span = [-most, most];
  const shape: FrameShape = { width, height: 128, left: 62, right: 12, top: 6, bottom: 40 };
  const across = (value: number) => place(x, [shape.left, width - shape.right], value);
  const up = (value: number) => place(y, [shape.height - shape.bottom, shape.top], value);
  return (
    <svg
      width={width}
      height={shape.height}
      viewBox={`0 0 ${width} ${shape.height}`}
      role="img"
      aria-label={`Residuals of ${title}`}
    >
      <Frame shape={shape} x={x} y={y} xLabel={xLabel} yLabel="residual/σ">
        <rect
          class="within"
          x={shape.left}
          y={up(2)}
          width={width - shape.left - shape.right}
          height={up(-2) - up(2)}
        />
        <line class="grid" x1={shape.left} x2={width - shape.right} y1={up(0)} y2={up(0)} />
        {pulls.map((list, k) => (
          <g key={k} class={`series s${k % 7}`}>
            {list.map((p) => (
              <g key={p.x}>
                <line class="bar" x1={across(p.x)} x2={across(p.x)} y1={up(0)} y2={up(p.y)} />
                <Dot shape={shapes[k % 7]!} x={across(p.x)} y={up(p.y)} />
              </g>
            ))}
          </g>
        ))}
      </Frame>
    </svg>
  );
}

/** The same as numbers, for whoever cannot or would not read the drawing. */
function Numbers({
  series,
  xLabel,
  yLabel,
}: {
  series: readonly ChartSeries[];
  xLabel: string;
  yLabel: string;
}) {
  return (
    <details class="numbers">
      <summary>Numbers</summary>
      <div class="wide">
        <table>
          <thead>
            <tr>
              <th scope="col">Curve</th>
              <th scope="col">{xLabel}</th>
              <th scope="col">{yLabel}, measured</th>
              <th scope="col">predicted</th>
            </tr>
          </thead>
          <tbody>
            {series.flatMap(({ text, line, points }) => {
              const measured = new Map(points.map((p) => [p.x, p]));
              const shown = points.length > 0 ? line.filter((p) => measured.has(p.x)) : line;
              return shown.map((p) => {
                const found = measured.get(p.x);
                return (
                  <tr key={`${text} ${p.x}`}>
                    <td>{text}</td>
                    <td class="number">{number(p.x)}</td>
                    <td class="number">{found ? `${number(found.y)} ± ${number(found.error, 2)}` : "–"}</td>
                    <td class="number">{number(p.y)}</td>
                  </tr>
                );
              });
            })}
          </tbody>
        </table>
      </div>
    </details>
  );
}
