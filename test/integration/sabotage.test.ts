import { describe, expect, test } from "vitest";
import { prepareSmall, runAndJudge } from "../support/experiments.ts";

/**
 * The verdict must turn negative when the program is not what the plan meant. The emulator reads the tampered
 * text; nothing tells it what was changed.
 */
const prepared = prepareSmall({ shots: 4000 });
const { text } = prepared.designed.program;

/** Replaces the frequency of a frame. */
function retune(frame: string, change: (hz: number) => number): string {
  const pattern = new RegExp(`(frame ${frame} = newframe\\(\\w+, )([-\\d.e+]+)`);
  expect(text).toMatch(pattern);
  return text.replace(pattern, (_, head: string, hz: string) => `${head}${change(Number(hz))}`);
}

function frequencyOf(frame: string): number {
  return Number(new RegExp(`frame ${frame} = newframe\\(\\w+, ([-\\d.e+]+)`).exec(text)![1]);
}

/** Removes the k-th line that matches. */
function drop(pattern: RegExp, k = 0): string {
  const lines = text.split("\n");
  const hits = lines.flatMap((line, i) => (pattern.test(line) ? [i] : []));
  expect(hits.length).toBeGreaterThan(k);
  return lines.filter((_, i) => i !== hits[k]).join("\n");
}

test("the untouched program is consistent", async () => {
  const { verdict, notes } = await runAndJudge(prepared, text, 1);
  expect(verdict.reasons.join(" ")).toMatch(/All 3 tests pass/);
  expect(verdict.outcome).toBe("consistent");
  expect(verdict.synchronized).toBe("yes");
  expect(notes).toEqual([]);
});

const f01 = frequencyOf("q1_f01");
const f12 = frequencyOf("q1_f12");
const gainAncilla = 6.2e9;

const sabotage: Record<string, () => string> = {
  // sign of a detuning
  "1↔2 drive at f01 − α instead of f01 + α": () => retune("q1_f12", () => 2 * f01 - f12),
  "gain tone below its ancilla instead of above": () =>
    retune("q1_gain", (f) => gainAncilla - (f - gainAncilla)),
  "loss tone at the mirrored detuning": () => retune("q1_loss", (f) => 2 * (7.1e9 - f01) - f),
  // a dropped tone
  "no gain on one site": () => drop(/play\(q1_gain/),
  "no loss on one site": () => drop(/play\(q1_loss/),
  "one coupler off": () => drop(/play\(q0__q1_j/),
  "one tomography pulse missing": () => drop(/play\(q3_f12, gaussian/, 1),
  "one read-out tone missing": () => drop(/play\(q0_tx/),
  // a factor 2π
  "gain tone × 2π": () => retune("q0_gain", (f) => f * 6.283185307179586),
  "loss tone × 2π": () => retune("q0_loss", (f) => f * 6.283185307179586),
  "0↔1 drive ÷ 2π": () => retune("q0_f01", (f) => f / 6.283185307179586),
  "1↔2 drive × 2π": () => retune("q4_f12", (f) => f * 6.283185307179586),
  // blue for red
  "blue and red swapped on one site": () => {
    const [blue, red] = [frequencyOf("q3_gain"), frequencyOf("q3_loss")];
    return retune("q3_gain", () => red).replace(/(frame q3_loss = newframe\(\w+, )[-\d.e+]+/, `$1${blue}`);
  },
  // √2
  "one tone stronger by √2": () =>
    text.replace(
      /(play\(q1_gain, constant\()([\d.]+)/,
      (_, head: string, a: string) => `${head}${Number(a) * Math.SQRT2}`,
    ),
  "all exchange weaker by √2": () =>
    text.replace(
      /(exchange_amplitude = \{)([^}]*)/,
      (_, head: string, list: string) =>
        head +
        list
          .split(",")
          .map((a) => String(Number(a) * Math.SQRT1_2))
          .join(", "),
    ),
  // timing and phase
  "couplers on for 1100 ns instead of 1000": () => text.replaceAll("], 1000ns)", "], 1100ns)"),
  "frames not zeroed": () => text.replace(/ *set_phase\(q0_f12, 0\.0\);\n/, ""),
};

describe.each(Object.keys(sabotage))("%s", (name) => {
  test("turns the verdict negative", async () => {
    const tampered = sabotage[name]!();
    expect(tampered).not.toBe(text);
    const { verdict } = await runAndJudge(prepared, tampered, 1);
    expect(verdict.outcome).toBe("inconsistent");
    expect(verdict.p_value).toBeLessThan(1e-4);
  });
});

test("with too few shots the data cannot tell, and the verdict says so", async () => {
  const poor = prepareSmall({ shots: 12 });
  const { verdict } = await runAndJudge(poor, poor.designed.program.text, 1);
  expect(verdict.outcome).toBe("inconclusive");
  expect(verdict.reasons[0]).toMatch(/cannot tell/);
});
