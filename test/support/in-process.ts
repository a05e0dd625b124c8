import { main } from "../../src/cli/main.ts";

/** Runs the command line in this process: as fast as a function call, without a terminal. */
export async function runCommand(
  ...args: string[]
): Promise<{ status: number; stdout: string; stderr: string }> {
  let stdout = "";
  let stderr = "";
  const status = await main(args, {
    out: (text) => {
      stdout += text;
    },
    err: (text) => {
      stderr += text;
    },
    interactive: false,
    colour: false,
  });
  return { status, stdout, stderr };
}
