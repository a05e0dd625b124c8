import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findAnyPlatform } from "#devices/registry";
import { parseDesignRequest } from "#ir/design";
import { parseExperiment } from "#ir/experiment";
import { parseMapRequest } from "#ir/map";
import { profileHeadSchema } from "#ir/profile";
import { bundledProfiles, loadProfileDocument, packageRoot, parseYaml, readTextFile } from "#planning/load";
import {
  designEditorSchema,
  experimentEditorSchema,
  mapEditorSchema,
  mappingEditorSchema,
  profileEditorSchema,
} from "../../../src/cli/commands/lists.ts";

const written = (name: string) =>
  JSON.parse(
    readFileSync(join(packageRoot(), "docs", "reference", "schemas", `${name}.json`), "utf8"),
  ) as unknown;

test("the schemas kept for editors are those of the code (npm run schemas)", () => {
  expect(written("experiment")).toEqual(JSON.parse(JSON.stringify(experimentEditorSchema())));
  expect(written("profile")).toEqual(JSON.parse(JSON.stringify(profileEditorSchema())));
  expect(written("map")).toEqual(JSON.parse(JSON.stringify(mapEditorSchema())));
  expect(written("mapping")).toEqual(JSON.parse(JSON.stringify(mappingEditorSchema())));
  expect(written("design")).toEqual(JSON.parse(JSON.stringify(designEditorSchema())));
});

test.each(bundledProfiles())("bundled profile %s is valid, and every assumption names a source", (name) => {
  const document = loadProfileDocument(name, ".");
  const { kind } = profileHeadSchema.parse(document);
  const platform = findAnyPlatform(kind);
  const profile = platform.parseProfile(document, {});
  expect((profile as { name: string }).name).toBe(name);
  for (const { source } of platform.assumptions(profile)) expect(source).not.toBe("");
});

const examples = join(packageRoot(), "examples");

test.each(readdirSync(examples).filter((file) => file.endsWith(".yaml")))("example %s is valid", (file) => {
  const path = join(examples, file);
  expect(parseExperiment(parseYaml(readTextFile(path), path)).title).not.toBe("");
});

const maps = join(examples, "maps");

test.each(readdirSync(maps))("example map %s is valid", (file) => {
  const path = join(maps, file);
  expect(parseMapRequest(parseYaml(readTextFile(path), path)).x.points).toBeGreaterThan(1);
});

const designs = join(examples, "designs");

test.each(readdirSync(designs))("example design %s is valid", (file) => {
  const path = join(designs, file);
  expect(parseDesignRequest(parseYaml(readTextFile(path), path)).title).not.toBe("");
});
