import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import { ExitGuard } from "#devices/drivers/instrument/exit-guard";
import { digital } from "../../support/instruments.ts";

/** A process that notes how it was ended. */
class FakeProcess extends EventEmitter {
  readonly ended: [event: string, cause: unknown][] = [];

  end(event: string, cause: unknown) {
    this.ended.push([event, cause]);
  }
}

async function running() {
  const { clock, driver, fake, opened } = digital();
  await clock.run(driver.connect());
  await clock.run(driver.upload({ rows: [{ word: 0xff, cycles: 4_000_000_000 }] }));
  await clock.run(driver.start({ software: true }));
  expect(fake.outputsOff()).toBe(false);
  return { clock, driver, fake, opened };
}

test.each(["SIGINT", "SIGTERM", "SIGHUP", "uncaughtException", "unhandledRejection", "beforeExit"])(
  "outputs are off before the process ends by %s, and it ends by the same",
  async (event) => {
    const { clock, driver, fake } = await running();
    const source = new FakeProcess();
    const reports: string[] = [];
    const guard = new ExitGuard({ source, report: (text) => reports.push(text) });
    guard.watch(driver);
    source.emit(event, "cause");
    // A second signal does not start a second leaving.
    source.emit(event, "cause");
    await clock.run(driver.close().then(() => undefined));
    await clock.run(new Promise((resolve) => setImmediate(resolve)));
    expect(fake.outputsOff()).toBe(true);
    expect(source.ended).toEqual([[event, "cause"]]);
    expect(source.eventNames()).toEqual([]);
    expect(reports).toEqual([]);
  },
);

test("a board that cannot be reached is reported, and the others are made safe", async () => {
  const gone = await running();
  const there = await running();
  gone.opened[0]!.cut();
  const reports: string[] = [];
  const guard = new ExitGuard({ source: new FakeProcess(), report: (text) => reports.push(text) });
  guard.watch(gone.driver);
  guard.watch(there.driver);
  await there.clock.run(guard.makeAllSafe());
  expect(there.fake.outputsOff()).toBe(true);
  expect(reports).toHaveLength(1);
  expect(reports[0]).toContain("outputs may be on");
});
