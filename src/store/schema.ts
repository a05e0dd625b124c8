import { bigint, boolean, index, integer, jsonb, pgTable, text, timestamp } from "drizzle-orm/pg-core";

/**
 * The index of runs: what can be searched, copied from the manifests. It holds nothing that the run folders do not.
 * After a change here, `npx drizzle-kit generate` writes the migration.
 */
export const runs = pgTable(
  "runs",
  {
    /** The number in the id: sorts beyond run-999999. */
    number: bigint({ mode: "number" }).primaryKey(),
    id: text().notNull(),
    uuid: text().notNull(),
    title: text().notNull(),
    /** The title in lower case, as the folder listing compares it. */
    titleFolded: text("title_folded").notNull(),
    protocol: text().notNull(),
    profile: text().notNull(),
    profileSha256: text("profile_sha256").notNull(),
    target: text().notNull(),
    driver: text().notNull(),
    programSha256: text("program_sha256").notNull(),
    programReplaced: boolean("program_replaced").notNull(),
    seed: bigint({ mode: "number" }).notNull(),
    shots: integer().notNull(),
    state: text().notNull(),
    createdAt: timestamp("created_at", { withTimezone: true, precision: 3 }).notNull(),
    updatedAt: timestamp("updated_at", { withTimezone: true, precision: 3 }).notNull(),
    recordsExpected: integer("records_expected").notNull(),
    outcome: text(),
    failure: text(),
    versions: jsonb().$type<Record<string, string>>().notNull(),
    /** Changes with every rewriting of manifest.json; a manifest whose stamp is unchanged is not read again. */
    stamp: text().notNull(),
  },
  (table) => [index("runs_created_at").on(table.createdAt), index("runs_state").on(table.state)],
);
