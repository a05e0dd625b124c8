import type { Command } from "commander";
import { z } from "zod";
import { invalidInput } from "#core/errors";
import { describeInstrument } from "#devices/drivers/instrument/definition";
import { findInstrument, instrumentDefinitions } from "#devices/drivers/instrument-definitions";
import { driverDescriptions, findDriver } from "#devices/drivers/registry";
import { transmonProfileSchema } from "#devices/transmon/schema";
import { designRequestSchema } from "#ir/design";
import { experimentSchema } from "#ir/experiment";
import { mapRequestSchema } from "#ir/map";
import { addTypedSpellings } from "#ir/quantity-fields";
import { allProtocols, findAnyProtocol } from "#protocols/registry";
import { circuitTargets, findAnyTarget, targets } from "#protocols/targets/registry";
import { mappingSchema } from "#store/data-files/mapping";
import type { Context } from "../context.ts";
import { printJson, table } from "../output.ts";

const editorSchema = (schema: z.ZodType) =>
  addTypedSpellings(z.toJSONSchema(schema, { target: "draft-7", io: "input", unrepresentable: "any" }));

/** JSON Schema of experiment files, the parameters of every protocol included. */
export function experimentEditorSchema(): unknown {
  const full = experimentSchema.extend({
    protocol: z.union(allProtocols.map((protocol) => protocol.schema) as [z.ZodType, ...z.ZodType[]]),
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

/** JSON Schema of design files. */
export function designEditorSchema(): unknown {
  return editorSchema(designRequestSchema);
}

/** JSON Schema of mappings of data files. */
export function mappingEditorSchema(): unknown {
  return editorSchema(mappingSchema);
}

/** `protocols`, `targets`, `drivers`, `schema`: what there is, and the form of each. */
export function addListCommands(program: Command, context: Context): void {
  const { terminal } = context;

  program
    .command("protocols")
    .description("experiments that can be planned; with a name, its parameters")
    .argument("[name]")
    .action((name: string | undefined) => {
      if (name === undefined) {
        if (context.json) {
          return printJson(
            terminal,
            allProtocols.map(({ kind, title }) => ({ kind, title })),
          );
        }
        terminal.out(`${table(allProtocols.map((p) => [p.kind, p.title]))}\n`);
        return;
      }
      const { kind, title, description, schema } = findAnyProtocol(name);
      printJson(terminal, { kind, title, description, schema: editorSchema(schema) });
    });

  program
    .command("targets")
    .description("hardware stacks that programs are written for")
    .argument("[name]")
    .action((name: string | undefined) => {
      const chosen = name === undefined ? [...targets, ...circuitTargets] : [findAnyTarget(name)];
      const rows = chosen.map(({ kind, title }) => ({ kind, title }));
      if (context.json) return printJson(terminal, name === undefined ? rows : rows[0]);
      terminal.out(`${table(rows.map((t) => [t.kind, t.title]))}\n`);
    });

  program
    .command("drivers")
    .description("what runs programs, and instruments on serial ports; with a name, what to connect")
    .argument("[name]")
    .action((name: string | undefined) => {
      const instrument = name === undefined ? undefined : findInstrument(name);
      if (instrument !== undefined) {
        return context.json ? printJson(terminal, instrument) : terminal.out(describeInstrument(instrument));
      }
      const chosen = name === undefined ? driverDescriptions : [findDriver(name).description];
      if (context.json)
        return printJson(terminal, name === undefined ? [...chosen, ...instrumentDefinitions] : chosen[0]);
      for (const d of chosen) {
        terminal.out(`${d.kind}: ${d.title}\n  runs: ${d.targets.join(", ")}\n`);
        for (const limit of d.limits) terminal.out(`  limit: ${limit}\n`);
      }
      if (name !== undefined) return;
      terminal.out("instruments:\n");
      terminal.out(`${table(instrumentDefinitions.map((i) => [`  ${i.kind}`, i.title, i.role]))}\n`);
    });

  program
    .command("schema")
    .description("JSON Schema for editors")
    .argument("<what>", "experiment, profile, map, design or mapping")
    .action((what: string) => {
      if (what === "experiment") return printJson(terminal, experimentEditorSchema());
      if (what === "profile") return printJson(terminal, profileEditorSchema());
      if (what === "map") return printJson(terminal, mapEditorSchema());
      if (what === "design") return printJson(terminal, designEditorSchema());
      if (what === "mapping") return printJson(terminal, mappingEditorSchema());
      throw invalidInput({
        path: "what",
        message: `no schema "${what}"`,
        found: what,
        expected: "experiment, profile, map, design or mapping",
      });
    });
}
