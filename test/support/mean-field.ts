import { simulate } from "#simulators/index";

/** Answer of `mean-field`, as the contract names its fields. */
export interface MeanFieldAnswer {
  readonly state: "none" | "partial" | "full";
  readonly breathing: boolean;
  readonly groups: readonly {
    readonly amplitude: number;
    readonly frequency: number | null;
    readonly populations: readonly [number, number, number];
    readonly coherences: readonly [number, number, number];
  }[];
  readonly order_parameter: number;
  readonly frequency_difference: number | null;
  readonly relative_phase: number | null;
  readonly converged: boolean;
  readonly error: number;
  readonly stable: boolean;
  readonly motion: "rest" | "rotating-wave" | "regular" | "chaotic";
  readonly lyapunov_exponent: number | null;
  readonly coexisting: readonly {
    readonly state: "none" | "partial" | "full";
    readonly motion: string;
    readonly amplitudes: readonly number[];
    readonly frequencies: readonly (number | null)[];
    readonly probes: number;
  }[];
}

export function meanField(request: object): MeanFieldAnswer {
  return simulate("mean-field", request) as unknown as MeanFieldAnswer;
}

export interface TrajectoryAnswer {
  readonly groups: readonly {
    readonly re: readonly number[];
    readonly im: readonly number[];
    readonly populations: readonly (readonly [number, number, number])[];
  }[];
}

export function trajectory(request: object): TrajectoryAnswer {
  return simulate("trajectory", request) as unknown as TrajectoryAnswer;
}

export interface NetworkAnswer {
  readonly order_parameter: readonly number[];
  readonly sites: readonly { readonly amplitude: number; readonly frequency: number | null }[];
  readonly growth_rate: number;
}

export function networkRun(request: object): NetworkAnswer {
  return simulate("network", request) as unknown as NetworkAnswer;
}

export interface ThresholdAnswer {
  readonly critical_coupling: number | null;
  readonly critical_coupling_negative: number | null;
  readonly windows: readonly (readonly [number, number | null])[];
  readonly frequency: number | null;
}

export function thresholds(request: object): ThresholdAnswer {
  return simulate("critical-coupling", request) as unknown as ThresholdAnswer;
}

export function growthRate(request: object): number {
  return (simulate("stability", request) as { growth_rate: number }).growth_rate;
}
