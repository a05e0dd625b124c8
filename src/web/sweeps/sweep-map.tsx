import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Frame, type FrameShape } from "../charts/frame.tsx";
import { paintMap } from "../charts/paint-map.ts";
import { useWidth } from "../charts/use-width.ts";
import { MapLegend } from "../designer/legend.tsx";
import { getJson, type ProblemDetails, problemOf } from "../shell/api.ts";
import { follow } from "../shell/events.ts";
import { number } from "../shell/format.ts";
import { Badge, Loading, ProblemPanel } from "../shell/parts.tsx";
import { dark, token } from "../shell/session.ts";
import { emptyPlanes, isOver, type SweepAnswer, type SweepPlanes, withNewTiles } from "./answers.ts";

/** Milliseconds between two readings of the planes while tiles arrive. */
const redraw_ms = 700;

/** A map that fills in as its tiles arrive. */
export function SweepMap({ id }: { id: string }) {
  const [sweep, setSweep] = useState<SweepAnswer | null>(null);
  const [planes, setPlanes] = useState<SweepPlanes | null>(null);
  const [tiles, setTiles] = useState<{ done: number; total: number } | null>(null);
  const [problem, setProblem] = useState<ProblemDetails | null>(null);
  const path = `v1/sweeps/${encodeURIComponent(id)}`;
  const bearer = token.value;
  useEffect(() => {
    let ended = false;
    let stop = () => {};
    let drawn = 0;
    let pending = 0;
    let shown: SweepPlanes | null = null;
    const draw = async (found: SweepAnswer) => {
      drawn = performance.now();
      shown = await withNewTiles(path, shown ?? emptyPlanes(found), found.map.x.points);
      if (!ended) setPlanes(shown);
    };
    let looking: Promise<boolean> = Promise.resolve(true);
    // One after the other: each reads the tiles that the one before did not have.
    const look = (): Promise<boolean> => {
      looking = looking.catch(() => true).then(lookOnce);
      return looking;
    };
    const lookOnce = async (): Promise<boolean> => {
      const found = await getJson<SweepAnswer>(path);
      if (ended) return false;
      setSweep(found);
      setTiles(found.tiles);
      setProblem(null);
      await draw(found);
      return !isOver(found);
    };
    look().then(
      (goesOn) => {
        if (!goesOn || ended) return;
        stop = follow(
          `${path}/events`,
          ({ name, data }) => {
            if (name === "tile") {
              const { done, total } = data as { done: number; total: number };
              setTiles({ done, total });
              const wait = done === total ? 0 : Math.max(0, drawn + redraw_ms - performance.now());
              clearTimeout(pending);
              pending = window.setTimeout(() => void look().catch(() => {}), wait);
            }
            if (name === "state" || name === "end") void look().catch(() => {});
          },
          look,
        );
      },
      (error) => setProblem(problemOf(error)),
    );
    return () => {
      ended = true;
      clearTimeout(pending);
      stop();
    };
  }, [path, bearer]);

  if (problem !== null) return <ProblemPanel problem={problem} />;
  if (sweep === null) return <Loading what="Reading the sweep" />;
  const progress = tiles ?? sweep.tiles;
  const fixed = Object.entries(sweep.map).filter(([, value]) => typeof value === "number");
  return (
    <>
      <p class="crumbs">
        <a href="#/sweeps">Sweeps</a> / {id}
      </p>
      <h1>{`${sweep.map.y.parameter} against ${sweep.map.x.parameter}`.replaceAll("_", " ")}</h1>
      <p>
        <Badge tone={isOver(sweep) ? (sweep.state === "done" ? "good" : "bad") : "busy"}>{sweep.state}</Badge>{" "}
        <span class="soft">
          {fixed.map(([name, value]) => `${name} ${number(value as number)}`).join(", ")}
        </span>
      </p>
      <label class="progress">
        {progress.done} of {progress.total} tiles
        <progress max={Math.max(1, progress.total)} value={progress.done} />
      </label>
      <Picture sweep={sweep} planes={planes} />
    </>
  );
}

function Picture({ sweep, planes }: { sweep: SweepAnswer; planes: SweepPlanes | null }) {
  const [box, width] = useWidth();
  const canvas = useRef<HTMLCanvasElement>(null);
  const { x, y } = sweep.map;
  const shape: FrameShape = {
    width,
    height: Math.round(Math.min(620, 0.85 * width)),
    left: 58,
    right: 14,
    top: 10,
    bottom: 44,
  };
  const isDark = dark.value;
  const full = useMemo(() => {
    let most = 0;
    for (const value of planes?.order ?? []) if (value > most) most = value;
    return most || 1;
  }, [planes]);
  const scale = Math.min(2, globalThis.devicePixelRatio || 1);
  const inner = { width: width - shape.left - shape.right, height: shape.height - shape.top - shape.bottom };
  useEffect(() => {
    const target = canvas.current;
    if (!target || !planes) return;
    target.width = Math.round(inner.width * scale);
    target.height = Math.round(inner.height * scale);
    const shade = planes.order.map((value) => value / full);
    paintMap(
      target,
      { columns: x.points, rows: y.points, kind: planes.kind, shade },
      scale,
      isDark ? [38, 45, 52] : [232, 235, 238],
    );
  }, [planes, inner.width, inner.height, scale, isDark, full, x.points, y.points]);
  return (
    <>
      <div class="diagram still" ref={box}>
        <canvas
          ref={canvas}
          style={{
            left: `${shape.left}px`,
            top: `${shape.top}px`,
            width: `${inner.width}px`,
            height: `${inner.height}px`,
          }}
        />
        <svg
          width={width}
          height={shape.height}
          viewBox={`0 0 ${width} ${shape.height}`}
          role="img"
          aria-label={`Long-time states, ${y.parameter} against ${x.parameter}`}
        >
          <Frame
            shape={shape}
            x={[x.from, x.to]}
            y={[y.from, y.to]}
            xLabel={x.parameter}
            yLabel={y.parameter.replace("_", " ")}
          />
        </svg>
      </div>
      {planes !== null && <MapLegend kinds={planes.kind} title="order parameter" full={number(full, 2)} />}
    </>
  );
}
