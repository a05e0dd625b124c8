import type { Channels } from "#model/oscillator";
import { integrate } from "../kernel/dormand-prince.ts";
import type { GroupModel, GroupSystem } from "./group-system.ts";

/** Counted work of a flow. */
export interface FlowWork {
  /** Right-hand sides of one state. */
  evaluations: number;
  /** Time integrated, summed over the states. */
  time: number;
}

/** Time evolution at the parameters last set. */
export interface Flow {
  readonly work: FlowWork;
  set(model: GroupModel): void;
  /** Forgets earlier integrations, which may have left a first step to begin with. */
  reset(): void;
  /** Advances a state in place. */
  advance(x: Float64Array, duration: number): void;
  /**
   * Advances a state in place and writes ⟨A†⟩ of every group, [re, im] one after the other, at `count` evenly spaced
   * times, the first and the last one included.
   */
  sample(x: Float64Array, duration: number, count: number, amplitudes: Float64Array): void;
  /** Advances several states, one after the other in `states`, in place. */
  advanceAll(states: Float64Array, duration: number): void;
}

/** The flow by the reference integrator. */
export function createReferenceFlow(system: GroupSystem, rtol: number): Flow {
  const work: FlowWork = { evaluations: 0, time: 0 };
  const f = (_t: number, x: Float64Array, dx: Float64Array) => system.rightHandSide(x, dx);
  const run = (
    x: Float64Array,
    times: ArrayLike<number>,
    onSample: (k: number, t: number, state: Float64Array) => void,
  ) => {
    const { evaluations } = integrate(f, 0, x, times, onSample, { rtol });
    work.evaluations += evaluations;
    work.time += times[times.length - 1]!;
  };
  const nothing = () => {};
  return {
    work,
    set: (model) => system.set(model),
    reset: nothing,
    advance: (x, duration) => run(x, [duration], nothing),
    sample(x, duration, count, amplitudes) {
      const times = Float64Array.from({ length: count }, (_, k) => (k * duration) / (count - 1));
      run(x, times, (k, _t, state) => {
        for (let g = 0; g < system.groups; g++) {
          const [re, im] = system.amplitude(state, g);
          amplitudes[2 * (k * system.groups + g)] = re;
          amplitudes[2 * (k * system.groups + g) + 1] = im;
        }
      });
    },
    advanceAll(states, duration) {
      for (let o = 0; o < states.length; o += system.size) {
        run(states.subarray(o, o + system.size), [duration], nothing);
      }
    },
  };
}

/**
 * The two flows a point is solved with: one to solve orbits with, and a coarser one for the way to them. `channels`
 * are those that some point has.
 */
export type FlowFactory = (
  system: GroupSystem,
  channels: readonly (keyof Channels)[],
) => { readonly flow: Flow; readonly scout: Flow };
