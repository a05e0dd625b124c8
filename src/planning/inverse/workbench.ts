import {
  type InverseDesign,
  inverseDesign,
  type StrategyOutcome,
} from "#devices/transmon/inverse/inverse-design";
import type { TransmonProfile } from "#devices/transmon/schema";
import type { DesignRequest, DesignTarget } from "#ir/design";
import type { Oscillator } from "#model/oscillator";
import { synchronizationThresholds } from "#model/thresholds";
import { networkGrowthRate } from "#simulators/index";
import {
  meanOscillator,
  oneGroupNetwork,
  type SynchronizedGroup,
  synchronizedGroup,
  twoGroupNetwork,
} from "./group-model.ts";

/** What the achieved model does, by the theory of product states. */
export interface Stability {
  /** Largest growth rate of the unsynchronized state of the whole array over γ₋; positive: it synchronizes. */
  readonly growth_rate: number;
  /** The same for the mean oscillator, without scatter between the sites. */
  readonly growth_rate_without_scatter: number;
  /** V_c/γ₋ of the mean oscillator; null where there is none (a blockade). One group only. */
  readonly threshold: number | null;
  /** V over V_c; null with it. */
  readonly margin: number | null;
}

/** One operating point of a design. */
export interface DesignedPoint {
  /** What it is for: `target`, or its part in a goal. */
  readonly role: string;
  readonly target: DesignTarget;
  readonly design: InverseDesign;
  readonly outcome: StrategyOutcome;
  /** Worked out when first asked for, as is the next. */
  readonly stability: Stability;
  /** Order parameter and lifetime where the mean oscillator synchronizes; null elsewhere. */
  readonly synchronized: SynchronizedGroup | null;
}

/** A statement that a goal makes about its points, tested on the achieved models. */
export interface GoalCheck {
  readonly text: string;
  readonly value: number;
  readonly relation: "<" | ">";
  readonly limit: number;
  readonly passed: boolean;
}

/** What a goal works with: a profile, the request, and a way to design a point. */
export interface Workbench {
  readonly profile: TransmonProfile;
  readonly request: DesignRequest;
  point(
    role: string,
    target: DesignTarget,
    more?: {
      loss_rate_per_s?: number;
      two_groups?: boolean;
      observable?: "lifetime";
      lifetime_gain?: number;
    },
  ): DesignedPoint;
}

/** A way to design points of one request on one device. */
export function createWorkbench(profile: TransmonProfile, request: DesignRequest): Workbench {
  return {
    profile,
    request,
    point: (role, target, more = {}) => {
      const loss = more.loss_rate_per_s ?? request.loss_rate_per_s;
      const design = inverseDesign(profile, {
        target,
        leakage: request.leakage,
        ancillas: request.ancillas,
        strategy: request.strategy,
        two_groups: more.two_groups ?? false,
        ...(loss === undefined ? {} : { loss_rate_per_s: loss }),
        ...(request.groups === undefined ? {} : { groups: request.groups }),
        ...(more.observable === undefined ? {} : { observable: more.observable }),
        ...(more.lifetime_gain === undefined ? {} : { lifetime_gain: more.lifetime_gain }),
      });
      const outcome = design.chosen;
      const site = meanSite(outcome);
      let stability: Stability | undefined;
      const point: DesignedPoint = {
        role,
        target,
        design,
        outcome,
        get stability() {
          stability ??= stabilityOf(design, outcome, site);
          return stability;
        },
        get synchronized() {
          const single = design.groups.b.length === 0;
          if (!single || point.stability.growth_rate_without_scatter <= 0) return null;
          const { coupling } = leadingCoupling(design, couplingOf(outcome), site);
          return synchronizedGroup(site, coupling) ?? null;
        },
      };
      return point;
    },
  };
}

/** Mean oscillator of an outcome in units of its own γ₋. */
export function meanSite(outcome: StrategyOutcome): Oscillator {
  return meanOscillator(outcome.network.sites, outcome.achieved.loss_rate_per_s);
}

/** V/γ₋ in the device's own sign. */
function couplingOf({ strategy, achieved }: StrategyOutcome): number {
  return strategy === "mirrored" ? 0 - achieved.coupling : achieved.coupling;
}

/**
 * The collective coupling that decides, and its threshold: on a bipartite graph eigenvalues come in pairs ±V, and
 * the one that synchronizes first counts.
 */
function leadingCoupling(
  { factors }: InverseDesign,
  coupling: number,
  site: Oscillator,
): { readonly coupling: number; readonly threshold: number | null } {
  const { critical, criticalNegative } = synchronizationThresholds(site);
  const bipartite = factors.lowest < -(1 - 1e-6) * factors.within;
  const candidates = (bipartite ? [coupling, 0 - coupling] : [coupling]).map((v) => ({
    coupling: v,
    threshold: v >= 0 ? critical : criticalNegative,
  }));
  const size = ({ threshold }: { readonly threshold: number | null }) =>
    threshold === null ? Number.POSITIVE_INFINITY : Math.abs(threshold);
  return candidates.reduce((best, c) => (size(c) < size(best) ? c : best));
}

function stabilityOf(design: InverseDesign, outcome: StrategyOutcome, site: Oscillator): Stability {
  const unit = outcome.achieved.loss_rate_per_s;
  const growth_rate = networkGrowthRate(outcome.network) / unit;
  const coupling = couplingOf(outcome);
  if (design.groups.b.length > 0) {
    const { detuning, inter_coupling } = outcome.achieved;
    const within = design.factors.within === 0 ? 0 : coupling;
    const pair = twoGroupNetwork(site, detuning, within, coupling * inter_coupling);
    return {
      growth_rate,
      growth_rate_without_scatter: networkGrowthRate(pair),
      threshold: null,
      margin: null,
    };
  }
  const leading = leadingCoupling(design, coupling, site);
  return {
    growth_rate,
    growth_rate_without_scatter: networkGrowthRate(oneGroupNetwork(site, leading.coupling)),
    threshold: leading.threshold,
    margin: leading.threshold === null || coupling === 0 ? null : leading.coupling / leading.threshold,
  };
}
