import type { CountTable } from "#analysis/frequencies";
import { assignmentErrors, type LevelClassifier, trainClassifier } from "#analysis/iq-levels";
import { trainMixture } from "#analysis/iq-mixture";
import { EntrainError } from "#core/errors";
import { eachCell } from "./boxes.ts";
import { CountCollector, type DataPlan } from "./count-collector.ts";
import type { Hdf5File } from "./hdf5-file.ts";
import {
  calibrationName,
  classifierName,
  levelDimensions,
  pointsName,
  quadratureDimension,
} from "./layout.ts";
import { cellsOf, checkDimensions, siteColumns, statedShots } from "./read-hdf5.ts";

/** Below this, the matrix can hardly be inverted, and the data are more likely mislabelled than badly read. */
const leastFidelity = 0.5;

/** What the calibration shots of a file say about the read-out of each site. */
export interface MeasuredAssignment {
  /** Rows assigned, columns prepared. */
  readonly matrix: readonly (readonly number[])[];
  /** 1σ changes of it that are independent of each other. */
  readonly errors: readonly (readonly (readonly number[])[])[];
}

export interface ClassifiedPoints {
  readonly table: CountTable;
  readonly assignments: ReadonlyMap<string, MeasuredAssignment>;
}

/** Elements of the calibration of one level that are read at once. */
const largestCalibration = 1 << 23;

/**
 * Counts levels that are read from points in the I/Q plane: each site's boundaries are learnt from shots of prepared
 * levels in the same file.
 *
 * @throws EntrainError `data.dimensions`, `data.missing`, `data.point`, `iq.calibration`, and as `readHdf5`
 */
export function readPoints(file: Hdf5File, plan: DataPlan): ClassifiedPoints {
  const dataset = file.dataset(`/${pointsName}`);
  const dimensions = checkDimensions(dataset, [[...levelDimensions(plan), quadratureDimension]]);
  const collector = new CountCollector(plan);
  const width = dataset.shape.at(-2)!;
  const columns = siteColumns(file, width, collector.sites);
  const classifiers = calibrate(file, collector, columns);
  const { cellAt, lengths } = cellsOf(file, plan, dataset);
  eachCell(dataset, lengths.length, 2, (index, data, from) => {
    const at = () => index.map((k, d) => `${dimensions[d]}=${k}`).join(",");
    const place = (shot?: number, site?: string) =>
      `${dataset.path}[${at()},shot=${from + shot!},site=${site}]`;
    const levels = new Uint8Array(data.length / 2);
    for (let shot = 0; shot < levels.length / width; shot++) {
      for (let s = 0; s < columns.length; s++) {
        const k = shot * width + columns[s]!;
        const [i, q] = [data[2 * k]!, data[2 * k + 1]!];
        if (!Number.isFinite(i) || !Number.isFinite(q)) {
          throw new EntrainError("data.point", {
            path: place(shot, collector.sites[s]),
            message: "not a point",
            found: `${i}, ${q}`,
            expected: "two numbers",
          });
        }
        levels[k] = classifiers[s]!.levelOf(i, q);
      }
    }
    collector.addShots(cellAt(index), levels, columns, width, place);
  });
  return {
    table: collector.finish(dataset.path, statedShots(file, dataset)),
    assignments: new Map(
      classifiers.map((classifier, s) => [
        collector.sites[s]!,
        { matrix: classifier.assignment, errors: assignmentErrors(classifier) },
      ]),
    ),
  };
}

const trainers = { linear: trainClassifier, mixture: trainMixture } as const;

function trainerOf(name: string, path: string): typeof trainClassifier {
  if (Object.hasOwn(trainers, name)) return trainers[name as keyof typeof trainers];
  throw new EntrainError("iq.calibration", {
    path: `${path}@${classifierName}`,
    message: "there is no such way to tell levels apart",
    found: name,
    expected: Object.keys(trainers).join(" or "),
  });
}

/** A classifier for each of the plan's sites. */
function calibrate(file: Hdf5File, collector: CountCollector, columns: readonly number[]): LevelClassifier[] {
  const dataset = file.dataset(`/${calibrationName}`);
  checkDimensions(dataset, [["level", "calibration_shot", "site", quadratureDimension]]);
  const [levels, shots, width, two] = dataset.shape as [number, number, number, number];
  const { base } = collector;
  if (levels !== base || width !== columns.length || two !== 2 || shots * width * 2 > largestCalibration) {
    throw new EntrainError("data.dimensions", {
      path: dataset.path,
      message: "the calibration has another shape",
      found: dataset.shape.join(" × "),
      expected: `${base} levels × up to ${Math.floor(largestCalibration / (2 * columns.length))} shots × ${columns.length} sites × 2`,
    });
  }
  const train = trainerOf(dataset.text(classifierName) ?? "linear", dataset.path);
  const clouds = columns.map((): Float64Array[] => []);
  for (let level = 0; level < levels; level++) {
    const data = dataset.box([level, 0, 0, 0], [level + 1, shots, width, 2]);
    columns.forEach((column, s) => {
      const cloud = new Float64Array(2 * shots);
      for (let shot = 0; shot < shots; shot++) {
        const k = 2 * (shot * width + column);
        cloud[2 * shot] = data[k]!;
        cloud[2 * shot + 1] = data[k + 1]!;
      }
      clouds[s]!.push(cloud);
    });
  }
  return clouds.map((cloud, s) => {
    const path = `${dataset.path}[site=${collector.sites[s]}]`;
    const classifier = train(cloud, path);
    const level = classifier.assignment.findIndex((row, k) => row[k]! < leastFidelity);
    if (level < 0) return classifier;
    throw new EntrainError("iq.calibration", {
      path,
      message: `the calibration does not tell level ${level} from the others`,
      found: `found in ${(100 * classifier.assignment[level]![level]!).toFixed(0)} % of its shots`,
      expected: `at least ${100 * leastFidelity} %`,
      hint: "Was the level prepared? Its points lie among those of another.",
    });
  });
}
