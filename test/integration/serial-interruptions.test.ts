import { expect, test } from "vitest";
import { EntrainError } from "#core/errors";
import { boards } from "../support/cuts.ts";

/** When the safe state is asked for after the start of an upload, ms. */
const moments = Array.from({ length: 120 }, (_, k) => 0.5 + 3 * k);

test.each(Object.keys(boards))("%s: made safe at any moment, nothing comes on again", async (kind) => {
  const outcomes = new Set<string>();
  for (const moment of moments) {
    const { clock, driver, fake, use } = boards[kind]!([]);
    await clock.run(driver.connect());
    let made: Promise<void> | undefined;
    clock.after(moment, () => {
      made = driver.makeSafe();
    });
    const outcome = await clock.run(
      use().then(
        () => "ended",
        (error) => (error instanceof EntrainError ? error.code : `${error}`),
      ),
    );
    outcomes.add(outcome);
    // A run that was interrupted is never reported as one that ended.
    if (made !== undefined) expect(outcome, `interrupted after ${moment} ms`).not.toBe("ended");
    await clock.run(made ?? driver.makeSafe());
    expect(driver.state).toBe("safe");
    expect(fake.outputsOff(), `interrupted after ${moment} ms`).toBe(true);
    clock.advance(1000);
    expect(fake.outputsOff()).toBe(true);
  }
  expect([...outcomes]).toContain("device.interrupted");
});
