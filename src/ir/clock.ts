import type { Clock } from "./platform.ts";

/** The nearest duration on the clock's grid, at least one grid step unless zero was asked for; s. */
export function alignDuration(duration_s: number, { clock_hz, granularity_ticks }: Clock): number {
  if (duration_s === 0) return 0;
  const steps = Math.max(1, Math.round((duration_s * clock_hz) / granularity_ticks));
  return (steps * granularity_ticks) / clock_hz;
}
