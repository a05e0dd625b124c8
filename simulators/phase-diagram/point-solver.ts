import type { Channels, Ladder } from "#model/oscillator";
import { distanceUpToPhase } from "../mean-field/rotating-wave.ts";
import { scaledAmplitude } from "../mean-field/scaled-amplitude.ts";
import type { Flow, FlowFactory } from "./flow.ts";
import { createGroupSystem, type GroupModel, type GroupSystem } from "./group-system.ts";
import { type Observables, orbitObservables } from "./observables.ts";
import { createOnsetSolver, type Onset } from "./onset-solver.ts";
import { createOrbitSolver, type Orbit, type OrbitSolver } from "./orbit-solver.ts";
import { recurrenceTimes } from "./recurrence.ts";
import type { Solution } from "./solution.ts";
import { createWaveSolver, type Wave, type WaveSolver } from "./wave-solver.ts";

/** Solves for long-time states at one point after another; `set` chooses the point. */
export interface PointSolver {
  readonly system: GroupSystem;
  readonly waves: WaveSolver;
  readonly orbits: OrbitSolver;
  readonly flow: Flow;
  /** A coarser flow, for the way to an attractor and for averages over chaos. */
  readonly scout: Flow;
  set(model: GroupModel): void;
  /** Half the smallest gain + loss: about the slowest relaxation. */
  relaxation(): number;
  onset(): Onset;
  /** Forgets what earlier points left behind: a tile must not depend on what was solved before it. */
  reset(): void;
  /** A stable wave near a guess. */
  stableWave(guess: Float64Array, frequency: number): Wave | undefined;
  observe(orbit: Orbit): Observables;
  /** Advances a state in place and averages evenly on the way. */
  window(state: Float64Array, duration: number): Observables;
  /**
   * What the initial state goes to, by integration until a stable solution is reached. With `from`, what goes on from
   * a state that has wandered for long: it gets the last part of the patience only.
   */
  explore(onset: Onset, from?: Float64Array): Solution;
  /** The stable solution of a neighbour's sort that a state has all but arrived at. */
  arrived(state: Float64Array, sort: Solution): Solution | undefined;
}

/** Counted work of a solver: right-hand sides of both flows, Newton and secant steps. */
export function workOf({ flow, scout, waves, orbits }: PointSolver) {
  return {
    evaluations: flow.work.evaluations + scout.work.evaluations,
    newtonSteps: waves.work.newtonSteps + orbits.work.newtonSteps,
  };
}

/** Slowest relaxation times after which an undecided motion is called irregular. */
const patience = 240;

/** Slowest relaxation times between looks at what a trajectory has come to. */
const shortestChunk = 10;
const longestChunk = 80;

/** Distance (largest coordinate, up to the phase) at which a trajectory counts as having arrived. */
const arrival = 0.02;

/** Samples of a trajectory per radian of the fastest turning. */
const samplesPerRadian = 3;

export function createPointSolver(
  ladders: readonly Ladder[],
  initial: Float64Array,
  flowsOf: FlowFactory,
  channels: readonly (keyof Channels)[] = [],
): PointSolver {
  const system = createGroupSystem(ladders);
  const { groups, size } = system;
  const { flow, scout } = flowsOf(system, channels);
  const onsets = createOnsetSolver(system);
  const waves = createWaveSolver(system);
  const orbits = createOrbitSolver(system, flow);
  const rest = new Float64Array(size);
  const x = new Float64Array(size);
  let samples = new Float64Array(0);
  let relaxation = 1;
  let fastest = 1;

  const room = (count: number): Float64Array => {
    if (samples.length < 2 * groups * count) samples = new Float64Array(2 * groups * count);
    return samples;
  };

  const observe = (orbit: Orbit): Observables => {
    const steps = Math.min(8192, Math.max(64, Math.ceil(samplesPerRadian * orbit.period * fastest)));
    const kept = room(steps + 1);
    x.set(orbit.state);
    flow.sample(x, orbit.period, steps + 1, kept);
    return orbitObservables(kept, steps + 1, groups, orbit.period);
  };

  const stableWave = (guess: Float64Array, frequency: number) => {
    const wave = waves.solve(guess, frequency);
    const examined = wave && waves.examined(wave);
    return examined && examined.growth < 0 ? examined : undefined;
  };

  /** Waves from the state and from states with its direction, but the amplitude of a later time. */
  const waveAhead = (state: Float64Array, ratios: readonly number[]): Wave | undefined => {
    const frequency = waves.turningRate(state);
    for (const ratio of ratios) {
      const wave = stableWave(ratio === 1 ? state : scaledAmplitude(state, ratio, rest), frequency);
      if (wave) return wave;
    }
    return undefined;
  };

  const orbitAhead = (state: Float64Array, count: number, spacing: number): Orbit | undefined => {
    for (const period of recurrenceTimes(samples, count, groups, spacing, 10 / relaxation)) {
      const orbit = orbits.find(state, period);
      if (!orbit || orbit.growth === null || orbit.growth >= 0) continue;
      if (distanceUpToPhase(state, orbit.state) < 2 * arrival) return primitive(orbit);
    }
    return undefined;
  };

  /** The orbit once round: a recurrence may have been that of several periods. */
  const primitive = (orbit: Orbit): Orbit => {
    for (let parts = 8; parts > 1; parts--) {
      x.set(orbit.state);
      flow.advance(x, orbit.period / parts);
      if (distanceUpToPhase(orbit.state, x) > 1e-4) continue;
      const once = orbits.find(orbit.state, orbit.period / parts);
      if (once) return once;
    }
    return orbit;
  };

  return {
    system,
    waves,
    orbits,
    flow,
    scout,
    stableWave,
    observe,
    window,
    set(model) {
      system.set(model);
      flow.set(model);
      scout.set(model);
      system.restState(rest);
      relaxation = Infinity;
      fastest = 0;
      model.sites.forEach((site, g) => {
        relaxation = Math.min(relaxation, (site.gain + site.loss) / 2);
        let field = 0;
        for (let j = 0; j < groups; j++) {
          field += Math.hypot(model.couplingRe[g * groups + j]!, model.couplingIm[g * groups + j]!);
        }
        const levels = Math.max(Math.abs(site.detuning), Math.abs(site.detuning + site.asymmetry));
        fastest = Math.max(fastest, site.gain + site.loss + levels + 2 * field);
      });
    },
    relaxation: () => relaxation,
    onset: onsets.solve,
    reset() {
      onsets.reset();
      flow.reset();
      scout.reset();
    },
    arrived(state, sort) {
      if (sort.kind === "wave") {
        const wave = stableWave(state, waves.turningRate(state));
        return wave && distanceUpToPhase(state, wave.state) < 2 * arrival
          ? { kind: "wave", wave }
          : undefined;
      }
      if (sort.kind !== "orbit") return undefined;
      const orbit = orbits.find(state, sort.orbit.period);
      if (!orbit || orbit.growth === null || orbit.growth >= 0) return undefined;
      if (distanceUpToPhase(state, orbit.state) > 2 * arrival) return undefined;
      return { kind: "orbit", orbit, observables: observe(orbit) };
    },
    explore({ unstable, growth }, from) {
      const unit = 1 / relaxation;
      const state = (from ?? initial).slice();
      let time = patience - longestChunk;
      let chunk: number = longestChunk;
      if (!from) {
        scout.advance(state, shortestChunk * unit);
        time = shortestChunk;
        chunk = shortestChunk;
      }
      let lastDistance = Infinity;
      const spacing = 1 / (samplesPerRadian * fastest);
      for (;;) {
        const count = Math.max(64, Math.ceil((chunk * unit) / spacing)) + 1;
        scout.sample(state, chunk * unit, count, room(count));
        time += chunk;
        const amplitude = largest(system, state);
        if (growth <= 0 && amplitude < 1e-4) return { kind: "rest" };
        const slow = unstable === 1 && amplitude < 0.1;
        const wave = waveAhead(state, slow ? [1, 0.25, 4, 10, 25, 100] : [1]);
        if (wave) {
          const distance = distanceUpToPhase(state, wave.state);
          // With one growing mode the small amplitude can only go on to the wave in its direction.
          const certain = slow && growth < 0.05 * relaxation;
          if (distance < arrival || (distance < lastDistance && certain)) return { kind: "wave", wave };
          lastDistance = distance;
        } else lastDistance = Infinity;
        const orbit = orbitAhead(state, count, (chunk * unit) / (count - 1));
        if (orbit) return { kind: "orbit", orbit, observables: observe(orbit) };
        if (time >= patience) return irregular(state, count, chunk * unit);
        chunk = Math.min(longestChunk, 2 * chunk);
      }
    },
  };

  function window(state: Float64Array, duration: number, by: Flow = flow): Observables {
    const count = Math.ceil(duration * samplesPerRadian * fastest) + 1;
    const kept = room(count);
    by.sample(state, duration, count, kept);
    return windowObservables(kept, count, groups, duration);
  }

  /** Averages over the last chunk, `count` samples of which are at hand, and another of the same length. */
  function irregular(state: Float64Array, count: number, duration: number): Solution {
    const first = windowObservables(samples, count, groups, duration);
    const second = window(state, duration, scout);
    const error = Math.max(
      Math.abs(first.orderParameter - second.orderParameter),
      ...first.frequencies.map((value, g) => Math.abs(value - second.frequencies[g]!)),
    );
    return { kind: "irregular", observables: meanOf(first, second), error, end: state };
  }
}

function meanOf(a: Observables, b: Observables): Observables {
  const mean = (x: readonly number[], y: readonly number[]) => x.map((value, g) => (value + y[g]!) / 2);
  return {
    amplitudes: mean(a.amplitudes, b.amplitudes),
    orderParameter: (a.orderParameter + b.orderParameter) / 2,
    frequencies: mean(a.frequencies, b.frequencies),
    lines: mean(a.lines, b.lines),
    spread: Math.max(a.spread, b.spread),
    relativePhase: b.relativePhase,
  };
}

/** Averages over an arbitrary window: no lines, since the motion need not have any. */
function windowObservables(
  samples: Float64Array,
  count: number,
  groups: number,
  duration: number,
): Observables {
  const read = orbitObservables(samples, count, groups, duration);
  return { ...read, lines: read.frequencies };
}

function largest(system: GroupSystem, x: Float64Array): number {
  let size = 0;
  for (let g = 0; g < system.groups; g++) size = Math.max(size, Math.hypot(...system.amplitude(x, g)));
  return size;
}
