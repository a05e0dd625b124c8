import type { BenchCase, BenchContext, CaseOutcome } from "../bench-case.ts";
import { summariseErrors } from "../contestants/ensemble.ts";
import {
  type AuditResult,
  auditDuration,
  bruteForceAudit,
  compareWithBruteForce,
  figure4Request,
  placePoint,
  randomPlaces,
  solveMap,
} from "../contestants/maps.ts";
import { digits } from "../numbers.ts";
import { atLeast, atMost, type Check, type Row } from "../results.ts";
import { quantile } from "../statistics.ts";

async function run(context: BenchContext): Promise<CaseOutcome> {
  const { short, tools } = context;
  const request = figure4Request(short ? 65 : 255);
  const audit = bruteForceAudit(tools);
  if (audit.missing !== undefined) {
    return {
      item: "point",
      rows: [{ name: "C brute force", kind: "peer", missing: audit.missing }],
      goals: [],
      checks: [],
      notes: ["Without a C compiler there is no independent brute force."],
    };
  }
  context.progress("the map");
  const { planes } = await solveMap(request);
  // Other points in every run, the same on one day.
  const seed = Math.floor(Date.now() / 86_400_000);
  const places = randomPlaces(request, short ? 300 : 1500, seed);
  context.progress(`brute force of ${places.length} points`);
  const states = await audit.run(places.map((place) => placePoint(request, place)));
  const result = compareWithBruteForce(request, planes, places, states);
  return {
    item: "point",
    rows: errorRows(result),
    goals: [],
    checks: auditChecks(result),
    notes: [
      `${places.length} random points (seed ${seed}) of the ${request.x.points} × ${request.y.points} map of Fig. 4 against C DOP853 at 1e-9 from the paper's start, averages over ${auditDuration / 2} to ${auditDuration}/γ₋.`,
      ...disagreementNotes(result),
    ],
  };
}

export function disagreementNotes({ disagreements }: AuditResult): string[] {
  if (disagreements.length === 0) return ["No point is of another class."];
  return disagreements.map(
    ({ point, map, bruteForce, growthRate, cause }) =>
      `δ = ${point.detuning.toFixed(4)}, K = ${point.asymmetry.toFixed(4)}: map ${map}, brute force ${bruteForce}; growth rate ${digits(growthRate)}; ${cause}.`,
  );
}

function errorRows({ lockedErrors, frequencyErrors, averageErrors }: AuditResult): Row[] {
  const row = (name: string, errors: readonly number[]): Row =>
    errors.length === 0
      ? { name, kind: "ours", missing: "no such point among these" }
      : {
          name,
          kind: "ours",
          items: errors.length,
          error: summariseErrors(errors),
          work: { points: errors.length },
        };
  return [
    row("order parameter, locked", lockedErrors),
    row("frequencies, drifting", frequencyErrors),
    row("averages, drifting and breathing", averageErrors),
  ];
}

/** Smallest error that a share of the points stays below; zero when there are none. */
function errorOf(errors: readonly number[], share: number): number {
  if (errors.length === 0) return 0;
  return quantile(
    errors.toSorted((a, b) => a - b),
    share,
  );
}

/** What the map must keep, at 99 % of the points of each sort. */
export function auditChecks(result: AuditResult): Check[] {
  const unexplained = result.disagreements.filter(({ cause }) => cause === "unexplained").length;
  return [
    atLeast("share of points of the same class", result.sameClass / result.points, 0.99),
    atMost("share of points of another class without a known cause", unexplained / result.points, 0.002),
    atMost("order parameter of locked points (99 %)", errorOf(result.lockedErrors, 0.99), 1e-6),
    atMost("frequencies of drifting points (99 %)", errorOf(result.frequencyErrors, 0.99), 1e-4),
    atMost("averages of drifting and breathing points (99 %)", errorOf(result.averageErrors, 0.99), 5e-4),
  ];
}

export const auditCase: BenchCase = {
  name: "audit",
  title: "The fast map of Fig. 4 against brute force",
  run,
};
