import type { DesignTarget, Goal } from "#ir/design";
import { synchronizationThresholds } from "#model/thresholds";
import { detuningWindows, meanOscillator, synchronizedGroup } from "./group-model.ts";
import type { DesignedPoint, GoalCheck, Workbench } from "./workbench.ts";

/** Points that show what a goal is about, and the statements that they have to bear out. */
export interface GoalAnswer {
  readonly points: readonly DesignedPoint[];
  readonly checks: readonly GoalCheck[];
  readonly notes: readonly string[];
}

/** Ratios γ₊/γ₋ that are tried in turn: smaller ones need less coupling and suffer more from T1. */
const triedRatios = [1, 0.7, 0.5, 0.35, 0.25];

/** Ratios outside the blockade window of n = 1, in the order of preference. */
const controlRatios = [0.35, 0.3, 0.25, 0.4, 3];

/** Room that rounding and the second pass of a design take. */
const tolerance = 2e-3;

export function reachGoal(bench: Workbench, goal: Goal): GoalAnswer {
  switch (goal) {
    case "synchronization":
      return synchronization(bench);
    case "interference-blockade":
      return interferenceBlockade(bench);
    case "synchronization-blockade":
      return synchronizationBlockade(bench);
    case "lifetime":
      return lifetime(bench);
  }
}

const above = (text: string, value: number, limit: number): GoalCheck => ({
  text,
  value,
  relation: ">",
  limit,
  passed: value > limit,
});
const below = (text: string, value: number, limit: number): GoalCheck => ({
  text,
  value,
  relation: "<",
  limit,
  passed: value < limit,
});

function fixed(bench: Workbench): DesignTarget {
  return bench.request.target ?? { fock_state: 1 };
}

/** Mean oscillator of a point, γ₋ = 1, in the device's signs. */
function siteOf({ outcome }: DesignedPoint) {
  return meanOscillator(outcome.network.sites, outcome.achieved.loss_rate_per_s);
}

/** Threshold of the sign of V that K asks for, and of the other where that one has none. */
function thresholdOf(point: DesignedPoint): number | null {
  const { critical, criticalNegative } = synchronizationThresholds(siteOf(point));
  const mirrored = point.outcome.strategy === "mirrored" ? -1 : 1;
  const wanted = point.outcome.achieved.asymmetry * mirrored <= 0 ? critical : criticalNegative;
  return wanted === null ? null : wanted * mirrored;
}

/** A point driven past its threshold by a factor, γ₋ settled in a first pass. */
function driven(bench: Workbench, role: string, target: DesignTarget, factor: number): DesignedPoint {
  const quiet = bench.point(role, { ...target, coupling: 0 });
  const critical = thresholdOf(quiet);
  if (critical === null) return quiet;
  return bench.point(
    role,
    { ...target, coupling: factor * critical },
    { loss_rate_per_s: quiet.outcome.nearest.loss_rate_per_s },
  );
}

const growing = (point: DesignedPoint, what: string) =>
  above(`growth rate over γ− of the unsynchronized state, ${what}`, point.stability.growth_rate, 0);
const decaying = (point: DesignedPoint, what: string) =>
  below(`growth rate over γ− of the unsynchronized state, ${what}`, point.stability.growth_rate, 0);

function synchronization(bench: Workbench): GoalAnswer {
  const { margin } = bench.request;
  const target = fixed(bench);
  const answers = (target.gain === undefined ? triedRatios : [target.gain]).map((gain) => () => {
    const asked = { ...target, gain };
    const point =
      target.coupling === undefined
        ? driven(bench, "synchronized", asked, margin * (1 + tolerance))
        : bench.point("synchronized", asked);
    const checks = [
      growing(point, "all sites with their scatter"),
      above(
        "V over its threshold, all channels included",
        point.stability.margin ?? 0,
        margin * (1 - tolerance),
      ),
    ];
    return { points: [point], checks, notes: orderNote(point) };
  });
  let best: GoalAnswer | undefined;
  for (const work of answers) {
    const answer = work();
    if (answer.points[0]!.outcome.feasible && answer.checks.every((check) => check.passed)) return answer;
    const room = (a: GoalAnswer) => a.points[0]!.stability.margin ?? 0;
    if (!best || room(answer) > room(best)) best = answer;
  }
  return best!;
}

function orderNote({ synchronized }: DesignedPoint): string[] {
  if (synchronized === null) return [];
  return [
    `order parameter |⟨A†⟩| = ${synchronized.amplitude.toFixed(3)} in the synchronized state (mean field)`,
  ];
}

function interferenceBlockade(bench: Workbench): GoalAnswer {
  const { margin } = bench.request;
  const target: DesignTarget = { asymmetry: 0, ...fixed(bench) };
  const gain = target.gain ?? 1;
  let answer: GoalAnswer | undefined;
  for (const control of controlRatios) {
    const outside = driven(bench, "control", { ...target, gain: control }, margin * (1 + tolerance));
    const { loss_rate_per_s, coupling } = outside.outcome.nearest;
    const inside = bench.point("blocked", { ...target, gain, coupling }, { loss_rate_per_s });
    const { critical, criticalNegative } = synchronizationThresholds(siteOf(inside));
    const strength = Math.abs(inside.outcome.achieved.coupling);
    const thresholds = [critical, criticalNegative].flatMap((v) => (v === null ? [] : [Math.abs(v)]));
    const checks = [
      decaying(inside, `γ+/γ− = ${gain}: blocked`),
      growing(outside, `γ+/γ− = ${control}, the same V: synchronized`),
      above(
        "V over its threshold at the control point",
        outside.stability.margin ?? 0,
        margin * (1 - tolerance),
      ),
      ...thresholds.map((v) =>
        above("V_c over V at the blocked point", v / strength, margin * (1 - tolerance)),
      ),
    ];
    const notes = [
      "the blockade is a window for a boson, n/(n+1) ≤ γ+/γ− ≤ (n+1)/n, not the single point γ+ = γ− of the spin-1 oscillator",
      thresholds.length === 0
        ? "no threshold at the blocked point, at any V of either sign"
        : `nearest threshold at the blocked point V_c/γ− = ${Math.min(...thresholds).toFixed(2)}`,
    ];
    answer = { points: [inside, outside], checks, notes };
    if (answer.points.every((p) => p.outcome.feasible) && checks.every((check) => check.passed))
      return answer;
  }
  return answer!;
}

/** Largest |V|/γ₋ of two groups on this device. */
function reachableCoupling(bench: Workbench, target: DesignTarget, loss_rate_per_s: number): number {
  const asked = bench.point("reach", { ...target, coupling: 1e6 }, { two_groups: true, loss_rate_per_s });
  return Math.abs(asked.outcome.nearest.coupling) * (1 - 1e-9);
}

function synchronizationBlockade(bench: Workbench): GoalAnswer {
  const { margin } = bench.request;
  const target = fixed(bench);
  const inter = target.inter_coupling ?? 1;
  const common = { ...target, gain: target.gain ?? 1, inter_coupling: inter };
  const quiet = bench.point("alike", { ...common, coupling: 0, detuning: 0 }, { two_groups: true });
  const loss_rate_per_s = quiet.outcome.nearest.loss_rate_per_s;
  const critical = thresholdOf(quiet);
  const pairOnly = quiet.design.factors.within === 0;
  // Alike, both groups act as one with V + V_AB.
  const share = pairOnly ? inter : 1 + inter;
  const most = reachableCoupling(bench, { ...common, detuning: 0 }, loss_rate_per_s);
  const quietest = critical === null ? 0 : critical / (margin * (1 + tolerance) * share);
  const coupling = target.coupling ?? Math.sign(quietest) * Math.min(Math.abs(quietest), most);
  const alike = bench.point(
    "alike",
    { ...common, coupling, detuning: 0 },
    { two_groups: true, loss_rate_per_s },
  );
  const achieved = alike.outcome.achieved;
  const v = achieved.coupling;
  const scan = detuningWindows(
    siteOf(alike),
    pairOnly ? 0 : v,
    v * achieved.inter_coupling,
    1.5 * Math.abs(achieved.asymmetry),
  );
  const detuning = target.detuning ?? scan.best;
  const apart = bench.point(
    "apart",
    { ...common, coupling, detuning },
    { two_groups: true, loss_rate_per_s },
  );
  const checks = [
    decaying(alike, "δ = 0: the groups are alike and stay unsynchronized"),
    growing(apart, `δ/γ− = ${detuning.toFixed(1)}: the groups differ and synchronize`),
  ];
  const windows = scan.windows.map(([low, high]) => `${low.toFixed(1)} … ${high.toFixed(1)}`);
  const notes = [
    `K/γ− = ${achieved.asymmetry.toFixed(1)}; synchronized for |δ|/γ− in ${windows.length === 0 ? "no window" : windows.join(", ")}`,
  ];
  return { points: [alike, apart], checks, notes };
}

/** K/γ₋ and γ₊/γ₋ that are tried: shear makes phases diffuse, so that the natural K is seldom the best. */
const lifetimeAsymmetries = [undefined, 0, -1];
const lifetimeRatios = [1, 0.35, 0.2];

/** Couplings that are tried between the threshold and the device's reach. */
const triedCouplings = 6;

function lifetime(bench: Workbench): GoalAnswer {
  const target = fixed(bench);
  const size = bench.profile.sites.length;
  let best: { readonly point: DesignedPoint; readonly gain: number; readonly tau: number } | undefined;
  let fallback: DesignedPoint | undefined;
  const ratios = target.gain === undefined ? lifetimeRatios : [target.gain];
  const asymmetries = target.asymmetry === undefined ? lifetimeAsymmetries : [target.asymmetry];
  const models = asymmetries.flatMap((asymmetry) =>
    ratios.map((gain) => ({ ...target, gain, ...(asymmetry === undefined ? {} : { asymmetry }) })),
  );
  for (const asked of models) {
    const quiet = bench.point("longest", { ...asked, coupling: 0 });
    fallback ??= quiet;
    const critical = thresholdOf(quiet);
    if (critical === null || quiet.outcome.nearest.distance > 0) continue;
    const { loss_rate_per_s } = quiet.outcome.nearest;
    const reach = bench.point(
      "longest",
      { ...asked, coupling: 1e6 * Math.sign(critical) },
      { loss_rate_per_s },
    );
    fallback = reach;
    const most = Math.abs(reach.outcome.nearest.coupling);
    const start = 1.05 * Math.abs(critical);
    if (most < start) continue;
    const couplings =
      target.coupling === undefined
        ? Array.from(
            { length: triedCouplings },
            (_, k) => start * (most / start) ** (k / (triedCouplings - 1)),
          )
        : [Math.abs(target.coupling)];
    for (const coupling of couplings) {
      const group = synchronizedGroup(siteOf(quiet), coupling * Math.sign(critical));
      if (!group) continue;
      // T_N grows by dT/dN for each site on top of what uncoupled sites have.
      const tau = (size * group.lifetimePerOscillator) / loss_rate_per_s;
      if (best && tau <= best.tau) continue;
      const relative = (size * group.lifetimePerOscillator) / group.uncoupledLifetime;
      best = {
        point: bench.point(
          "longest",
          { ...asked, coupling: coupling * Math.sign(critical) },
          { loss_rate_per_s, observable: "lifetime", lifetime_gain: relative },
        ),
        gain: relative,
        tau,
      };
    }
  }
  if (!best) {
    const point = fallback!;
    return {
      points: [point],
      checks: [above("V over its threshold within the device's reach", point.stability.margin ?? 0, 1)],
      notes: ["no reachable coupling synchronizes this array: there is no lifetime to lengthen"],
    };
  }
  return {
    points: [best.point],
    checks: [growing(best.point, "all sites with their scatter")],
    notes: [
      `coherence of ${size} sites lives about ${(1e6 * best.tau).toPrecision(3)} µs longer than that of uncoupled ones, ${(100 * best.gain).toFixed(0)} % of their own lifetime (linear noise about the mean field, exact for large N)`,
      ...orderNote(best.point),
    ],
  };
}
