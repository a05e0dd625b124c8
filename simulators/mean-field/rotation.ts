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

/** Coordinates after a common turn by `angle`: ⟨A†⟩ → e^{i·angle}⟨A†⟩. */
export function rotated(x: Float64Array, angle: number): Float64Array {
  const out = x.slice();
  for (let o = 0; o < x.length; o += coordinateCount) {
    for (const [k, charge] of turns) {
      const c = Math.cos(charge * angle);
      const s = Math.sin(charge * angle);
      out[o + k] = c * x[o + k]! - s * x[o + k + 1]!;
      out[o + k + 1] = s * x[o + k]! + c * x[o + k + 1]!;
    }
  }
  return out;
}
