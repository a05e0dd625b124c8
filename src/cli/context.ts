import type { Terminal } from "./output.ts";

/** What every command gets: where to write, and the global options. */
export interface Context {
  readonly terminal: Terminal;
  /** Of this package. */
  readonly version: string;
  /** `--json`: one document on stdout and nothing else. */
  json: boolean;
  /** Folder of the kept runs. */
  store: string;
  /** Set by a command that ends without an error but not with success. */
  exitStatus: number;
}
