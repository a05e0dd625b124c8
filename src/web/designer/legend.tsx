import { useEffect, useRef } from "preact/hooks";
import { pointKinds } from "#ir/preview";
import { colourOf, css, gradient } from "../charts/colour.ts";
import { patternAt } from "../charts/paint-map.ts";
import { roundUp } from "../charts/scale.ts";
import { number } from "../shell/format.ts";
import { map } from "./state.ts";

const texts: Readonly<Record<string, string>> = {
  none: "unsynchronized",
  partial: "partial",
  locked: "locked",
  breathing: "locked, breathing",
  irregular: "irregular",
  multistable: "more than one state",
  growing: "synchronizes, not solved yet",
};

/** What colours, patterns and lines of a map mean; the kinds that are in it. */
export function MapLegend({ kinds, title, full }: { kinds: Iterable<number>; title: string; full: string }) {
  const present = new Set(kinds);
  return (
    <ul class="legend">
      {pointKinds.map((kind, code) =>
        present.has(code) && kind !== "unsolved" ? (
          <li key={kind}>
            <Swatch code={code} />
            {texts[kind]}
          </li>
        ) : null,
      )}
      <li class="scale">
        <span>{title}</span> 0 <i style={{ background: gradient }} /> {full}
      </li>
    </ul>
  );
}

/** A piece of a map of one kind. */
function Swatch({ code }: { code: number }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context) return;
    const asleep = pointKinds[code] === "none";
    context.fillStyle = asleep ? "rgb(0 26 61)" : css(colourOf(0.6));
    context.fillRect(0, 0, 28, 16);
    context.fillStyle = "rgb(70 62 50)";
    for (let y = 0; y < 16; y++)
      for (let x = 0; x < 28; x++) if (patternAt(code, x, y)) context.fillRect(x, y, 1, 1);
  }, [code]);
  return <canvas ref={canvas} width="28" height="16" />;
}

/** End of the colour scale: a round number at or above every value. */
export function fullOf(values: Iterable<number>): number {
  let most = 0;
  for (const value of values) if (value > most) most = value;
  return roundUp(most);
}

/** The legend of the designer's map, with its lines. */
export function DesignerLegend({ device }: { device: boolean }) {
  const current = map.value;
  const growth = current?.preview === "growth";
  return (
    <div class="legends">
      <MapLegend
        kinds={current?.planes.planes[0] ?? []}
        title={growth ? "growth rate" : "order parameter |⟨A†⟩|"}
        full={growth ? "largest" : number(fullOf(current?.planes.planes[2] ?? []), 2)}
      />
      <ul class="legend">
        <li>
          <svg width="28" height="12" aria-hidden="true">
            <path class="threshold casing" d="M0 6H28" />
            <path class="threshold" d="M0 6H28" />
          </svg>
          threshold: growth rate zero
        </li>
        {device && (
          <li>
            <svg width="28" height="12" aria-hidden="true">
              <path class="reach casing" d="M0 6H28" />
              <path class="reach" d="M0 6H28" />
            </svg>
            reach of the device; hatched: out of it
          </li>
        )}
      </ul>
    </div>
  );
}
