import { describe, expect, test } from "vitest";

/**
 * What K-synthesis rests on, by a master equation of two transmons that knows nothing of the design: a coupling
 * J0 + J1 cos ω_m t on sites with K = α does what a constant coupling J0 does on sites with K_eff = α + ω_m.
 * Boson elements, γ₋ = 1, γ₊ = ½, α = −60, J0 = J1/2 = 0.4.
 */

const levels = 3;
const size = levels * levels;
const elements = [1, Math.SQRT2];
const index = (i: number, j: number) => i * levels + j;

/** Exchange elements (row, column, value) of a†₁a₂ + h.c. */
const hops = [0, 1].flatMap((i) =>
  [1, 2].flatMap((j) => {
    const value = elements[i]! * elements[j - 1]!;
    const [from, to] = [index(i, j), index(i + 1, j - 1)];
    return [
      [to, from, value],
      [from, to, value],
    ] as const;
  }),
);

/** Jumps (target by source) and their rates, on either site. */
const jumps = [0, 1].flatMap((site) =>
  [
    { from: 0, to: 1, rate: 0.5 },
    { from: 2, to: 1, rate: 1 },
  ].map(({ from, to, rate }) => ({
    rate,
    pairs: [0, 1, 2].map((other) =>
      site === 0 ? [index(from, other), index(to, other)] : [index(other, from), index(other, to)],
    ),
  })),
);

/** ρ' for energies E and exchange J(t); real and imaginary parts interleaved by matrix. */
function derivative(re: Float64Array, im: Float64Array, energies: readonly number[], exchange: number) {
  const dre = new Float64Array(size * size);
  const dim = new Float64Array(size * size);
  for (let r = 0; r < size; r++) {
    for (let c = 0; c < size; c++) {
      const k = r * size + c;
      const gap = energies[r]! - energies[c]!;
      // −i(E_r − E_c)ρ
      dre[k]! += gap * im[k]!;
      dim[k]! -= gap * re[k]!;
    }
  }
  for (const [row, column, value] of hops) {
    const g = exchange * value;
    for (let c = 0; c < size; c++) {
      // −iHρ + iρH, one element of H at a time
      dre[row * size + c]! += g * im[column * size + c]!;
      dim[row * size + c]! -= g * re[column * size + c]!;
      dre[c * size + column]! -= g * im[c * size + row]!;
      dim[c * size + column]! += g * re[c * size + row]!;
    }
  }
  for (const { rate, pairs } of jumps) {
    for (const [source, target] of pairs) {
      for (const [source2, target2] of pairs) {
        dre[target! * size + target2!]! += rate * re[source! * size + source2!]!;
        dim[target! * size + target2!]! += rate * im[source! * size + source2!]!;
      }
      for (let c = 0; c < size; c++) {
        for (const k of [source! * size + c, c * size + source!]) {
          dre[k]! -= (rate / 2) * re[k]!;
          dim[k]! -= (rate / 2) * im[k]!;
        }
      }
    }
  }
  return [dre, dim] as const;
}

/** p₁₁ and |ρ_{11,20}| averaged over the last part of a long Runge–Kutta run from |11⟩. */
function longTime(anharmonicity: number, exchange: (t: number) => number) {
  const single = [0, 0, anharmonicity];
  const energies = Array.from({ length: size }, (_, k) => single[Math.floor(k / 3)]! + single[k % 3]!);
  let re: Float64Array = new Float64Array(size * size);
  let im: Float64Array = new Float64Array(size * size);
  const eleven = index(1, 1);
  re[eleven * size + eleven] = 1;
  const dt = 0.005;
  const steps = 3000;
  const sums = { p11: 0, coherence: 0, count: 0 };
  const moved = (k: readonly [Float64Array, Float64Array], h: number) =>
    [re.map((v, i) => v + h * k[0][i]!), im.map((v, i) => v + h * k[1][i]!)] as const;
  for (let step = 0; step < steps; step++) {
    const t = step * dt;
    const k1 = derivative(re, im, energies, exchange(t));
    const k2 = derivative(...moved(k1, dt / 2), energies, exchange(t + dt / 2));
    const k3 = derivative(...moved(k2, dt / 2), energies, exchange(t + dt / 2));
    const k4 = derivative(...moved(k3, dt), energies, exchange(t + dt));
    const sum = (part: 0 | 1, old: Float64Array) =>
      old.map((v, i) => v + (dt / 6) * (k1[part][i]! + 2 * k2[part][i]! + 2 * k3[part][i]! + k4[part][i]!));
    [re, im] = [sum(0, re), sum(1, im)];
    if (t < 13) continue;
    sums.count++;
    sums.p11 += re[eleven * size + eleven]!;
    const k = eleven * size + index(2, 0);
    sums.coherence += Math.hypot(re[k]!, im[k]!);
  }
  return { p11: sums.p11 / sums.count, coherence: sums.coherence / sums.count };
}

describe("two transmons, α = −60", () => {
  // Independent integration of the same two problems.
  test.each([
    [0, 0.35, 0.349, 0.123, 0.123],
    [-2, 0.704, 0.699, 0.162, 0.162],
    [3, 0.817, 0.82, 0.141, 0.141],
  ])("K_eff = %d", (effective, modulatedP, staticP, modulatedC, staticC) => {
    const still = longTime(effective, () => 0.4);
    const modulated = longTime(-60, (t) => 0.4 + 0.8 * Math.cos((60 + effective) * t));
    expect(still.p11).toBeCloseTo(staticP, 2);
    expect(modulated.p11).toBeCloseTo(modulatedP, 2);
    expect(still.coherence).toBeCloseTo(staticC, 2);
    expect(modulated.coherence).toBeCloseTo(modulatedC, 2);
  });
});
