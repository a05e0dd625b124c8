import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { eigenvalues } from "#core/eigenvalues";
import { coordinatesOf, densityMatrixAt } from "#model/generator";
import { type Channels, noChannels, type Oscillator, spinOneLadder } from "#model/oscillator";
import { createCoupling, integrate, networkRightHandSide, raisingAmplitude } from "#simulators/index";
import { componentDerivative } from "../support/component-equations.ts";
import { extrapolate } from "../support/extrapolation.ts";
import { trajectory } from "../support/mean-field.ts";
import { densityMatrices, nested } from "../support/random-states.ts";

const real = (limit: number) => fc.double({ min: -limit, max: limit, noNaN: true });
const rate = fc.double({ min: 0.1, max: 2, noNaN: true });
const site = fc.record({ gain: rate, loss: rate, asymmetry: real(3), detuning: real(3) });
const oscillator = (plain: Pick<Oscillator, "gain" | "loss" | "asymmetry" | "detuning">): Oscillator => ({
  ...plain,
  ladder: spinOneLadder,
  channels: noChannels,
});
const extra = fc.double({ min: 0, max: 0.5, noNaN: true });
const channels: fc.Arbitrary<Channels> = fc.record({
  relaxation10: extra,
  relaxation21: extra,
  heating01: extra,
  heating12: extra,
  dephasing: extra,
});
const group = fc.record({
  gain: rate,
  loss: rate,
  asymmetry: real(2),
  detuning: real(2),
  coupling: real(2),
  inter_coupling: real(2),
  ladder: fc.tuple(rate, rate),
  channels,
});
const times = [0, 1, 3, 7];

describe("mean-field equations", () => {
  it("are those written out by components, on any graph and any state", () => {
    const count = 4;
    fc.assert(
      fc.property(
        fc.array(site, { minLength: count, maxLength: count }),
        fc.array(densityMatrices, { minLength: count, maxLength: count }),
        fc.array(fc.tuple(real(1.5), real(1.5)), { minLength: 10, maxLength: 10 }),
        (sites, states, values) => {
          const dense = sites.map(() => sites.map((): [number, number] => [0, 0]));
          const entries = [];
          let next = 0;
          for (let i = 0; i < count; i++) {
            for (let j = i; j < count; j++) {
              const [re, im] = values[next++]!;
              entries.push({ i, j, re, im: i === j ? 0 : im });
              dense[i]![j] = [re, i === j ? 0 : im];
              dense[j]![i] = [re, i === j ? 0 : -im];
            }
          }
          const y = Float64Array.from(states.flatMap((rho) => [...coordinatesOf(rho)]));
          const dy = new Float64Array(y.length);
          networkRightHandSide({ sites: sites.map(oscillator), coupling: createCoupling(count, entries) })(
            0,
            y,
            dy,
          );
          componentDerivative(sites, dense, y).forEach((value, i) => {
            expect(Math.abs(value - dy[i]!)).toBeLessThan(2e-13);
          });
        },
      ),
      { numRuns: 100, seed: 11 },
    );
  });

  it("keep the trace and positivity", () => {
    fc.assert(
      fc.property(group, densityMatrices, densityMatrices, (request, a, b) => {
        const plain = { ...request, detuning: 0 };
        const sites = [0.5, -0.5].map((half) => ({ ...plain, detuning: half * request.detuning }));
        const coupling = createCoupling(2, [
          { i: 0, j: 0, re: request.coupling, im: 0 },
          { i: 1, j: 1, re: request.coupling, im: 0 },
          { i: 0, j: 1, re: request.inter_coupling, im: 0 },
        ]);
        const y = Float64Array.from([...coordinatesOf(a), ...coordinatesOf(b)]);
        integrate(
          networkRightHandSide({ sites, coupling }),
          0,
          y,
          times,
          (_, __, state) => {
            for (const o of [0, 8]) {
              const smallest = Math.min(...eigenvalues(densityMatrixAt(state, o)).map((value) => value.re));
              expect(smallest).toBeGreaterThan(-1e-9);
            }
          },
          { rtol: 1e-10 },
        );
      }),
      { numRuns: 40, seed: 12 },
    );
  });

  it("agree with an independent integrator (Gragg–Bulirsch–Stoer extrapolation)", () => {
    fc.assert(
      fc.property(site, site, densityMatrices, densityMatrices, real(1), real(1), (one, two, a, b, v, w) => {
        const entries = [
          { i: 0, j: 0, re: v, im: 0 },
          { i: 0, j: 1, re: w, im: 0.3 },
        ];
        const dense: [number, number][][] = [
          [
            [v, 0],
            [w, 0.3],
          ],
          [
            [w, -0.3],
            [0, 0],
          ],
        ];
        const start = [...coordinatesOf(a), ...coordinatesOf(b)];
        const y = Float64Array.from(start);
        const sites = [one, two];
        integrate(
          networkRightHandSide({ sites: sites.map(oscillator), coupling: createCoupling(2, entries) }),
          0,
          y,
          [8],
          () => {},
          { rtol: 1e-11, atol: 1e-13 },
        );
        const other = extrapolate((_, state) => componentDerivative(sites, dense, state), start, 8, 1e-11);
        y.forEach((value, i) => {
          expect(Math.abs(value - other[i]!)).toBeLessThan(2e-9);
        });
      }),
      { numRuns: 15, seed: 13 },
    );
  });
});

/** Largest difference of two trajectories, amplitudes compared by the given rule. */
function compare(
  first: object,
  second: object,
  rule: (re: number, im: number, group: number, otherRe: number, otherIm: number) => number,
  swap = false,
): number {
  const a = trajectory(first);
  const b = trajectory(second);
  let worst = 0;
  a.groups.forEach((mine, g) => {
    const other = b.groups[swap ? 1 - g : g]!;
    mine.re.forEach((re, k) => {
      worst = Math.max(worst, rule(re, mine.im[k]!, g, other.re[k]!, other.im[k]!));
      mine.populations[k]!.forEach((p, level) => {
        worst = Math.max(worst, Math.abs(p - other.populations[k]![level]!));
      });
    });
  });
  return worst;
}

describe("symmetries of trajectories", () => {
  const same = (re: number, im: number, _: number, otherRe: number, otherIm: number) =>
    Math.hypot(re - otherRe, im - otherIm);

  it("(K, V, V_AB, δ) → −(K, V, V_AB, δ) with conjugate initial states conjugates the amplitudes", () => {
    fc.assert(
      fc.property(group, densityMatrices, densityMatrices, (request, a, b) => {
        const conjugated = [a, b].map((rho) =>
          nested(rho).map((row) => row.map(([re, im]): [number, number] => [re, -im])),
        );
        const negated = {
          ...request,
          asymmetry: -request.asymmetry,
          detuning: -request.detuning,
          coupling: -request.coupling,
          inter_coupling: -request.inter_coupling,
          initial: conjugated,
          times,
        };
        const worst = compare(
          { ...request, initial: [nested(a), nested(b)], times },
          negated,
          (re, im, _, re2, im2) => Math.hypot(re - re2, im + im2),
        );
        expect(worst).toBeLessThan(1e-9);
      }),
      { numRuns: 20, seed: 14 },
    );
  });

  it("A ↔ B with δ → −δ exchanges the groups", () => {
    fc.assert(
      fc.property(group, densityMatrices, densityMatrices, (request, a, b) => {
        const worst = compare(
          { ...request, initial: [nested(a), nested(b)], times },
          { ...request, detuning: -request.detuning, initial: [nested(b), nested(a)], times },
          same,
          true,
        );
        expect(worst).toBeLessThan(1e-9);
      }),
      { numRuns: 20, seed: 15 },
    );
  });

  it("levels 0 ↔ 2 with γ₊ ↔ γ₋ mirrors the motion", () => {
    // (E₁−E₀, E₂−E₁) → (−(E₂−E₁), −(E₁−E₀)): δ/2 → −(δ/2 + K) with K kept, and V kept.
    fc.assert(
      fc.property(site, densityMatrices, real(1.5), (plain, rho, coupling) => {
        const flip = nested(rho).map((_, r, rows) => [0, 1, 2].map((c) => rows[2 - r]![2 - c]!));
        const common = { groups: 1, times, coupling };
        const a = trajectory({ ...plain, ...common, initial: [nested(rho)] }).groups[0]!;
        const b = trajectory({
          ...plain,
          gain: plain.loss,
          loss: plain.gain,
          detuning: -(plain.detuning + plain.asymmetry),
          ...common,
          initial: [flip],
        }).groups[0]!;
        a.re.forEach((re, k) => {
          expect(Math.hypot(re - b.re[k]!, a.im[k]! + b.im[k]!)).toBeLessThan(1e-9);
          expect(Math.abs(a.populations[k]![0] - b.populations[k]![2])).toBeLessThan(1e-9);
        });
      }),
      { numRuns: 20, seed: 16 },
    );
  });

  it("U(1): a common turn of the initial phase turns the amplitudes and nothing else", () => {
    fc.assert(
      fc.property(group, densityMatrices, densityMatrices, real(3), (request, a, b, angle) => {
        const turn = (rho: typeof a) =>
          nested(rho).map((row, r) =>
            row.map(([re, im], c): [number, number] => {
              const phase = (c - r) * angle;
              return [
                re * Math.cos(phase) - im * Math.sin(phase),
                re * Math.sin(phase) + im * Math.cos(phase),
              ];
            }),
          );
        const worst = compare(
          { ...request, initial: [nested(a), nested(b)], times },
          { ...request, initial: [turn(a), turn(b)], times },
          (re, im, _, re2, im2) =>
            Math.hypot(
              re * Math.cos(angle) - im * Math.sin(angle) - re2,
              re * Math.sin(angle) + im * Math.cos(angle) - im2,
            ),
        );
        expect(worst).toBeLessThan(1e-9);
      }),
      { numRuns: 20, seed: 17 },
    );
  });

  it("a common unit of rate scales times and nothing else", () => {
    fc.assert(
      fc.property(
        group,
        densityMatrices,
        densityMatrices,
        fc.double({ min: -6, max: 6, noNaN: true }),
        (request, a, b, exponent) => {
          const unit = 10 ** exponent;
          const scaled = {
            ...request,
            gain: request.gain * unit,
            loss: request.loss * unit,
            asymmetry: request.asymmetry * unit,
            detuning: request.detuning * unit,
            coupling: request.coupling * unit,
            inter_coupling: request.inter_coupling * unit,
            channels: Object.fromEntries(
              Object.entries(request.channels).map(([name, value]) => [name, value * unit]),
            ),
            times: times.map((t) => t / unit),
            initial: [nested(a), nested(b)],
          };
          expect(compare({ ...request, times, initial: [nested(a), nested(b)] }, scaled, same)).toBeLessThan(
            1e-9,
          );
        },
      ),
      { numRuns: 20, seed: 18 },
    );
  });
});

describe("networks", () => {
  it("J → −J*, δ → −δ, K → −K with conjugate states keeps every modulus", () => {
    fc.assert(
      fc.property(
        fc.array(site, { minLength: 3, maxLength: 3 }),
        densityMatrices,
        real(1),
        real(1),
        (sites, rho, x, z) => {
          const run = (sign: 1 | -1) => {
            const entries = [
              { i: 0, j: 1, re: sign * x, im: z },
              { i: 1, j: 2, re: sign * 0.4, im: x },
            ];
            const network = {
              sites: sites.map((s) =>
                oscillator({ ...s, asymmetry: sign * s.asymmetry, detuning: sign * s.detuning }),
              ),
              coupling: createCoupling(3, entries),
            };
            const state = sign === 1 ? rho : { ...rho, im: rho.im.map((v) => -v) };
            const y = Float64Array.from([0, 1, 2].flatMap(() => [...coordinatesOf(state)]));
            integrate(networkRightHandSide(network), 0, y, [6], () => {}, { rtol: 1e-10 });
            return [0, 1, 2].map((s) => Math.hypot(...raisingAmplitude(network.sites, y, s)));
          };
          const kept = run(1);
          run(-1).forEach((modulus, s) => {
            expect(Math.abs(modulus - kept[s]!)).toBeLessThan(1e-8);
          });
        },
      ),
      { numRuns: 20, seed: 19 },
    );
  });
});
