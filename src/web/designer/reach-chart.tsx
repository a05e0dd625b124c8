import { hzFromAngular } from "#core/units";
import { Frame, type FrameShape } from "../charts/frame.tsx";
import { place, roundUp, type Span } from "../charts/scale.ts";
import { useWidth } from "../charts/use-width.ts";
import { hertz } from "../shell/format.ts";
import { point, profile, region } from "./state.ts";

const megahertz = 1e6;

/** What the device reaches over its range of γ₋: how much coupling there is, and how much is needed. */
export function ReachChart() {
  const [box, width] = useWidth(320);
  const answer = region.value;
  if (profile.value === "" || answer === null || answer.rows.length === 0) return null;
  const { rows, loss_hz, detuning_hz, asymmetry_hz } = answer;
  const shape: FrameShape = { width, height: 210, left: 58, right: 12, top: 8, bottom: 42 };
  const x: Span = [0, roundUp(loss_hz.high / megahertz)];
  const thresholds = rows.flatMap((r) => (r.threshold_hz === null ? [] : [r.threshold_hz]));
  const y: Span = [0, roundUp((1.1 * Math.max(...rows.map((r) => r.reach_hz), ...thresholds)) / megahertz)];
  const across = (hz: number) => place(x, [shape.left, width - shape.right], hz / megahertz);
  const up = (hz: number) => place(y, [shape.height - shape.bottom, shape.top], hz / megahertz);
  const line = (pick: (row: (typeof rows)[number]) => number | null) =>
    rows
      .flatMap((row) => {
        const value = pick(row);
        return value === null ? [] : [`${across(row.loss_hz).toFixed(1)},${up(value).toFixed(1)}`];
      })
      .join(" ");
  const now = point.value?.achieved;
  return (
    <section aria-labelledby="reach-title" ref={box}>
      <h2 id="reach-title">What this device reaches</h2>
      <svg
        width={width}
        height={shape.height}
        viewBox={`0 0 ${width} ${shape.height}`}
        role="img"
        aria-label="Coupling that is there, and coupling that is needed, against the loss rate"
      >
        <Frame shape={shape} x={x} y={y} xLabel="γ₋/2π (MHz)" yLabel="V/2π (MHz)" grid>
          <g class="series s0">
            <polyline class="curve" points={line((r) => r.reach_hz)} />
          </g>
          <g class="series s1">
            <polyline class="curve" points={line((r) => r.threshold_hz)} stroke-dasharray="7 4" />
          </g>
          {now && (
            <circle
              class="here"
              cx={across(hzFromAngular(now.loss_rate_per_s))}
              cy={up(Math.abs(now.coupling_hz))}
              r={5}
            />
          )}
        </Frame>
      </svg>
      <ul class="key">
        <li class="series s0">
          <svg width="34" height="10" aria-hidden="true">
            <line class="curve" x1="0" x2="34" y1="5" y2="5" />
          </svg>
          largest V
        </li>
        <li class="series s1">
          <svg width="34" height="10" aria-hidden="true">
            <line class="curve" x1="0" x2="34" y1="5" y2="5" stroke-dasharray="7 4" />
          </svg>
          {thresholds.length === 0 ? "no threshold at this γ₊/γ₋" : "threshold, K its own"}
        </li>
      </ul>
      <p class="soft small">
        γ₋/2π {hertz(loss_hz.low, 2)} … {hertz(loss_hz.high, 3)}; δ/2π {hertz(detuning_hz.low, 3)} …{" "}
        {hertz(detuning_hz.high, 3)}; K/2π {hertz(answer.natural_hz, 3)} by itself,{" "}
        {hertz(asymmetry_hz.low, 3)} … {hertz(asymmetry_hz.high, 3)} by modulated couplers.
      </p>
    </section>
  );
}
