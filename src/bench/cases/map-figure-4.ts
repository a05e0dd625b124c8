import { fileURLToPath } from "node:url";
import type { BenchCase, BenchContext, CaseOutcome } from "../bench-case.ts";
import { boostEnsemble, cEnsemble, cvodeEnsemble } from "../contestants/compiled-peers.ts";
import type { EnsembleContestant, EnsembleEntry } from "../contestants/ensemble.ts";
import {
  bruteForceAudit,
  compareWithBruteForce,
  figure4Request,
  placePoint,
  randomPlaces,
  type SolvedMap,
  solveMap,
} from "../contestants/maps.ts";
import type { MapProcessReport } from "../map-process.ts";
import { digits } from "../numbers.ts";
import { atMost, type Goal, type Row } from "../results.ts";
import { measureRounds, processorSecondsOf } from "../rounds.ts";
import { pairedRatio, summarise } from "../statistics.ts";
import { runPeer } from "../tools.ts";
import { auditChecks, disagreementNotes } from "./audit.ts";

/** Tolerance and time of brute force: what frequencies to 1e-4 take. */
const rtol = 1e-5;
const duration = 500;

const oursName = "Entrain, fast map";
const nodeBuild = `Node ${process.versions.node}`;

/**
 * Right-hand sides a point that the fast map may take, of the 40 000 of brute force: a twentieth, or a fifth in the
 * short form, where neighbours are far apart and help less.
 */
const evaluationLimits = { full: 2000, short: 8000 } as const;

async function run(context: BenchContext): Promise<CaseOutcome> {
  const { short, tools } = context;
  const request = figure4Request(short ? 33 : 255);
  const size = request.x.points * request.y.points;
  const sample = randomPlaces(request, short ? 64 : 512, 7).map((place) => placePoint(request, place));
  const reference = cEnsemble(tools, "TSIT5", 4);
  const peers: EnsembleEntry[] = [
    reference,
    cEnsemble(tools, "DOP853", 4),
    boostEnsemble(tools, "fehlberg78"),
    boostEnsemble(tools, "dopri5"),
    cvodeEnsemble(tools),
  ];
  const present = peers.filter((peer): peer is EnsembleContestant => !("missing" in peer));
  let solved: SolvedMap = await solveMap(figure4Request(17));
  const measured = await measureRounds(
    [
      {
        name: oursName,
        run: async () => {
          const { seconds, value } = await processorSecondsOf(() => solveMap(request));
          solved = value;
          return seconds / size;
        },
      },
      ...present.map((peer) => ({
        name: peer.name,
        run: async () => (await peer.run({ points: sample, rtol, duration })).seconds / sample.length,
      })),
    ],
    context.rounds,
  );
  const place = present.findIndex(({ name }) => name === reference.name);
  const base = place < 0 ? undefined : measured.seconds[place + 1]!;
  const rowOf = (row: Row, seconds: readonly number[]): Row => ({
    ...row,
    seconds: summarise(seconds),
    ...(base === undefined ? {} : { ratio: pairedRatio(seconds, base) }),
  });
  const rows: Row[] = [
    rowOf(
      {
        name: oursName,
        kind: "ours",
        build: nodeBuild,
        items: size,
        work: { evaluations: solved.evaluations / size, "Newton steps": solved.newtonSteps / size },
      },
      measured.seconds[0]!,
    ),
    ...peers.map((peer): Row => {
      if ("missing" in peer) return peer;
      const row: Row = { name: peer.name, kind: "peer", build: peer.build, items: sample.length };
      return rowOf(row, measured.seconds[present.indexOf(peer) + 1]!);
    }),
  ];
  context.progress("whole process");
  const processes = await wholeProcesses(request.x.points, short ? 1 : 3);
  const audited = await auditedAt(context, solved, request.x.points);
  return {
    item: "point",
    reference: reference.name,
    rows,
    goals: goalsOf(rows, measured.seconds, present, processes, reference),
    checks: [
      atMost(
        "right-hand sides a point",
        solved.evaluations / size,
        evaluationLimits[short ? "short" : "full"],
      ),
      ...audited.checks,
    ],
    notes: [
      `Ours is the whole ${request.x.points} × ${request.y.points} map, averages and spectral lines included; the others integrate ${sample.length} random points of it to T = ${duration}/γ₋ at rtol 1e-5 and read nothing off.`,
      ...audited.notes,
      ...processNotes(processes),
    ],
    rounds: { kept: measured.seconds[0]!.length, noisy: measured.noisyRounds },
  };
}

/** Whole processes with one worker and with two, by turns. */
interface Processes {
  readonly one: readonly MapProcessReport[];
  readonly two: readonly MapProcessReport[];
}

/** Runs the map as processes of their own; undefined where the sources run uncompiled, which has no workers. */
async function wholeProcesses(edge: number, pairs: number): Promise<Processes | undefined> {
  if (!import.meta.url.endsWith(".js")) return undefined;
  const script = fileURLToPath(new URL("../map-process.js", import.meta.url));
  const start = (workers: number) =>
    runPeer<MapProcessReport>(process.execPath, [script, String(edge), String(workers)]);
  const one: MapProcessReport[] = [];
  const two: MapProcessReport[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    one.push(await start(1));
    two.push(await start(2));
  }
  return { one, two };
}

function processNotes(processes: Processes | undefined): string[] {
  if (processes === undefined)
    return ["Whole processes and workers are measured from the compiled tree only."];
  const words = (reports: readonly MapProcessReport[]) => {
    const median = (key: keyof MapProcessReport) => summarise(reports.map((report) => report[key])).median;
    return `${median("processorSeconds").toFixed(1)} s of processor time, ${median("elapsedSeconds").toFixed(1)} s by the clock (${median("warmSeconds").toFixed(1)} s the second time), ${Math.round(median("peakBytes") / 2 ** 20)} MiB`;
  };
  return [
    `As a whole process: ${words(processes.one)}; with two workers ${words(processes.two)} (medians of ${processes.one.length}).`,
  ];
}

async function auditedAt(context: BenchContext, { planes }: SolvedMap, edge: number) {
  const audit = bruteForceAudit(context.tools);
  if (audit.missing !== undefined) return { checks: [], notes: [`Accuracy not audited: ${audit.missing}.`] };
  const request = figure4Request(edge);
  const places = randomPlaces(request, context.short ? 100 : 400, 8);
  const states = await audit.run(places.map((place) => placePoint(request, place)));
  const result = compareWithBruteForce(request, planes, places, states);
  return { checks: auditChecks(result), notes: disagreementNotes(result) };
}

function goalsOf(
  rows: readonly Row[],
  seconds: readonly (readonly number[])[],
  present: readonly EnsembleContestant[],
  processes: Processes | undefined,
  reference: EnsembleEntry,
): Goal[] {
  const ours = seconds[0]!;
  const over = (name: string): number | null => {
    const all = present
      .map((peer, k) => (peer.name.startsWith(name) ? pairedRatio(seconds[k + 1]!, ours).median : null))
      .filter((ratio) => ratio !== null);
    return all.length === 0 ? null : Math.min(...all);
  };
  const remark = (name: string) => {
    const missing = rows.find((row) => row.name.startsWith(name))?.missing;
    return missing === undefined ? {} : { remark: missing };
  };
  const gain = (key: "warmSeconds" | "elapsedSeconds"): number =>
    pairedRatio(
      processes!.one.map((report) => report[key]),
      processes!.two.map((report) => report[key]),
    ).median;
  const uncompiled = processes === undefined ? { remark: "only from the compiled tree" } : {};
  return [
    {
      name: `processor time over ${reference.name} brute force`,
      bound: "at most",
      target: 0.1,
      unit: "×",
      measured: rows[0]!.ratio?.median ?? null,
      ...remark(reference.name),
    },
    {
      name: "best of Boost.odeint over the map",
      bound: "at least",
      target: 25,
      unit: "×",
      measured: over("Boost"),
      ...remark("Boost"),
    },
    {
      name: "CVODE over the map",
      bound: "at least",
      target: 150,
      unit: "×",
      measured: over("SUNDIALS"),
      ...remark("SUNDIALS"),
    },
    {
      name: "two workers against one, by the clock, threads that have run before",
      bound: "at least",
      target: 1.8,
      unit: "×",
      measured: processes ? gain("warmSeconds") : null,
      ...(processes ? { remark: `from a cold start ${digits(gain("elapsedSeconds"))}×` } : uncompiled),
    },
    {
      name: "memory of the whole process with two workers",
      bound: "at most",
      target: 160,
      unit: "MiB",
      measured: processes ? Math.max(...processes.two.map(({ peakBytes }) => peakBytes)) / 2 ** 20 : null,
      ...uncompiled,
    },
  ];
}

export const mapFigure4Case: BenchCase = {
  name: "map-fig4",
  title: "Fig. 4: the fast map against brute force",
  run,
};
