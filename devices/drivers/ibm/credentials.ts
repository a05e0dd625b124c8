import { execFileSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { type EntrainError, invalidInput } from "#core/errors";
import { Secret } from "./secret.ts";

export interface Credentials {
  readonly api_key: Secret;
  readonly crn: string;
  /** Where they were found, for messages. */
  readonly source: string;
  /** The token service instead of IBM's, from `IAM_URL`. */
  readonly iam_url?: string;
}

const fileSchema = z.object({
  api_key: z.string().min(1).optional(),
  instance: z.string().min(1).optional(),
});
type CredentialsFile = z.infer<typeof fileSchema>;

/** What the search for credentials looks at. */
export interface CredentialsOptions {
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Default `~/.config/entrain/ibm.json`, or what `ENTRAIN_IBM_CREDENTIALS` names. */
  readonly file?: string;
  /** Asks the system's keychain for the key; null where it has none. */
  readonly keychain?: () => string | null;
}

/**
 * Finds API key and instance: environment (`ENTRAIN_IBM_API_KEY`, `ENTRAIN_IBM_INSTANCE`), then the file, then, for
 * the key alone, the keychain. Each of the two may come from a different place.
 *
 * @throws EntrainError `ibm.credentials_missing`; `ibm.credentials_exposed` when others can read the file
 */
export function findCredentials(options: CredentialsOptions = {}): Credentials {
  const environment = options.environment ?? process.env;
  const path =
    options.file ?? environment.ENTRAIN_IBM_CREDENTIALS ?? join(homedir(), ".config", "entrain", "ibm.json");
  const file = readCredentialsFile(path);
  const fromEnvironment = environment.ENTRAIN_IBM_API_KEY?.trim();
  let key = fromEnvironment || file?.api_key;
  let source = fromEnvironment ? "ENTRAIN_IBM_API_KEY" : path;
  if (!key) {
    key = (options.keychain ?? readKeychain)() ?? undefined;
    source = "keychain";
  }
  const crn = environment.ENTRAIN_IBM_INSTANCE?.trim() || file?.instance;
  if (!key) throw missing("api_key", "ENTRAIN_IBM_API_KEY", path);
  if (!crn) throw missing("instance", "ENTRAIN_IBM_INSTANCE", path);
  const iam = environment.IAM_URL?.trim();
  return { api_key: new Secret(key.trim()), crn, source, ...(iam ? { iam_url: iam } : {}) };
}

function missing(what: string, variable: string, path: string): EntrainError {
  return invalidInput(
    {
      path: `credentials.${what}`,
      message: what === "api_key" ? "there is no IBM Cloud API key" : "there is no instance (CRN)",
      found: "nothing",
      expected: `the variable ${variable}, or "${what}" in ${path}`,
      hint: "docs/ibm.md says where to get it.",
    },
    "ibm.credentials_missing",
  );
}

function readCredentialsFile(path: string): CredentialsFile | null {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return null;
  const mode = stat.mode & 0o777;
  // Windows has no such bits; node reports 666 there for every file.
  if (process.platform !== "win32" && (mode & 0o077) !== 0) {
    throw invalidInput(
      {
        path,
        message: "others on this machine may read this file, and it holds a key; it was not read",
        found: `mode ${mode.toString(8)}`,
        expected: "mode 600",
        hint: `chmod 600 ${path}, and renew the key if anybody else could have read it.`,
      },
      "ibm.credentials_exposed",
    );
  }
  try {
    return fileSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    // Neither the parser's nor zod's message: both may quote the file.
    throw invalidInput(
      {
        path,
        message: "the file cannot be read as credentials",
        expected: '{"api_key": "…", "instance": "crn:…"}',
      },
      "ibm.credentials_file",
    );
  }
}

/** The key under the service name `entrain-ibm`: macOS keychain, or libsecret's `secret-tool`. */
function readKeychain(): string | null {
  const [command, ...parameters] =
    process.platform === "darwin"
      ? ["security", "find-generic-password", "-s", "entrain-ibm", "-w"]
      : ["secret-tool", "lookup", "service", "entrain-ibm"];
  try {
    const answer = execFileSync(command!, parameters, {
      encoding: "utf8",
      timeout: 10_000,
      stdio: ["ignore", "pipe", "ignore"],
    });
    return answer.trim() === "" ? null : answer.trim();
  } catch {
    return null;
  }
}
