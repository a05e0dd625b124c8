import type { Measured } from "#ir/estimate";
import { fitSlope } from "./slope.ts";

/** A phase in rad at a time in s. */
export interface PhasePoint extends Measured {
  readonly time_s: number;
}

/**
 * Rotation frequency in Hz of an amplitude whose phase was measured at several times: slope of the phase in turns by
 * weighted least squares, where the phase is known to an eighth of a turn. Between points that are used it must move by
 * less than half a turn; `unambiguous_hz` is that limit, and a frequency near it may be another one.
 *
 * @returns null for fewer than two such points
 */
export function rotationFrequency(
  points: readonly PhasePoint[],
): { readonly frequency: Measured; readonly unambiguous_hz: number } | null {
  const used = points.filter(({ error }) => error < Math.PI / 4).toSorted((a, b) => a.time_s - b.time_s);
  const frequency = fitSlope(
    used.map(({ time_s, value, error }) => ({ x: time_s, value, error })),
    true,
  );
  if (frequency === null) return null;
  const longest = used.slice(1).reduce((most, { time_s }, k) => Math.max(most, time_s - used[k]!.time_s), 0);
  return { frequency, unambiguous_hz: 1 / (2 * longest) };
}

/**
 * Difference ω_A − ω_B of two groups' rotation frequencies, in Hz, from the relative phase at times at which both are
 * known. The relative phase is followed, not each of them: groups that both rotate fast but nearly together need only be
 * sampled as often as they drift apart, and a phase of the frame that both share drops out.
 *
 * @returns null for fewer than two common times
 */
export function frequencyDifference(
  a: readonly PhasePoint[],
  b: readonly PhasePoint[],
): ReturnType<typeof rotationFrequency> {
  return rotationFrequency(
    a.flatMap(({ time_s, value, error }) => {
      const other = b.find((point) => point.time_s === time_s);
      return other === undefined
        ? []
        : [{ time_s, value: value - other.value, error: Math.hypot(error, other.error) }];
    }),
  );
}
