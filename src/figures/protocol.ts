import { type ComplexMatrix, combine, unit } from "#core/complex-matrix";
import { coordinateCount, coordinatesOf } from "#model/generator";
import { mixedState, seededState } from "#model/initial-states";
import { createCoupling, type Network } from "#model/network";
import { noChannels, type Oscillator, spinOneLadder } from "#model/oscillator";
import {
  findRotatingWave,
  integrate,
  networkRightHandSide,
  type RotatingWave,
  raisingAmplitude,
} from "#simulators/index";

/** Model of the paper: one group, or two with detunings ±δ/2. */
export interface GroupModel {
  readonly gain: number;
  readonly loss: number;
  readonly asymmetry: number;
  readonly coupling: number;
}

export interface PairModel extends GroupModel {
  readonly detuning: number;
  readonly interCoupling: number;
}

function oscillator({ gain, loss, asymmetry }: GroupModel, detuning: number): Oscillator {
  return {
    gain,
    loss,
    asymmetry,
    detuning,
    ladder: spinOneLadder,
    channels: noChannels,
  };
}

export function groupNetwork(model: GroupModel): Network {
  return {
    sites: [oscillator(model, 0)],
    coupling: createCoupling(1, [{ i: 0, j: 0, re: model.coupling, im: 0 }]),
  };
}

export function pairNetwork(model: PairModel): Network {
  const { coupling, interCoupling, detuning } = model;
  return {
    sites: [oscillator(model, detuning / 2), oscillator(model, -detuning / 2)],
    coupling: createCoupling(2, [
      { i: 0, j: 0, re: coupling, im: 0 },
      { i: 1, j: 1, re: coupling, im: 0 },
      { i: 0, j: 1, re: interCoupling, im: 0 },
    ]),
  };
}

/** I/3 + c|1⟩⟨2| + h.c.; with c = (1 + 2i)/10 the initial state of Fig. 2(a), its conjugate added. */
export function coherentStart(re: number, im: number): ComplexMatrix {
  return combine([1, mixedState()], [{ re, im }, unit(3, 1, 2)], [{ re, im: -im }, unit(3, 2, 1)]);
}

/** Initial coordinates of the paper: group A seeded, group B without coherence. */
export function seededStart(groups: 1 | 2, seedBoth = false): Float64Array {
  const x = new Float64Array(groups * coordinateCount);
  x.set(coordinatesOf(seededState()), 0);
  if (groups === 2) x.set(coordinatesOf(seedBoth ? seededState() : mixedState()), coordinateCount);
  return x;
}

/** ⟨S⁺⟩ of the groups at the last samples of an evenly sampled run. */
export interface Run {
  readonly series: readonly {
    readonly re: Float64Array;
    readonly im: Float64Array;
  }[];
  readonly spacing: number;
  readonly end: Float64Array;
}

const tolerances = { rtol: 1e-7, atol: 1e-10 } as const;

/**
 * Integrates over `duration` with `samples` evenly spaced samples, both ends included, and keeps the last `kept`,
 * as the paper's section on methods does.
 */
export function run(
  network: Network,
  start: Float64Array,
  duration: number,
  samples: number,
  kept: number,
): Run {
  const spacing = duration / (samples - 1);
  const times = Float64Array.from({ length: kept }, (_, k) => (samples - kept + k) * spacing);
  const end = Float64Array.from(start);
  const series = network.sites.map(() => ({
    re: new Float64Array(kept),
    im: new Float64Array(kept),
  }));
  integrate(
    networkRightHandSide(network),
    0,
    end,
    times,
    (index, _, state) => {
      series.forEach(({ re, im }, s) => {
        const [x, y] = raisingAmplitude(network.sites, state, s);
        re[index] = x;
        im[index] = y;
      });
    },
    tolerances,
  );
  return { series, spacing, end };
}

/** The state after `duration`. */
export function advanced(network: Network, start: Float64Array, duration: number): Float64Array {
  return run(network, start, duration, 2, 1).end;
}

/** A stable rotating wave near a state, if there is one. */
export function stableWave(network: Network, guess: Float64Array): RotatingWave | undefined {
  const wave = findRotatingWave(network, networkRightHandSide(network), guess);
  if (!wave || (wave.exponents[0]?.re ?? 0) >= 0) return undefined;
  return groupAmplitudes(network, wave.state).some((amplitude) => amplitude.modulus > 1e-6)
    ? wave
    : undefined;
}

/** Modulus and argument of each group's ⟨S⁺⟩. */
export function groupAmplitudes(network: Network, x: ArrayLike<number>) {
  return network.sites.map((_, s) => {
    const [re, im] = raisingAmplitude(network.sites, x, s);
    return {
      modulus: Math.hypot(re, im),
      argument: Math.atan2(im, re),
      re,
      im,
    };
  });
}
