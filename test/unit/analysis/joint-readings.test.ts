import { describe, expect, it } from "vitest";
import { correlatorFunctional, fringeFunctional } from "#analysis/joint-readings";
import { fitSlope } from "#analysis/slope";
import { assignedProbabilities, evaluate, settingUnitary, varianceOf } from "#analysis/tomography";
import { fromRows } from "#core/complex-matrix";
import { createRandom } from "#core/random";
import { fullTurn } from "#core/units";
import { coordinatesOf } from "#model/generator";
import { amplitudeSettings } from "#protocols/experiments/onset";
import { refusal } from "../../support/refusal.ts";

const assignment = [
  [0.96, 0.03, 0.01],
  [0.03, 0.93, 0.06],
  [0.01, 0.04, 0.93],
];
const ids = ["a", "b", "c"];
const measurement = {
  settings: [...amplitudeSettings],
  ladder: [1, Math.SQRT2] as [number, number],
  sites: ids.map((id) => ({ id, assignment, frame01_rad: [0], frame12_rad: [0] })),
};

/** Coordinates of ½(1 + c cos φ X + c sin φ Y) on levels 0 and 1: ρ₀₁ = (c/2)e^{−iφ}. */
function turned(contrast: number, phase: number) {
  const [re, im] = [(contrast / 2) * Math.cos(phase), -(contrast / 2) * Math.sin(phase)];
  const zero = { re: 0, im: 0 };
  const half = { re: 0.5, im: 0 };
  return coordinatesOf(
    fromRows([
      [half, { re, im }, zero],
      [{ re, im: -im }, half, zero],
      [zero, zero, zero],
    ]),
  );
}

/** Joint outcome probabilities of three sites in product states that share a phase. */
function joint(contrast: number, phase: number): number[][] {
  const x = turned(contrast, phase);
  return measurement.settings.map((setting) => {
    const p = assignedProbabilities(settingUnitary(setting), assignment, x);
    return p.flatMap((a) => p.flatMap((b) => p.map((c) => a * b * c)));
  });
}

describe("correlations of pairs", () => {
  const functional = correlatorFunctional(measurement, ids, ids, "01");

  it("c²/4 for a shared phase, whatever it is, and on the average over all", () => {
    for (const phase of [0, 1, 2.5]) expect(evaluate(functional, joint(0.8, phase))).toBeCloseTo(0.16, 10);
    const mean = Array.from({ length: 12 }, (_, k) => joint(0.8, (fullTurn * k) / 12)).reduce((sum, f) =>
      sum.map((row, s) => row.map((p, o) => p + f[s]![o]!)),
    );
    expect(
      evaluate(
        functional,
        mean.map((row) => row.map((p) => p / 12)),
      ),
    ).toBeCloseTo(0.16, 10);
    expect(evaluate(functional, joint(0, 0))).toBeCloseTo(0, 10);
    expect(evaluate(correlatorFunctional(measurement, ids, ids, "12"), joint(0, 0))).toBeCloseTo(0, 10);
  });

  it("error of uncorrelated ions: ¼√(2·2/(N(N−1)·shots)) with perfect read-out", () => {
    const perfect = {
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
    const even = measurement.settings.map(() =>
      Array.from({ length: 27 }, (_, o) =>
        [o % 3, Math.floor(o / 3) % 3, Math.floor(o / 9)].includes(2) ? 0 : 1 / 8,
      ),
    );
    const variance = varianceOf(correlatorFunctional(perfect, ids, ids, "01"), even, 1000);
    expect(Math.sqrt(variance)).toBeCloseTo(Math.sqrt(4 / (6 * 1000)) / 4, 12);
  });

  it("errors cover: shots with a random common phase, 600 repetitions", () => {
    const random = createRandom(5);
    const shots = 250;
    const steps = 24;
    const known = [0, 1].map((setting) =>
      Array.from({ length: steps }, (_, k) =>
        assignedProbabilities(
          settingUnitary(measurement.settings[setting]!),
          assignment,
          turned(0.9, (fullTurn * k) / steps),
        ),
      ),
    );
    const pulls = Array.from({ length: 600 }, () => {
      const counts = measurement.settings.map(() => new Array<number>(27).fill(0));
      for (const setting of [0, 1]) {
        for (let shot = 0; shot < shots; shot++) {
          const p = known[setting]![Math.floor(steps * random.uniform())]!;
          let outcome = 0;
          for (let site = 0; site < 3; site++) {
            const u = random.uniform();
            outcome = 3 * outcome + (u < p[0]! ? 0 : u < p[0]! + p[1]! ? 1 : 2);
          }
          counts[setting]![outcome]!++;
        }
      }
      const f = counts.map((row) => row.map((n) => n / shots));
      return (evaluate(functional, f) - 0.2025) / Math.sqrt(varianceOf(functional, f, shots));
    });
    const within = (limit: number) => pulls.filter((z) => Math.abs(z) < limit).length / pulls.length;
    // 68.3 % and 95.4 %; five standard errors of 600 repetitions are 0.095 and 0.043.
    expect(Math.abs(within(1) - 0.683)).toBeLessThan(0.095);
    expect(Math.abs(within(2) - 0.954)).toBeLessThan(0.043);
    const mean = pulls.reduce((sum, z) => sum + z, 0) / pulls.length;
    expect(Math.abs(mean)).toBeLessThan(5 / Math.sqrt(600));
  });

  it("settings that lack a quadrature are refused", () => {
    const half = { ...measurement, settings: measurement.settings.slice(0, 1) };
    expect(refusal(() => correlatorFunctional(half, ids, ids, "01")).code).toBe(
      "analysis.incomplete_settings",
    );
  });
});

describe("fringes", () => {
  const phases = [0, 1, 2, 3, 4].map((k) => (fullTurn * k) / 5);
  const ramsey = {
    ...measurement,
    settings: phases.map((phase_rad) => ({
      name: String(phase_rad),
      rotations: [{ transition: "01" as const, angle_rad: Math.PI / 2, phase_rad }],
    })),
  };

  it("contrast 2|ρ₀₁|, and the phase follows the state's", () => {
    const { re, im } = fringeFunctional(ramsey, "a", "01");
    const phaseOf = (phase: number) => {
      const f = ramsey.settings.map((setting) =>
        assignedProbabilities(settingUnitary(setting), assignment, turned(0.7, phase)),
      );
      const [x, y] = [evaluate(re, f), evaluate(im, f)];
      expect(Math.hypot(x, y)).toBeCloseTo(0.7, 10);
      return Math.atan2(y, x);
    };
    expect(Math.abs(Math.sin((phaseOf(1.1) - phaseOf(0.3)) / 2))).toBeCloseTo(Math.sin(0.4), 10);
  });

  it("three phases or uneven ones are refused", () => {
    const three = { ...ramsey, settings: ramsey.settings.slice(0, 3) };
    expect(refusal(() => fringeFunctional(three, "a", "01")).code).toBe("analysis.incomplete_settings");
    expect(refusal(() => fringeFunctional(ramsey, "a", "12")).code).toBe("analysis.incomplete_settings");
  });
});

describe("slopes", () => {
  it("a straight line, its error σ/√Σ(x − x̄)²", () => {
    const points = [0, 1, 2, 3].map((x) => ({ x, value: 5 - 2 * x, error: 0.1 }));
    const { value, error } = fitSlope(points, false)!;
    expect(value).toBeCloseTo(-2, 12);
    expect(error).toBeCloseTo(0.1 / Math.sqrt(5), 12);
  });

  it("phases are followed over the cut, in turns; unknown ones are left out", () => {
    const points = [0, 1, 2, 3].map((x) => {
      const phase = 3 + 0.7 * x;
      return { x, value: phase - fullTurn * Math.round(phase / fullTurn), error: 0.05 };
    });
    expect(fitSlope(points, true)!.value).toBeCloseTo(0.7 / fullTurn, 12);
    expect(
      fitSlope(
        points.map((point) => ({ ...point, error: 2 })),
        true,
      ),
    ).toBeNull();
  });
});
