import { closeSync, openSync, readSync, statSync } from "node:fs";
import type { CountTable } from "#analysis/frequencies";
import { EntrainError } from "#core/errors";
import type { DataPlan } from "./count-collector.ts";
import { Hdf5File, isHdf5 } from "./hdf5-file.ts";
import { pointsName } from "./layout.ts";
import type { Mapping } from "./mapping.ts";
import { artiqProvenance, isArtiq, readArtiq } from "./read-artiq.ts";
import { readCsv } from "./read-csv.ts";
import { checkFormat, readHdf5 } from "./read-hdf5.ts";
import { readIbm } from "./read-ibm.ts";
import { type MeasuredAssignment, readPoints } from "./read-points.ts";
import { type RunFile, readRunFile } from "./run-file.ts";
import type { DataFormat, DataSource } from "./source.ts";

/** What the data must fit. */
export interface Expectation {
  readonly plan: DataPlan & { readonly protocol: string; readonly profile: string };
  readonly profile_sha256: string;
  /** True where the profile was chosen to be compared with data taken under another. */
  readonly profile_chosen: boolean;
}

export interface ReadData {
  readonly table: CountTable;
  /** Assignment matrices that the data brought with them, by site. */
  readonly assignments?: ReadonlyMap<string, MeasuredAssignment>;
  readonly source: DataSource;
}

/** Attributes of a file's head that say where it comes from. */
const provenance = [
  "title",
  "run",
  "uuid",
  "created",
  "software",
  "institution",
  "source",
  "history",
  "comment",
  "platform",
  "profile",
  "profile_sha256",
  "protocol",
  "target",
  "driver",
  "program_sha256",
  "seed",
  "shots",
  "versions",
] as const;

/** Size and time of a file of data. @throws EntrainError `file.not_found`, `file.unreadable` */
function look(path: string): { bytes: number; modified: string; head: Uint8Array } {
  try {
    const stat = statSync(path);
    if (!stat.isFile()) throw Object.assign(new Error("it is no file"), { code: "EISDIR" });
    const head = new Uint8Array(64);
    const fd = openSync(path, "r");
    try {
      return {
        bytes: stat.size,
        modified: stat.mtime.toISOString(),
        head: head.subarray(0, readSync(fd, head)),
      };
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw new EntrainError(
      missing ? "file.not_found" : "file.unreadable",
      {
        path,
        message: missing
          ? `there is no file "${path}"`
          : `"${path}" cannot be read: ${(error as Error).message}`,
        found: path,
        expected: "a readable file",
      },
      { cause: error },
    );
  }
}

/** The documents of a file that is an exported run; null for any other file. */
export async function openRunFile(path: string): Promise<RunFile | null> {
  if (!isHdf5(look(path).head)) return null;
  const file = await Hdf5File.open(path);
  try {
    return isArtiq(file) ? null : readRunFile(file);
  } finally {
    file.close();
  }
}

/**
 * Reads data of any known format and counts them as the plan asks. What a file is, its content decides, not its name;
 * CSV and foreign files of other stacks need a mapping.
 *
 * @throws EntrainError with what is wrong and where; nothing is written anywhere
 */
export async function readData(
  path: string,
  expected: Expectation,
  mapping: Mapping | undefined,
): Promise<ReadData> {
  const { bytes, modified, head } = look(path);
  const source = (
    format: DataFormat,
    entries: DataSource["provenance"],
    notes: readonly string[] = [],
  ): DataSource => ({
    file: path,
    format,
    bytes,
    modified,
    provenance: entries.filter(([, value]) => value !== ""),
    notes,
  });
  if (isHdf5(head)) {
    const file = await Hdf5File.open(path);
    try {
      if (isArtiq(file)) {
        const table = readArtiq(file, expected.plan, mappingOf("artiq", mapping, path));
        return { table, source: source("artiq", artiqProvenance(file)) };
      }
      refuseMapping(mapping, path);
      const notes = checkHead(file, expected);
      checkFormat(file);
      if (file.names().includes(pointsName)) {
        const { table, assignments } = readPoints(file, expected.plan);
        const note =
          "Levels were read from points in the I/Q plane, the assignment matrices from their calibration.";
        return { table, assignments, source: source("hdf5", headOf(file), [...notes, note]) };
      }
      const table = readHdf5(file, expected.plan);
      return { table, source: source("hdf5", headOf(file), notes) };
    } finally {
      file.close();
    }
  }
  if (mapping?.format === "csv") {
    return { table: await readCsv(path, mapping, expected.plan), source: source("csv", []) };
  }
  if (mapping?.format === "ibm-sampler") {
    const table = readIbm(path, bytes, mapping, expected.plan);
    return { table, source: source("ibm-sampler", []) };
  }
  if (mapping?.format === "artiq") throw notHdf5(path, head);
  const text = Buffer.from(head).toString("utf8");
  if (/\.h(df)?5$|\.nc$/i.test(path)) throw notHdf5(path, head);
  throw new EntrainError("data.mapping", {
    path,
    message: "only a mapping can say what the columns or bits of this file mean",
    found: text.split("\n")[0]!.slice(0, 60),
    expected: "--mapping FILE (see docs/data-files.md), or an HDF5 file",
  });
}

function notHdf5(path: string, head: Uint8Array): EntrainError {
  return new EntrainError("data.not_hdf5", {
    path,
    message: head.length === 0 ? "the file is empty" : "the file does not begin as an HDF5 file does",
    found: Buffer.from(head.subarray(0, 8)).toString("hex") || "nothing",
    expected: "894844460d0a1a0a",
  });
}

function mappingOf<F extends Mapping["format"]>(
  format: F,
  mapping: Mapping | undefined,
  path: string,
): Extract<Mapping, { format: F }> | undefined {
  if (mapping === undefined || mapping.format === format)
    return mapping as Extract<Mapping, { format: F }> | undefined;
  throw new EntrainError("data.mapping", {
    path,
    message: "the mapping is for another kind of file",
    found: mapping.format,
    expected: format,
  });
}

function refuseMapping(mapping: Mapping | undefined, path: string): void {
  if (mapping === undefined) return;
  throw new EntrainError("data.mapping", {
    path,
    message: "a file in Entrain's layout says itself what it holds",
    found: `a mapping for ${mapping.format}`,
    expected: "no --mapping",
  });
}

function headOf(file: Hdf5File): [string, string][] {
  return provenance.flatMap((name): [string, string][] => {
    const value = file.attribute(name);
    return value === undefined || typeof value === "object" ? [] : [[name, String(value)]];
  });
}

/** Compares what a file says of its origin with what it is compared with. */
function checkHead(file: Hdf5File, { plan, profile_sha256, profile_chosen }: Expectation): string[] {
  const protocol = file.text("protocol");
  if (protocol !== undefined && protocol !== plan.protocol) {
    throw new EntrainError("data.protocol", {
      path: `${file.path}:/@protocol`,
      message: "the data are of another protocol",
      found: protocol,
      expected: plan.protocol,
    });
  }
  const found = file.text("profile_sha256");
  if (found === undefined) return ["The file does not say which device profile it was measured under."];
  if (found === profile_sha256) return [];
  const name = file.text("profile") ?? "another profile";
  if (profile_chosen)
    return [`The data were taken under ${name} (${found.slice(0, 12)}…), not under this profile.`];
  throw new EntrainError("data.profile", {
    path: `${file.path}:/@profile_sha256`,
    message: "the data were taken under another device profile, or under other assumptions",
    found: `${name} ${found}`,
    expected: `${plan.profile} ${profile_sha256}`,
    hint: "Give --profile to compare with a profile of your choice.",
  });
}
