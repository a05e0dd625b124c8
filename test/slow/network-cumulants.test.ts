import { expect, it } from "vitest";
import { coordinatesOf } from "#model/generator";
import { seededState } from "#model/initial-states";
import { createCoupling, type Network } from "#model/network";
import { noChannels, spinOneLadder } from "#model/oscillator";
import {
  findRotatingWave,
  integrate,
  networkCumulants,
  networkRightHandSide,
  raisingAmplitude,
  simulate,
} from "#simulators/index";
import { rotated } from "#simulators/mean-field/rotation";

const plain = {
  gain: 0.5,
  loss: 1,
  asymmetry: 0,
  detuning: 0,
  ladder: spinOneLadder,
  channels: noChannels,
};

// Supplement, Fig. S4: lifetime 9.402501 of N = 100 by second-order cumulants from the limit cycle at V = 0.75.
it("a hundred sites, pair by pair, live as long as the permutation-symmetric equations say", () => {
  const group: Network = {
    sites: [plain],
    coupling: createCoupling(1, [{ i: 0, j: 0, re: 0.75, im: 0 }]),
  };
  const f = networkRightHandSide(group);
  const y = coordinatesOf(seededState());
  integrate(f, 0, y, [200], () => {}, { rtol: 1e-8 });
  const wave = findRotatingWave(group, f, y)!;
  const [re, im] = raisingAmplitude(group.sites, wave.state, 0);
  const start = rotated(wave.state, -Math.atan2(im, re));
  const count = 100;
  const entries = [];
  for (let i = 0; i < count; i++) {
    for (let j = i + 1; j < count; j++) entries.push({ i, j, re: 0.75 / count, im: 0 });
  }
  const initial = new Float64Array(8 * count);
  for (let s = 0; s < count; s++) initial.set(start, 8 * s);
  const times = [0, 9.4, 9.401, 9.402, 9.403, 9.404];
  const { orderParameter, breakdown } = networkCumulants(
    { sites: Array(count).fill(plain), coupling: createCoupling(count, entries) },
    initial,
    times,
    { keepPairs: false },
  );
  expect(breakdown).toBeNull();
  const target = orderParameter[0]! / Math.E;
  const after = orderParameter.findIndex((value) => value < target);
  const [a, b] = [orderParameter[after - 1]!, orderParameter[after]!];
  expect(Math.abs(times[after - 1]! + (0.001 * (a - target)) / (a - b) - 9.402501)).toBeLessThan(2e-6);
});

it("an ion chain of 50 sites with 1/d³ couplings and disorder is answered in minutes", () => {
  const count = 50;
  const couplings: [number, number, number][] = [];
  for (let i = 0; i < count; i++) {
    for (let j = i + 1; j < count; j++) couplings.push([i, j, 0.6 / (j - i) ** 3]);
  }
  const answer = simulate("network", {
    gain: 0.5,
    loss: 1,
    asymmetry: -0.2,
    sites: Array.from({ length: count }, (_, s) => ({ detuning: 0.1 * Math.sin(3.7 * s) })),
    couplings,
    times: [0, 0.02, 0.04, 5, 10],
    theory: "both",
  }) as { cumulant: { breakdown: unknown; order_parameter: number[] }; order_parameter: number[] };
  expect(answer.cumulant.breakdown).toBeNull();
  // From a product state correlations act in second order of the time; without long-range order the common phase
  // is then lost, which product states do not show.
  const gap = (k: number) => Math.abs(answer.order_parameter[k]! - answer.cumulant.order_parameter[k]!);
  expect(Math.abs(gap(2) / gap(1) - 4)).toBeLessThan(0.2);
  expect(answer.cumulant.order_parameter[4]!).toBeLessThan(answer.order_parameter[4]!);
}, 300_000);
