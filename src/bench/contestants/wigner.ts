import { writeFileSync } from "node:fs";
import { coordinatesOf } from "#model/generator";
import { seededState } from "#model/initial-states";
import { noChannels, spinOneLadder } from "#model/oscillator";
import { evolveCompiledEnsemble } from "#simulators/compiled-ensemble/ensemble";
import { symmetricCovariance } from "#simulators/finite-size/fluctuations";
import type { GroupProblem } from "#simulators/finite-size/group-problem";
import {
  ensembleCost,
  evolveTruncatedWigner,
  withoutSelfTerms,
} from "#simulators/finite-size/truncated-wigner";
import { processorSeconds } from "../rounds.ts";
import { buildPeer, type Found, runPeer, scratchFile, type Tools } from "../tools.ts";
import { avx2Flags } from "./compiled-peers.ts";

/** |⟨S⁺⟩| at the requested times with its standard error, and what it took. */
export interface WignerRun {
  readonly seconds: number;
  readonly amplitude: readonly number[];
  readonly amplitudeError: readonly number[];
  /** Steps of all trajectories. */
  readonly steps: number;
  readonly clippedFraction: number;
}

/** The group of the paper's finite-size figures: N = 500, V = γ₋ = 2γ₊, K = 0. */
export const wignerProblem: GroupProblem = {
  site: {
    gain: 0.5,
    loss: 1,
    asymmetry: 0,
    detuning: 0,
    ladder: spinOneLadder,
    channels: noChannels,
  },
  size: 500,
  coupling: 1,
  initial: seededState(),
};

/** Twelve even times up to t = 60/γ₋. */
export const wignerTimes: readonly number[] = Array.from({ length: 12 }, (_, k) => 5 * (k + 1));

/** Entrain's two implementations: the readable one, and two trajectories a vector in WebAssembly. */
export const entrainWigner = {
  plain: (trajectories: number) => timed(evolveTruncatedWigner, trajectories),
  compiled: (trajectories: number) => timed(evolveCompiledEnsemble, trajectories),
} as const;

function timed(evolve: typeof evolveTruncatedWigner, trajectories: number): WignerRun {
  const { seconds, value } = processorSeconds(() =>
    evolve(wignerProblem, wignerTimes, { trajectories, seed: 1 }),
  );
  const { amplitude, amplitudeError, steps, clippedFraction } = value;
  return { seconds, amplitude, amplitudeError, steps, clippedFraction };
}

/** Sixteenths of the C program's ensemble. */
const parts = 16;

interface WignerOutput {
  readonly seconds: number;
  readonly trajectories: number;
  readonly steps: number;
  readonly clipped: number;
  /** Σ(ρ₀₁ + ρ₁₂) over each part at each time. */
  readonly sums: readonly (readonly [number, number])[];
}

/** The same ensemble by bench/peers/wigner.c, step for step as long. */
export function cWigner(
  tools: Tools,
): Found<{ readonly build: string; readonly run: (trajectories: number) => Promise<WignerRun> }> {
  if (!tools.instructions.has("avx2")) return { missing: "not found: AVX2 on this processor" };
  const built = buildPeer(tools, {
    source: "wigner.c",
    language: "c",
    flags: avx2Flags(tools),
    libraries: ["-lmvec", "-lm"],
  });
  if (built.missing !== undefined) return built;
  const { coupling, size, initial } = wignerProblem;
  const { gain, loss, asymmetry, detuning } = withoutSelfTerms(wignerProblem);
  const end = wignerTimes[wignerTimes.length - 1]!;
  const steps = ensembleCost(wignerProblem, wignerTimes, 1).steps / wignerTimes.length;
  return {
    build: built.build,
    run: async (trajectories) => {
      const start = scratchFile("wigner-start.txt");
      writeFileSync(start, [...coordinatesOf(initial), ...symmetricCovariance(initial)].join("\n"));
      const sampling = [trajectories, size, 1, end, wignerTimes.length, steps];
      const model = [coupling, gain, loss, asymmetry, detuning];
      const output = await runPeer<WignerOutput>(built.program, [
        ...sampling.map(String),
        ...model.map(String),
        start,
      ]);
      return readWigner(output);
    },
  };
}

function readWigner({ seconds, trajectories, steps, clipped, sums }: WignerOutput): WignerRun {
  const times = sums.length / parts;
  const amplitude: number[] = [];
  const amplitudeError: number[] = [];
  const modulus = (chosen: readonly (readonly [number, number])[], count: number) =>
    (Math.SQRT2 * Math.hypot(total(chosen, 0), total(chosen, 1))) / count;
  for (let k = 0; k < times; k++) {
    const all = sums.slice(k * parts, (k + 1) * parts);
    amplitude.push(modulus(all, trajectories));
    // Jackknife: the ensemble without each of its parts.
    const without = all.map((_, part) =>
      modulus(
        all.filter((__, other) => other !== part),
        (trajectories * (parts - 1)) / parts,
      ),
    );
    const mean = without.reduce((sum, value) => sum + value, 0) / parts;
    const spread = without.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    amplitudeError.push(Math.sqrt((spread * (parts - 1)) / parts));
  }
  return { seconds, amplitude, amplitudeError, steps, clippedFraction: clipped / steps };
}

function total(values: readonly (readonly [number, number])[], part: 0 | 1): number {
  return values.reduce((sum, value) => sum + value[part], 0);
}
