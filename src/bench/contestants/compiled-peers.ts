import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { buildPeer, type PeerProgram, runPeer, type Tools } from "../tools.ts";
import { type EnsembleEntry, type EnsembleRun, type EnsembleTask, writePoints } from "./ensemble.ts";

export type CMethod = "DOP853" | "TSIT5" | "DP5";

/** Optimised for this processor, but in vectors of 256 bits where it has wider ones. */
export function avx2Flags(tools: Tools): readonly string[] {
  const narrow = tools.instructions.has("avx512f") ? ["-mno-avx512f"] : [];
  return ["-O3", "-march=native", ...narrow];
}

/** The C program that integrates the ensemble. */
export function ensembleProgram(tools: Tools, method: CMethod, lanes: 1 | 4 | 8, groups: 1 | 2): PeerProgram {
  const flags = lanes === 8 ? ["-O3", "-march=native"] : avx2Flags(tools);
  return {
    source: "ensemble.c",
    language: "c",
    flags: [...flags, `-DLANES=${lanes}`, `-DMETHOD_${method}`, `-DGROUPS=${groups}`],
  };
}

function compiledEntry(
  tools: Tools,
  name: string,
  peer: PeerProgram,
  argumentsOf: (task: EnsembleTask, points: string) => readonly string[],
): EnsembleEntry {
  const built = buildPeer(tools, peer);
  if (built.missing !== undefined) return { name, kind: "peer", missing: built.missing };
  return {
    name,
    kind: "peer",
    build: built.build,
    run: (task) => {
      const points = writePoints(task.points.map(({ detuning, asymmetry }) => [detuning, asymmetry]));
      return runPeer<EnsembleRun>(built.program, argumentsOf(task, points));
    },
  };
}

const laneNames = { 1: "scalar", 4: "AVX2", 8: "AVX-512" } as const;

/** Hand-vectorised C: 1, 4 or 8 trajectories a vector. */
export function cEnsemble(tools: Tools, method: CMethod, lanes: 1 | 4 | 8): EnsembleEntry {
  const name = `C ${laneNames[lanes]} ${method}`;
  if (lanes === 8 && !tools.instructions.has("avx512f")) {
    return { name, kind: "peer", missing: "not found: AVX-512 on this processor" };
  }
  return compiledEntry(tools, name, ensembleProgram(tools, method, lanes, 2), (task, points) => [
    String(task.rtol),
    String(task.duration),
    points,
  ]);
}

/** Boost.odeint, one trajectory at a time. */
export function boostEnsemble(tools: Tools, stepper: "fehlberg78" | "dopri5"): EnsembleEntry {
  const program: PeerProgram = {
    source: "odeint.cpp",
    language: "c++",
    flags: ["-O3", "-march=native", "-DNDEBUG", "-std=c++17", "-w"],
    needs: { header: "boost/numeric/odeint.hpp", name: "Boost.odeint" },
  };
  return compiledEntry(tools, `Boost.odeint ${stepper}`, program, (task, points) => [
    stepper,
    String(task.rtol),
    String(task.duration),
    points,
  ]);
}

const cvodeName = "SUNDIALS CVODE Adams";

/**
 * CVODE of a build that its owner vouches for: under `$SUNDIALS_DIR` or /usr/local. The library that Debian and its
 * descendants package is compiled without optimisation, five times slower than it could be, and is not measured.
 */
export function cvodeEnsemble(tools: Tools, environment: NodeJS.ProcessEnv = process.env): EnsembleEntry {
  const missing = (reason: string): EnsembleEntry => ({ name: cvodeName, kind: "peer", missing: reason });
  const prefix = [environment.SUNDIALS_DIR, "/usr/local"].find(
    (folder) => folder !== undefined && existsSync(join(folder, "include", "cvode", "cvode.h")),
  );
  if (prefix === undefined) {
    const packaged = existsSync("/usr/include/cvode/cvode.h");
    return missing(
      packaged
        ? "not measured: the distribution's libsundials is compiled without optimisation (set SUNDIALS_DIR to a build of your own)"
        : "not found: no SUNDIALS under $SUNDIALS_DIR or /usr/local (Debian's libsundials would not count: compiled without optimisation)",
    );
  }
  const folder = ["lib", "lib64"].map((name) => join(prefix, name)).find((name) => existsSync(name));
  if (folder === undefined) return missing(`not found: no library folder in ${prefix}`);
  const core = readdirSync(folder).some((file) => file.startsWith("libsundials_core."));
  const program: PeerProgram = {
    source: "cvode.c",
    language: "c",
    flags: ["-O3", "-march=native", `-I${join(prefix, "include")}`],
    libraries: [
      `-L${folder}`,
      `-Wl,-rpath,${folder}`,
      "-lsundials_cvode",
      "-lsundials_nvecserial",
      "-lsundials_sunnonlinsolfixedpoint",
      ...(core ? ["-lsundials_core"] : []),
      "-lm",
    ],
  };
  return compiledEntry(tools, cvodeName, program, (task, points) => [
    String(task.rtol),
    String(task.duration),
    points,
  ]);
}
