import { setTimeout } from "node:timers/promises";
import { expect, it } from "vitest";
import { openInMemory } from "#store/database";
import { startTestServer } from "../support/http.ts";

it("closing waits as long as it takes: here for a database that was just being started", async () => {
  let closed = false;
  const api = await startTestServer({
    lab: {
      openDatabase: async () => {
        // Longer than the web framework gives a plug-in by default.
        await setTimeout(11_000);
        const database = await openInMemory();
        return {
          ...database,
          close: async () => {
            await database.close();
            closed = true;
          },
        };
      },
    },
  });
  await api.server.ready();
  api.server.lab.work().catch(() => {});
  await api.close();
  expect(closed).toBe(true);
});
