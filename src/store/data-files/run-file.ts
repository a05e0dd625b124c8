import type { z } from "zod";
import { EntrainError } from "#core/errors";
import { parseWith } from "#core/schema";
import { type Estimates, estimatesSchema, type Verdict, verdictSchema } from "#ir/estimate";
import { type Plan, planSchema, planVersion } from "#ir/plan";
import type { Record as MeasurementRecord } from "#ir/record";
import { type RunManifest, runManifestSchema } from "#ir/run";
import { scanPoints } from "#ir/scan";
import { sha256 } from "../documents.ts";
import type { Hdf5File } from "./hdf5-file.ts";
import { documentsGroup, levelsName, missingLevel } from "./layout.ts";

/** What an exported run holds beside its records. */
export interface RunFile {
  readonly manifest: RunManifest;
  /** Text of the experiment file. */
  readonly experiment: string;
  readonly profile: unknown;
  readonly plan: Plan;
  readonly estimates: Estimates | null;
  readonly verdict: Verdict | null;
}

/**
 * Documents of an exported run; null for a file that has none, as other programs write them.
 *
 * @throws EntrainError `data.corrupt` naming the document, `store.plan_version`
 */
export function readRunFile(file: Hdf5File): RunFile | null {
  if (!file.names().includes(documentsGroup)) return null;
  const text = (name: string): string | null => {
    const dataset = file.find(`/${documentsGroup}/${name}`);
    if (dataset === null) return null;
    const content = dataset.texts()[0] ?? "";
    const wanted = dataset.text("sha256");
    if (wanted !== undefined && wanted !== sha256(content)) {
      throw corrupt(dataset.path, "the text is not the one that was written", sha256(content), wanted);
    }
    return content;
  };
  const needed = (name: string): string => {
    const content = text(name);
    if (content !== null) return content;
    throw new EntrainError("data.missing", {
      path: `${file.path}:/${documentsGroup}/${name}`,
      message: "the run has lost this document",
      found: file.names(`/${documentsGroup}`).join(", "),
      expected: name,
    });
  };
  const json = <S extends z.ZodType>(name: string, content: string, schema: S): z.output<S> => {
    const path = `${file.path}:/${documentsGroup}/${name}`;
    let value: unknown;
    try {
      value = JSON.parse(content);
    } catch (error) {
      throw corrupt(path, (error as Error).message, content.slice(0, 40), "JSON");
    }
    return parseWith(schema, value, "data.corrupt", path);
  };
  const optional = <S extends z.ZodType>(name: string, schema: S): z.output<S> | null => {
    const content = text(name);
    return content === null ? null : json(name, content, schema);
  };
  const plan = needed("plan");
  refuseOtherVersion(plan, `${file.path}:/${documentsGroup}/plan`);
  return {
    manifest: json("manifest", needed("manifest"), runManifestSchema),
    experiment: needed("experiment"),
    profile: JSON.parse(needed("profile")) as unknown,
    plan: json("plan", plan, planSchema),
    estimates: optional("estimates", estimatesSchema),
    verdict: optional("verdict", verdictSchema),
  };
}

function refuseOtherVersion(text: string, path: string): void {
  const found = /"schema_version":\s*(\d+)/.exec(text)?.[1];
  if (found === String(planVersion)) return;
  throw new EntrainError("store.plan_version", {
    path,
    message: "the run was planned by another version of Entrain",
    found: found ?? "nothing",
    expected: `plan version ${planVersion}`,
    hint: "Give the experiment with --against, and it is planned anew.",
  });
}

function corrupt(path: string, message: string, found: string, expected: string): EntrainError {
  return new EntrainError("data.corrupt", { path, message, found, expected });
}

/** Records of an exported run, one point and setting after the other; what was not measured is left out. */
export function* recordsOfFile(file: Hdf5File, plan: Plan): Generator<MeasurementRecord> {
  const levels = file.dataset(`/${levelsName}`);
  const sites = plan.measurement.sites.map(({ id }) => id);
  const shots = levels.shape.at(-2)!;
  for (const point of scanPoints(plan.axes)) {
    for (const setting of plan.measurement.settings.keys()) {
      const at = [...plan.axes.map(({ name }) => point[name]!), setting];
      const data = levels.box([...at, 0, 0], [...at.map((k) => k + 1), shots, sites.length]);
      if (data[0] === missingLevel) continue;
      yield {
        point: { ...point, setting },
        shots,
        sites,
        levels: Buffer.from(Uint8Array.from(data)).toString("base64"),
      };
    }
  }
}
