import { coordinateCount } from "#model/generator";
import type { Ladder } from "#model/oscillator";
import { compileEnsemble, type EnsembleKernel, type EnsembleOptions } from "../compiled/ensemble.ts";
import type { Flow, FlowFactory } from "./flow.ts";
import { type GroupModel, parameterOf, type siteParameters } from "./group-system.ts";

type SiteParameter = (typeof siteParameters)[number];

/** What differs from point to point in every map; channels do only where a map has them. */
const always: readonly SiteParameter[] = ["gain", "loss", "asymmetry", "detuning"];

/** Relative tolerances per step: of what orbits are solved with, and of the way to them. */
const tolerances = { flow: 1e-5, scout: 1e-4 } as const;

/** Kernels of this thread; a knob that is moved does not compile them again. */
const kernels = new Map<string, EnsembleKernel>();

interface Shape {
  readonly ladders: readonly Ladder[];
  readonly parameters: readonly SiteParameter[];
}

/** How a flow is integrated. */
interface Integration {
  readonly method: EnsembleOptions["method"];
  readonly rtol: number;
  /** Pays over long times: a frame that turns with the state has to be looked after. */
  readonly turningFrame: boolean;
}

const integrations = {
  flow: { method: "dormand-prince-853", rtol: tolerances.flow, turningFrame: false },
  scout: { method: "tsitouras-5", rtol: tolerances.scout, turningFrame: true },
} as const satisfies Readonly<Record<string, Integration>>;

function kernelOf(
  shape: Shape,
  { method, turningFrame }: Integration,
  lanes: "trajectories" | "groups",
): EnsembleKernel {
  const key = JSON.stringify([shape, method, turningFrame, lanes]);
  let kernel = kernels.get(key);
  if (!kernel) {
    const { ladders, parameters } = shape;
    const groups = ladders.map((ladder, g) => ({
      ladder,
      ...Object.fromEntries(parameters.map((name) => [name, { column: `${name} ${g}` }])),
    }));
    const couplings = ladders.flatMap((_, i) =>
      ladders.slice(i).map((__, k) => ({ i, j: i + k, re: { column: `coupling ${i} ${i + k}` } })),
    );
    kernel = compileEnsemble({
      model: { groups, couplings },
      method,
      lanes,
      turningFrame,
      columns: columnsOf(shape),
    });
    kernels.set(key, kernel);
  }
  return kernel;
}

function columnsOf({ ladders, parameters }: Shape): string[] {
  return [
    ...ladders.flatMap((_, g) => parameters.map((name) => `${name} ${g}`)),
    ...ladders.flatMap((_, i) => ladders.slice(i).map((__, k) => `coupling ${i} ${i + k}`)),
  ];
}

/** The flow by kernels compiled from the model; couplings must be real. */
export function createCompiledFlow(shape: Shape, integration: Integration): Flow {
  const { rtol, turningFrame } = integration;
  const groups = shape.ladders.length;
  const size = groups * coordinateCount;
  const single = kernelOf(shape, integration, groups === 2 ? "groups" : "trajectories");
  const point = new Float64Array(columnsOf(shape).length);
  let model: GroupModel | undefined;
  let written: GroupModel | undefined;
  const work = { evaluations: 0, time: 0 };
  // The last step is a good first one for the next piece, at this point or the next.
  const firstSteps = new Float64Array(1);

  /** Most points of a map are solved without any integration. */
  const writePoint = () => {
    if (model === undefined || model === written) return;
    written = model;
    const { sites, couplingRe } = model;
    let next = 0;
    for (const site of sites) {
      for (const name of shape.parameters) point[next++] = parameterOf(site, name);
    }
    for (let i = 0; i < groups; i++) {
      for (let j = i; j < groups; j++) point[next++] = couplingRe[i * groups + j]!;
    }
  };

  const run = (x: Float64Array, duration: number, samples: number, amplitudes?: Float64Array) => {
    work.time += duration;
    writePoint();
    if (!turningFrame && firstSteps[0]! > 0) {
      const piece = { state: x, columns: point, duration, rtol, firstStep: firstSteps[0]!, samples };
      const { lastStep, evaluations } = single.advance(amplitudes ? { ...piece, amplitudes } : piece);
      firstSteps[0] = lastStep;
      work.evaluations += evaluations;
      return;
    }
    const result = single.integrate({ states: x, columns: point, duration, rtol, samples, firstSteps });
    x.set(result.states);
    amplitudes?.set(result.amplitudes);
    firstSteps[0] = result.lastSteps[0]!;
    work.evaluations += result.evaluations[0]!;
  };

  return {
    work,
    set(next: GroupModel) {
      model = next;
    },
    reset() {
      firstSteps.fill(0);
    },
    advance(x, duration) {
      run(x, duration, 0);
    },
    sample(x, duration, count, amplitudes) {
      run(x, duration, count, amplitudes);
    },
    advanceAll(states, duration) {
      writePoint();
      const many = kernelOf(shape, integration, "trajectories");
      const count = states.length / size;
      const columns = new Float64Array(count * point.length);
      for (let k = 0; k < count; k++) columns.set(point, k * point.length);
      const steps = new Float64Array(count).fill(firstSteps[0]!);
      const result = many.integrate({ states, columns, duration, rtol, firstSteps: steps });
      states.set(result.states);
      for (const evaluations of result.evaluations) work.evaluations += evaluations;
      work.time += count * duration;
    },
  };
}

/** The flows that maps are solved with. */
export const mapFlows: FlowFactory = ({ ladders }, channels) => {
  const shape = { ladders, parameters: [...always, ...channels] };
  return {
    flow: createCompiledFlow(shape, integrations.flow),
    scout: createCompiledFlow(shape, integrations.scout),
  };
};
