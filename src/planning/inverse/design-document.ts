import type { StrategyOutcome } from "#devices/transmon/inverse/inverse-design";
import type { StrategyOffer } from "#devices/transmon/inverse/strategies";
import type { DesignReport } from "./design-device.ts";
import type { DesignedPoint } from "./workbench.ts";

/** A report as plain data, for `--json` and for whoever reads on from there. */
export function designDocument(report: DesignReport) {
  return { ...report, points: report.points.map(pointDocument) };
}

function pointDocument(point: DesignedPoint) {
  const { role, target, design, outcome, stability, synchronized } = point;
  const { sites } = outcome.knobs;
  const names = (group: readonly number[]) => group.map((i) => sites[i]!.site);
  return {
    role,
    target,
    groups: { a: names(design.groups.a), b: names(design.groups.b) },
    ...outcomeDocument(outcome),
    knobs: outcome.knobs,
    achieved: outcome.achieved,
    stability,
    synchronized,
    findings: outcome.findings,
    strategies: [
      ...design.outcomes.map((other) => ({ ...outcomeDocument(other), worked_out: true as const })),
      ...design.offers.map((offer: StrategyOffer) => ({ ...offer, worked_out: false as const })),
    ],
    reach: design.reach,
  };
}

function outcomeDocument({
  strategy,
  title,
  changes,
  needs,
  feasible,
  inequalities,
  nearest,
}: StrategyOutcome) {
  return { strategy, title, changes, needs, feasible, inequalities, nearest };
}
