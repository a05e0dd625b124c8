import { formatQuantity } from "#core/units";
import type { CompiledChain } from "./compile.ts";

/** A stretch of time in which a row of the diagram does not change; times in s after time 0. */
interface Stretch {
  readonly from: number;
  readonly to: number;
  /** Between 0 (low, silent) and 1. */
  readonly height: number;
  readonly label: string;
}

interface Row {
  readonly name: string;
  readonly kind: "line" | "tone";
  readonly stretches: readonly Stretch[];
}

const at = (edge: { readonly wanted_s: number; readonly error_s: number }) => edge.wanted_s + edge.error_s;

/** What the outputs do, one row a line or tone, as compiled (not as wanted). */
function rowsOf(compiled: CompiledChain): { readonly rows: Row[]; readonly end: number } {
  const last = Math.max(0, ...compiled.edges.map(at), ...compiled.updates.map(at));
  const end = last === 0 ? 1e-6 : 1.05 * last;
  const names = (list: readonly string[]) => [...new Set(list)];
  const lines = names(compiled.edges.map(({ line }) => line)).map((name): Row => {
    const own = compiled.edges.filter(({ line }) => line === name);
    const stretches = own.map((edge, k) => ({
      from: at(edge),
      to: own[k + 1] === undefined ? end : at(own[k + 1]!),
      height: edge.level,
      label: "",
    }));
    return { name, kind: "line", stretches };
  });
  const tones = names(compiled.updates.map(({ tone }) => tone)).map((name): Row => {
    const own = compiled.updates.filter(({ tone }) => tone === name);
    const stretches = own.map((update, k) => ({
      from: at(update),
      to: own[k + 1] === undefined ? end : at(own[k + 1]!),
      height: update.asf / 1024,
      label:
        update.asf === 0
          ? ""
          : formatQuantity((update.ftw * compiled.setup.tone_system_hz) / 2 ** 32, "frequency", 6),
    }));
    return { name, kind: "tone", stretches };
  });
  return { rows: [...lines, ...tones], end };
}

const blocks = " ▁▂▃▄▅▆▇█";

/** Timing diagram for a terminal: a character a column of time, its height the largest level or amplitude in it. */
export function textDiagram(compiled: CompiledChain, columns = 80): string {
  const { rows, end } = rowsOf(compiled);
  // A stretch that only touches a column does not fill it.
  const slack = 1e-9 * end;
  const widest = Math.max(0, ...rows.map(({ name }) => name.length));
  const body = rows.map(({ name, stretches }) => {
    const cells = Array.from({ length: columns }, (_, k) => {
      const [from, to] = [(k * end) / columns, ((k + 1) * end) / columns];
      const seen = stretches.filter((stretch) => stretch.from < to - slack && stretch.to > from + slack);
      const height = Math.max(0, ...seen.map((stretch) => stretch.height));
      return blocks[height === 0 ? 0 : Math.max(1, Math.round(8 * height))]!;
    });
    return `${name.padEnd(widest)} │${cells.join("")}│`;
  });
  const scale = `0${formatQuantity(end, "time").padStart(columns - 1)}`;
  return [...body, `${" ".repeat(widest)}  ${scale}`, ""].join("\n");
}

const width = 960;
const left = 120;
const right = 16;
const rowHeight = 44;
const top = 12;

const escaped = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

/** Timing diagram as a self-contained SVG document. */
export function svgDiagram(compiled: CompiledChain): string {
  const { rows, end } = rowsOf(compiled);
  const x = (time: number) => (left + ((width - left - right) * time) / end).toFixed(2);
  const height = top + rowHeight * rows.length + 36;
  const drawn = rows.flatMap(({ name, kind, stretches }, k) => {
    const base = top + rowHeight * (k + 1) - 8;
    const y = (level: number) => (base - (rowHeight - 18) * level).toFixed(2);
    const steps = stretches.map(({ from, to, height: level }) => `H${x(from)}V${y(level)}H${x(to)}`);
    const path = `M${left},${base}${steps.join("")}${kind === "tone" ? `V${base}Z` : `H${width - right}`}`;
    const style = kind === "tone" ? 'fill="#9ecae1" stroke="#2171b5"' : 'fill="none" stroke="#222"';
    const labels = stretches
      .filter(
        ({ label, from, to }) => label !== "" && ((to - from) / end) * (width - left) > 8 * label.length,
      )
      .map(
        ({ label, from }) =>
          `<text x="${Number(x(from)) + 3}" y="${base - 4}" font-size="10">${label}</text>`,
      );
    return [
      `<text x="${left - 8}" y="${base - 4}" text-anchor="end">${escaped(name)}</text>`,
      `<path d="${path}" ${style}/>`,
      ...labels,
    ];
  });
  const axis = top + rowHeight * rows.length + 8;
  const marks = [0, 0.25, 0.5, 0.75, 1].map(
    (part) =>
      `<text x="${x(part * end)}" y="${axis + 16}" text-anchor="${part === 1 ? "end" : "middle"}">${formatQuantity(part * end, "time")}</text>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12" role="img" aria-label="Timing of the instruments">`,
    `<rect width="${width}" height="${height}" fill="white"/>`,
    ...drawn,
    `<path d="M${left},${axis}H${width - right}" stroke="#888"/>`,
    ...marks,
    "</svg>",
    "",
  ].join("\n");
}
