import { join } from "node:path";
import { peerFolder, runPeer, type Tools } from "../tools.ts";
import { type EnsembleEntry, type EnsembleRun, writePoints } from "./ensemble.ts";

/** A solver reached through Python; `most` points of at most `longest` are asked of it. */
function pythonEntry(
  tools: Tools,
  entry: { name: string; method: string; needs: string; most: number; longest?: number },
): EnsembleEntry {
  const { name, method, needs, most } = entry;
  const { python } = tools;
  if (python.missing !== undefined) return { name, kind: "peer", missing: python.missing };
  const version = python.packages[needs];
  if (!version) return { name, kind: "peer", missing: `not found: no Python package ${needs}` };
  return {
    name,
    kind: "peer",
    build: `${needs} ${version}, Python ${python.packages.python}`,
    most,
    ...(entry.longest === undefined ? {} : { longest: entry.longest }),
    run: (task) => {
      const points = writePoints(task.points.map(({ detuning, asymmetry }) => [detuning, asymmetry]));
      return runPeer<EnsembleRun>(python.path, [
        join(peerFolder(), "python_peers.py"),
        method,
        String(task.rtol),
        String(task.duration),
        points,
      ]);
    },
  };
}

/** scipy and QuTiP as a user of Python would call them; few points, for they take seconds each. */
export function pythonEnsembles(tools: Tools): EnsembleEntry[] {
  return [
    { name: "scipy solve_ivp DOP853", method: "dop853", needs: "scipy", most: 1 },
    { name: "scipy solve_ivp LSODA", method: "lsoda", needs: "scipy", most: 1 },
    { name: "QuTiP mesolve, state feedback", method: "qutip", needs: "qutip", most: 1, longest: 5 },
  ].map((entry) => pythonEntry(tools, entry));
}
