import { pointKinds } from "#ir/preview";
import { type Colour, colourOf } from "./colour.ts";

export interface MapPicture {
  readonly columns: number;
  readonly rows: number;
  /** Codes of `pointKinds`. */
  readonly kind: ArrayLike<number>;
  /** 0 … 1; NaN where there is nothing to colour. */
  readonly shade: ArrayLike<number>;
}

const [none, partial, , breathing, irregular, multistable, unsolved, growing] = pointKinds.map((_, k) => k);

const asleep: Colour = [0, 26, 61];
const waiting: Colour = [112, 113, 115];

/**
 * Paints a map: lightness says how much, a pattern says what: stripes for partial, dots for breathing, a lattice for
 * irregular, checks for multistable, dashes for what grows and is not solved yet.
 *
 * @param scale - pixels of the canvas for one of the page
 */
export function paintMap(
  canvas: HTMLCanvasElement,
  picture: MapPicture,
  scale: number,
  background: Colour,
): void {
  const context = canvas.getContext("2d");
  if (!context) return;
  const { width, height } = canvas;
  const image = context.createImageData(width, height);
  const { data } = image;
  const { columns, rows, kind } = picture;
  const across = Array.from({ length: width }, (_, x) => position((x + 0.5) / width, columns));
  for (let y = 0; y < height; y++) {
    const up = position(1 - (y + 0.5) / height, rows);
    for (let x = 0; x < width; x++) {
      const over = across[x]!;
      const code = kind[up.nearest * columns + over.nearest]!;
      const colour = colourAt(code, shadeAt(picture, over, up), background);
      const mark = patternAt(code, Math.floor(x / scale), Math.floor(y / scale));
      const lift = mark ? (brightness(colour) > 120 ? -62 : 70) : 0;
      const p = 4 * (y * width + x);
      data[p] = colour[0] + lift;
      data[p + 1] = colour[1] + lift;
      data[p + 2] = colour[2] + lift;
      data[p + 3] = 255;
    }
  }
  context.putImageData(image, 0, 0);
}

/** Where a share of an edge falls among the points of it. */
interface Position {
  readonly low: number;
  readonly high: number;
  /** Part of the way from `low` to `high`. */
  readonly part: number;
  readonly nearest: number;
}

function position(share: number, points: number): Position {
  const at = Math.min(points - 1, Math.max(0, share * (points - 1)));
  const low = Math.min(points - 2, Math.floor(at));
  return { low, high: low + 1, part: at - low, nearest: Math.round(at) };
}

/** The shade between four points of one kind; where kinds meet, that of the nearest, so that no border is smoothed. */
function shadeAt({ columns, kind, shade }: MapPicture, over: Position, up: Position): number {
  const nearest = up.nearest * columns + over.nearest;
  const [a, b] = [up.low * columns + over.low, up.low * columns + over.high];
  const [c, d] = [up.high * columns + over.low, up.high * columns + over.high];
  const code = kind[nearest]!;
  if (kind[a] !== code || kind[b] !== code || kind[c] !== code || kind[d] !== code) return shade[nearest]!;
  const below = shade[a]! + over.part * (shade[b]! - shade[a]!);
  const above = shade[c]! + over.part * (shade[d]! - shade[c]!);
  return below + up.part * (above - below);
}

function colourAt(code: number, shade: number, background: Colour): Colour {
  if (code === unsolved) return background;
  if (code === none) return asleep;
  return Number.isNaN(shade) ? waiting : colourOf(0.16 + 0.84 * shade);
}

const brightness = ([red, green, blue]: Colour) => 0.3 * red + 0.6 * green + 0.1 * blue;

/** True where the pattern of a kind is drawn, in pixels of the page. */
export function patternAt(code: number, x: number, y: number): boolean {
  switch (code) {
    case partial:
      return (x + y) % 8 < 2;
    case breathing:
      return x % 6 < 2 && (y + (Math.floor(x / 6) % 2) * 3) % 6 < 2;
    case irregular:
      return (x + y) % 8 < 1 || (x - y + 8000) % 8 < 1;
    case multistable:
      return Math.floor(x / 4) % 2 === Math.floor(y / 4) % 2;
    case growing:
      return y % 6 < 1 && x % 10 < 6;
    default:
      return false;
  }
}
