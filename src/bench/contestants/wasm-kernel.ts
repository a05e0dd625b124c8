import { EntrainError } from "#core/errors";
import { spinOneLadder } from "#model/oscillator";
import { compileEnsemble } from "#simulators/compiled/ensemble";
import { processorSeconds } from "../rounds.ts";
import type { CMethod } from "./compiled-peers.ts";
import { type EnsembleContestant, stateSize } from "./ensemble.ts";
import { figure4Start } from "./typescript-peers.ts";

type Method = Parameters<typeof compileEnsemble>[0]["method"];

const methods: Readonly<Record<CMethod, Method>> = {
  DOP853: "dormand-prince-853",
  TSIT5: "tsitouras-5",
  DP5: "dormand-prince-5",
};

/** Begins the name of every row of the compiled kernel. */
export const kernelName = "Entrain, WebAssembly kernel";

/** The compiled ensemble kernel on the groups of Fig. 4; compiling it is not part of the measured time. */
export function wasmEnsemble(method: CMethod): EnsembleContestant {
  const group = (sign: 1 | -1) => ({
    ladder: spinOneLadder,
    gain: 0.5,
    loss: 1,
    asymmetry: { column: "asymmetry" },
    detuning: { column: "detuning", factor: sign / 2 },
  });
  const kernel = compileEnsemble({
    model: {
      groups: [group(1), group(-1)],
      couplings: [
        { i: 0, j: 0, re: 1 },
        { i: 1, j: 1, re: 1 },
        { i: 0, j: 1, re: 1 },
      ],
    },
    method: methods[method],
  });
  const start = figure4Start();
  return {
    name: `${kernelName} ${method}`,
    kind: "ours",
    build: `Node ${process.versions.node}, ${kernel.bytes.byteLength} bytes of WebAssembly`,
    run: async ({ points, rtol, duration }) => {
      const states = new Float64Array(points.length * stateSize);
      for (let p = 0; p < points.length; p++) states.set(start, p * stateSize);
      const columns = Float64Array.from(
        points.flatMap((point) => kernel.columns.map((name) => point[name as keyof typeof point])),
      );
      const { seconds, value } = processorSeconds(() =>
        kernel.integrate({ states, columns, duration, rtol }),
      );
      const stuck = value.status.findIndex((status) => status !== "done");
      if (stuck >= 0) {
        throw new EntrainError(
          "bench.kernel_failed",
          { path: "", message: `the kernel ended with "${value.status[stuck]}" at point ${stuck}` },
          { kind: "internal" },
        );
      }
      const total = (counts: Float64Array) => counts.reduce((sum, count) => sum + count, 0);
      return {
        seconds,
        evaluations: total(value.evaluations),
        steps: total(value.steps),
        states: value.states,
        evaluations_each: [...value.evaluations],
      };
    },
  };
}
