import { join } from "node:path";
import { type Command, Option } from "commander";
import { type Role, roles, TokenFile } from "#store/token-file";
import type { Context } from "../context.ts";
import { printJson, table } from "../output.ts";

/** `token add`, `token list`, `token revoke`: who may use the server. */
export function addTokenCommands(program: Command, context: Context): void {
  const { terminal } = context;
  const file = () => new TokenFile(join(context.store, "tokens.json"));
  const command = program.command("token").description("who may use the server");
  command
    .command("add")
    .description("make a token; it is shown once")
    .argument("<name>", "whose it is")
    .addOption(
      new Option(
        "--role <role>",
        "viewer reads, designer also plans and simulates, operator also moves hardware",
      )
        .choices(roles)
        .default("viewer"),
    )
    .action((name: string, { role }: { role: Role }) => {
      const token = file().add(name, role, new Date());
      if (context.json) return printJson(terminal, { name, role, token });
      terminal.out(`${token}\n`);
      terminal.err("This is the only time it is shown; the server keeps a hash of it.\n");
    });
  command
    .command("list")
    .description("names and roles")
    .action(() => {
      const tokens = file().list();
      if (context.json) return printJson(terminal, tokens);
      terminal.out(
        tokens.length === 0 ? "no tokens\n" : `${table(tokens.map((t) => [t.name, t.role, t.created]))}\n`,
      );
    });
  command
    .command("revoke")
    .description("end a token at once")
    .argument("<name>")
    .action((name: string) => {
      file().revoke(name);
      if (context.json) printJson(terminal, { revoked: name });
    });
}
