import { coordinateCount, coordinatesOf } from "#model/generator";
import { seededState } from "#model/initial-states";
import { linearResponse } from "#model/linear-response";
import { createCoupling, type Network } from "#model/network";
import type { Channels, Oscillator } from "#model/oscillator";
import {
  findRotatingWave,
  integrate,
  networkGrowthRate,
  networkRightHandSide,
  phaseDiffusion,
  raisingAmplitude,
} from "#simulators/index";

/**
 * The mean-field model that an array stands for: its sites' mean as one oscillator a group, in units of the mean
 * loss rate.
 */

/** Mean oscillator of some sites, divided by `unit` (1/s), without detuning. */
export function meanOscillator(sites: readonly Oscillator[], unit: number): Oscillator {
  const mean = (pick: (site: Oscillator) => number) =>
    sites.reduce((sum, site) => sum + pick(site), 0) / sites.length / unit;
  const channel = (name: keyof Channels) => mean((site) => site.channels[name]);
  return {
    gain: mean((site) => site.gain),
    loss: mean((site) => site.loss),
    asymmetry: mean((site) => site.asymmetry),
    detuning: 0,
    ladder: sites[0]!.ladder,
    channels: {
      relaxation10: channel("relaxation10"),
      relaxation21: channel("relaxation21"),
      heating01: channel("heating01"),
      heating12: channel("heating12"),
      dephasing: channel("dephasing"),
    },
  };
}

export function oneGroupNetwork(site: Oscillator, coupling: number): Network {
  return { sites: [site], coupling: createCoupling(1, [{ i: 0, j: 0, re: coupling, im: 0 }]) };
}

/** Two groups at ±δ/2. */
export function twoGroupNetwork(
  site: Oscillator,
  detuning: number,
  coupling: number,
  interCoupling: number,
): Network {
  return {
    sites: [
      { ...site, detuning: detuning / 2 },
      { ...site, detuning: -detuning / 2 },
    ],
    coupling: createCoupling(2, [
      { i: 0, j: 0, re: coupling, im: 0 },
      { i: 1, j: 1, re: coupling, im: 0 },
      { i: 0, j: 1, re: interCoupling, im: 0 },
    ]),
  };
}

/** Intervals of δ ≥ 0 in which two groups leave the unsynchronized state, and where they do so fastest. */
export function detuningWindows(
  site: Oscillator,
  coupling: number,
  interCoupling: number,
  reach: number,
  points = 600,
): {
  readonly windows: readonly (readonly [number, number])[];
  readonly best: number;
  readonly growth: number;
} {
  const growth = Array.from({ length: points + 1 }, (_, k) =>
    networkGrowthRate(twoGroupNetwork(site, (reach * k) / points, coupling, interCoupling)),
  );
  const windows: [number, number][] = [];
  growth.forEach((rate, k) => {
    if (rate <= 0) return;
    const delta = (reach * k) / points;
    const last = windows.at(-1);
    if (last && k > 0 && growth[k - 1]! > 0) last[1] = delta;
    else windows.push([delta, delta]);
  });
  const fastest = growth.reduce((best, rate, k) => (rate > growth[best]! ? k : best), 0);
  return { windows, best: (reach * fastest) / points, growth: growth[fastest]! };
}

/** A synchronized group: its order parameter, and how much longer it stays coherent than uncoupled sites. */
export interface SynchronizedGroup {
  readonly amplitude: number;
  /** dT/dN in units of 1/γ₋. */
  readonly lifetimePerOscillator: number;
  /** Decay time of the slower coherence of an uncoupled site. */
  readonly uncoupledLifetime: number;
}

/** Times at which the motion towards the wave is looked at, 1/γ₋. */
const attempts = [40, 120, 400];

/** The stable rotating wave that a seeded group runs into; undefined when it finds none. */
export function synchronizedGroup(site: Oscillator, coupling: number): SynchronizedGroup | undefined {
  const network = oneGroupNetwork(site, coupling);
  const y = new Float64Array(coordinateCount);
  y.set(coordinatesOf(seededState()));
  const flow = networkRightHandSide(network);
  let time = 0;
  for (const until of attempts) {
    integrate(flow, time, y, [until], () => {}, { rtol: 1e-6, atol: 1e-9 });
    time = until;
    const wave = findRotatingWave(network, flow, y);
    if (!wave || wave.exponents[0]!.re >= 0) continue;
    const [re, im] = raisingAmplitude(network.sites, wave.state, 0);
    const { decay01, decay12 } = linearResponse(site);
    return {
      amplitude: Math.hypot(re, im),
      lifetimePerOscillator: phaseDiffusion(network, wave).lifetimePerOscillator,
      uncoupledLifetime: 1 / Math.min(decay01, decay12),
    };
  }
  return undefined;
}
