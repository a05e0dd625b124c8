import type { CountTable } from "#analysis/frequencies";
import { EntrainError } from "#core/errors";
import type { Axis } from "#ir/scan";
import { eachCell } from "./boxes.ts";
import { CountCollector, type DataPlan } from "./count-collector.ts";
import type { Hdf5Dataset, Hdf5File } from "./hdf5-file.ts";
import {
  checksName,
  countsName,
  crc32,
  formatName,
  formatVersion,
  levelDimensions,
  levelsName,
  pointsName,
  settingDimension,
  siteDimension,
} from "./layout.ts";
import { AxisMatcher, matchNames, unitFactor } from "./matching.ts";

/**
 * Counts the records of a file in the layout of docs/data-files.md, box by box.
 *
 * @throws EntrainError `data.format`, `data.missing`, `data.dimensions`, `data.axis`, `data.unit`, `data.names`,
 * `data.level`, `data.count`, `data.shots`, `data.incomplete`, `data.corrupt`, each with the dataset
 */
export function readHdf5(file: Hdf5File, plan: DataPlan): CountTable {
  const names = file.names();
  if (names.includes(levelsName)) return readLevels(file, plan);
  if (names.includes(countsName)) return readCounts(file, plan);
  throw new EntrainError("data.missing", {
    path: `${file.path}:/`,
    message: "the file holds no records",
    found: names.join(", ") || "nothing",
    expected: `a dataset ${levelsName} (levels shot by shot), ${pointsName} (read-out points) or ${countsName} (counts of outcomes)`,
  });
}

/** A file that names no format is taken by its datasets. */
export function checkFormat(file: Hdf5File): void {
  const refuse = (name: string, found: unknown, expected: string) =>
    new EntrainError("data.format", {
      path: `${file.path}:/@${name}`,
      message: "the file is of another format",
      found,
      expected,
    });
  const format = file.attribute("format");
  if (format === undefined) return;
  if (file.text("format") !== formatName) throw refuse("format", format, formatName);
  const version = file.attribute("format_version");
  if (version !== undefined && Number(version) !== formatVersion) {
    throw refuse("format_version", version, String(formatVersion));
  }
}

/** @throws EntrainError `data.dimensions` */
export function checkDimensions(
  dataset: Hdf5Dataset,
  wanted: readonly (readonly string[])[],
): readonly string[] {
  const found = dataset.dimensions();
  const match = wanted.find((names) => names.join("\n") === found.join("\n"));
  if (match !== undefined) return match;
  throw new EntrainError("data.dimensions", {
    path: dataset.path,
    message: "the dimensions are not those of the experiment",
    found: found.map((name, k) => `${name || "(no name)"}[${dataset.shape[k]}]`).join(", ") || "none",
    expected: wanted.map((names) => names.join(", ")).join(", or "),
    hint: "Dimensions take their names from attached scales, or from the attribute _ARRAY_DIMENSIONS, slowest first.",
  });
}

/** Index in the plan of every index of the file. */
export function axisOrder(
  scale: Hdf5Dataset,
  axis: Axis,
  length: number,
  unit = scale.text("units"),
): number[] {
  const matcher = new AxisMatcher(axis);
  let order: number[];
  if (scale.numeric) {
    const factor = unitFactor(unit, axis, `${scale.path}@units`);
    order = scale.numbers().map((value, k) => {
      const index = Number.isFinite(value) ? matcher.ofValue(value * factor) : -1;
      if (index < 0) throw matcher.refuse(value, `${scale.path}[${k}]`);
      return index;
    });
  } else {
    order = scale.texts().map((label, k) => {
      const index = matcher.ofLabel(label);
      if (index < 0) throw matcher.refuse(label, `${scale.path}[${k}]`);
      return index;
    });
  }
  checkLength(scale, order.length, length, axis.name);
  const twice = order.findIndex((index, k) => order.indexOf(index) !== k);
  if (twice >= 0) {
    throw new EntrainError("data.axis", {
      path: `${scale.path}[${twice}]`,
      message: `axis ${axis.name} has the same value twice`,
      found: axis.values[order[twice]!],
      expected: "each point once",
    });
  }
  if (order.length < axis.values.length) {
    const missing = axis.values.flatMap((value, k) => (order.includes(k) ? [] : [axis.labels?.[k] ?? value]));
    throw new EntrainError("data.axis", {
      path: scale.path,
      message: `axis ${axis.name} lacks points of the experiment`,
      found: `${order.length} points; missing ${missing.slice(0, 5).join(", ")}`,
      expected: `${axis.values.length} points`,
    });
  }
  return order;
}

function checkLength(scale: Hdf5Dataset, found: number, expected: number, name: string): void {
  if (found === expected) return;
  throw new EntrainError("data.dimensions", {
    path: scale.path,
    message: `the scale of dimension ${name} has another length than the data`,
    found,
    expected: String(expected),
  });
}

function nameOrder(file: Hdf5File, dimension: string, length: number, wanted: readonly string[]): number[] {
  const scale = file.dataset(`/${dimension}`);
  const order = matchNames(scale.texts(), wanted, dimension, scale.path);
  checkLength(scale, order.length, length, dimension);
  return order;
}

/** Column of each of the plan's sites. */
export function siteColumns(file: Hdf5File, width: number, sites: readonly string[]): number[] {
  const order = nameOrder(file, siteDimension, width, sites);
  return sites.map((_, s) => order.indexOf(s));
}

/** Where the cells of a dataset lie in the plan. */
interface Cells {
  /** Plan's cell of a cell of the file, by its indices on the scan's dimensions. */
  cellAt(index: readonly number[]): number;
  readonly lengths: readonly number[];
}

export function cellsOf(file: Hdf5File, plan: DataPlan, dataset: Hdf5Dataset): Cells {
  const settings = plan.measurement.settings.map(({ name }) => name);
  const lengths = dataset.shape.slice(0, plan.axes.length + 1);
  const orders = [
    ...plan.axes.map((axis, k) => axisOrder(file.dataset(`/${axis.name}`), axis, lengths[k]!)),
    nameOrder(file, settingDimension, lengths.at(-1)!, settings),
  ];
  const sizes = [...plan.axes.map(({ values }) => values.length), settings.length];
  return {
    lengths,
    cellAt: (index) => index.reduce((cell, k, d) => cell * sizes[d]! + orders[d]![k]!, 0),
  };
}

function readLevels(file: Hdf5File, plan: DataPlan): CountTable {
  const dataset = file.dataset(`/${levelsName}`);
  const dimensions = checkDimensions(dataset, [levelDimensions(plan)]);
  const collector = new CountCollector(plan);
  const { cellAt, lengths } = cellsOf(file, plan, dataset);
  const width = dataset.shape.at(-1)!;
  const columns = siteColumns(file, width, collector.sites);
  const scan = lengths.length;
  const sums = file.find(`/${checksName}`);
  const checks = sums === null ? null : new Uint32Array(collector.cells);
  const missing = Number(([dataset.attribute("_FillValue")].flat() as unknown[])[0] ?? Number.NaN);
  const flat = (index: readonly number[]) => index.reduce((k, i, d) => k * lengths[d]! + i, 0);
  eachCell(dataset, scan, 1, (index, data, from) => {
    const at = () => index.map((k, d) => `${dimensions[d]}=${k}`).join(",");
    if (data[0] === missing) {
      throw new EntrainError("data.incomplete", {
        path: `${dataset.path}[${at()},shot=${from}]`,
        message: "the shots of this point and setting were not taken",
        found: `the fill value ${missing}`,
        expected: "levels",
      });
    }
    collector.addShots(cellAt(index), data, columns, width, (shot, site) => {
      return `${dataset.path}[${at()},shot=${from + shot!},site=${site}]`;
    });
    if (checks !== null) checks[flat(index)] = crc32(data, checks[flat(index)]);
  });
  if (checks !== null) compareChecks(sums!, dataset, checks, lengths, dimensions);
  return collector.finish(dataset.path, statedShots(file, dataset));
}

function compareChecks(
  sums: Hdf5Dataset,
  dataset: Hdf5Dataset,
  found: Uint32Array,
  lengths: readonly number[],
  dimensions: readonly string[],
): void {
  if (sums.shape.join() !== lengths.join()) {
    throw new EntrainError("data.dimensions", {
      path: sums.path,
      message: "there must be one checksum for each point and setting",
      found: sums.shape.join(" × "),
      expected: lengths.join(" × "),
    });
  }
  sums.numbers().forEach((wanted, k) => {
    if (wanted === found[k]) return;
    const index: string[] = [];
    for (let d = lengths.length - 1, rest = k; d >= 0; d--) {
      index.unshift(`${dimensions[d]}=${rest % lengths[d]!}`);
      rest = Math.floor(rest / lengths[d]!);
    }
    throw new EntrainError("data.corrupt", {
      path: `${dataset.path}[${index.join(",")}]`,
      message: "the checksum does not fit the levels: they are not what was written",
      found: found[k],
      expected: String(wanted),
      hint: "Copy the file again from where it was measured.",
    });
  });
}

/** Counts by site and level, or by joint outcome of all sites (`outcome`: one digit for each site). */
function readCounts(file: Hdf5File, plan: DataPlan): CountTable {
  const dataset = file.dataset(`/${countsName}`);
  const scanned = levelDimensions(plan).slice(0, -2);
  const [bySite, joint] = [
    [...scanned, siteDimension, "level"],
    [...scanned, "outcome"],
  ] as const;
  const dimensions = checkDimensions(dataset, [bySite, joint]);
  const collector = new CountCollector(plan);
  const { cellAt, lengths } = cellsOf(file, plan, dataset);
  const stated = statedShots(file, dataset);
  const place = (index: readonly number[], rest: string) => () =>
    `${dataset.path}[${index.map((k, d) => `${dimensions[d]}=${k}`).join(",")},${rest}]`;
  const { sites } = collector;
  if (dimensions === bySite) {
    const order = nameOrder(file, siteDimension, dataset.shape.at(-2)!, sites);
    const { base } = collector;
    checkLength(dataset, dataset.shape.at(-1)!, base, "level");
    eachCell(dataset, lengths.length, 2, (index, data) => {
      for (let k = 0; k < data.length; k++) {
        const site = order[Math.floor(k / base)]!;
        const where = place(index, `site=${sites[site]},level=${k % base}`);
        collector.addSiteCount(cellAt(index), site, k % base, data[k]!, where);
      }
    });
  } else {
    const scale = file.dataset("/outcome");
    const outcomes = outcomesOf(scale, siteOrderOf(file, sites), collector.base);
    checkLength(scale, outcomes.length, dataset.shape.at(-1)!, "outcome");
    eachCell(dataset, lengths.length, 1, (index, data) => {
      outcomes.forEach((outcome, k) => {
        collector.addOutcome(cellAt(index), outcome, data[k]!, place(index, `outcome=${k}`));
      });
    });
  }
  return collector.finish(dataset.path, stated);
}

/** Sites in the order of the digits of an outcome, as indices of the plan. */
function siteOrderOf(file: Hdf5File, sites: readonly string[]): number[] {
  const scale = file.dataset(`/${siteDimension}`);
  return matchNames(scale.texts(), sites, siteDimension, scale.path);
}

function outcomesOf(scale: Hdf5Dataset, order: readonly number[], base: number): number[][] {
  return scale.texts().map((digits, k) => {
    const valid = [...digits].every((digit) => digit >= "0" && digit < String(base));
    if (!valid || digits.length !== order.length) {
      throw new EntrainError("data.level", {
        path: `${scale.path}[${k}]`,
        message: "not an outcome",
        found: digits,
        expected: `${order.length} digits below ${base}, in the order of ${siteDimension}`,
      });
    }
    const outcome = new Array<number>(order.length).fill(0);
    order.forEach((site, digit) => {
      outcome[site] = Number(digits[digit]);
    });
    return outcome;
  });
}

/** Shots as the attribute states them; counts must add up to them. */
export function statedShots(file: Hdf5File, dataset: Hdf5Dataset): number | undefined {
  const value = dataset.attribute("shots") ?? file.attribute("shots");
  const shots = Number(Array.isArray(value) ? value[0] : value);
  if (value === undefined) return undefined;
  if (Number.isSafeInteger(shots) && shots > 0) return shots;
  throw new EntrainError("data.shots", {
    path: `${dataset.path}@shots`,
    message: "not a number of shots",
    found: value,
    expected: "a whole number from 1 on",
  });
}
