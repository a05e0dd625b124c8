import { closeSync, fsyncSync, openSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { File } from "h5wasm/node";
import { EntrainError } from "#core/errors";
import type { Plan } from "#ir/plan";
import { levelsOf, type Record as MeasurementRecord } from "#ir/record";
import { sha256 } from "../documents.ts";
import type { StoredRun } from "../run-store.ts";
import { loadHdf5 } from "./hdf5-file.ts";
import { attach, attributes, scale, text } from "./hdf5-parts.ts";
import {
  checksName,
  crc32,
  documentsGroup,
  formatName,
  formatVersion,
  levelDimensions,
  levelsName,
  missingLevel,
  reservedNames,
  settingDimension,
  shotDimension,
  siteDimension,
} from "./layout.ts";
import { writeEstimates, writePrediction } from "./write-groups.ts";

/** Elements of one chunk of levels. */
const chunkSize = 1 << 20;

/**
 * Writes a kept run as one HDF5 file: records, axes, documents, and prediction, estimates and verdict as arrays. The
 * file appears whole or not at all.
 *
 * @param records - one after the other; all of them are never in memory at once
 * @param software - name and version of the writer
 * @returns how many records were written
 * @throws EntrainError `data.unwritable`
 */
export async function writeRunFile(
  path: string,
  run: StoredRun,
  records: Iterable<MeasurementRecord>,
  software: string,
): Promise<number> {
  const target = resolve(path);
  const draft = join(dirname(target), `.${basename(target)}.new`);
  rejectReservedAxes(run.plan);
  const library = await loadHdf5();
  let file: File | undefined;
  try {
    file = new library.File(draft, "w");
    writeHead(file, run, software);
    writeScales(file, run);
    const written = writeLevels(file, run, records);
    writePrediction(file, run.plan);
    if (run.estimates !== null) writeEstimates(file, run);
    writeDocuments(file, run);
    file.close();
    file = undefined;
    const fd = openSync(draft, "r+");
    fsyncSync(fd);
    closeSync(fd);
    renameSync(draft, target);
    return written;
  } catch (error) {
    file?.close();
    rmSync(draft, { force: true });
    if (error instanceof EntrainError) throw error;
    throw new EntrainError(
      "data.unwritable",
      {
        path,
        message: `the file cannot be written: ${error instanceof Error ? error.message.split("\n")[0] : String(error)}`,
        found: path,
        expected: "a file in an existing, writable folder with space left",
      },
      { cause: error },
    );
  }
}

function rejectReservedAxes({ axes }: Plan): void {
  const taken = axes.find(({ name }) => reservedNames.includes(name));
  if (taken === undefined) return;
  throw new EntrainError("data.unwritable", {
    path: `axes.${taken.name}`,
    message: "an axis of this name has no place in the file",
    found: taken.name,
    expected: `none of ${reservedNames.join(", ")}`,
  });
}

function writeHead(file: File, { manifest, plan, experiment }: StoredRun, software: string): void {
  attributes(file, {
    format: formatName,
    format_version: formatVersion,
    software,
    title: manifest.title,
    run: manifest.id,
    uuid: manifest.uuid,
    created: manifest.created_at,
    platform: plan.platform,
    profile: manifest.profile,
    profile_sha256: manifest.profile_sha256,
    protocol: manifest.protocol,
    target: manifest.target,
    driver: manifest.driver,
    program_sha256: manifest.program_sha256,
    program_replaced: manifest.program_replaced ? 1 : 0,
    experiment_sha256: sha256(experiment),
    seed: manifest.seed,
    shots: manifest.shots,
    versions: JSON.stringify(manifest.versions),
  });
}

function writeScales(file: File, { plan, manifest }: StoredRun): void {
  for (const { name, title, unit, values, labels } of plan.axes) {
    scale(file, name, Float64Array.from(values), {
      long_name: title,
      units: unit === "" ? "1" : unit,
      labels,
    });
  }
  scale(
    file,
    settingDimension,
    plan.measurement.settings.map(({ name }) => text(name)),
    { long_name: "rotations before the read-out" },
  );
  scale(
    file,
    shotDimension,
    Int32Array.from({ length: manifest.shots }, (_, k) => k),
    { long_name: "repetition", units: "1" },
  );
  scale(
    file,
    siteDimension,
    plan.measurement.sites.map(({ id }) => text(id)),
    { long_name: "oscillator" },
  );
}

function writeLevels(
  file: File,
  { plan, manifest }: StoredRun,
  records: Iterable<MeasurementRecord>,
): number {
  const dimensions = levelDimensions(plan);
  const sites = plan.measurement.sites.length;
  const scan = [...plan.axes.map(({ values }) => values.length), plan.measurement.settings.length];
  const shape = [...scan, manifest.shots, sites];
  const block = Math.max(1, Math.min(manifest.shots, Math.floor(chunkSize / sites)));
  const levels = file.create_dataset({
    name: levelsName,
    data: new Uint8Array(0),
    shape: [...shape.map(() => 0)],
    maxshape: shape,
    dtype: "<B",
    chunks: [...scan.map(() => 1), block, sites],
    compression: "gzip",
    compression_opts: 4,
  });
  levels.resize(shape);
  attach(
    levels,
    dimensions.map((name) => `/${name}`),
  );
  attributes(levels, {
    long_name: "level assigned to the site by the read-out, before any correction",
    units: "1",
  });
  const size = scan.reduce((product, length) => product * length, 1);
  const seen = new Uint8Array(size);
  const checks = new Uint32Array(size);
  const write = (at: readonly number[], data: Uint8Array) => {
    for (let shot = 0; shot < manifest.shots; shot += block) {
      const end = Math.min(shot + block, manifest.shots);
      levels.write_slice(
        [...at.map((k): [number, number] => [k, k + 1]), [shot, end], [0, sites]],
        data.subarray(shot * sites, end * sites),
      );
    }
  };
  let written = 0;
  for (const record of records) {
    const at = [...plan.axes.map(({ name }) => record.point[name]!), record.point.setting!];
    const data = levelsOf(record);
    if (data.length !== manifest.shots * sites) {
      throw new EntrainError("records.mismatch", {
        path: `records[${at.join(",")}]`,
        message: "the record does not belong to this run",
        found: `${data.length} levels`,
        expected: `${manifest.shots} shots × ${sites} sites`,
      });
    }
    write(at, data);
    const cell = at.reduce((k, index, axis) => k * scan[axis]! + index, 0);
    checks[cell] = crc32(data);
    seen[cell] = 1;
    written++;
  }
  const missing = [...seen].flatMap((known, cell) => (known ? [] : [cell]));
  if (missing.length > 0) {
    const nothing = new Uint8Array(manifest.shots * sites).fill(missingLevel);
    for (const cell of missing) {
      let rest = cell;
      const at = scan.toReversed().map((length) => {
        const index = rest % length;
        rest = Math.floor(rest / length);
        return index;
      });
      write(at.toReversed(), nothing);
      checks[cell] = crc32(nothing);
    }
    levels.create_attribute("_FillValue", Uint8Array.of(missingLevel), [], "<B");
  }
  const sums = file.create_dataset({ name: checksName, data: checks, shape: scan });
  attach(
    sums,
    dimensions.slice(0, -2).map((name) => `/${name}`),
  );
  attributes(sums, { long_name: "CRC-32 of the levels of a point and setting, shot by shot", units: "1" });
  return written;
}

function writeDocuments(file: File, run: StoredRun): void {
  const group = file.create_group(documentsGroup);
  const json = (value: unknown) => (value === null ? null : JSON.stringify(value));
  const { text: programText, ...programHead } = run.program;
  const documents: Readonly<Record<string, string | null>> = {
    experiment: run.experiment,
    manifest: json(run.manifest),
    profile: json(run.profile),
    plan: json(run.plan),
    program: programText,
    program_head: json(programHead),
    estimates: json(run.estimates),
    verdict: json(run.verdict),
    snapshot: json(run.snapshot),
  };
  for (const [name, content] of Object.entries(documents)) {
    if (content === null) continue;
    const dataset = group.create_dataset({ name, data: text(content) });
    attributes(dataset, { sha256: sha256(content) });
  }
}
