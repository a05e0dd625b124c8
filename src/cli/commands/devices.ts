import { writeFileSync } from "node:fs";
import { basename } from "node:path";
import type { Command } from "commander";
import { stringify } from "yaml";
import { EntrainError, invalidInput } from "#core/errors";
import { parseWith } from "#core/schema";
import { importBackend } from "#devices/digital/import-backend";
import type { DigitalProfile } from "#devices/digital/profile";
import { formatDigitalProfile } from "#devices/digital/profile-text";
import { requireBackend } from "#devices/drivers/ibm/driver";
import { clientFromEnvironment } from "#devices/drivers/ibm/from-environment";
import { circuitPlatforms, findAnyPlatform, platforms } from "#devices/registry";
import { assumptionSets } from "#devices/transmon/assumption-sets";
import { importCsv } from "#devices/transmon/import-csv";
import { importIbmSnapshot, parseSelection } from "#devices/transmon/import-ibm";
import type { TransmonProfile } from "#devices/transmon/schema";
import { profileHeadSchema } from "#ir/profile";
import { bundledProfiles, loadProfileDocument, readTextFile } from "#planning/load";
import type { Context } from "../context.ts";
import { printJson, table } from "../output.ts";

interface ImportOptions {
  readonly select?: string;
  readonly couplings?: string;
  readonly name?: string;
  readonly assume: string;
  readonly out?: string;
}

/** A profile that was made, its text, and what to say about it. */
interface Imported {
  readonly profile: TransmonProfile | DigitalProfile;
  readonly text: string;
  readonly size: string;
}

function transmonImport(profile: TransmonProfile): Imported {
  const { sites, bonds } = profile;
  return {
    profile,
    text: stringify(profile, { lineWidth: 110 }),
    size: `${sites.length} sites, ${bonds.length} bonds`,
  };
}

function digitalImport(document: unknown, options: ImportOptions): Imported {
  if (options.couplings !== undefined) throw misplaced("couplings", "csv");
  if (options.select !== undefined) throw misplaced("select", "ibm");
  const profile = importBackend(document, { name: options.name ?? profileName(backendNameOf(document)) });
  const { sites, edges } = profile;
  return {
    profile,
    text: formatDigitalProfile(profile),
    size: `${sites.length} qubits, ${edges.length} edges`,
  };
}

function backendNameOf(document: unknown): string {
  return (document as { configuration?: { backend_name?: string } }).configuration?.backend_name ?? "device";
}

type Importer = (file: string, options: ImportOptions) => Imported | Promise<Imported>;

/** Makers of profiles by what they read. */
const importers: Readonly<Record<string, Importer>> = {
  "ibm-digital": (file, options) => digitalImport(readJson(file), options),
  "ibm-live": async (backend, options) => digitalImport(await liveBackend(backend), options),
  ibm: (file, options) => {
    if (options.couplings !== undefined) throw misplaced("couplings", "csv");
    const document = readJson(file);
    return transmonImport(
      importIbmSnapshot(document, {
        name: options.name ?? profileName(backendNameOf(document)),
        assumptionSet: options.assume,
        ...(options.select === undefined ? {} : { select: parseSelection(options.select) }),
      }),
    );
  },
  csv: (file, options) => {
    if (options.select !== undefined) throw misplaced("select", "ibm");
    const table = (path: string) => ({ text: readText(path), name: path === "-" ? "stdin" : basename(path) });
    return transmonImport(
      importCsv(table(file), {
        name: options.name ?? (file === "-" ? "device" : profileName(basename(file).replace(/\.[^.]*$/, ""))),
        assumptionSet: options.assume,
        ...(options.couplings === undefined ? {} : { couplings: table(options.couplings) }),
      }),
    );
  },
};

/** `devices`: profiles, listed, shown and imported. */
export function addDeviceCommands(program: Command, context: Context): void {
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
        if (context.json)
          return printJson(terminal, {
            profiles,
            platforms: [...platforms, ...circuitPlatforms].map((p) => p.kind),
          });
        terminal.out(`${table(profiles.map((p) => [p.name, p.platform, p.title]))}\n`);
        return;
      }
      const document = loadProfileDocument(name, ".");
      const head = parseWith(profileHeadSchema, document, "profile.invalid");
      const platform = findAnyPlatform(head.kind);
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
    .description("make a profile from a calibration snapshot or a table")
    .argument(
      "<kind>",
      "ibm: configuration and properties of an IBM backend, JSON, as transmons; ibm-digital: the same, as a gate-model machine; ibm-live: that, asked from the service; csv: a table of sites",
    )
    .argument("<file>", "file to read, - for stdin; ibm-live: name of the backend")
    .option("--select <qubits>", "ibm: qubits to take, e.g. 104-108,111,112")
    .option("--couplings <file>", "csv: table of coupled pairs, columns site_a and site_b")
    .option("--name <name>", "name of the profile")
    .option("--assume <set>", `assumption set: ${Object.keys(assumptionSets).join(", ")}`, "fixed-frequency")
    .option("--out <file>", "write here instead of stdout")
    .action(async (kind: string, file: string, options: ImportOptions) => {
      const importer = importers[kind];
      if (importer === undefined) {
        throw invalidInput({
          path: "kind",
          message: `nothing imports "${kind}"`,
          found: kind,
          expected: Object.keys(importers).join(" or "),
        });
      }
      const { profile, text, size } = await importer(file, options);
      if (context.json) return printJson(terminal, profile);
      if (options.out === undefined) terminal.out(text);
      else {
        writeFileSync(options.out, text);
        terminal.err(`wrote ${options.out}: ${size}\n`);
      }
    });
}

/** Configuration and properties of a backend as the service has them now. */
async function liveBackend(backend: string): Promise<unknown> {
  const client = clientFromEnvironment();
  await requireBackend(client, backend);
  return {
    configuration: await client.configuration(backend),
    properties: await client.properties(backend),
  };
}

const readText = (file: string) => readTextFile(file === "-" ? "/dev/stdin" : file);

function readJson(file: string): unknown {
  const text = readText(file);
  try {
    return JSON.parse(text);
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
}

/** Lower-case words joined by hyphens. */
function profileName(text: string): string {
  return (
    text
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-+|-+$/g, "") || "device"
  );
}

function misplaced(option: string, kind: string) {
  return invalidInput({
    path: `--${option}`,
    message: `--${option} belongs to imports of kind ${kind}`,
    expected: `entrain devices import ${kind} FILE --${option} …`,
  });
}
