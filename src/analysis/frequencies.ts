import { EntrainError } from "#core/errors";
import type { Plan } from "#ir/plan";
import { levelsOf, type Record as MeasurementRecord } from "#ir/record";
import { positionOf, scanPoints } from "#ir/scan";

/**
 * Counts of outcomes: [point][setting][group][outcome], and the shots behind each. An outcome is the levels assigned
 * to the group's sites, in base three, first site first.
 */
export interface CountTable {
  readonly counts: readonly (readonly (readonly (readonly number[])[])[])[];
  readonly shots: number;
}

/** Outcomes of one site: levels, or the two values of a bit. */
function baseOf({ sites }: Plan["measurement"]): number {
  return sites[0]!.assignment.length;
}

/**
 * Sorts records by point of the scan and setting.
 *
 * @throws EntrainError `records.incomplete` naming the first missing point; `records.mismatch` when sites or shots
 * are not those of the plan
 */
export function tabulate(
  records: readonly MeasurementRecord[],
  { measurement, axes, analysis }: Pick<Plan, "measurement" | "axes" | "analysis">,
): CountTable {
  const sites = measurement.sites.map((site) => site.id);
  const groups = analysis.groups.map((group) => group.map((id) => sites.indexOf(id)));
  const points = scanPoints(axes);
  const levels = baseOf(measurement);
  const table: (number[][] | undefined)[][] = points.map(() => []);
  const shots = records[0]?.shots ?? 0;
  records.forEach((record, r) => {
    const misfit = (path: string, found: unknown, expected: string) =>
      new EntrainError("records.mismatch", {
        path: `records[${r}].${path}`,
        message: "the record does not belong to this plan",
        found,
        expected,
      });
    for (const { name, values } of axes) {
      const index = record.point[name];
      if (index === undefined || index >= values.length)
        throw misfit(`point.${name}`, index, `0 to ${values.length - 1}`);
    }
    const { setting } = record.point;
    if (setting === undefined || setting >= measurement.settings.length) {
      throw misfit("point.setting", setting, `0 to ${measurement.settings.length - 1}`);
    }
    if (record.sites.join() !== sites.join()) throw misfit("sites", record.sites, sites.join(", "));
    if (record.shots !== shots) throw misfit("shots", record.shots, String(shots));
    const assigned = levelsOf(record);
    if (assigned.length !== shots * sites.length || assigned.some((level) => level >= levels))
      throw misfit(
        "levels",
        `levels beyond ${levels - 1} or a wrong length`,
        `${shots} × ${sites.length} bytes 0–${levels - 1}`,
      );
    table[positionOf(axes, record.point)]![setting] = groups.map((group) =>
      countOutcomes(assigned, sites.length, group, levels),
    );
  });
  return {
    shots,
    counts: table.map((row, k) =>
      measurement.settings.map((setting, s) => {
        const counts = row[s];
        if (counts) return counts;
        const place = axes.map(({ name }) => `${name}=${points[k]![name]}`).join(",");
        throw new EntrainError("records.incomplete", {
          path: `records[${place},setting=${s}]`,
          message: `there is no record of setting ${setting.name} at point ${place}`,
          found: `${records.length} records`,
          expected: `${points.length * measurement.settings.length} records`,
        });
      }),
    ),
  };
}

function countOutcomes(
  assigned: Uint8Array,
  sites: number,
  group: readonly number[],
  levels: number,
): number[] {
  const counts = new Array<number>(levels ** group.length).fill(0);
  for (let shot = 0; shot < assigned.length; shot += sites) {
    let outcome = 0;
    for (const site of group) outcome = outcome * levels + assigned[shot + site]!;
    counts[outcome]!++;
  }
  return counts;
}
