import type { CountTable } from "#analysis/frequencies";
import { EntrainError } from "#core/errors";
import type { Axis } from "#ir/scan";
import { type ArtiqProgram, readArtiqProgram } from "#protocols/targets/artiq/emit";
import { eachCell } from "./boxes.ts";
import { CountCollector, type DataPlan } from "./count-collector.ts";
import type { Hdf5Dataset, Hdf5File, Numbers } from "./hdf5-file.ts";
import { type ArtiqMapping, own } from "./mapping.ts";
import { matchNames } from "./matching.ts";
import { axisOrder } from "./read-hdf5.ts";

const group = "datasets";

/** Whether a file is a result file of ARTIQ (`results/…/NNNNNNNNN-Class.h5`). */
export function isArtiq(file: Hdf5File): boolean {
  const names = file.names();
  return ["datasets", "archive", "rid", "expid", "artiq_version"].every((name) => names.includes(name));
}

/** What ARTIQ notes about a run. */
export function artiqProvenance(file: Hdf5File): [string, string][] {
  const time = (name: string) => {
    const seconds = file.find(`/${name}`)?.numbers()[0];
    return seconds === undefined ? "" : new Date(seconds * 1000).toISOString();
  };
  return [
    ["RID", String(file.find("/rid")?.numbers()[0] ?? "")],
    ["ARTIQ", file.find("/artiq_version")?.texts()[0] ?? ""],
    ["started", time("start_time")],
    ["run", time("run_time")],
  ];
}

/**
 * Counts the shots of an ARTIQ result file: one that a program of Entrain's left, which says itself what it holds, or
 * any other with a mapping.
 */
export function readArtiq(file: Hdf5File, plan: DataPlan, mapping: ArtiqMapping | undefined): CountTable {
  if (mapping !== undefined) return readMapped(file, plan, mapping);
  const name = file.names(`/${group}`).find((entry) => /^entrain\.[0-9a-z]+\.program$/.test(entry));
  if (name !== undefined) {
    const program = readArtiqProgram(file.dataset(`/${group}/${name}`).texts()[0] ?? "");
    return readOwn(file, plan, program, `/${group}/${name.replace(/program$/, "point.")}`);
  }
  throw new EntrainError("data.mapping", {
    path: file.path,
    message: "this experiment was not written by Entrain: only a mapping can say what its datasets mean",
    found: file.names(`/${group}`).join(", ") || "no datasets",
    expected: "--mapping FILE",
  });
}

function readOwn(file: Hdf5File, plan: DataPlan, program: ArtiqProgram, prefix: string): CountTable {
  const collector = new CountCollector(plan);
  const ids = program.sites.map(({ id }) => id);
  const order = matchNames(ids, collector.sites, "site", `${file.path}:program.sites`);
  const columns = collector.sites.map((_, s) => order.indexOf(s));
  program.points.forEach(({ at, windows }, p) => {
    const counts = file.dataset(`${prefix}${p}`);
    const [shots, width] = counts.shape;
    if (shots !== program.shots || width !== windows.length) {
      throw new EntrainError("data.dimensions", {
        path: counts.path,
        message: "the counts have another shape than the program says",
        found: counts.shape.join(" × "),
        expected: `${program.shots} × ${windows.length}`,
      });
    }
    const data = counts.box([0, 0], [shots, width]);
    const levels = new Uint8Array(shots * ids.length);
    program.sites.forEach(({ id, threshold, bright_level, dark_level }, s) => {
      const window = windows.indexOf(id);
      for (let shot = 0; shot < shots; shot++) {
        const photons = data[shot * width + window]!;
        checkPhotons(photons, () => `${counts.path}[${shot},${window}]`);
        levels[shot * ids.length + s] = photons >= threshold ? bright_level : dark_level;
      }
    });
    const place = (shot?: number, site?: string) => `${counts.path}[shot=${shot},site=${site}]`;
    collector.addShots(collector.cellOf({ setting: 0, ...at }), levels, columns, ids.length, place);
  });
  return collector.finish(`${file.path}:${prefix}`, program.shots);
}

function checkPhotons(photons: number, place: () => string): void {
  if (Number.isInteger(photons) && photons >= 0) return;
  throw new EntrainError("data.count", {
    path: place(),
    message: "not a number of photons",
    found: Number.isFinite(photons) ? photons : String(photons),
    expected: "a whole number from 0 on",
  });
}

function readMapped(file: Hdf5File, plan: DataPlan, mapping: ArtiqMapping): CountTable {
  const collector = new CountCollector(plan);
  const dataset = file.dataset(`/${group}/${mapping.data.dataset}`);
  const settings = plan.measurement.settings.map(({ name }) => name);
  const { dimensions } = mapping.data;
  const scan = checkMapped(dataset, dimensions, plan, settings);
  const sites = matchNames(mapping.sites, collector.sites, "site", "sites");
  const columns = collector.sites.map((_, s) => sites.indexOf(s));
  const width = dataset.shape.at(-1)!;
  if (width !== mapping.sites.length) {
    throw new EntrainError("data.dimensions", {
      path: dataset.path,
      message: "the last dimension has another length than the mapping has sites",
      found: width,
      expected: String(mapping.sites.length),
    });
  }
  const indices = scan.map((name, d) => {
    const length = dataset.shape[d]!;
    if (name === "setting") return settingOrder(mapping, settings, length, dataset);
    const axis = plan.axes.find((entry) => entry.name === name)!;
    return mappedAxis(file, mapping, axis, length);
  });
  const assign = classifier(mapping, width);
  eachCell(dataset, scan.length, 1, (index, data, from) => {
    const point: Record<string, number> = { setting: 0 };
    scan.forEach((name, d) => {
      point[name] = indices[d]![index[d]!]!;
    });
    const place = (shot?: number, site?: string) =>
      `${dataset.path}[${index.join(",")},shot=${from + shot!},site=${site}]`;
    collector.addShots(collector.cellOf(point), assign(data, place), columns, width, place);
  });
  return collector.finish(dataset.path);
}

/** Names of the scan's dimensions in the data. @throws EntrainError `data.dimensions` */
function checkMapped(
  dataset: Hdf5Dataset,
  dimensions: readonly string[],
  plan: DataPlan,
  settings: readonly string[],
): string[] {
  const scan = dimensions.slice(0, -2);
  const wanted = [...plan.axes.map(({ name }) => name), ...(settings.length > 1 ? ["setting"] : [])];
  const named = [...new Set(scan.filter((name) => name !== "setting" || settings.length > 1))];
  const complete = wanted.every((name) => named.includes(name)) && named.length === wanted.length;
  if (complete && dimensions.slice(-2).join() === "shot,site" && dataset.shape.length === dimensions.length) {
    return scan;
  }
  throw new EntrainError("data.dimensions", {
    path: dataset.path,
    message: "the dimensions are not those of the experiment",
    found: `${dimensions.join(", ")} for the shape ${dataset.shape.join(" × ")}`,
    expected: [...wanted, "shot", "site"].join(", "),
  });
}

function settingOrder(
  mapping: ArtiqMapping,
  settings: readonly string[],
  length: number,
  dataset: Hdf5Dataset,
): number[] {
  const names = mapping.settings ?? settings;
  const order = matchNames(names, settings, "setting", "settings");
  if (order.length === length) return order;
  throw new EntrainError("data.dimensions", {
    path: dataset.path,
    message: "the data have another number of settings",
    found: length,
    expected: String(order.length),
  });
}

/** What ARTIQ stores as the `unit` of a dataset is for display only, so that it is not used here. */
function mappedAxis(file: Hdf5File, mapping: ArtiqMapping, axis: Axis, length: number): number[] {
  const declared = own(mapping.axes, axis.name);
  if (declared === undefined) {
    throw new EntrainError("mapping.invalid", {
      path: `axes.${axis.name}`,
      message: `the mapping does not say where the values of axis ${axis.name} stand`,
      found: Object.keys(mapping.axes).join(", ") || "nothing",
      expected: "{ dataset: … }",
    });
  }
  return axisOrder(file.dataset(`/${group}/${declared.dataset}`), axis, length, declared.unit);
}

/** Levels from photon counts by thresholds, or as they are. */
function classifier(
  { thresholds, brightness, sites }: ArtiqMapping,
  width: number,
): (data: Numbers, place: (shot?: number, site?: string) => string) => ArrayLike<number> {
  if (thresholds === undefined) return (data) => data;
  const limits = sites.map((id) => {
    const found = own(thresholds, id);
    if (found !== undefined && brightness !== undefined && brightness.length === found.length + 1)
      return found;
    throw new EntrainError("mapping.invalid", {
      path: found === undefined ? `thresholds.${id}` : "brightness",
      message:
        found === undefined
          ? `site ${id} has no threshold`
          : "there must be one level more than each site has thresholds",
      found: found === undefined ? Object.keys(thresholds).join(", ") : (brightness ?? "nothing"),
      expected: found === undefined ? id : `${found.length + 1} levels, from dark to bright`,
    });
  });
  return (data, place) => {
    const levels = new Uint8Array(data.length);
    for (let i = 0; i < data.length; i++) {
      const photons = data[i]!;
      const s = i % width;
      checkPhotons(photons, () => place(Math.floor(i / width), sites[s]));
      levels[i] = brightness![limits[s]!.filter((limit) => photons >= limit).length]!;
    }
    return levels;
  };
}
