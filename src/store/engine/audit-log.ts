import { and, desc, eq, lt } from "drizzle-orm";
import type { Database } from "../database.ts";
import { inDatabase } from "../database-fault.ts";
import { audit } from "../schema.ts";

/** Something that was done to hardware, or asked for. */
export interface AuditEntry {
  readonly at: Date;
  /** Name of the token, or of the process that did it unasked. */
  readonly who: string;
  readonly action: string;
  /** Instrument or run. */
  readonly subject: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

export type AuditRow = AuditEntry & { readonly number: number };

/** Who did what to hardware, and when. Rows are added, never changed: the database itself refuses that. */
export class AuditLog {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** On disk when this returns. */
  async append(entry: AuditEntry): Promise<void> {
    await inDatabase(() =>
      this.#database.orm.insert(audit).values({ ...entry, detail: { ...entry.detail } }),
    );
  }

  /** Newest first. @param before - only entries older than this number */
  async list(options: {
    subject?: string | undefined;
    before?: number | undefined;
    limit: number;
  }): Promise<AuditRow[]> {
    const { subject, before, limit } = options;
    return inDatabase(() =>
      this.#database.orm
        .select()
        .from(audit)
        .where(
          and(
            subject === undefined ? undefined : eq(audit.subject, subject),
            before === undefined ? undefined : lt(audit.number, before),
          ),
        )
        .orderBy(desc(audit.number))
        .limit(limit),
    );
  }
}
