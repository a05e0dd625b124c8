import { EntrainError } from "#core/errors";
import { parseWith } from "#core/schema";
import { formatQuantity } from "#core/units";
import { findPlatform } from "#devices/registry";
import type { Analysis } from "#ir/analysis";
import type { Experiment } from "#ir/experiment";
import { type Finding, hasErrors } from "#ir/finding";
import type { Step } from "#ir/operations";
import { type Measurement, type Plan, type PlanEntry, planVersion } from "#ir/plan";
import { profileHeadSchema } from "#ir/profile";
import type { Program } from "#ir/program";
import type { Sequence } from "#ir/sequence";
import { alignOperations } from "#protocols/passes/align";
import { findProtocol } from "#protocols/registry";
import { findTarget } from "#protocols/targets/registry";
import { networkGrowthRate } from "#simulators/index";
import { type Bench, benchOf, durationOf, measurementOf, type Scan, stepsOf } from "./bench.ts";
import { groupsOf, isExact } from "./predict.ts";

/** An experiment laid out on a device: everything but the prediction, which takes seconds. */
export interface DesignedExperiment {
  readonly experiment: Experiment;
  readonly profileDocument: unknown;
  /** The platform's profile, assumptions of the experiment laid over it. */
  readonly profile: unknown;
  readonly summary: Omit<Plan, "prediction" | "measurement">;
  readonly measurement: Measurement;
  readonly sequence: Sequence;
  /** Emitted when first asked for; throws `target.unsupported` when the target's own findings are errors. */
  readonly program: Program;
  readonly bench: Bench;
  readonly scan: Scan;
  /** 1σ of each site's frequency, Hz. */
  readonly uncertainty_hz: number;
  /** Of the unsynchronized state, by exchange; empty for a protocol that does not ask. */
  readonly growth_rate_per_s: readonly number[];
  readonly onset_hz: number | null;
}

/** An experiment on a device as the prediction needs it: the cheap part of a design. */
export function layOutPulses(experiment: Experiment, profileDocument: unknown) {
  const head = parseWith(profileHeadSchema, profileDocument, "profile.invalid");
  const platform = findPlatform(head.kind);
  const profile = platform.parseProfile(profileDocument, experiment.device.assume);
  const protocol = findProtocol(experiment.protocol.kind);
  const parameters = parseWith(protocol.schema, experiment.protocol, "experiment.invalid", "protocol");
  const wanted = protocol.wanted(parameters);
  const layout = platform.layout(profile);
  const design = platform.design(profile, wanted);
  const axes = protocol.axes(parameters, layout);
  const operations = alignOperations(protocol.operations(parameters, layout), platform.clock(profile));
  const scan: Scan = { axes, operations, exchange_hz: wanted.exchange_hz };
  const bench = benchOf(platform, profile, design.knobs);
  const declared = protocol.analysis(parameters, layout);
  const analysis: Analysis = {
    ...declared,
    free_phase: declared.free_phase && !isExact(layout.sites),
    groups: groupsOf(layout.sites),
  };
  return {
    head,
    platform,
    profile,
    protocol,
    layout,
    design,
    scan,
    bench,
    measurement: measurementOf(bench, scan, platform.assignment(profile)),
    analysis,
    uncertainty_hz: platform.frequencyUncertainty(profile),
  };
}

/**
 * Turns an experiment and a profile document into knobs, findings, timed signals and program text.
 *
 * @throws EntrainError for an unknown platform, protocol or target, an invalid profile or invalid parameters
 */
export function designExperiment(experiment: Experiment, profileDocument: unknown): DesignedExperiment {
  const target = findTarget(experiment.target);
  const laidOut = layOutPulses(experiment, profileDocument);
  const { head, platform, profile, protocol, layout, scan, bench, measurement, analysis } = laidOut;
  const { knobs, findings, operating_point } = laidOut.design;
  const { axes, operations, exchange_hz } = scan;
  const sequence = lowered(() => platform.lower(profile, knobs, scan, experiment.shots), findings);
  // One spectrum of the whole array for each exchange: seconds where there are a hundred sites.
  const grown = new Map<number, number>();
  const growth = (exchange: number) => {
    const known = grown.get(exchange);
    if (known !== undefined) return known;
    const rate = networkGrowthRate(bench.network({ tones: "both", exchange_hz: exchange }));
    grown.set(exchange, rate);
    return rate;
  };
  const seeksOnset = analysis.results.some(({ kind }) => kind === "onset");
  const onset_hz = seeksOnset ? findOnset(growth, exchange_hz) : null;
  const growsAt = analysis.series.some(({ kind }) => kind === "growth_rate") ? exchange_hz : [];
  const known = new Set(findings.map((finding) => finding.code));
  const all = [
    ...findings,
    ...(seeksOnset ? scanFindings(onset_hz, exchange_hz) : []),
    ...target.check(sequence, experiment.target_settings).filter(({ code }) => !known.has(code)),
  ];
  const settings = measurement.settings.length;
  const steps = stepsOf(scan);
  const points = steps.length;
  const shots = experiment.shots * points * settings;
  const overhead_s = platform.overhead(profile);
  const duration_s = steps.reduce(
    (sum, at) => sum + experiment.shots * settings * (overhead_s + shotDuration(at, bench)),
    0,
  );
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
    scan,
    uncertainty_hz: laidOut.uncertainty_hz,
    profileDocument,
    growth_rate_per_s: growsAt.map(growth),
    onset_hz,
    summary: {
      schema_version: planVersion,
      platform: platform.kind,
      profile: head.name,
      protocol: protocol.kind,
      sites: [...layout.sites],
      bonds: layout.bonds.map(([a, b]) => [a, b]),
      positions: layout.positions.map(([x, y]) => [x, y]),
      operating_point: [...operating_point, ...(seeksOnset ? [onsetEntry(onset_hz)] : [])],
      knobs,
      axes: [...axes],
      operations: [...operations],
      analysis,
      assumptions: platform.assumptions(profile),
      findings: all,
      feasible: !hasErrors(all),
      cost: { shots, duration_s, points, settings },
    },
  };
}

/** A device that cannot be worked is still refused for all that its design found. */
function lowered(lower: () => Sequence, findings: readonly Finding[]): Sequence {
  try {
    return lower();
  } catch (error) {
    if (!(error instanceof EntrainError) || error.code !== "platform.cannot_lower") throw error;
    const errors = findings.filter(({ severity }) => severity === "error");
    throw new EntrainError(
      error.code,
      [
        ...error.problems,
        ...errors.map(({ code, message, numbers, help }) => ({
          path: code,
          message,
          found: numbers,
          ...(help === "" ? {} : { hint: help }),
        })),
      ],
      { kind: error.kind, cause: error },
    );
  }
}

/** A shot from its preparation to the read-out, with the longest of the settings, s. */
function shotDuration(steps: readonly Step[], bench: Bench): number {
  return steps.reduce(
    (sum, step) =>
      sum +
      durationOf(step, bench) +
      (step.kind === "measure"
        ? Math.max(...step.settings.map((setting) => setting.rotations.length)) * bench.rotation.duration_s
        : 0),
    0,
  );
}

/**
 * Smallest exchange, of the scan's sign, at which the unsynchronized state is unstable: looked for at the points of the
 * scan and, to half again the largest, wherever they leave gaps of more than a 32nd of that; then closed in on to 1 Hz
 * by regula falsi.
 */
function findOnset(growth: (exchange_hz: number) => number, exchange_hz: readonly number[]): number | null {
  const far = exchange_hz.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a)) * 1.5;
  if (far === 0) return null;
  const step = far / 48;
  // The points of the scan are known anyway, and stand for whatever lies next to them.
  const scanned = exchange_hz.filter((exchange) => exchange * far > 0);
  const between = Array.from({ length: 48 }, (_, k) => (k + 1) * step).filter((exchange) =>
    scanned.every((point) => Math.abs(point - exchange) > Math.abs(step) / 2),
  );
  let [last, below] = [0, growth(0)];
  for (const exchange of [...scanned, ...between].sort((a, b) => Math.abs(a) - Math.abs(b))) {
    const above = growth(exchange);
    if (above > 0) return crossing(growth, [last, below], [exchange, above]);
    [last, below] = [exchange, above];
  }
  return null;
}

/** Zero of a function between a place where it is not positive and one where it is, by the Illinois rule. */
function crossing(
  f: (x: number) => number,
  [low, atLow]: readonly [number, number],
  [high, atHigh]: readonly [number, number],
): number {
  let [a, fa, b, fb] = [low, atLow, high, atHigh];
  const direction = Math.sign(b - a);
  let lastAbove: boolean | undefined;
  while (Math.abs(b - a) > 1) {
    const guess = (a * fb - b * fa) / (fb - fa);
    // Half a hertz from either end at least, so that the bracket closes from both sides.
    const fromA = Math.min(Math.max((guess - a) * direction, 0.5), Math.abs(b - a) - 0.5);
    const x = a + direction * fromA;
    const fx = f(x);
    const above = fx > 0;
    if (above) {
      [b, fb] = [x, fx];
      if (lastAbove === true) fa /= 2;
    } else {
      [a, fa] = [x, fx];
      if (lastAbove === false) fb /= 2;
    }
    lastAbove = above;
  }
  return b;
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
