import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";
import { invalidInput } from "#core/errors";
import { parseWith } from "#core/schema";

/** What a token allows, each with all before it: read; plan and simulate; move hardware. */
export const roles = ["viewer", "designer", "operator"] as const;
export type Role = (typeof roles)[number];

export function allows(role: Role, needed: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(needed);
}

const tokenFileSchema = z.strictObject({
  tokens: z.array(
    z.strictObject({
      name: z.string().min(1),
      role: z.enum(roles),
      /** SHA-256 of the token, hexadecimal. Tokens have 256 random bits: a slow hash would add nothing. */
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
      created: z.string(),
    }),
  ),
});
type TokenEntry = z.infer<typeof tokenFileSchema>["tokens"][number];

export interface Identity {
  readonly name: string;
  readonly role: Role;
}

const prefix = "entrain_";

/** Tokens of a server, in a file that holds their hashes only. */
export class TokenFile {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  list(): readonly Omit<TokenEntry, "sha256">[] {
    return this.#read().map(({ name, role, created }) => ({ name, role, created }));
  }

  /**
   * Makes a token; its text is given out here and never again.
   *
   * @throws EntrainError `token.exists`
   */
  add(name: string, role: Role, now: Date): string {
    const entries = this.#read();
    if (entries.some((entry) => entry.name === name)) {
      throw invalidInput(
        { path: "name", message: `there is a token "${name}" already`, found: name, expected: "a new name" },
        "token.exists",
      );
    }
    const text = prefix + randomBytes(32).toString("base64url");
    this.#write([...entries, { name, role, sha256: hashOf(text), created: now.toISOString() }]);
    return text;
  }

  /** @throws EntrainError `token.unknown` */
  revoke(name: string): void {
    const entries = this.#read();
    const left = entries.filter((entry) => entry.name !== name);
    if (left.length === entries.length) {
      throw invalidInput(
        {
          path: "name",
          message: `there is no token "${name}"`,
          found: name,
          expected: entries.map((entry) => entry.name).join(", ") || "none exists",
        },
        "token.unknown",
      );
    }
    this.#write(left);
  }

  /** Whose token it is; reads the file each time, so that a revoked token is out at once. */
  identify(text: string): Identity | undefined {
    const hash = Buffer.from(hashOf(text), "hex");
    let found: Identity | undefined;
    // Every entry is compared, so that the time says nothing about which one it was.
    for (const { name, role, sha256 } of this.#read()) {
      if (timingSafeEqual(hash, Buffer.from(sha256, "hex"))) found = { name, role };
    }
    return found;
  }

  #read(): TokenEntry[] {
    if (!existsSync(this.#path)) return [];
    const document: unknown = JSON.parse(readFileSync(this.#path, "utf8"));
    return parseWith(tokenFileSchema, document, "token.file_invalid", this.#path).tokens;
  }

  #write(tokens: readonly TokenEntry[]): void {
    mkdirSync(dirname(this.#path), { recursive: true });
    const draft = `${this.#path}.new`;
    writeFileSync(draft, `${JSON.stringify({ tokens }, null, 2)}\n`, { mode: 0o600 });
    renameSync(draft, this.#path);
  }
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
