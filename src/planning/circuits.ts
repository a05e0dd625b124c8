import { estimateExpected } from "#analysis/estimate";
import { isPredictedOnly } from "#analysis/series";
import { modulus } from "#core/complex";
import { parseWith } from "#core/schema";
import type { AnyCircuitPlatform } from "#devices/registry";
import type { Analysis } from "#ir/analysis";
import type { CircuitDesign } from "#ir/circuits";
import type { Experiment } from "#ir/experiment";
import { hasErrors } from "#ir/finding";
import { type Plan, type Prediction, planVersion } from "#ir/plan";
import { profileHeadSchema } from "#ir/profile";
import type { Program } from "#ir/program";
import { scanPoints } from "#ir/scan";
import { findCircuitProtocol } from "#protocols/registry";
import { findCircuitTarget } from "#protocols/targets/registry";

/** An experiment laid out as circuits: everything but the prediction. */
export interface DesignedCircuits {
  readonly signals: "circuits";
  readonly experiment: Experiment;
  readonly profile: unknown;
  readonly summary: Omit<Plan, "prediction" | "measurement">;
  readonly design: CircuitDesign;
  readonly program: Program;
}

/**
 * Turns an experiment into circuits on a gate-model device.
 *
 * @param now - ms since 1970, to tell a stale calibration
 * @throws EntrainError for a protocol or target of another sort, invalid parameters, `plan.infeasible` for a device that
 * lacks what every circuit needs, `digital.layout` when there is no place for them
 */
export function designCircuits(
  platform: AnyCircuitPlatform,
  experiment: Experiment,
  profileDocument: unknown,
  now: number,
): DesignedCircuits {
  const { name } = parseWith(profileHeadSchema, profileDocument, "profile.invalid");
  const profile = platform.parseProfile(profileDocument, experiment.device.assume);
  const protocol = findCircuitProtocol(experiment.protocol.kind);
  const target = findCircuitTarget(experiment.target);
  const parameters = parseWith(protocol.schema, experiment.protocol, "experiment.invalid", "protocol");
  const axes = protocol.axes(parameters);
  const points = scanPoints(axes);
  const { shots } = experiment;
  const design = platform.design(profile, protocol.wanted(parameters), { points, shots, now });
  const analysis: Analysis = {
    ...protocol.analysis(parameters),
    groups: [design.measurement.sites.map(({ id }) => id)],
  };
  const settings = design.measurement.settings.length;
  let program: Program | undefined;
  return {
    signals: "circuits",
    experiment,
    profile,
    design,
    get program() {
      program ??= target.emit(design.program);
      return program;
    },
    summary: {
      schema_version: planVersion,
      platform: platform.kind,
      profile: name,
      protocol: protocol.kind,
      sites: [...design.sites],
      bonds: design.bonds.map(([a, b]) => [a, b]),
      positions: design.positions.map(([x, y]) => [x, y]),
      operating_point: [...design.operating_point],
      knobs: design.knobs,
      axes,
      operations: [],
      analysis,
      assumptions: platform.assumptions(profile),
      findings: [...design.findings],
      feasible: !hasErrors(design.findings),
      cost: {
        shots: shots * points.length * settings,
        duration_s: design.usage_s,
        points: points.length,
        settings,
      },
    },
  };
}

/** Adds what the device should return, and what the analysis should find in it. */
export function completeCircuits(
  { summary, design, experiment }: DesignedCircuits,
  onProgress?: (done: number, of: number) => void,
): Plan {
  const { measurement } = design;
  const { theory, probabilities, nuisances } = design.predict(onProgress);
  const plan = { measurement, axes: summary.axes, operations: [], analysis: summary.analysis };
  const expected = estimateExpected(probabilities, experiment.shots, plan);
  const idealValues = (id: string): number[] => {
    const of = summary.analysis.series.find((entry) => entry.id === id)!;
    const column = measurement.observables!.findIndex(
      (o) => "sites" in of && o.kind === of.kind && o.sites.join() === of.sites.join(),
    );
    return design.ideal.map((row) => modulus(row[column]!));
  };
  const series = summary.analysis.series.map((declaration): Prediction["series"][number] => {
    const { id } = declaration;
    if (declaration.kind === "ideal") {
      return { id, values: idealValues(declaration.of), phases: null, curve: null };
    }
    const found = isPredictedOnly(declaration) ? undefined : expected.series.find((s) => s.id === id);
    return {
      id,
      values: found?.values.map(({ value }) => value) ?? [],
      phases: found?.phases?.map(({ value }) => value) ?? null,
      curve: null,
    };
  });
  return {
    ...summary,
    measurement,
    prediction: {
      theory,
      settings: measurement.settings.map(({ name }) => name),
      sites: measurement.sites.map(({ id }) => id),
      probabilities,
      quarter_turn: null,
      half_turn: null,
      accuracy: probabilities.map(() => 0),
      nuisances: nuisances.map(({ name, change }) => ({
        name,
        change,
        quarter_turn: null,
        half_turn: null,
      })),
      amplitudes: null,
      series,
      results: summary.analysis.results.map(({ id }) => ({
        id,
        value: expected.results.find((result) => result.id === id)?.measured?.value ?? null,
      })),
    },
  };
}
