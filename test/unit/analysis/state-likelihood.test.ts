import { Matrix, SingularValueDecomposition } from "ml-matrix";
import { describe, expect, test } from "vitest";
import { type Effects, estimateState, siteEffects } from "#analysis/state-likelihood";
import { adjoint, type ComplexMatrix, entry, fromRows, product, trace } from "#core/complex-matrix";
import { eigenvalues } from "#core/eigenvalues";
import { createRandom, type Random } from "#core/random";
import { fullTurn } from "#core/units";
import type { Setting } from "#ir/operations";
import { amplitudeSettings } from "#protocols/experiments/onset";
import { refusal } from "../../support/refusal.ts";

const assignment = [
  [0.985, 0.03, 0.01],
  [0.013, 0.95, 0.05],
  [0.002, 0.02, 0.94],
];
const ideal = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
];

const turn = (transition: "01" | "12", angle_rad: number, phase_rad = 0) => ({
  transition,
  angle_rad,
  phase_rad,
});
const [quarter, half] = [Math.PI / 2, Math.PI];
/** X12 swaps levels 1 and 2, so that a quarter turn of 0↔1 after it sees ρ02. */
const six: Setting[] = [
  ...amplitudeSettings,
  { name: "X12 X01/2", rotations: [turn("12", half), turn("01", quarter)] },
  { name: "X12 Y01/2", rotations: [turn("12", half), turn("01", quarter, quarter)] },
];

const effectsOf = (settings: readonly Setting[], shown = ideal): Effects =>
  siteEffects(
    {
      settings: [...settings],
      ladder: [1, 1],
      sites: [{ id: "q", assignment: shown, frame01_rad: [0], frame12_rad: [0] }],
    },
    0,
  );

function randomState(random: Random, rank: number): ComplexMatrix {
  const m = fromRows(
    [0, 1, 2].map(() =>
      [0, 1, 2].map((k) => (k < rank ? { re: random.normal(), im: random.normal() } : { re: 0, im: 0 })),
    ),
  );
  const rho = product(m, adjoint(m));
  const size = trace(rho).re;
  return { ...rho, re: rho.re.map((x) => x / size), im: rho.im.map((x) => x / size) };
}

const probabilities = (effects: Effects, rho: ComplexMatrix) =>
  effects.map((row) => row.map((effect) => trace(product(rho, effect)).re));

function draw(random: Random, p: readonly number[], shots: number): number[] {
  const counts = p.map(() => 0);
  for (let k = 0; k < shots; k++) {
    const u = random.uniform();
    const level = u < p[0]! ? 0 : u < p[0]! + p[1]! ? 1 : 2;
    counts[level]!++;
  }
  return counts;
}

function distance(a: ComplexMatrix, b: ComplexMatrix): number {
  return Math.hypot(...a.re.map((x, k) => x - b.re[k]!), ...a.im.map((x, k) => x - b.im[k]!));
}

/** Largest eigenvalue of R = Σ n E/(N p): 1 where, and only where, a state is the most likely one (Hradil 1997). */
function optimality(effects: Effects, counts: readonly (readonly number[])[], rho: ComplexMatrix): number {
  const total = counts.flat().reduce((sum, n) => sum + n, 0);
  const r = fromRows(ideal.map((row) => row.map(() => 0)));
  effects.forEach((row, s) => {
    row.forEach((effect, m) => {
      if (counts[s]![m] === 0) return;
      const scale = counts[s]![m]! / total / trace(product(rho, effect)).re;
      effect.re.forEach((x, k) => {
        r.re[k]! += scale * x;
        r.im[k]! += scale * effect.im[k]!;
      });
    });
  });
  return Math.max(...eigenvalues(r).map(({ re }) => re));
}

describe("states from counts", () => {
  test("six settings determine all eight parameters, four leave ρ02 open, no five of the six are enough", () => {
    const uniform = (settings: readonly Setting[]) =>
      estimateState(
        effectsOf(settings),
        settings.map(() => [100, 100, 100]),
      ).determined;
    expect(uniform(six)).toBe(8);
    expect(uniform(amplitudeSettings)).toBe(6);
    for (const left of six) expect(uniform(six.filter((setting) => setting !== left))).toBeLessThan(8);
  });

  // Condition numbers of the map from states to frequencies, worked out independently for the three lists; the last is
  // that of Bianchetti et al., PRL 105, 223601 (2010).
  const half01 = { name: "X01", rotations: [turn("01", half)] };
  const joined = (first: Setting, second: Setting): Setting => ({
    name: `${first.name} ${second.name}`,
    rotations: [...first.rotations, ...second.rotations],
  });
  const none: Setting = { name: "I", rotations: [] };
  const [x01, y01, x12, y12] = amplitudeSettings as unknown as [Setting, Setting, Setting, Setting];
  const nine = [
    none,
    x01,
    y01,
    half01,
    x12,
    y12,
    joined(half01, x12),
    joined(half01, y12),
    joined(half01, { name: "X12", rotations: [turn("12", half)] }),
  ];
  test.each([
    ["six", six, 2.45],
    ["seven", [none, ...six], 2.65],
    ["nine", nine, 3],
  ] as const)(
    "%s settings: well conditioned, and the state of exact frequencies",
    (_, settings, condition) => {
      const design = new Matrix(
        effectsOf(settings)
          .flat()
          .map(({ re, im }) => [
            ...[0, 4, 8].map((k) => re[k]!),
            ...[1, 2, 5].flatMap((k) => [Math.SQRT2 * re[k]!, Math.SQRT2 * im[k]!]),
          ]),
      );
      const { diagonal } = new SingularValueDecomposition(design);
      expect(Math.max(...diagonal) / Math.min(...diagonal)).toBeCloseTo(condition, 2);
      const rho = randomState(createRandom(6, "lists"), 2);
      const effects = effectsOf(settings, assignment);
      const { determined, likelihood } = estimateState(
        effects,
        probabilities(effects, rho).map((row) => row.map((p) => 1e5 * p)),
      );
      expect(determined).toBe(8);
      expect(distance(likelihood.state, rho)).toBeLessThan(1e-3);
    },
  );

  test("frequencies of a state give that state, by both ways", () => {
    const random = createRandom(2, "states");
    const effects = effectsOf(six, assignment);
    for (let k = 0; k < 20; k++) {
      const rho = randomState(random, 3);
      const { linear, likelihood, chi_squared } = estimateState(
        effects,
        probabilities(effects, rho).map((row) => row.map((p) => 1e6 * p)),
      );
      expect(distance(linear.state, rho)).toBeLessThan(1e-10);
      // Where the log-likelihood is within 1e-5 of its maximum, 6e6 shots leave errors of about √(2e-5/6e6).
      expect(distance(likelihood.state, rho)).toBeLessThan(2e-5);
      expect(chi_squared.degrees_of_freedom).toBe(4);
      expect(chi_squared.statistic).toBeLessThan(1e-3);
    }
  });

  test("near the boundary the inversion is negative and says so; the likelihood is at its proven maximum", () => {
    const random = createRandom(5, "boundary");
    const effects = effectsOf(six, assignment);
    let negative = 0;
    for (let k = 0; k < 25; k++) {
      const rho = randomState(random, 1);
      const counts = probabilities(effects, rho).map((p) => draw(random, p, 400));
      const { linear, likelihood } = estimateState(effects, counts);
      if (linear.eigenvalues[0]! < -1e-3) negative++;
      expect(linear.eigenvalues.reduce((sum, x) => sum + x, 0)).toBeCloseTo(1, 9);
      expect(likelihood.eigenvalues[0]).toBeGreaterThan(-1e-12);
      expect(trace(likelihood.state).re).toBeCloseTo(1, 9);
      // The eigenvalues of the test's own matrix, which coincide, are good to a root of the rounding.
      expect(6 * 400 * (optimality(effects, counts, likelihood.state) - 1)).toBeLessThan(1e-3);
    }
    // Noise moves two eigenvalues that are zero up and down.
    expect(negative).toBeGreaterThan(20);
  });

  test("levels alone: the most likely populations are the frequencies, or on the boundary the nearest by likelihood", () => {
    const effects = effectsOf([{ name: "Z", rotations: [] }]);
    const { likelihood } = estimateState(effects, [[300, 650, 50]]);
    [0.3, 0.65, 0.05].forEach((p, k) => {
      expect(entry(likelihood.state, k, k).re).toBeCloseTo(p, 4);
    });
    expect(Math.abs(entry(likelihood.state, 0, 1).re)).toBeLessThan(1e-9);
    // A level that is never shown although a tenth of level 0 shows as level 2: no p₀, and p₁ = 1.
    const leaky = [
      [0.9, 0, 0],
      [0, 1, 0],
      [0.1, 0, 1],
    ];
    const only = estimateState(effectsOf([{ name: "Z", rotations: [] }], leaky), [[100, 900, 0]]);
    // Maximise 100·log(0.9 p) + 900·log(1 − p): p = 0.1. The inversion has p₂ = −0.1·p₀/0.9 instead.
    expect(entry(only.likelihood.state, 0, 0).re).toBeCloseTo(0.1, 4);
    expect(entry(only.likelihood.state, 2, 2).re).toBeCloseTo(0, 6);
    expect(entry(only.linear.state, 2, 2).re).toBeCloseTo(-0.1 / 9, 9);
    const never = [ideal[0]!, [0, 1, 1], [0, 0, 0]];
    expect(
      refusal(() => estimateState(effectsOf([{ name: "Z", rotations: [] }], never), [[5, 5, 1]])).code,
    ).toBe("analysis.impossible_counts");
  });

  test("χ² of six settings follows its distribution inside, and sees a wrong rotation", () => {
    const random = createRandom(8, "chi");
    const rho = fromRows([
      [0.5, { re: 0.1, im: 0.05 }, { re: 0.02, im: -0.04 }],
      [{ re: 0.1, im: -0.05 }, 0.4, { re: 0.08, im: 0 }],
      [{ re: 0.02, im: 0.04 }, { re: 0.08, im: 0 }, 0.1],
    ]);
    const effects = effectsOf(six, assignment);
    const of = (truth: Effects) =>
      Array.from({ length: 60 }, () => {
        const counts = probabilities(truth, rho).map((p) => draw(random, p, 1000));
        return estimateState(effects, counts).chi_squared.statistic;
      }).reduce((sum, x) => sum + x, 0) / 60;
    // Mean 4 and variance 8 of χ² with four degrees of freedom.
    expect(Math.abs(of(effects) - 4)).toBeLessThan(4 * Math.sqrt(8 / 60));
    const short = six.map((setting) =>
      setting.name === "X12 X01/2"
        ? { ...setting, rotations: [turn("12", 0.7 * half), turn("01", quarter)] }
        : setting,
    );
    expect(of(effectsOf(short, assignment))).toBeGreaterThan(10);
  });

  test("Fock populations from flops on the blue sideband", () => {
    // P(still bright) of level n after a pulse t: (1 + cos(Ω√(n+1) t))/2, Ω of 0↔1.
    const times = [0.4, 0.9, 1.3, 1.9, 2.6, 3.2].map((x) => x * 1e-5);
    const omega = fullTurn * 50e3;
    const probes = times.map((t) => {
      const bright = [0, 1, 2].map((n) => (1 + Math.cos(omega * Math.sqrt(n + 1) * t)) / 2);
      return [bright, bright.map((p) => 1 - p), [0, 0, 0]];
    });
    const effects = siteEffects(
      {
        settings: times.map((t) => ({ name: `${t}`, rotations: [] })),
        ladder: [1, Math.SQRT2],
        sites: [{ id: "ion", assignment: ideal, probes, frame01_rad: [0], frame12_rad: [0] }],
      },
      0,
    );
    const populations = [0.62, 0.38, 0];
    const shots = 500;
    const random = createRandom(3, "flops");
    const counts = probes.map((rows) =>
      draw(
        random,
        rows.map((row) => row.reduce((sum, p, n) => sum + p * populations[n]!, 0)),
        shots,
      ),
    );
    const { likelihood, linear, determined, chi_squared } = estimateState(effects, counts);
    expect([determined, chi_squared.degrees_of_freedom]).toEqual([2, 4]);
    // Errors of the unconstrained fit: weights of the pulses by their binomial noise.
    const rows = probes.map(([bright]) => bright!);
    const weights = rows.map((row) => {
      const p = row.reduce((sum, x, n) => sum + x * populations[n]!, 0);
      return Math.sqrt(shots / Math.max(p * (1 - p), 1e-3));
    });
    const design = new Matrix(rows.map(([a, b, c], k) => [weights[k]! * (a! - c!), weights[k]! * (b! - c!)]));
    const sigma = 1 / Math.min(...new SingularValueDecomposition(design).diagonal);
    populations.forEach((p, n) => {
      expect(entry(likelihood.state, n, n).re).toBeGreaterThanOrEqual(-1e-12);
      expect(Math.abs(entry(likelihood.state, n, n).re - p)).toBeLessThan(4 * sigma);
      expect(Math.abs(entry(linear.state, n, n).re - p)).toBeLessThan(8 * sigma);
    });
    expect(sigma).toBeLessThan(0.05);
    expect(chi_squared.p_value).toBeGreaterThan(1e-3);
  });
});
