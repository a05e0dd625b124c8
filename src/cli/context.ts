import type { Terminal } from "./output.ts";

/** A server that listens; `close` lets what is at work finish. */
export interface Listening {
  readonly url: string;
  close(): Promise<void>;
}

/** What the command line starts but does not know. */
export interface Services {
  startServer(options: {
    readonly version: string;
    readonly store: string;
    readonly tokenFile: string;
    readonly host: string;
    readonly port: number;
    readonly threads: number;
    readonly timeLimit_s: number;
    readonly rateLimit: number;
    readonly lab: { readonly sweepThreads: number };
    readonly databaseUrl: string | undefined;
    readonly log: (line: string) => void;
  }): Promise<Listening>;
}

/** What every command gets: where to write, and the global options. */
export interface Context {
  readonly terminal: Terminal;
  /** Of this package. */
  readonly version: string;
  readonly services: Services;
  /** `--json`: one document on stdout and nothing else. */
  json: boolean;
  /** Folder of the kept runs. */
  store: string;
  /** Set by a command that ends without an error but not with success. */
  exitStatus: number;
}
