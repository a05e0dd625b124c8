import { createHash } from "node:crypto";
import { extname, join } from "node:path";
import { z } from "zod";
import { EntrainError } from "#core/errors";
import { parseWith } from "#core/schema";
import { type Estimates, estimatesSchema, type Verdict, verdictSchema } from "#ir/estimate";
import { type Plan, planSchema, planVersion } from "#ir/plan";
import { type Program, programSchema } from "#ir/program";
import { errnoOf, type FileSystem, guarded } from "./file-system.ts";

/** What lies in a run folder beside the manifest and the records. */
export interface Documents {
  /** Text of the experiment file as it was given. */
  readonly experiment: string;
  /** The platform's profile, assumptions of the experiment laid over it. */
  readonly profile: unknown;
  readonly plan: Plan;
  readonly program: Program;
  readonly estimates: Estimates;
  readonly verdict: Verdict;
  /** Settings of the machine when the run began. */
  readonly snapshot: Readonly<Record<string, unknown>>;
}
export type DocumentName = keyof Documents;

/** Documents that a run has from the beginning. */
export type FirstDocuments = Pick<Documents, "experiment" | "profile" | "plan" | "program">;

/** A file of the run folder and its content. */
interface StoredFile {
  readonly name: string;
  readonly content: string;
}

const programHead = "program.meta.json";
const programHeadSchema = programSchema.omit({ text: true });
const jsonFiles = {
  profile: { file: "profile.json", schema: z.unknown() },
  plan: { file: "plan.json", schema: planSchema },
  estimates: { file: "estimates.json", schema: estimatesSchema },
  verdict: { file: "verdict.json", schema: verdictSchema },
  snapshot: { file: "snapshot.json", schema: z.record(z.string(), z.unknown()) },
} as const;

export function sha256(text: string): string {
  return createHash("sha256").update(text, "utf8").digest("hex");
}

/** Hash of a profile as a run keeps it: what a manifest and a data file name it by. */
export function profileHash(profile: unknown): string {
  return sha256(jsonText(profile, jsonFiles.profile.file));
}

/**
 * JSON text of a document.
 *
 * @throws EntrainError `store.not_json` where JSON would silently write null for NaN or an infinity
 */
export function jsonText(value: unknown, name: string): string {
  const text = JSON.stringify(
    value,
    function (this: unknown, key, item: unknown) {
      if (typeof item === "number" && !Number.isFinite(item)) {
        throw new EntrainError(
          "store.not_json",
          { path: `${name}: ${key}`, message: "JSON cannot hold this number", found: String(item) },
          { kind: "internal" },
        );
      }
      return item;
    },
    1,
  );
  return `${text}\n`;
}

/**
 * The files that hold a document, the one that makes it complete last.
 *
 * @throws EntrainError `store.invalid_document` when it is not what a reader will expect
 */
export function filesOf<N extends DocumentName>(name: N, value: Documents[N]): StoredFile[] {
  if (name === "experiment") return [{ name: "experiment.yaml", content: value as string }];
  if (name === "program") {
    const { text, ...head } = parseWith(programSchema, value, "store.invalid_document");
    return [
      { name: programTextFile(head.file_name), content: text },
      { name: programHead, content: jsonText(head, programHead) },
    ];
  }
  const { file, schema } = jsonFiles[name as keyof typeof jsonFiles];
  const content = jsonText(value, file);
  parseWith<z.ZodType>(schema, value, "store.invalid_document");
  return [{ name: file, content }];
}

/** The text is kept under its own extension: a hardware stack's tools can open it. */
function programTextFile(fileName: string): string {
  const extension = extname(fileName);
  return /^\.[a-z0-9]+$/i.test(extension) ? `program${extension}` : "program.txt";
}

/**
 * Reads a document of a run folder.
 *
 * @returns null when the run does not have it
 * @throws EntrainError `store.corrupt` when the file is not what was written
 */
export function readDocumentFrom<N extends DocumentName>(
  fs: FileSystem,
  folder: string,
  name: N,
): Documents[N] | null {
  const read = (file: string) => readText(fs, join(folder, file));
  if (name === "experiment") return read("experiment.yaml") as Documents[N] | null;
  if (name === "program") {
    const headText = read(programHead);
    if (headText === null) return null;
    const head = parseStored(headText, programHeadSchema, join(folder, programHead));
    const path = join(folder, programTextFile(head.file_name));
    const text = readText(fs, path);
    if (text === null || sha256(text) !== head.sha256) {
      throw corruptDocument(path, "the program's text is not the one that was kept", head.sha256);
    }
    return { ...head, text } as Documents[N];
  }
  const { file, schema } = jsonFiles[name as keyof typeof jsonFiles];
  const text = read(file);
  if (text === null) return null;
  if (name === "plan") refuseOldPlan(text, join(folder, file));
  return parseStored(text, schema, join(folder, file)) as Documents[N];
}

/** @throws EntrainError `store.plan_version` for a plan of another form */
function refuseOldPlan(text: string, path: string): void {
  const plan = parseStored(text, z.looseObject({ schema_version: z.unknown().optional() }), path);
  const found = plan.schema_version ?? 1;
  if (found === planVersion) return;
  throw new EntrainError("store.plan_version", {
    path,
    message: "the run was planned by another version of Entrain",
    found,
    expected: `plan version ${planVersion}`,
    hint: "Its records can be read; to analyse them, use the version named in manifest.json.",
  });
}

/** Content of a file; null when there is none. */
export function readText(fs: FileSystem, path: string): string | null {
  return guarded(path, () => {
    try {
      return fs.readFileSync(path, "utf8");
    } catch (error) {
      if (errnoOf(error) === "ENOENT") return null;
      throw error;
    }
  });
}

/** @throws EntrainError `store.corrupt` naming the file, with every fault in it */
export function parseStored<S extends z.ZodType>(text: string, schema: S, path: string): z.output<S> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw corruptDocument(path, (error as Error).message, "JSON as it was written");
  }
  try {
    return parseWith(schema, value, "store.corrupt");
  } catch (error) {
    if (!(error instanceof EntrainError)) throw error;
    throw new EntrainError(
      "store.corrupt",
      error.problems.map((problem) => ({ ...problem, path: `${path}: ${problem.path}` })),
      { kind: "device", cause: error },
    );
  }
}

function corruptDocument(path: string, message: string, expected: string): EntrainError {
  return new EntrainError("store.corrupt", { path, message, expected }, { kind: "device" });
}
