import {
  bigint,
  bigserial,
  boolean,
  customType,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
} from "drizzle-orm/pg-core";

const moment = (name: string) => timestamp(name, { withTimezone: true, precision: 3 });

const bytes = customType<{ data: Uint8Array; driverData: Uint8Array }>({ dataType: () => "bytea" });

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
    createdAt: moment("created_at").notNull(),
    updatedAt: moment("updated_at").notNull(),
    recordsExpected: integer("records_expected").notNull(),
    outcome: text(),
    failure: text(),
    versions: jsonb().$type<Record<string, string>>().notNull(),
    /** Changes with every rewriting of manifest.json; a manifest whose stamp is unchanged is not read again. */
    stamp: text().notNull(),
  },
  (table) => [index("runs_created_at").on(table.createdAt), index("runs_state").on(table.state)],
);

/** What was asked of the run engine: a row from the moment a run is accepted on. */
export const runQueue = pgTable(
  "run_queue",
  {
    run: text().primaryKey(),
    number: bigint({ mode: "number" }).notNull(),
    /** What it drives; runs of one instrument take turns. */
    instrument: text().notNull(),
    driver: text().notNull(),
    /** True where a point may be measured again after a crash. */
    repeatable: boolean().notNull(),
    state: text().$type<"queued" | "active" | "paused" | "done" | "failed" | "cancelled">().notNull(),
    /** What a person wants of an active run. */
    wanted: text().$type<"run" | "pause" | "cancel">().notNull().default("run"),
    submittedBy: text("submitted_by").notNull(),
    /** Starts so far that did not end by themselves. */
    attempts: integer().notNull().default(0),
    notBefore: moment("not_before").notNull().defaultNow(),
    failure: text(),
    createdAt: moment("created_at").notNull().defaultNow(),
    updatedAt: moment("updated_at").notNull().defaultNow(),
  },
  (table) => [index("run_queue_state").on(table.state, table.number)],
);

/** The store whose runs and sweeps these are: one row. */
export const home = pgTable("home", {
  only: boolean().primaryKey().default(true),
  store: text().notNull(),
});

/** Who drives which instrument, until when; the number counts its owners. */
export const instruments = pgTable("instruments", {
  key: text().primaryKey(),
  holder: text(),
  run: text(),
  fence: bigint({ mode: "number" }).notNull().default(0),
  expiresAt: moment("expires_at").notNull(),
  /** Why nobody may drive it: its safe state was not reached. Null when it may be driven. */
  unsafe: text(),
});

/** Requests that were acknowledged under a key of the caller's. */
export const acceptedRequests = pgTable(
  "accepted_requests",
  {
    who: text().notNull(),
    key: text().notNull(),
    /** SHA-256 of what was asked. */
    digest: text().notNull(),
    answer: text().notNull(),
    at: moment("at").notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.who, table.key] })],
);

/** What was done to hardware and who asked for it. A trigger refuses to change or delete a row. */
export const audit = pgTable("audit", {
  number: bigserial({ mode: "number" }).primaryKey(),
  at: moment("at").notNull(),
  who: text().notNull(),
  action: text().notNull(),
  /** Instrument or run. */
  subject: text().notNull(),
  detail: jsonb().$type<Record<string, unknown>>().notNull(),
});

/** Maps that are computed tile by tile, by whoever joins. */
export const sweeps = pgTable("sweeps", {
  number: bigserial({ mode: "number" }).primaryKey(),
  /** Request of the map, checked. */
  request: jsonb().$type<Record<string, unknown>>().notNull(),
  method: text().$type<"fast" | "brute-force">().notNull(),
  tiles: integer().notNull(),
  state: text().$type<"running" | "done" | "failed" | "cancelled">().notNull(),
  failure: text(),
  submittedBy: text("submitted_by").notNull(),
  createdAt: moment("created_at").notNull().defaultNow(),
  updatedAt: moment("updated_at").notNull().defaultNow(),
});

/** Finished tiles. The numbers wait here until they are on the disk of the server that gathers them. */
export const sweepTiles = pgTable(
  "sweep_tiles",
  {
    sweep: bigint({ mode: "number" }).notNull(),
    tile: integer().notNull(),
    /** Order of arrival over all sweeps. */
    arrival: bigserial({ mode: "number" }).notNull(),
    sha256: text().notNull(),
    payload: bytes("payload"),
    worker: text().notNull(),
    at: moment("at").notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.sweep, table.tile] }),
    index("sweep_tiles_arrival").on(table.sweep, table.arrival),
  ],
);
