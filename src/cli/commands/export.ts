import type { Command } from "commander";
import { streamRecords } from "#store/data-files/run-records";
import { writeRunFile } from "#store/data-files/write-run";
import { RunStore } from "#store/run-store";
import type { Context } from "../context.ts";
import { printJson } from "../output.ts";

/** `export`. */
export function addExportCommand(program: Command, context: Context): void {
  program
    .command("export")
    .description("a kept run as one HDF5 file that h5py and xarray open")
    .argument("<run>", "run id, number, UUID or latest")
    .requiredOption("--out <file>", "HDF5 file to write")
    .action(async (reference: string, { out }: { out: string }) => {
      const store = RunStore.open(context.store);
      const id = store.resolve(reference);
      const run = store.read(id);
      const records = await writeRunFile(out, run, streamRecords(store, id), `entrain ${context.version}`);
      const expected = run.manifest.records_expected;
      if (context.json)
        return printJson(context.terminal, { run: id, file: out, records, records_expected: expected });
      if (records < expected) {
        context.terminal.err(
          `${id} has ${records} of ${expected} records; the others are marked as missing\n`,
        );
      }
      context.terminal.out(`${out}\n`);
    });
}
