import type { Noise } from "../predict/noise.ts";

/**
 * What a calibration leaves open, as common factors e^{σn} with n unit normal: 1σ of each kind. Assumed; a day's drift
 * of Heron devices is of this size.
 */
export const calibrationSpread = { gates: 0.1, coherence: 0.1, readout: 0.1 } as const;
export type CalibrationKind = keyof typeof calibrationSpread;
export const calibrationKinds = Object.keys(calibrationSpread) as CalibrationKind[];

/** Where a calibration really stands, in standard deviations of each kind. */
export type CalibrationOffset = Readonly<Partial<Record<CalibrationKind, number>>>;

/** The noise of a device whose calibration is off: gate errors, coherence times, assignment errors scaled. */
export function offsetNoise(noise: Noise, offset: CalibrationOffset): Noise {
  const factor = (kind: CalibrationKind) => Math.exp(calibrationSpread[kind] * (offset[kind] ?? 0));
  const [gates, coherence, readout] = [factor("gates"), factor("coherence"), factor("readout")];
  const assignment = (of: Noise["readout"]) => (q: number) => {
    const { missed, invented } = of(q);
    return { missed: Math.min(0.5, missed * readout), invented: Math.min(0.5, invented * readout) };
  };
  return {
    timing: noise.timing,
    singleError: (q) => noise.singleError(q) * gates,
    pairError: (a, b) => noise.pairError(a, b) * gates,
    t1: (q) => noise.t1(q) * coherence,
    t2: (q) => noise.t2(q) * coherence,
    reset: assignment(noise.reset),
    readout: assignment(noise.readout),
  };
}
