import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { EntrainError } from "#core/errors";
import type { Database } from "../database.ts";
import { inDatabase } from "../database-fault.ts";
import { readText } from "../documents.ts";
import { errnoOf, type FileSystem, makeFolder, syncFolder, writeDurably } from "../file-system.ts";
import { home } from "../schema.ts";

/**
 * Makes sure that a database speaks of the runs of this store and of no other's: their ids are the same.
 *
 * @throws EntrainError `database.other_store`
 */
export async function settleIn(database: Database, fs: FileSystem, root: string): Promise<void> {
  const store = storeId(fs, root);
  const [row] = await inDatabase(async () => {
    await database.orm.insert(home).values({ store }).onConflictDoNothing();
    return database.orm.select().from(home);
  });
  if (row?.store === store) return;
  throw new EntrainError("database.other_store", {
    path: "DATABASE_URL",
    message: "this database belongs to another folder of runs",
    found: row?.store,
    expected: `${store}, as ${join(root, "store-id")} says`,
    hint: "Use a database of its own for each folder (CREATE DATABASE), or give --store the folder of this one.",
  });
}

function storeId(fs: FileSystem, root: string): string {
  makeFolder(fs, root);
  const path = join(root, "store-id");
  try {
    writeDurably(fs, path, `${randomUUID()}\n`);
    syncFolder(fs, root);
  } catch (error) {
    if (errnoOf(error) !== "EEXIST") throw error;
  }
  return readText(fs, path)!.trim();
}
