import { Command } from "commander";
import { expect, test } from "vitest";
import { benchCases } from "#bench/registry";
import { addBenchCommand } from "../../../src/cli/commands/bench.ts";

/** Runs the command and gives back what it wrote to stdout. */
async function bench(args: readonly string[], json: boolean): Promise<string> {
  let written = "";
  const program = new Command("entrain").exitOverride();
  addBenchCommand(program, {
    terminal: {
      out: (text) => {
        written += text;
      },
      err: () => {},
      interactive: false,
      colour: false,
    },
    version: "0",
    services: { startServer: () => Promise.reject(new Error("not here")) },
    json,
    store: "",
    exitStatus: 0,
  });
  await program.parseAsync(["node", "entrain", "bench", ...args]);
  return written;
}

test("--list names every table", async () => {
  const text = await bench(["--list"], false);
  const lines = text.trim().split("\n");
  expect(lines).toHaveLength(benchCases.length);
  benchCases.forEach(({ name, title }, k) => {
    expect(lines[k]!.startsWith(`${name} `) && lines[k]!.endsWith(title)).toBe(true);
  });
});

test("--list --json is one document, of the chosen cases", async () => {
  const { cases } = JSON.parse(await bench(["--list", "network-dense", "growth"], true));
  expect(cases.map(({ name }: { name: string }) => name)).toEqual(["network-dense", "growth"]);
});

test("an unknown case is refused before anything is measured", async () => {
  await expect(bench(["nothing"], false)).rejects.toMatchObject({
    code: "bench.unknown_case",
    kind: "input",
  });
});
