import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { svgToPng } from "#report/svg";
import type { Computation, ComputedTables } from "./computation.ts";
import { csvText } from "./csv.ts";
import { composeFigure } from "./drawing/panels.ts";
import type { Figure, FigureData } from "./figure.ts";
import { openRowLog } from "./row-log.ts";
import { computeAllRows } from "./row-pool.ts";

export interface MakeOptions {
  readonly folder: string;
  /** Points along each axis of the maps and along δ in spectra. */
  readonly resolution: number;
  readonly workers: number;
  /** Before a computation starts: rows in all, rows already there, rough seconds for the rest. */
  readonly onStart?: (work: Work) => void;
  readonly onProgress?: (done: number, of: number) => void;
  readonly onFinish?: () => void;
}

export interface Work {
  readonly computation: string;
  readonly rows: number;
  readonly finished: number;
  readonly seconds: number;
}

/** Files of one figure. */
export interface MadeFigure {
  readonly name: string;
  readonly title: string;
  readonly caption: string;
  readonly svg: string;
  readonly png: string;
  readonly text: string;
  readonly csv: readonly string[];
}

/**
 * Computes a figure, or takes up what is there of it, and writes figure-NAME.svg, .png, .txt and its CSV tables.
 *
 * Finished rows stay in FOLDER/.partial, one file per computation and settings: figures that share a computation
 * share them, and a run that was interrupted goes on from them. The files are the same whatever the number of
 * workers and however often it was interrupted.
 */
export async function makeFigure(figure: Figure, options: MakeOptions): Promise<MadeFigure> {
  const data: Record<string, ComputedTables> = {};
  for (const computation of figure.computations) {
    data[computation.name] = await compute(computation, options);
  }
  return writeFigure(figure, data, options.folder);
}

async function compute(computation: Computation, options: MakeOptions): Promise<ComputedTables> {
  const settings = computation.settings(options.resolution);
  const log = openRowLog(options.folder, computation, settings);
  const rows = computation.rowCount(settings);
  const left = rows - log.finished.size;
  if (left > 0) {
    options.onStart?.({
      computation: computation.name,
      rows,
      finished: log.finished.size,
      seconds: (left * computation.secondsPerRow(settings)) / Math.min(left, options.workers),
    });
  }
  const { workers, onProgress } = options;
  try {
    return await computeAllRows(computation, settings, log, {
      workers,
      ...(onProgress === undefined ? {} : { onProgress }),
    });
  } finally {
    options.onFinish?.();
  }
}

function writeFigure(figure: Figure, data: FigureData, folder: string): MadeFigure {
  mkdirSync(folder, { recursive: true });
  const caption = figure.caption(data);
  const heading = `Fig. ${figure.name}: ${figure.title}`;
  const svg = composeFigure(figure.draw(data), heading, caption);
  const write = (name: string, content: string | Uint8Array) => {
    const path = join(folder, name);
    writeFileSync(`${path}.new`, content);
    renameSync(`${path}.new`, path);
    return path;
  };
  const base = `figure-${figure.name}`;
  return {
    name: figure.name,
    title: figure.title,
    caption,
    svg: write(`${base}.svg`, svg),
    png: write(`${base}.png`, svgToPng(svg)),
    text: write(`${base}.txt`, `${heading}.\n\n${caption}\n`),
    csv: figure
      .tables(data)
      .map(({ suffix, title, columns, records }) =>
        write(`${base}${suffix === "" ? "" : `-${suffix}`}.csv`, csvText(title, columns, records)),
      ),
  };
}
