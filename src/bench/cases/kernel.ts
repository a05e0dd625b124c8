import { networkGrowthRate } from "#simulators/index";
import type { BenchCase, BenchContext, CaseOutcome } from "../bench-case.ts";
import { boostEnsemble, type CMethod, cEnsemble, cvodeEnsemble } from "../contestants/compiled-peers.ts";
import { type EnsembleEntry, randomPoints } from "../contestants/ensemble.ts";
import { pythonEnsembles } from "../contestants/script-peers.ts";
import { figure4Network, odexEnsemble, typescriptEnsemble } from "../contestants/typescript-peers.ts";
import { kernelName, wasmEnsemble } from "../contestants/wasm-kernel.ts";
import { atMost, type Check, type Goal, type Row } from "../results.ts";
import { compareEnsembles } from "./compare-ensembles.ts";

/** Time of Fig. 4, in units of 1/γ₋. */
const duration = 500;

interface KernelTable {
  readonly rtol: number;
  /** Method of the C program that the goals refer to: the same order as ours at this tolerance. */
  readonly method: CMethod;
  /** Most that our kernel may take of that program's time. */
  readonly limit: number;
}

/** Brute force at one tolerance: random points of Fig. 4 from the paper's start to T = 500. */
function kernelCase({ rtol, method, limit }: KernelTable): BenchCase {
  const exponent = Math.round(Math.log10(rtol));
  return {
    name: `kernel-1e${exponent}`,
    title: `Brute force at rtol 1e${exponent}: random points of Fig. 4 to T = ${duration}/γ₋`,
    run: (context) => runKernel(context, { rtol, method, limit }),
  };
}

async function runKernel(context: BenchContext, { rtol, method, limit }: KernelTable): Promise<CaseOutcome> {
  const { tools, short } = context;
  const points = randomPoints(short ? 16 : 64, 4);
  const other: CMethod = method === "DOP853" ? "TSIT5" : "DOP853";
  const reference = cEnsemble(tools, method, 4);
  const entries: EnsembleEntry[] = [
    reference,
    wasmEnsemble(method),
    wasmEnsemble(other),
    cEnsemble(tools, other, 4),
    cEnsemble(tools, method, 8),
    cEnsemble(tools, method, 1),
    boostEnsemble(tools, "fehlberg78"),
    boostEnsemble(tools, "dopri5"),
    cvodeEnsemble(tools),
    typescriptEnsemble(short ? 2 : 8),
    await odexEnsemble(1),
    ...pythonEnsembles(tools),
  ];
  const compared = await compareEnsembles(context, {
    points,
    synchronized: points.map((point) => networkGrowthRate(figure4Network(point)) > 0),
    rtol,
    duration,
    entries,
    referenceName: reference.name,
  });
  return {
    ...compared,
    item: "trajectory",
    reference: reference.name,
    goals: kernelGoals(compared.rows, method, reference.name, limit),
    checks: [
      ...compared.checks,
      ...kernelChecks(compared.rows, rtol),
      ...countedWork(compared.rows, method, reference.name),
    ],
    notes: [
      ...compared.notes,
      "The kernel integrates in a frame that turns with the state; all others integrate the equations as they are written.",
    ],
  };
}

function findRow(rows: readonly Row[], name: string): Row | undefined {
  return rows.find((row) => row.name.startsWith(name));
}

/** a's time per item over b's, medians of the paired ratios to the common reference. */
function quotient(a: Row | undefined, b: Row | undefined): number | null {
  return a?.ratio === undefined || b?.ratio === undefined ? null : a.ratio.median / b.ratio.median;
}

/** Fastest of the rows whose names begin so. */
function fastest(rows: readonly Row[], name: string): Row | undefined {
  return rows
    .filter((row) => row.name.startsWith(name) && row.ratio !== undefined)
    .toSorted((a, b) => a.ratio!.median - b.ratio!.median)[0];
}

function kernelGoals(rows: readonly Row[], method: CMethod, referenceName: string, limit: number): Goal[] {
  const reference = findRow(rows, referenceName);
  const same = findRow(rows, `${kernelName} ${method}`);
  const ours = fastest(rows, kernelName);
  const boost = fastest(rows, "Boost");
  const noReference = reference?.missing === undefined ? {} : { remark: reference.missing };
  return [
    {
      name: `time of the kernel over ${referenceName}, both ${method}`,
      bound: "at most",
      target: limit,
      unit: "×",
      measured: same?.ratio?.median ?? null,
      ...noReference,
    },
    {
      name: "plain TypeScript reference over the kernel",
      bound: "at least",
      target: 9,
      unit: "×",
      measured: quotient(findRow(rows, "Entrain, plain TypeScript"), ours),
      ...(ours ? { remark: ours.name } : noReference),
    },
    {
      name: "best of Boost.odeint over the kernel",
      bound: "at least",
      target: 1,
      unit: "×",
      measured: quotient(boost, ours),
      remark: boost ? `${boost.name} over ${ours?.name}` : (findRow(rows, "Boost")?.missing ?? ""),
    },
  ];
}

/** Points from which a median says more than its points. */
const tellingSample = 8;

/** Our own solvers must keep their tolerance over the whole run, whatever the machine. */
function kernelChecks(rows: readonly Row[], rtol: number): Check[] {
  return rows.flatMap((row) => {
    if (row.kind !== "ours" || row.error === undefined) return [];
    const { median, p90 } = row.error;
    return [
      ...((row.items ?? 0) >= tellingSample
        ? [atMost(`${row.name}: median error of synchronized points`, median, 100 * rtol)]
        : []),
      atMost(`${row.name}: error of nine tenths of the synchronized points`, p90, 1000 * rtol),
    ];
  });
}

/** The turning frame must save right-hand sides, not cost them. */
function countedWork(rows: readonly Row[], method: CMethod, referenceName: string): Check[] {
  const ours = findRow(rows, `${kernelName} ${method}`)?.work?.evaluations;
  const theirs = findRow(rows, referenceName)?.work?.evaluations;
  if (ours === undefined || theirs === undefined) return [];
  return [atMost(`right-hand sides of the kernel over those of ${referenceName}`, ours / theirs, 1)];
}

export const kernelCases: readonly BenchCase[] = [
  kernelCase({ rtol: 1e-8, method: "DOP853", limit: 1.5 }),
  kernelCase({ rtol: 1e-5, method: "TSIT5", limit: 2.5 }),
];
