import { type AffineMap, coordinateCount } from "#model/generator";
import { createCoupling, type Network } from "#model/network";
import type { Oscillator } from "#model/oscillator";
import { type ExternalDrive, integrate, networkRightHandSide } from "#simulators/index";

/** Coordinates of all sites after drives have acted on product states. */
export function drivenState(
  network: Network,
  start: Float64Array,
  drive: ExternalDrive,
  duration_s: number,
  rtol: number,
): Float64Array {
  const x = start.slice();
  const field = networkRightHandSide(network, drive);
  integrate(field, 0, x, [duration_s], (_, __, state) => x.set(state), { rtol, maxStep: duration_s / 20 });
  return x;
}

/** Maps of uncoupled sites under drives, column by column. */
export function drivenMaps(
  oscillators: readonly Oscillator[],
  drive: ExternalDrive,
  duration_s: number,
  rtol: number,
): AffineMap[] {
  const network = { sites: oscillators, coupling: createCoupling(oscillators.length, []) };
  const image = (column: number | null) => {
    const x = new Float64Array(oscillators.length * coordinateCount);
    if (column !== null) {
      for (let at = column; at < x.length; at += coordinateCount) x[at] = 1;
    }
    return drivenState(network, x, drive, duration_s, rtol);
  };
  const constant = image(null);
  const columns = Array.from({ length: coordinateCount }, (_, column) => image(column));
  return oscillators.map((_, s) => {
    const at = s * coordinateCount;
    const linear = new Float64Array(coordinateCount * coordinateCount);
    columns.forEach((shown, column) => {
      for (let row = 0; row < coordinateCount; row++) {
        linear[row * coordinateCount + column] = shown[at + row]! - constant[at + row]!;
      }
    });
    return { constant: constant.slice(at, at + coordinateCount), linear };
  });
}
