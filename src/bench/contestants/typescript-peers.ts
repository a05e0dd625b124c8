import { coordinateCount, coordinatesOf } from "#model/generator";
import { mixedState, seededState } from "#model/initial-states";
import { createCoupling, type Network } from "#model/network";
import { noChannels, type Oscillator, spinOneLadder } from "#model/oscillator";
import { integrate, networkRightHandSide } from "#simulators/index";
import { processorSeconds } from "../rounds.ts";
import {
  type EnsembleContestant,
  type EnsembleEntry,
  type EnsembleTask,
  type MapPoint,
  stateSize,
} from "./ensemble.ts";

/** The two groups of Fig. 4 at one point. */
export function figure4Network({ detuning, asymmetry }: MapPoint): Network {
  const site = (sign: 1 | -1): Oscillator => ({
    gain: 0.5,
    loss: 1,
    asymmetry,
    detuning: (sign * detuning) / 2,
    ladder: spinOneLadder,
    channels: noChannels,
  });
  const pairs = [
    [0, 0],
    [1, 1],
    [0, 1],
  ] as const;
  return {
    sites: [site(1), site(-1)],
    coupling: createCoupling(
      2,
      pairs.map(([i, j]) => ({ i, j, re: 1, im: 0 })),
    ),
  };
}

/** Group A seeded, group B mixed: the paper's start. */
export function figure4Start(): Float64Array {
  const y = new Float64Array(stateSize);
  y.set(coordinatesOf(seededState()));
  y.set(coordinatesOf(mixedState()), coordinateCount);
  return y;
}

/** The readable integrator and right-hand side, point by point. */
export function typescriptEnsemble(most: number): EnsembleContestant {
  return {
    name: "Entrain, plain TypeScript reference (DP5)",
    kind: "ours",
    build: `Node ${process.versions.node}`,
    most,
    run: async (task) => {
      const states = new Float64Array(task.points.length * stateSize);
      const each: number[] = [];
      let steps = 0;
      const { seconds } = processorSeconds(() => {
        task.points.forEach((point, p) => {
          const y = figure4Start();
          const { rtol } = task;
          const work = integrate(
            networkRightHandSide(figure4Network(point)),
            0,
            y,
            [task.duration],
            () => {},
            {
              rtol,
            },
          );
          states.set(y, p * stateSize);
          each.push(work.evaluations);
          steps += work.steps;
        });
      });
      const evaluations = each.reduce((sum, value) => sum + value, 0);
      return { seconds, evaluations, steps, states, evaluations_each: each };
    },
  };
}

/** The part of npm's `odex` that is used. */
interface OdexSolver {
  absoluteTolerance: number;
  relativeTolerance: number;
  maxSteps: number;
  solve(
    f: (t: number, y: number[]) => number[],
    from: number,
    start: number[],
    end: number,
  ): { y: number[]; outcome: number; nStep: number; nEval: number };
}
type OdexModule = { readonly Solver: new (size: number) => OdexSolver };

/** npm `odex`, an extrapolation method after Hairer's ODEX, with our right-hand side. */
export async function odexEnsemble(most: number): Promise<EnsembleEntry> {
  const name = "npm odex (extrapolation)";
  // A name that is not written out keeps the compiler from asking for a development dependency.
  const packageName: string = "odex";
  let solverClass: OdexModule["Solver"];
  try {
    const module = (await import(packageName)) as { default?: OdexModule } & OdexModule;
    solverClass = module.Solver ?? module.default!.Solver;
  } catch {
    return { name, kind: "peer", missing: "not found: npm package odex (a development dependency)" };
  }
  return {
    name,
    kind: "peer",
    build: `npm odex, Node ${process.versions.node}`,
    most,
    run: async (task: EnsembleTask) => {
      const states = new Float64Array(task.points.length * stateSize);
      let steps = 0;
      let evaluations = 0;
      const { seconds } = processorSeconds(() => {
        task.points.forEach((point, p) => {
          const f = networkRightHandSide(figure4Network(point));
          const y = new Float64Array(stateSize);
          const dy = new Float64Array(stateSize);
          const solver = new solverClass(stateSize);
          solver.relativeTolerance = task.rtol;
          solver.absoluteTolerance = task.rtol / 100;
          solver.maxSteps = 1e9;
          const slope = (t: number, state: number[]) => {
            y.set(state);
            f(t, y, dy);
            return [...dy];
          };
          const solution = solver.solve(slope, 0, [...figure4Start()], task.duration);
          states.set(solution.y, p * stateSize);
          steps += solution.nStep;
          evaluations += solution.nEval;
        });
      });
      return { seconds, evaluations, steps, states };
    },
  };
}
