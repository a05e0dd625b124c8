import type { LargeCoupling } from "#simulators/large-network/coupling";
import type { BenchCase, BenchContext, CaseOutcome } from "../bench-case.ts";
import { cFields, denseElement, entrainFields, testPairs } from "../contestants/fields.ts";
import { figure4Request, solveMap } from "../contestants/maps.ts";
import { atMost, type Check, type Goal, type Row } from "../results.ts";
import { measureRounds, processorSecondsOf } from "../rounds.ts";
import { growthExponent, summarise } from "../statistics.ts";

/** A network at several sizes. */
interface Series {
  readonly name: string;
  readonly sizes: readonly number[];
  /** Power of N that time and memory should grow by. */
  readonly power: 1 | 2;
  readonly coupling: (size: number) => LargeCoupling;
  /** Bytes of one application, to choose how often it is repeated. */
  readonly traffic: (size: number) => number;
  /** The C program on the same network, to tell the machine's caches from our doing. */
  readonly peer?: "dense" | "ring";
}

function seriesOf(short: boolean): Series[] {
  const linear = short ? [1000, 4000, 16_000] : [1000, 10_000, 100_000, 1_000_000];
  return [
    {
      name: "dense",
      sizes: short ? [250, 500, 1000] : [1000, 2000, 4000, 8000],
      power: 2,
      coupling: (size) => ({
        kind: "dense",
        rows: {
          complex: false,
          row: (i, re) => {
            for (let j = i; j < size; j++) re[j] = denseElement(i, j);
          },
        },
      }),
      traffic: (size) => 8 * size * size,
      peer: "dense",
    },
    {
      name: "sparse ring",
      sizes: linear,
      power: 1,
      coupling: (size) => ({ kind: "sparse", pairs: testPairs(size, "ring") }),
      traffic: (size) => 132 * size,
      peer: "ring",
    },
    {
      name: "power-law chain",
      sizes: linear,
      power: 1,
      coupling: () => ({ kind: "chain", alpha: 3, strength: 1, boundary: "open" }),
      traffic: (size) => 2000 * size,
    },
  ];
}

interface SeriesOutcome {
  readonly rows: readonly Row[];
  readonly goals: readonly Goal[];
  readonly checks: readonly Check[];
}

async function measureSeries(context: BenchContext, series: Series): Promise<SeriesOutcome> {
  const rows: Row[] = [];
  const times: number[] = [];
  const peerTimes: number[] = [];
  const bytes: number[] = [];
  for (const size of series.sizes) {
    context.progress(`${series.name} of ${size}`);
    const repeats = Math.max(1, Math.min(2000, Math.round(3e8 / series.traffic(size))));
    const ours = entrainFields(size, series.coupling(size), 1e-6, repeats);
    const peer = series.peer === undefined ? undefined : cFields(context.tools, series.peer, size, repeats);
    const compared = peer !== undefined && peer.missing === undefined ? peer : undefined;
    await ours.apply();
    const { seconds } = await measureRounds(
      [
        { name: "ours", run: ours.apply },
        ...(compared === undefined ? [] : [{ name: "C", run: compared.apply }]),
      ],
      context.rounds,
    );
    const time = summarise(seconds[0]!);
    const memory = ours.operator.arenaBytes + ours.operator.otherBytes;
    times.push(time.minimum);
    if (compared !== undefined) peerTimes.push(Math.min(...seconds[1]!));
    bytes.push(memory);
    rows.push({
      name: `${series.name}, N = ${size}`,
      kind: "ours",
      seconds: time,
      work: {
        [series.power === 1 ? "ns a site" : "ps a pair"]:
          (time.minimum * (series.power === 1 ? 1e9 : 1e12)) / size ** series.power,
        "bytes of J": memory,
        ...(compared === undefined ? {} : { "C over ours": Math.min(...seconds[1]!) / time.minimum }),
      },
    });
  }
  const exponent = growthExponent(series.sizes, times);
  const peerExponent =
    peerTimes.length > 1 ? `; the C program's is ${growthExponent(series.sizes, peerTimes).toFixed(2)}` : "";
  return {
    rows,
    goals: [
      {
        name: `${series.name}: time per N${series.power === 1 ? "" : "²"}, most over least`,
        bound: "at most",
        target: 1.2,
        unit: "×",
        measured: spreadOf(times.map((time, k) => time / series.sizes[k]! ** series.power)),
        remark: `N = ${series.sizes[0]} to ${series.sizes.at(-1)}; exponent ${exponent.toFixed(2)}${peerExponent}`,
      },
    ],
    checks: [
      // The power-law chain holds tables whose size depends on its method, not more than a few vectors.
      atMost(
        `${series.name}: memory per N${series.power === 1 ? "" : "²"} at the largest N over that at the smallest`,
        bytes.at(-1)! / bytes[0]! / (series.sizes.at(-1)! / series.sizes[0]!) ** series.power,
        1.5,
      ),
    ],
  };
}

function spreadOf(values: readonly number[]): number {
  return Math.max(...values) / Math.min(...values);
}

async function mapGrowth(context: BenchContext): Promise<Row[]> {
  const rows: Row[] = [];
  for (const edge of context.short ? [17, 33] : [33, 65, 129, 255]) {
    const request = figure4Request(edge);
    const { seconds, value } = await processorSecondsOf(() => solveMap(request));
    const points = edge * edge;
    rows.push({
      name: `map of Fig. 4, ${edge} × ${edge}`,
      kind: "ours",
      items: points,
      seconds: summarise([seconds]),
      work: {
        "µs a point": (seconds / points) * 1e6,
        "evaluations a point": value.evaluations / points,
        "bytes of planes": Object.values(value.planes).reduce((sum, plane) => sum + plane.byteLength, 0),
      },
    });
  }
  return rows;
}

async function run(context: BenchContext): Promise<CaseOutcome> {
  const outcomes: SeriesOutcome[] = [];
  for (const series of seriesOf(context.short)) outcomes.push(await measureSeries(context, series));
  context.progress("maps");
  const maps = await mapGrowth(context);
  return {
    item: "application or map",
    rows: [...outcomes.flatMap(({ rows }) => rows), ...maps],
    goals: outcomes.flatMap(({ goals }) => goals),
    checks: outcomes.flatMap(({ checks }) => checks),
    notes: [
      "Growth is taken from the fastest rounds. Small networks live in caches that large ones overflow; the C program's growth tells how much of it is the machine's.",
    ],
  };
}

export const growthCase: BenchCase = {
  name: "growth",
  title: "Growth of time and memory with the size of networks and maps",
  run,
};
