import { withAssignmentErrors } from "#analysis/assignment-nuisances";
import type { CountTable } from "#analysis/frequencies";
import { type Experiment, parseExperiment } from "#ir/experiment";
import type { Plan } from "#ir/plan";
import { completePlan } from "#planning/complete-plan";
import { parseYaml } from "#planning/load";
import { type DesignedExperiment, designExperiment } from "#planning/plan";
import type { DataPlan } from "#store/data-files/count-collector";
import type { Mapping } from "#store/data-files/mapping";
import { type Expectation, openRunFile, type ReadData, readData } from "#store/data-files/read-data";
import type { MeasuredAssignment } from "#store/data-files/read-points";
import { countRun } from "#store/data-files/run-records";
import type { DataSource } from "#store/data-files/source";
import { profileHash } from "#store/documents";
import type { RunStore } from "#store/run-store";
import { analyseCounts, type Judgement } from "./execute-run.ts";

/** What data are compared with. */
export interface Comparison {
  readonly experiment: Experiment;
  readonly profileDocument: unknown;
  /** True where the profile was chosen apart from the experiment's, to be compared with data of another. */
  readonly profileChosen: boolean;
}

/** Data that were judged, with all that a report of them shows. */
export interface JudgedData extends Judgement {
  readonly plan: Plan;
  readonly experiment: Experiment;
  readonly profile: unknown;
  readonly counts: CountTable;
  /** Null for a run of the store. */
  readonly source: DataSource | null;
  /** Assignment matrices that the data brought with them, by site; null where the profile's hold. */
  readonly assignments: ReadonlyMap<string, MeasuredAssignment> | null;
}

type OnProgress = (done: number, of: number) => void;

/**
 * Judges a file of data by the prediction of an experiment: the experiment is laid out, the data are counted as they
 * stream past, and the same measurement with as many shots is predicted.
 *
 * @throws EntrainError what `designExperiment` and `readData` throw; nothing is written
 */
export async function judgeFile(
  path: string,
  comparison: Comparison,
  mapping: Mapping | undefined,
  onProgress?: OnProgress,
): Promise<JudgedData> {
  const designed = designExperiment(comparison.experiment, comparison.profileDocument);
  const expected = expectationOf(designed, comparison.profileChosen);
  return judged(comparison, designed, await readData(path, expected, mapping), onProgress);
}

/** Judges a kept run by the prediction of another experiment than its own. */
export function judgeRunAgainst(
  store: RunStore,
  id: string,
  comparison: Comparison,
  onProgress?: OnProgress,
): JudgedData {
  const designed = designExperiment(comparison.experiment, comparison.profileDocument);
  const table = countRun(store, id, dataPlanOf(designed));
  return judged(comparison, designed, { table, source: null }, onProgress);
}

/**
 * Judges an exported run by the plan in its own file.
 *
 * @returns null for a file that holds no plan
 */
export async function judgeRunFile(path: string): Promise<JudgedData | null> {
  const file = await openRunFile(path);
  if (file === null) return null;
  const { plan, profile } = file;
  const experiment = parseExperiment(parseYaml(file.experiment, `${path}:/documents/experiment`));
  const expected: Expectation = { plan, profile_sha256: profileHash(profile), profile_chosen: false };
  const { table, source }: ReadData = await readData(path, expected, undefined);
  return {
    ...analyseCounts(table, plan, experiment.significance),
    plan,
    experiment,
    profile,
    counts: table,
    source,
    assignments: null,
  };
}

function dataPlanOf({ measurement, summary: { axes, analysis } }: DesignedExperiment): DataPlan {
  return { measurement, axes, analysis };
}

function expectationOf(designed: DesignedExperiment, profile_chosen: boolean): Expectation {
  const { protocol, profile } = designed.summary;
  return {
    plan: { ...dataPlanOf(designed), protocol, profile },
    profile_sha256: profileHash(designed.profile),
    profile_chosen,
  };
}

function judged(
  { experiment: given, profileDocument }: Comparison,
  designed: DesignedExperiment,
  {
    table: counts,
    source,
    assignments,
  }: Pick<ReadData, "table" | "assignments"> & { readonly source: DataSource | null },
  onProgress?: OnProgress,
): JudgedData {
  // The measurement that was made has the shots that the data have.
  const experiment = { ...given, shots: counts.shots };
  const same = counts.shots === given.shots;
  const taken = same ? designed : designExperiment(experiment, profileDocument);
  const plan =
    assignments === undefined
      ? completePlan(taken, onProgress)
      : withAssignmentErrors(
          completePlan(assignedBy(taken, assignments), onProgress),
          new Map([...assignments].map(([id, { errors }]) => [id, errors])),
        );
  const { profile } = designed;
  return {
    ...analyseCounts(counts, plan, experiment.significance),
    plan,
    experiment,
    profile,
    counts,
    source,
    assignments: assignments ?? null,
  };
}

/** The same measurement, read out as its own calibration shots say. */
function assignedBy(
  designed: DesignedExperiment,
  assignments: ReadonlyMap<string, MeasuredAssignment>,
): DesignedExperiment {
  const { measurement } = designed;
  const sites = measurement.sites.map((site) => ({
    ...site,
    assignment: assignments.get(site.id)!.matrix.map((row) => [...row]),
  }));
  // On top of the other: its program is written when asked for, and nobody asks here.
  return Object.create(designed, { measurement: { value: { ...measurement, sites } } }) as DesignedExperiment;
}
