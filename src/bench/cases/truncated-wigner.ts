import type { BenchCase, BenchContext, CaseOutcome } from "../bench-case.ts";
import { cWigner, entrainWigner, type WignerRun, wignerProblem, wignerTimes } from "../contestants/wigner.ts";
import { atMost, type Check, type Goal, type Row } from "../results.ts";
import { measureRounds } from "../rounds.ts";
import { pairedRatio, summarise } from "../statistics.ts";

interface Entry {
  readonly name: string;
  readonly kind: "ours" | "peer";
  readonly build: string;
  readonly trajectories: number;
  readonly run: (trajectories: number) => Promise<WignerRun> | WignerRun;
}

/** Standard errors by which two ensembles may differ at any of the times: one run in a hundred thousand does. */
const furthest = 5;

async function run(context: BenchContext): Promise<CaseOutcome> {
  const { tools, short } = context;
  const peerName = "C AVX2";
  const peer = cWigner(tools);
  const entries: Entry[] = [
    {
      name: "Entrain, plain TypeScript",
      kind: "ours",
      build: `Node ${process.versions.node}`,
      trajectories: short ? 128 : 640,
      run: entrainWigner.plain,
    },
    {
      name: "Entrain, WebAssembly",
      kind: "ours",
      build: `Node ${process.versions.node}`,
      trajectories: short ? 1024 : 10_000,
      run: entrainWigner.compiled,
    },
    ...(peer.missing === undefined
      ? [
          {
            name: peerName,
            kind: "peer" as const,
            build: peer.build,
            trajectories: short ? 2048 : 10_000,
            run: peer.run,
          },
        ]
      : []),
  ];
  const last: WignerRun[] = [];
  for (const entry of entries) await entry.run(64);
  const measured = await measureRounds(
    entries.map((entry, k) => ({
      name: entry.name,
      run: async () => {
        last[k] = await entry.run(entry.trajectories);
        return last[k].seconds / entry.trajectories;
      },
    })),
    context.rounds,
  );
  const base = entries.findIndex(({ name }) => name === peerName);
  const rows = entries.map((entry, k): Row => {
    const { amplitude, amplitudeError, steps, clippedFraction } = last[k]!;
    return {
      name: entry.name,
      kind: entry.kind,
      build: entry.build,
      items: entry.trajectories,
      seconds: summarise(measured.seconds[k]!),
      ...(base < 0 ? {} : { ratio: pairedRatio(measured.seconds[k]!, measured.seconds[base]!) }),
      work: {
        trajectories: entry.trajectories,
        steps: steps / entry.trajectories,
        "amplitude at the end": amplitude.at(-1)!,
        "its error": amplitudeError.at(-1)!,
        "share of clipped noise": clippedFraction,
      },
    };
  });
  if (peer.missing !== undefined) rows.push({ name: peerName, kind: "peer", missing: peer.missing });
  return {
    item: "trajectory",
    reference: peerName,
    rows,
    goals: [goalOf(rows, base < 0 ? peer.missing : undefined)],
    checks:
      base < 0 ? [] : entries.flatMap((entry, k) => agreement(entry, last[k]!, last[base]!, k === base)),
    notes: [
      `N = ${wignerProblem.size}, V = γ₋ = 2γ₊, K = 0, to t = ${wignerTimes.at(-1)}/γ₋; all programs take the same steps.`,
      "The C program clips negative variances in its Cholesky factor; ours takes the nearest positive matrix.",
    ],
    rounds: { kept: measured.seconds[0]?.length ?? 0, noisy: measured.noisyRounds },
  };
}

function goalOf(rows: readonly Row[], missing: string | undefined): Goal {
  const ours = rows
    .filter((row) => row.kind === "ours" && row.ratio !== undefined)
    .toSorted((a, b) => a.ratio!.median - b.ratio!.median)[0];
  return {
    name: "time of a trajectory over AVX2 C",
    bound: "at most",
    target: 4,
    unit: "×",
    measured: ours?.ratio?.median ?? null,
    ...(ours ? { remark: ours.name } : missing === undefined ? {} : { remark: missing }),
  };
}

/** Both ensembles estimate the same amplitudes. */
function agreement(entry: Entry, run: WignerRun, reference: WignerRun, itself: boolean): Check[] {
  if (itself) return [];
  const distances = run.amplitude.map(
    (value, k) =>
      Math.abs(value - reference.amplitude[k]!) /
      Math.hypot(run.amplitudeError[k]!, reference.amplitudeError[k]!),
  );
  return [
    atMost(`${entry.name}: amplitudes against C, in standard errors`, Math.max(...distances), furthest),
  ];
}

export const truncatedWignerCase: BenchCase = {
  name: "truncated-wigner",
  title: `Truncated-Wigner ensemble, N = ${wignerProblem.size}`,
  run,
};
