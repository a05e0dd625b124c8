import { expect, test } from "vitest";
import { parseTransmonProfile } from "#devices/transmon/schema";
import { prepareSmall, runAndJudge } from "../support/experiments.ts";

/**
 * A chip that does what the plan does not know: the verdict must say so. The plan is that of the plain profile, the
 * program the same; only the emulated device differs.
 */
const prepared = prepareSmall({ shots: 4000 });

async function outcome(imperfections: Record<string, unknown>) {
  const profile = parseTransmonProfile(prepared.designed.profile, imperfections);
  const { text } = prepared.designed.program;
  const on = { ...prepared, designed: { ...prepared.designed, profile } };
  return (await runAndJudge(on, text, 1)).verdict.outcome;
}

test.each([
  ["idle couplers", { exchange_residual: "1.5 MHz" }],
  ["slow couplers", { coupler_rise: "15 ns" }],
  ["drive cross-talk", { drive_crosstalk: 0.2 }],
])("%s that the plan does not know: inconsistent", async (_, imperfections) => {
  expect(await outcome(imperfections)).toBe("inconsistent");
});

test("the same, too small to be seen: consistent", async () => {
  const tiny = { exchange_residual: "1 kHz", coupler_rise: "5 ps", drive_crosstalk: 1e-4 };
  expect(await outcome(tiny)).toBe("consistent");
});
