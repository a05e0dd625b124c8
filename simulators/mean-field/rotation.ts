import { coordinateCount } from "#model/generator";

/** How often each pair of coordinates (Re, Im) of a site turns when the phase of ⟨A†⟩ turns once. */
const turns = [
  [2, 1],
  [4, 1],
  [6, 2],
] as const;

/** Rx: derivative of the coordinates under a common turn of the phase, ρ → e^{−iφS^z} ρ e^{iφS^z}. */
export function rotationRate(x: Float64Array, out = new Float64Array(x.length)): Float64Array {
  for (let o = 0; o < x.length; o += coordinateCount) {
    out[o] = 0;
    out[o + 1] = 0;
    for (const [k, charge] of turns) {
      out[o + k] = -charge * x[o + k + 1]!;
      out[o + k + 1] = charge * x[o + k]!;
    }
  }
  return out;
}

/** Coordinates after a common turn by `angle`: ⟨A†⟩ → e^{i·angle}⟨A†⟩. `out` may be `x` itself. */
export function rotated(
  x: Float64Array,
  angle: number,
  out: Float64Array = new Float64Array(x.length),
): Float64Array {
  const c = Math.cos(angle);
  const s = Math.sin(angle);
  for (let o = 0; o < x.length; o += coordinateCount) {
    out[o] = x[o]!;
    out[o + 1] = x[o + 1]!;
    turnPair(x, out, o + 2, c, s);
    turnPair(x, out, o + 4, c, s);
    turnPair(x, out, o + 6, c * c - s * s, 2 * c * s);
  }
  return out;
}

function turnPair(x: Float64Array, out: Float64Array, k: number, c: number, s: number): void {
  const re = x[k]!;
  const im = x[k + 1]!;
  out[k] = c * re - s * im;
  out[k + 1] = s * re + c * im;
}
