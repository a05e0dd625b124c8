import { describe, expect, test } from "vitest";
import { createRandom } from "#core/random";
import { prepareCircuits, runCircuits } from "../support/circuits.ts";

/** How often an honest run is called inconsistent at significance 0.01. */
describe("false alarms", () => {
  const cases = [
    [
      "a driven oscillator",
      prepareCircuits({
        kind: "circuit-driven",
        gain: 0.5,
        loss: 1,
        asymmetry: [-1, 0.5],
        drive: 0.5,
        time: 3,
        steps: 4,
      }),
    ],
    [
      "a mean-field loop, whose fields carry the noise of what was measured",
      prepareCircuits({
        kind: "circuit-mean-field",
        loops: [{ gain: 0.5, loss: 1, coupling: 1.2 }],
        steps: 8,
        time_step: 0.5,
      }),
    ],
  ] as const;
  test.each(cases)("%s", async (_, prepared) => {
    const random = createRandom(5, "seeds");
    const runs = 150;
    let alarms = 0;
    let half = 0;
    for (let k = 0; k < runs; k++) {
      const seed = Math.floor(random.uniform() * 2 ** 31);
      const { verdict } = await runCircuits(prepared, undefined, seed);
      if (verdict.outcome === "inconsistent") alarms++;
      if (verdict.tests[0]!.p_value < 0.5) half++;
    }
    console.log(`${alarms} of ${runs} alarms, ${half} p-values below one half`);
    // Binomial(150, 0.01): more than 6 in one of 2000 such tests.
    expect(alarms).toBeLessThanOrEqual(6);
    // Binomial(150, 0.5), 4σ: the p-values lie where they should, not all near 1.
    expect(Math.abs(half - runs / 2)).toBeLessThan(4 * Math.sqrt(runs / 4));
  });
});
