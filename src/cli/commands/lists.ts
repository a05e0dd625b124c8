import { writeFileSync } from "node:fs";
import type { Command } from "commander";
import { stringify } from "yaml";
import { z } from "zod";
import { EntrainError, invalidInput } from "#core/errors";
import { parseWith } from "#core/schema";
import { driverDescriptions, findDriver } from "#devices/drivers/registry";
import { findPlatform, platforms } from "#devices/registry";
import { assumptionSets } from "#devices/transmon/assumption-sets";
import { importIbmSnapshot, parseSelection } from "#devices/transmon/import-ibm";
import { transmonProfileSchema } from "#devices/transmon/schema";
import { experimentSchema } from "#ir/experiment";
import { mapRequestSchema } from "#ir/map";
import { profileHeadSchema } from "#ir/profile";
import { addTypedSpellings } from "#ir/quantity-fields";
import { bundledProfiles, loadProfileDocument, readTextFile } from "#planning/load";
import { findProtocol, protocols } from "#protocols/registry";
import { findTarget, targets } from "#protocols/targets/registry";
import type { Context } from "../context.ts";
import { printJson, table } from "../output.ts";

const editorSchema = (schema: z.ZodType) =>
  addTypedSpellings(z.toJSONSchema(schema, { target: "draft-7", io: "input", unrepresentable: "any" }));

/** JSON Schema of experiment files, the parameters of every protocol included. */
export function experimentEditorSchema(): unknown {
  const full = experimentSchema.extend({
    protocol: z.union(protocols.map((protocol) => protocol.schema) as [z.ZodType, ...z.ZodType[]]),
  });
  return editorSchema(full.meta({ id: "ExperimentFile" }));
}

/** JSON Schema of transmon profiles. */
export function profileEditorSchema(): unknown {
  return editorSchema(transmonProfileSchema);
}

/** JSON Schema of map files. */
export function mapEditorSchema(): unknown {
  return editorSchema(mapRequestSchema);
}

/** `devices`, `protocols`, `targets`, `drivers`, `schema`: what there is, and the form of each. */
export function addListCommands(program: Command, context: Context): void {
  const { terminal } = context;

  const devices = program.command("devices").description("device profiles: list, show one, import");
  devices
    .argument("[name]", "bundled profile, or path of a profile file")
    .action((name: string | undefined) => {
      if (name === undefined) {
        const profiles = bundledProfiles().map((profile) => {
          const document = parseWith(profileHeadSchema, loadProfileDocument(profile, "."), "profile.invalid");
          return { name: profile, platform: document.kind, title: document.title };
        });
        if (context.json) return printJson(terminal, { profiles, platforms: platforms.map((p) => p.kind) });
        terminal.out(`${table(profiles.map((p) => [p.name, p.platform, p.title]))}\n`);
        return;
      }
      const document = loadProfileDocument(name, ".");
      const head = parseWith(profileHeadSchema, document, "profile.invalid");
      const platform = findPlatform(head.kind);
      const profile = platform.parseProfile(document, {});
      if (context.json) return printJson(terminal, profile);
      const layout = platform.layout(profile);
      terminal.out(`${head.name}: ${head.title}\n${platform.title}\n`);
      terminal.out(`${layout.sites.length} sites: ${layout.sites.join(" ")}\n`);
      terminal.out(`${layout.bonds.length} bonds: ${layout.bonds.map((b) => b.join("–")).join(" ")}\n`);
      for (const { source, detail } of head.provenance)
        terminal.out(`source: ${source}${detail ? `; ${detail}` : ""}\n`);
      terminal.out("assumptions:\n");
      terminal.out(
        `${table(platform.assumptions(profile).map((a) => [`  ${a.name}`, a.value, a.source]))}\n`,
      );
    });

  devices
    .command("import")
    .description("make a profile from a calibration snapshot")
    .argument("<kind>", "ibm: configuration and properties of an IBM backend")
    .argument("<file>", "JSON file, - for stdin")
    .option("--select <qubits>", "qubits to take, e.g. 104-108,111,112")
    .option("--name <name>", "name of the profile")
    .option("--assume <set>", `assumption set: ${Object.keys(assumptionSets).join(", ")}`, "fixed-frequency")
    .option("--out <file>", "write here instead of stdout")
    .action(
      (
        kind: string,
        file: string,
        options: { select?: string; name?: string; assume: string; out?: string },
      ) => {
        if (kind !== "ibm") {
          throw invalidInput({
            path: "kind",
            message: `nothing imports "${kind}"`,
            found: kind,
            expected: "ibm",
          });
        }
        const text = readTextFile(file === "-" ? "/dev/stdin" : file);
        let document: unknown;
        try {
          document = JSON.parse(text);
        } catch (cause) {
          throw new EntrainError(
            "file.syntax",
            {
              path: file,
              message: `is not JSON: ${(cause as Error).message}`,
              found: text.slice(0, 40),
              expected: "JSON",
            },
            { cause },
          );
        }
        const backend =
          (document as { configuration?: { backend_name?: string } }).configuration?.backend_name ?? "device";
        const profile = importIbmSnapshot(document, {
          name: options.name ?? backend.replaceAll("_", "-").toLowerCase(),
          assumptionSet: options.assume,
          ...(options.select === undefined ? {} : { select: parseSelection(options.select) }),
        });
        if (context.json) return printJson(terminal, profile);
        const yaml = stringify(profile, { lineWidth: 110 });
        if (options.out === undefined) terminal.out(yaml);
        else {
          writeFileSync(options.out, yaml);
          terminal.err(
            `wrote ${options.out}: ${profile.sites.length} sites, ${profile.bonds.length} bonds\n`,
          );
        }
      },
    );

  program
    .command("protocols")
    .description("experiments that can be planned; with a name, its parameters")
    .argument("[name]")
    .action((name: string | undefined) => {
      if (name === undefined) {
        if (context.json) {
          return printJson(
            terminal,
            protocols.map(({ kind, title }) => ({ kind, title })),
          );
        }
        terminal.out(`${table(protocols.map((p) => [p.kind, p.title]))}\n`);
        return;
      }
      const { kind, title, description, schema } = findProtocol(name);
      printJson(terminal, { kind, title, description, schema: editorSchema(schema) });
    });

  program
    .command("targets")
    .description("hardware stacks that programs are written for")
    .argument("[name]")
    .action((name: string | undefined) => {
      const chosen = name === undefined ? targets : [findTarget(name)];
      const rows = chosen.map(({ kind, title }) => ({ kind, title }));
      if (context.json) return printJson(terminal, name === undefined ? rows : rows[0]);
      terminal.out(`${table(rows.map((t) => [t.kind, t.title]))}\n`);
    });

  program
    .command("drivers")
    .description("what runs programs")
    .argument("[name]")
    .action((name: string | undefined) => {
      const chosen = name === undefined ? driverDescriptions : [findDriver(name).description];
      if (context.json) return printJson(terminal, name === undefined ? chosen : chosen[0]);
      for (const d of chosen) {
        terminal.out(`${d.kind}: ${d.title}\n  runs: ${d.targets.join(", ")}\n`);
        for (const limit of d.limits) terminal.out(`  limit: ${limit}\n`);
      }
    });

  program
    .command("schema")
    .description("JSON Schema for editors")
    .argument("<what>", "experiment, profile or map")
    .action((what: string) => {
      if (what === "experiment") return printJson(terminal, experimentEditorSchema());
      if (what === "profile") return printJson(terminal, profileEditorSchema());
      if (what === "map") return printJson(terminal, mapEditorSchema());
      throw invalidInput({
        path: "what",
        message: `no schema "${what}"`,
        found: what,
        expected: "experiment, profile or map",
      });
    });
}
