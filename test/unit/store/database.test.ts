import { sql } from "drizzle-orm";
import { expect, it } from "vitest";
import { openInMemory } from "#store/database";

it("the embedded database lets the process see to its connections between statements", async () => {
  const database = await openInMemory();
  let turns = 0;
  let next: NodeJS.Immediate;
  const turn = () => {
    turns++;
    next = setImmediate(turn);
  };
  next = setImmediate(turn);
  const statements = 40;
  for (let k = 0; k < statements; k++) await database.orm.execute(sql`select ${k}::int`);
  clearImmediate(next);
  await database.close();
  // One for each; without them the whole loop runs in a single turn.
  expect(turns).toBeGreaterThanOrEqual(statements - 1);
});
