import { parseWith } from "#core/schema";
import { formatQuantity } from "#core/units";
import { findPlatform } from "#devices/registry";
import type { Experiment } from "#ir/experiment";
import { type Finding, hasErrors } from "#ir/finding";
import type { Operation } from "#ir/operations";
import type { Measurement, Plan, PlanEntry, Prediction } from "#ir/plan";
import { profileHeadSchema } from "#ir/profile";
import type { Program } from "#ir/program";
import type { Sequence } from "#ir/sequence";
import { alignOperations } from "#protocols/passes/align";
import { findProtocol } from "#protocols/registry";
import { findTarget } from "#protocols/targets/registry";
import { networkGrowthRate } from "#simulators/index";
import { type Bench, benchOf, measurementOf, predictSignals } from "./predict.ts";

/** An experiment laid out on a device: everything but the prediction, which takes seconds. */
export interface DesignedExperiment {
  readonly experiment: Experiment;
  /** The platform's profile, assumptions of the experiment laid over it. */
  readonly profile: unknown;
  readonly summary: Omit<Plan, "prediction" | "measurement">;
  readonly measurement: Measurement;
  readonly sequence: Sequence;
  /** Emitted when first asked for; throws `target.unsupported` when the target's own findings are errors. */
  readonly program: Program;
  readonly bench: Bench;
  readonly exchange_hz: readonly number[];
  /** 1σ of each site's frequency, Hz. */
  readonly uncertainty_hz: number;
  readonly growth_rate_per_s: readonly number[];
  readonly onset_hz: number | null;
}

/**
 * Turns an experiment and a profile document into knobs, findings, timed signals and program text.
 *
 * @throws EntrainError for an unknown platform, protocol or target, an invalid profile or invalid parameters
 */
export function designExperiment(experiment: Experiment, profileDocument: unknown): DesignedExperiment {
  const head = parseWith(profileHeadSchema, profileDocument, "profile.invalid");
  const platform = findPlatform(head.kind);
  const profile = platform.parseProfile(profileDocument, experiment.device.assume);
  const protocol = findProtocol(experiment.protocol.kind);
  const target = findTarget(experiment.target);
  const parameters = parseWith(protocol.schema, experiment.protocol, "experiment.invalid", "protocol");
  const wanted = protocol.wanted(parameters);
  const { knobs, findings, operating_point } = platform.design(profile, wanted);
  const operations = alignOperations(protocol.operations(parameters), platform.clock(profile));
  const sequence = platform.lower(profile, knobs, operations, experiment.shots);
  const bench = benchOf(platform, profile, knobs);
  const measurement = measurementOf(bench, operations, platform.assignment(profile));
  const growth = (exchange: number) =>
    networkGrowthRate(bench.network({ stabilisers: true, exchange_hz: exchange }));
  const onset_hz = findOnset(growth, wanted.exchange_hz);
  const layout = platform.layout(profile);
  const known = new Set(findings.map((finding) => finding.code));
  const all = [
    ...findings,
    ...scanFindings(onset_hz, wanted.exchange_hz),
    ...target.check(sequence, experiment.target_settings).filter(({ code }) => !known.has(code)),
  ];
  const settings = measurement.settings.length;
  const points = wanted.exchange_hz.length;
  const shots = experiment.shots * points * settings;
  const shot_s = platform.overhead(profile) + operationsDuration(operations, bench);
  let program: Program | undefined;
  return {
    experiment,
    profile,
    measurement,
    sequence,
    get program() {
      program ??= target.emit(sequence, experiment.target_settings);
      return program;
    },
    bench,
    exchange_hz: wanted.exchange_hz,
    uncertainty_hz: platform.frequencyUncertainty(profile),
    growth_rate_per_s: wanted.exchange_hz.map(growth),
    onset_hz,
    summary: {
      platform: platform.kind,
      profile: head.name,
      protocol: protocol.kind,
      sites: [...layout.sites],
      bonds: layout.bonds.map(([a, b]) => [a, b]),
      positions: layout.positions.map(([x, y]) => [x, y]),
      operating_point: [...operating_point, onsetEntry(onset_hz)],
      knobs,
      operations,
      assumptions: platform.assumptions(profile),
      findings: all,
      feasible: !hasErrors(all),
      cost: { shots, duration_s: shots * shot_s, points, settings },
    },
  };
}

/** Adds the prediction of the measurement. */
export function completePlan(
  designed: DesignedExperiment,
  onProgress?: (done: number, of: number) => void,
): Plan {
  const { bench, summary, measurement, exchange_hz, uncertainty_hz, growth_rate_per_s, onset_hz } = designed;
  const signals = predictSignals(
    bench,
    summary.operations,
    measurement,
    exchange_hz,
    uncertainty_hz,
    onProgress,
  );
  const prediction: Prediction = { ...signals, growth_rate_per_s: [...growth_rate_per_s], onset_hz };
  return { ...summary, measurement, prediction };
}

function operationsDuration(operations: readonly Operation[], bench: Bench): number {
  return operations.reduce((sum, operation) => {
    if ("duration_s" in operation) return sum + operation.duration_s;
    if (operation.kind === "rotate") return sum + bench.rotation.duration_s;
    if (operation.kind === "prepare") return sum;
    return sum + Math.max(...operation.settings.map((s) => s.rotations.length)) * bench.rotation.duration_s;
  }, 0);
}

/**
 * Smallest exchange, of the scan's sign, at which the unsynchronized state is unstable: scanned to half again the
 * largest exchange in 96 steps, then bisected to 1 Hz.
 */
function findOnset(growth: (exchange_hz: number) => number, exchange_hz: readonly number[]): number | null {
  const far = exchange_hz.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a)) * 1.5;
  if (far === 0) return null;
  const steps = 96;
  for (let k = 1; k <= steps; k++) {
    if (growth((far * k) / steps) <= 0) continue;
    let low = (far * (k - 1)) / steps;
    let high = (far * k) / steps;
    while (Math.abs(high - low) > 1) {
      const middle = (low + high) / 2;
      if (growth(middle) > 0) high = middle;
      else low = middle;
    }
    return high;
  }
  return null;
}

function onsetEntry(onset_hz: number | null): PlanEntry {
  return {
    name: "onset J/2π",
    value: onset_hz ?? 0,
    unit: "Hz",
    text: onset_hz === null ? "none" : formatQuantity(onset_hz, "frequency"),
    note: "linear stability of the unsynchronized state, all channels included",
  };
}

function scanFindings(onset_hz: number | null, exchange_hz: readonly number[]): Finding[] {
  const low = Math.min(...exchange_hz);
  const high = Math.max(...exchange_hz);
  const range = `${formatQuantity(low, "frequency")} … ${formatQuantity(high, "frequency")}`;
  if (onset_hz === null) {
    return [
      {
        code: "P01",
        severity: "warning",
        title: "no onset",
        message: `The unsynchronized state is stable throughout the scan (${range}) and half again beyond it.`,
        numbers: { scan_low_hz: low, scan_high_hz: high },
        help: "This is a blockade experiment; to see synchronization, see the findings on sign and disorder.",
        where: [],
      },
    ];
  }
  if (onset_hz >= low && onset_hz <= high) return [];
  return [
    {
      code: "P02",
      severity: "warning",
      title: "onset outside the scan",
      message: `The onset is expected at J/2π = ${formatQuantity(onset_hz, "frequency")}, the scan covers ${range}.`,
      numbers: { onset_hz, scan_low_hz: low, scan_high_hz: high },
      help: "Scan from about 0.7 to 1.3 of the onset.",
      where: [],
    },
  ];
}
