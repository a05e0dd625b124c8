import { describe, expect, test } from "vitest";
import { pairStatistics } from "#analysis/pair-statistics";
import { frequencyDifference, rotationFrequency } from "#analysis/rotation";
import { assignedProbabilities, settingUnitary } from "#analysis/tomography";
import { createRandom, type Random } from "#core/random";
import { fullTurn } from "#core/units";
import type { Record as MeasurementRecord } from "#ir/record";
import { amplitudeSettings } from "#protocols/experiments/onset";
import { refusal } from "../../support/refusal.ts";

const assignment = [
  [0.97, 0.06, 0.01],
  [0.02, 0.92, 0.07],
  [0.01, 0.02, 0.92],
];
const sites = 5;
const line = Array.from({ length: sites }, (_, s): [number, number] => [s, 0]);
const measurement = {
  settings: [...amplitudeSettings],
  ladder: [Math.SQRT2, Math.SQRT2] as [number, number],
  sites: line.map((_, s) => ({ id: `q${s}`, assignment, frame01_rad: [0], frame12_rad: [0] })),
};

/** Records of the two settings of 0↔1: sites with ρ01 = ½e^{iφ}, their phases given for each shot. */
function recordsOf(
  random: Random,
  shots: number,
  phases: (random: Random) => readonly number[],
): MeasurementRecord[] {
  return [0, 1].map((setting) => {
    const unitary = settingUnitary(amplitudeSettings[setting]!);
    const levels = new Uint8Array(shots * sites);
    for (let shot = 0; shot < shots; shot++) {
      phases(random).forEach((phase, s) => {
        const state = [0.5, 0, Math.cos(phase) / 2, Math.sin(phase) / 2, 0, 0, 0, 0];
        const p = assignedProbabilities(unitary, assignment, state);
        const u = random.uniform();
        levels[shot * sites + s] = u < p[0]! ? 0 : u < p[0]! + p[1]! ? 1 : 2;
      });
    }
    return {
      point: { setting },
      shots,
      sites: measurement.sites.map(({ id }) => id),
      levels: Buffer.from(levels).toString("base64"),
    };
  });
}

const waves = [0, 1.3, Math.PI].map((q): [number, number] => [q, 0]);
const statistics = (records: readonly MeasurementRecord[]) =>
  pairStatistics(records, measurement, "01", line, waves);
const anyPhase = (random: Random) => fullTurn * random.uniform();

describe("pairs in the same shots", () => {
  test("a phase that is another one in every shot: no amplitude, and pairs all the same", () => {
    const records = recordsOf(createRandom(1, "pairs"), 4000, (random) => {
      const phase = anyPhase(random);
      return line.map(() => phase);
    });
    const { pairs, mean, order_parameter, structure } = statistics(records);
    // |ρ01|² = ¼ for each pair; R = ½.
    for (const [i, row] of pairs.entries()) {
      for (const [j, pair] of row.entries()) {
        if (i === j) expect(pair).toBeNull();
        else expect(Math.abs(pair!.value - 0.25)).toBeLessThan(4.5 * pair!.error);
      }
    }
    expect(Math.abs(mean.value - 0.25)).toBeLessThan(4 * mean.error);
    expect(Math.abs(order_parameter!.value - 0.5)).toBeLessThan(4 * order_parameter!.error);
    expect(order_parameter!.error).toBeLessThan(0.01);
    // In phase N − 1 times R²; alternating, (|Σ(−1)^s|² − N)/N = (1 − 5)/5 times.
    expect(structure[0]!.value.value).toBeCloseTo((sites - 1) * mean.value, 10);
    expect(Math.abs(structure[2]!.value.value + 0.8 * 0.25)).toBeLessThan(4 * structure[2]!.value.error);
    // Single sites show level 1 in half of the shots in either setting: no amplitude.
    const ones = records.map(
      ({ levels }) => Buffer.from(levels, "base64").filter((level) => level === 1).length,
    );
    for (const n of ones) {
      const share = n / (4000 * sites);
      const expected = (assignment[1]![0]! + assignment[1]![1]!) / 2;
      // All sites of a shot move together: the shots are the sample.
      expect(Math.abs(share - expected)).toBeLessThan(4 * (0.5 / Math.sqrt(4000)));
    }
  });

  test("a phase that advances from site to site is strongest at its own wave vector", () => {
    const step = 1.3;
    const records = recordsOf(createRandom(2, "wave"), 4000, (random) => {
      const phase = anyPhase(random);
      return line.map(([x]) => phase + step * x);
    });
    const { structure } = statistics(records);
    for (const {
      wave_vector: [q],
      value,
    } of structure) {
      let expected = 0;
      for (let i = 0; i < sites; i++) {
        for (let j = 0; j < sites; j++) {
          if (i !== j) expected += (Math.cos(q * (i - j)) * Math.cos(step * (i - j))) / 4 / sites;
        }
      }
      expect(Math.abs(value.value - expected)).toBeLessThan(4 * value.error);
    }
    expect(structure[1]!.value.value).toBeGreaterThan(structure[0]!.value.value + 0.1);
  });

  test("phases of their own: no order parameter beyond noise, which is that of independent signs", () => {
    const ideal = {
      ...measurement,
      sites: measurement.sites.map((site) => ({
        ...site,
        assignment: [
          [1, 0, 0],
          [0, 1, 0],
          [0, 0, 1],
        ],
      })),
    };
    const shots = 500;
    const random = createRandom(3, "free");
    const pulls = Array.from({ length: 200 }, () => {
      const levels = () =>
        Buffer.from(Uint8Array.from({ length: shots * sites }, () => (random.uniform() < 0.5 ? 0 : 1)));
      const records = [0, 1].map((setting) => ({
        point: { setting },
        shots,
        sites: ideal.sites.map(({ id }) => id),
        levels: levels().toString("base64"),
      }));
      const { mean } = pairStatistics(records, ideal, "01", line, []);
      // Var = 2·(2/(N(N−1)M))/16 for (XX + YY)/4 of independent signs.
      expect(mean.error / Math.sqrt(4 / (sites * (sites - 1) * shots) / 16)).toBeGreaterThan(0.85);
      expect(mean.error / Math.sqrt(4 / (sites * (sites - 1) * shots) / 16)).toBeLessThan(1.15);
      return mean.value / mean.error;
    });
    const mean = pulls.reduce((sum, x) => sum + x, 0) / pulls.length;
    const variance = pulls.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (pulls.length - 1);
    expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(pulls.length));
    expect(Math.abs(variance - 1)).toBeLessThan(4 * Math.sqrt(2 / pulls.length));
    // Where pairs avoid each other the square is negative, and no root is made of it.
    const avoiding = recordsOf(createRandom(4, "avoid"), 500, (r) => {
      const phase = anyPhase(r);
      return line.map(([x]) => phase + (fullTurn * x) / sites);
    });
    const found = statistics(avoiding);
    expect(found.mean.value).toBeLessThan(-0.05);
    expect(found.order_parameter).toBeNull();
  });

  test("settings that do not show them are refused", () => {
    const alone = { ...measurement, settings: amplitudeSettings.slice(0, 1) };
    expect(refusal(() => pairStatistics([], alone, "01", line, [])).code).toBe(
      "analysis.incomplete_settings",
    );
    expect(refusal(() => statistics([])).code).toBe("records.incomplete");
  });
});

describe("rotation", () => {
  const times = [0, 1, 2, 4, 6, 9].map((k) => k * 1e-6);
  const turned = (hz: number, start: number, noise: () => number = () => 0) =>
    times.map((time_s) => {
      const phase = start + fullTurn * hz * time_s + noise();
      return { time_s, value: Math.atan2(Math.sin(phase), Math.cos(phase)), error: 0.1 };
    });

  test("is the slope of the phase, followed through its wraps", () => {
    for (const hz of [-140e3, 3e3, 155e3]) {
      const { frequency, unambiguous_hz } = rotationFrequency(turned(hz, 2).toReversed())!;
      expect(frequency.value / hz).toBeCloseTo(1, 9);
      expect(unambiguous_hz).toBeCloseTo(1 / 6e-6, 3);
    }
    // Equal errors: σ(slope) = σ/(2π √Σ(t − t̄)²).
    const mean = times.reduce((sum, t) => sum + t, 0) / times.length;
    const spread = Math.sqrt(times.reduce((sum, t) => sum + (t - mean) ** 2, 0));
    expect(rotationFrequency(turned(0, 0))!.frequency.error).toBeCloseTo(0.1 / fullTurn / spread, 6);
  });

  test("differs between groups by the slope of their relative phase, whatever both share", () => {
    const random = createRandom(6, "rotation");
    const pulls = Array.from({ length: 200 }, () => {
      // A frame that jumps at every point, and frequencies far beyond what each alone would show.
      const jumps = times.map(() => anyPhase(random));
      const noisy = (hz: number, start: number) =>
        turned(hz, start, () => 0.1 * random.normal()).map((point, k) => ({
          ...point,
          value: point.value + jumps[k]!,
        }));
      const found = frequencyDifference(noisy(4.02e6, 1), noisy(4e6, -2))!;
      return (found.frequency.value - 20e3) / found.frequency.error;
    });
    const mean = pulls.reduce((sum, x) => sum + x, 0) / pulls.length;
    const variance = pulls.reduce((sum, x) => sum + x * x, 0) / pulls.length;
    expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(pulls.length));
    expect(Math.abs(variance - 1)).toBeLessThan(4 * Math.sqrt(2 / pulls.length));
  });

  test("is not known from one time, or from phases that are not", () => {
    expect(rotationFrequency(turned(1e3, 0).slice(0, 1))).toBeNull();
    expect(rotationFrequency(turned(1e3, 0).map((point) => ({ ...point, error: 1 })))).toBeNull();
    expect(frequencyDifference(turned(1e3, 0).slice(0, 2), turned(1e3, 0).slice(2))).toBeNull();
  });
});
