import { EntrainError } from "#core/errors";
import type { Measurement } from "#ir/plan";
import { countsOf, type Record as MeasurementRecord } from "#ir/record";

/** Counts of assigned levels: [exchange][setting][site][level], and the shots behind each. */
export interface CountTable {
  readonly counts: readonly (readonly (readonly (readonly number[])[])[])[];
  readonly shots: number;
}

/**
 * Sorts records by exchange and setting.
 *
 * @throws EntrainError `records.incomplete` naming the first missing point; `records.mismatch` when sites or shots
 * are not those of the plan
 */
export function tabulate(
  records: readonly MeasurementRecord[],
  measurement: Measurement,
  exchangePoints: number,
): CountTable {
  const sites = measurement.sites.map((site) => site.id);
  const table: (number[][] | undefined)[][] = Array.from({ length: exchangePoints }, () => []);
  const shots = records[0]?.shots ?? 0;
  records.forEach((record, r) => {
    const { exchange, setting } = record.point;
    const misfit = (path: string, found: unknown, expected: string) =>
      new EntrainError("records.mismatch", {
        path: `records[${r}].${path}`,
        message: "the record does not belong to this plan",
        found,
        expected,
      });
    if (exchange === undefined || exchange >= exchangePoints) {
      throw misfit("point.exchange", exchange, `0 to ${exchangePoints - 1}`);
    }
    if (setting === undefined || setting >= measurement.settings.length) {
      throw misfit("point.setting", setting, `0 to ${measurement.settings.length - 1}`);
    }
    if (record.sites.join() !== sites.join()) throw misfit("sites", record.sites, sites.join(", "));
    if (record.shots !== shots) throw misfit("shots", record.shots, String(shots));
    const counts = countsOf(record);
    const counted = counts.every((site) => site.length === 3 && site[0]! + site[1]! + site[2]! === shots);
    if (!counted)
      throw misfit("levels", "levels beyond 2 or a wrong length", `${shots} × ${sites.length} bytes 0–2`);
    table[exchange]![setting] = counts;
  });
  return {
    shots,
    counts: table.map((row, k) =>
      measurement.settings.map((setting, s) => {
        const counts = row[s];
        if (counts) return counts;
        throw new EntrainError("records.incomplete", {
          path: `records[exchange=${k},setting=${s}]`,
          message: `there is no record of setting ${setting.name} at exchange point ${k}`,
          found: `${records.length} records`,
          expected: `${exchangePoints * measurement.settings.length} records`,
        });
      }),
    ),
  };
}
