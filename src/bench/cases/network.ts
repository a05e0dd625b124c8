import { noChannels, spinOneLadder } from "#model/oscillator";
import { type LargeNetworkCost, largeNetworkCost } from "#simulators/large-network/evolve";
import { exponentialSum } from "#simulators/large-network/exponential-sum";
import type { BenchCase, BenchContext, CaseOutcome } from "../bench-case.ts";
import { summariseErrors } from "../contestants/ensemble.ts";
import {
  cFields,
  denseElement,
  entrainFields,
  type FieldContestant,
  fieldErrors,
  meanSeconds,
  type ProbedFields,
  probePairs,
  probeRows,
  probeSites,
  testAmplitudes,
  testPairs,
} from "../contestants/fields.ts";
import { digits } from "../numbers.ts";
import { atMost, type Check, type Goal, type Row } from "../results.ts";
import { measureRounds } from "../rounds.ts";
import { pairedRatio, type Ratio, summarise } from "../statistics.ts";

interface Entry {
  readonly name: string;
  readonly kind: "ours" | "peer";
  readonly build: string;
  readonly contestant: FieldContestant;
  /** Bytes that one application reads and writes. */
  readonly traffic: number;
  /** Numbers of interest beside the bandwidth. */
  readonly work?: Readonly<Record<string, number>>;
  /** Largest relative error that the method may have by design. */
  readonly allowance: number;
}

type Missing = { readonly name: string; readonly kind: "peer"; readonly missing: string };

/** Error of rounding, relative to the largest field, that sums over a million terms stay below. */
const roundingLimit = 1e-11;

interface Measured {
  readonly rows: readonly Row[];
  readonly checks: readonly Check[];
  readonly rounds: { readonly kept: number; readonly noisy: number };
}

/** Measures contestants of one network; ratios refer to `reference`. */
async function measureFields(
  context: BenchContext,
  entries: readonly (Entry | Missing)[],
  probed: ProbedFields,
  reference: string,
): Promise<Measured> {
  const present = entries.filter((entry): entry is Entry => !("missing" in entry));
  for (const { contestant } of present) await contestant.apply();
  const measured = await measureRounds(
    present.map(({ name, contestant }) => ({ name, run: contestant.apply })),
    context.rounds,
  );
  const base = measured.seconds[present.findIndex(({ name }) => name === reference)];
  const checks: Check[] = [];
  const rows = entries.map((entry): Row => {
    if ("missing" in entry) return entry;
    const seconds = measured.seconds[present.indexOf(entry)]!;
    const time = summarise(seconds);
    const error = summariseErrors(fieldErrors(entry.contestant.fields(), probed));
    if (entry.kind === "ours")
      checks.push(atMost(`${entry.name}: error of the field`, error.maximum, entry.allowance));
    return {
      name: entry.name,
      kind: entry.kind,
      build: entry.build,
      seconds: time,
      error,
      ...(base === undefined ? {} : { ratio: pairedRatio(seconds, base) }),
      work: { "GB/s": entry.traffic / time.median / 1e9, ...entry.work },
    };
  });
  return { rows, checks, rounds: { kept: measured.seconds[0]?.length ?? 0, noisy: measured.noisyRounds } };
}

/** Applications that take about a tenth of a second at `traffic` bytes each. */
function repeatsFor(traffic: number): number {
  return Math.max(1, Math.min(1000, Math.round(1e9 / traffic)));
}

const nodeBuild = `Node ${process.versions.node}`;

function ratioOf(rows: readonly Row[], name: string): Ratio | undefined {
  return rows.find((row) => row.name === name)?.ratio;
}

function withinGoal(name: string, rows: readonly Row[], row: string, target: number, peer: string): Goal {
  const ratio = ratioOf(rows, row);
  const remark = ratio === undefined ? rows.find((candidate) => candidate.name === peer)?.missing : undefined;
  return {
    name,
    bound: "at most",
    target,
    unit: "×",
    measured: ratio?.median ?? null,
    ...(remark === undefined ? {} : { remark }),
  };
}

async function runDense(context: BenchContext): Promise<CaseOutcome> {
  const { tools, limits, short } = context;
  const size = short ? 1000 : 10_000;
  const full = 8 * size * size;
  const repeats = repeatsFor(full);
  const sites = probeSites(size, 33);
  const rows = {
    complex: false,
    row: (i: number, re: Float64Array) => {
      for (let j = i; j < size; j++) re[j] = denseElement(i, j);
    },
  };
  context.progress(`placing J of ${size} sites`);
  const ours = entrainFields(size, { kind: "dense", rows }, 0, repeats);
  const peer = cFields(tools, "dense", size, repeats);
  const peerName = "C AVX2, one pass of the full J";
  const measured = await measureFields(
    context,
    [
      {
        name: "Entrain",
        kind: "ours",
        build: nodeBuild,
        contestant: ours,
        traffic: ours.operator.traffic,
        allowance: roundingLimit,
        work: { "bytes of J": ours.operator.arenaBytes + ours.operator.otherBytes },
      },
      peer.missing === undefined
        ? {
            name: peerName,
            kind: "peer",
            build: peer.build,
            contestant: peer,
            traffic: full,
            allowance: 1,
            work: { "bytes of J": full },
          }
        : { name: peerName, kind: "peer", missing: peer.missing },
      ...(short ? [plainDense(size)] : []),
    ],
    probeRows(size, sites, denseElement),
    peerName,
  );
  const seconds = measured.rows[0]!.seconds!.median;
  return {
    ...measured,
    item: "application",
    reference: peerName,
    goals: [
      {
        name: `dense N = ${size}: bytes of the full J over time, of the bandwidth read by the C program`,
        bound: "at least",
        target: 0.6,
        unit: "",
        measured: limits.missing === undefined ? full / seconds / limits.limits.read_bytes_per_s : null,
        ...(limits.missing === undefined ? {} : { remark: limits.missing }),
      },
    ],
    checks: [
      ...measured.checks,
      atMost(
        "Entrain: bytes for J over 8N²",
        (ours.operator.arenaBytes + ours.operator.otherBytes) / full,
        1.05,
      ),
    ],
    notes: [
      `Real symmetric J of ${size} sites; fields of complex amplitudes. GB/s count what each program moves.`,
    ],
  };
}

/** Two nested loops over one Float64Array: what one would write first. */
function plainDense(size: number): Entry {
  const matrix = Float64Array.from({ length: size * size }, (_, k) =>
    denseElement(Math.floor(k / size), k % size),
  );
  const s = testAmplitudes(size);
  const out = new Float64Array(2 * size);
  const work = () => {
    for (let i = 0; i < size; i++) {
      let re = 0;
      let im = 0;
      for (let j = 0; j < size; j++) {
        re += matrix[i * size + j]! * s[2 * j]!;
        im -= matrix[i * size + j]! * s[2 * j + 1]!;
      }
      out[2 * i] = re;
      out[2 * i + 1] = im;
    }
  };
  const contestant = { apply: () => meanSeconds(work, 4), fields: () => out };
  return {
    name: "plain TypeScript loops",
    kind: "peer",
    build: nodeBuild,
    contestant,
    traffic: 8 * size * size,
    allowance: 1,
  };
}

async function runSparse(context: BenchContext): Promise<CaseOutcome> {
  const size = context.short ? 20_000 : 1_000_000;
  const traffic = 8 * size * 12 + 36 * size;
  const repeats = repeatsFor(traffic);
  const goals: Goal[] = [];
  const tables: Measured[] = [];
  for (const kind of ["ring", "random"] as const) {
    context.progress(`${kind} of ${size} sites`);
    const pairs = testPairs(size, kind);
    const ours = entrainFields(size, { kind: "sparse", pairs }, 0, repeats);
    const peer = cFields(context.tools, kind, size, repeats);
    const peerName = `C AVX2, compressed rows, ${kind}`;
    const name = `Entrain, ${kind}`;
    const measured = await measureFields(
      context,
      [
        {
          name,
          kind: "ours",
          build: nodeBuild,
          contestant: ours,
          traffic: ours.operator.traffic,
          allowance: roundingLimit,
          work: { "bytes a site": (ours.operator.arenaBytes + ours.operator.otherBytes) / size },
        },
        peer.missing === undefined
          ? { name: peerName, kind: "peer", build: peer.build, contestant: peer, traffic, allowance: 1 }
          : { name: peerName, kind: "peer", missing: peer.missing },
      ],
      probePairs(size, probeSites(size, 257), pairs),
      peerName,
    );
    tables.push(measured);
    goals.push(withinGoal(`sparse N = ${size}, ${kind}: time over C`, measured.rows, name, 2, peerName));
  }
  const cost = evolutionCost(size);
  return {
    rows: tables.flatMap(({ rows }) => rows),
    checks: [
      ...tables.flatMap(({ checks }) => checks),
      atMost("ring: memory of an evolution beside J, in copies of the state", cost.stateVectors, 10),
    ],
    rounds: tables[0]!.rounds,
    item: "application",
    goals: [
      ...goals,
      {
        name: `memory of an evolution of N = ${size}, J included`,
        bound: "at most",
        target: 640,
        unit: "bytes a site",
        measured: cost.bytesPerSite,
        remark: `beside J ${digits(cost.stateVectors)} copies of the state`,
      },
    ],
    notes: [
      `${size} sites with eight couplings each on average; ratios refer to the C program of the same graph.`,
      "Entrain renumbers a graph when it is loaded (reverse Cuthill–McKee); the C program takes it as it is.",
    ],
  };
}

/** What the evolution of a ring of equal sites takes, from its plan. */
function evolutionCost(size: number): LargeNetworkCost {
  return largeNetworkCost({
    size,
    site: {
      gain: 0.5,
      loss: 1,
      asymmetry: 0,
      detuning: 0,
      ladder: spinOneLadder,
      channels: noChannels,
    },
    coupling: { kind: "sparse", pairs: testPairs(size, "ring") },
  });
}

/** Exponent and accuracy of the chain: dipolar couplings to one part in a million. */
const chain = { alpha: 3, accuracy: 1e-6 } as const;

async function runChain(context: BenchContext): Promise<CaseOutcome> {
  const size = context.short ? 20_000 : 1_000_000;
  const sum = exponentialSum(chain.alpha, size - 1, chain.accuracy);
  const terms = sum.weights.length;
  const factors: [number, number][] = Array.from({ length: 8 * Math.ceil(terms / 8) }, (_, k) => [
    sum.weights[k] ?? 0,
    sum.decays[k] ?? 0,
  ]);
  const traffic = 80 * size;
  const repeats = Math.max(1, Math.round(4e6 / size));
  const ours = entrainFields(
    size,
    { kind: "chain", alpha: chain.alpha, strength: 1, boundary: "open" },
    chain.accuracy,
    repeats,
  );
  const peer = cFields(context.tools, "chain", size, repeats, factors);
  const peerName = `C AVX2, recursion of ${factors.length} exponentials`;
  const element = (i: number, j: number) => (i === j ? 0 : Math.abs(i - j) ** -chain.alpha);
  const measured = await measureFields(
    context,
    [
      {
        name: "Entrain",
        kind: "ours",
        build: nodeBuild,
        contestant: ours,
        traffic: ours.operator.traffic,
        allowance: 2 * chain.accuracy,
        work: { "bytes beside states": ours.operator.arenaBytes + ours.operator.otherBytes },
      },
      peer.missing === undefined
        ? { name: peerName, kind: "peer", build: peer.build, contestant: peer, traffic, allowance: 1 }
        : { name: peerName, kind: "peer", missing: peer.missing },
    ],
    probeRows(size, probeSites(size, 9), element),
    peerName,
  );
  return {
    ...measured,
    item: "application",
    reference: peerName,
    goals: [withinGoal(`chain N = ${size}: time over C`, measured.rows, "Entrain", 3, peerName)],
    checks: [
      ...measured.checks,
      atMost("Entrain: relative error of J(r)", ours.operator.kernelError, chain.accuracy),
    ],
    notes: [
      `Open chain of ${size} sites with J(r) = r^−${chain.alpha}; ${terms} exponentials, relative error of J(r) ${sum.error.toExponential(1)}.`,
    ],
  };
}

export const networkCases: readonly BenchCase[] = [
  { name: "network-dense", title: "Fields of a dense network", run: runDense },
  { name: "network-sparse", title: "Fields of sparse networks", run: runSparse },
  { name: "network-chain", title: "Fields of a chain with power-law couplings", run: runChain },
];
