import { EntrainError } from "#core/errors";
import { fullTurn } from "#core/units";
import { type Operation, type Probe, type Setting, type Step, stepsAt } from "#ir/operations";
import type { Measurement } from "#ir/plan";
import type { Carriers, Conditions, Platform } from "#ir/platform";
import { type Axis, scanPoints, sizesOf } from "#ir/scan";
import type { Network } from "#model/network";

/** What the prediction needs of a platform, with profile and knobs filled in. */
export interface Bench {
  readonly sites: readonly string[];
  network(conditions: Conditions): Network;
  readonly carriers: readonly Carriers[];
  /** Duration of a rotation and the part of its angle in each slice. */
  readonly rotation: {
    readonly duration_s: number;
    readonly slices: readonly number[];
    /** The other transition is driven too, off resonance. */
    readonly whole_ladder?: boolean;
  };
  /** P(shown | level) of a sideband probe, where the platform has one. */
  readonly probe?: (probe: Probe) => number[][];
  /** Populations when a shot begins, where the platform says them. */
  readonly prepared?: readonly [number, number, number];
}

export function benchOf<P, K>(platform: Platform<P, K>, profile: P, knobs: K): Bench {
  return {
    sites: platform.layout(profile).sites,
    network: (conditions) => platform.network(profile, knobs, conditions),
    carriers: platform.carriers(profile, knobs),
    rotation: platform.rotation(profile),
    ...(platform.probe === undefined ? {} : { probe: (probe) => platform.probe!(profile, probe) }),
    ...(platform.prepared === undefined ? {} : { prepared: platform.prepared(profile) }),
  };
}

/** What is swept, what is done, and the exchange at every index of the axis `exchange`. */
export interface Scan {
  readonly axes: readonly Axis[];
  readonly operations: readonly Operation[];
  readonly exchange_hz: readonly number[];
}

/** Steps at every point of a scan, in order. */
export function stepsOf({ axes, operations }: Pick<Scan, "axes" | "operations">): Step[][] {
  const sizes = sizesOf(axes);
  return scanPoints(axes).map((point) => stepsAt(operations, sizes, point));
}

export function durationOf(step: Step, bench: Bench): number {
  if ("duration_s" in step) return step.duration_s;
  return step.kind === "rotate" ? bench.rotation.duration_s : 0;
}

/** Read-out settings, the same at every point. */
export function settingsOf(operations: readonly Operation[]): Setting[] {
  return operations.flatMap((operation) => (operation.kind === "measure" ? operation.settings : []));
}

/** How the measurement of a scan is read: the frames' phases when the coupling ends. */
export function measurementOf(
  bench: Bench,
  scan: Pick<Scan, "axes" | "operations">,
  assignment: readonly number[][][],
): Measurement {
  const coupled_s = stepsOf(scan).map((steps) => {
    let time_s = 0;
    let coupled = 0;
    for (const step of steps) {
      time_s += durationOf(step, bench);
      if (step.kind === "couple") coupled = time_s;
    }
    return coupled;
  });
  const turns = (offset_hz: number) =>
    coupled_s.map((time_s) => {
      const count = offset_hz * time_s;
      return fullTurn * (count - Math.round(count));
    });
  const settings = settingsOf(scan.operations);
  const probes = settings.map(({ probe }) => {
    if (probe === undefined) return null;
    if (bench.probe) return bench.probe(probe);
    throw new EntrainError("protocol.platform", {
      path: "protocol",
      message: "this device has no sideband to probe its levels by",
      expected: "trapped ions",
    });
  });
  const probed = probes.some((matrix) => matrix !== null);
  const [a1, a2] = bench.network({ tones: "none", exchange_hz: 0 }).sites[0]!.ladder;
  return {
    settings,
    ladder: [a1, a2],
    sites: bench.sites.map((id, s) => ({
      id,
      assignment: assignment[s]!,
      ...(probed ? { probes } : {}),
      frame01_rad: turns(bench.carriers[s]!.offset01_hz),
      frame12_rad: turns(bench.carriers[s]!.offset12_hz - (bench.carriers[s]!.ladder12_hz ?? 0)),
    })),
  };
}
