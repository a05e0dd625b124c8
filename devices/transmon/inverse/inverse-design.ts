import { angularFromHz } from "#core/units";
import type { AchievedModel, DesignTarget, Inequality, NearestPoint, StrategyName } from "#ir/design";
import { type Finding, hasErrors } from "#ir/finding";
import type { Observable } from "#ir/platform";
import type { Network } from "#model/network";
import { designFindings } from "../findings.ts";
import type { TransmonProfile } from "../schema.ts";
import { type GraphFactors, graphFactors, oneGroup, twoGroups } from "./graph.ts";
import { inequalitiesAt } from "./inequalities.ts";
import { achievedModel, designNetwork, type InverseKnobs, knobsFor, withLinewidths } from "./knobs.ts";
import { boundsOf, type Making, nearestPoint } from "./nearest.ts";
import { deviceReach, type Groups, type Reach } from "./reach.ts";
import { kSynthesis, mirrored, natural, otherOffers, type StrategyOffer } from "./strategies.ts";

/** What an inverse design starts from. */
export interface InverseRequest {
  readonly target: DesignTarget;
  readonly loss_rate_per_s?: number;
  /** Tolerated strength of a sideband on the neighbouring rung; default 1 %. */
  readonly leakage?: number;
  readonly ancillas?: "given" | "free";
  readonly groups?: { readonly a: readonly string[]; readonly b: readonly string[] };
  /** True for two groups although the target has no detuning. */
  readonly two_groups?: boolean;
  readonly strategy?: "any" | "natural" | "mirrored" | "k-synthesis";
  readonly observable?: Observable;
  readonly lifetime_gain?: number;
}

/** One strategy worked out. */
export interface StrategyOutcome extends StrategyOffer {
  readonly feasible: boolean;
  /** Every condition at the wanted model. */
  readonly inequalities: readonly Inequality[];
  readonly nearest: NearestPoint;
  /** For the nearest point; the target itself when it is feasible. */
  readonly knobs: InverseKnobs;
  /** What the knobs make; in the wanted model's signs, for the mirror image too. */
  readonly achieved: AchievedModel;
  /** Of the knobs; errors make the outcome infeasible. */
  readonly findings: readonly Finding[];
  /** Rates in 1/s, energies in rad/s; in the device's own signs. */
  readonly network: Network;
}

/** Answer of an inverse design. */
export interface InverseDesign {
  readonly groups: Groups;
  readonly factors: GraphFactors;
  readonly reach: Reach;
  readonly outcomes: readonly StrategyOutcome[];
  /** Strategies that need other hardware. */
  readonly offers: readonly StrategyOffer[];
  /** The first feasible outcome, else the one whose nearest point comes closest. */
  readonly chosen: StrategyOutcome;
}

/**
 * Knobs of a transmon array for a wanted model: by each strategy that applies, every condition with its numbers,
 * the nearest feasible model, the knobs for it, and the model that these knobs make by forward physics.
 *
 * @throws EntrainError `design.invalid` for groups that the profile does not have
 */
export function inverseDesign(profile: TransmonProfile, request: InverseRequest): InverseDesign {
  const { target } = request;
  const paired =
    request.two_groups === true ||
    request.groups !== undefined ||
    (target.detuning ?? 0) !== 0 ||
    target.inter_coupling !== undefined;
  const groups = paired && profile.sites.length > 1 ? twoGroups(profile, request.groups) : oneGroup(profile);
  const factors = graphFactors(profile, groups);
  const leakage = request.leakage ?? 0.01;
  const reach = deviceReach(profile, groups, leakage, request.ancillas ?? "given");
  const sized = withLinewidths(profile, reach.linewidth_hz);
  const solve = (offer: StrategyOffer): StrategyOutcome =>
    solveBy(offer, sized, request, groups, factors, reach, leakage);
  const asked = request.strategy ?? "any";
  const opposite = (target.asymmetry ?? 0) * reach.asymmetry_hz < 0;
  const wanted = (name: StrategyName) => asked === name || asked === "any";
  const outcomes = [
    ...(wanted("natural") ? [solve(natural)] : []),
    ...(asked === "mirrored" || (asked === "any" && opposite) ? [solve(mirrored)] : []),
    ...(asked === "k-synthesis" || (asked === "any" && target.asymmetry !== undefined)
      ? [solve(kSynthesis(reach, factors))]
      : []),
  ];
  const nearest = outcomes.reduce((best, o) =>
    o.nearest.distance < best.nearest.distance - 1e-9 ? o : best,
  );
  const chosen = outcomes.find((o) => o.feasible) ?? nearest;
  return {
    groups,
    factors,
    reach,
    outcomes,
    offers: otherOffers(target, reach, chosen.nearest.loss_rate_per_s, groups),
    chosen,
  };
}

function solveBy(
  offer: StrategyOffer,
  profile: TransmonProfile,
  request: InverseRequest,
  groups: Groups,
  factors: GraphFactors,
  reach: Reach,
  leakage: number,
): StrategyOutcome {
  const making: Making = offer.strategy === "k-synthesis" ? "k-synthesis" : "natural";
  const target = offer.strategy === "mirrored" ? mirror(request.target) : request.target;
  const bounds = boundsOf(reach, factors, making, target.inter_coupling ?? 1);
  const nearest = nearestPoint(target, bounds, request.loss_rate_per_s);
  const inequalities = inequalitiesAt(
    profile,
    groups,
    reach,
    factors,
    making,
    target,
    wantedLoss(target, making, reach, request.loss_rate_per_s) ?? nearest.loss_rate_per_s,
    leakage,
  );
  const knobs = knobsFor(profile, groups, reach, factors, making, nearest);
  const network = designNetwork(profile, knobs);
  const achieved = achievedModel(profile, knobs, network, groups, factors);
  const findings = findingsOf(profile, knobs, nearest, groups, request);
  const back = <T extends object>(point: T) => (offer.strategy === "mirrored" ? mirror(point) : point);
  return {
    ...offer,
    feasible: inequalities.every((i) => i.satisfied) && !hasErrors(findings),
    inequalities,
    nearest: back(nearest),
    knobs,
    achieved: back(achieved),
    findings,
    network,
  };
}

/** γ₋ that the target implies by itself: given, or from K where K is that of the device. */
function wantedLoss(
  target: DesignTarget,
  making: Making,
  reach: Reach,
  given: number | undefined,
): number | undefined {
  if (given !== undefined || making === "k-synthesis") return given;
  const loss = angularFromHz(reach.asymmetry_hz) / (target.asymmetry ?? 0);
  return Number.isFinite(loss) && loss > 0 ? loss : undefined;
}

/** (K, V, δ) → (−K, −V, −δ), in whatever units a point has them. */
function mirror<T extends object>(point: T): T {
  const reversed = ["asymmetry", "coupling", "detuning", "asymmetry_hz", "coupling_hz", "detuning_hz"];
  const entries = Object.entries(point) as [string, unknown][];
  return Object.fromEntries(
    entries.map(([name, value]) => [
      name,
      reversed.includes(name) && typeof value === "number" ? 0 - value : value,
    ]),
  ) as T;
}

/** About a natural K, which K-synthesis replaces. */
const aboutNaturalK = new Set(["T08", "T09", "T10", "T19"]);

function findingsOf(
  profile: TransmonProfile,
  knobs: InverseKnobs,
  point: NearestPoint,
  groups: Groups,
  request: InverseRequest,
): Finding[] {
  const exchange_hz = knobs.bonds.reduce(
    (most, b) => (Math.abs(b.exchange_hz) > Math.abs(most) ? b.exchange_hz : most),
    0,
  );
  const perAmplitude = profile.assumptions.exchange_per_amplitude_hz.value;
  const found = designFindings(
    profile,
    {
      reference_hz: knobs.reference_hz,
      sites: knobs.sites,
      exchange_hz: [exchange_hz],
      exchange_amplitude: [exchange_hz / perAmplitude],
    },
    {
      gain_rate_per_s: point.gain * point.loss_rate_per_s,
      loss_rate_per_s: point.loss_rate_per_s,
      exchange_hz: [exchange_hz],
    },
    {
      ...(request.observable === undefined ? {} : { observable: request.observable }),
      ...(request.lifetime_gain === undefined ? {} : { lifetime_gain: request.lifetime_gain }),
      ...(knobs.synthesis === null ? {} : { synthesis: knobs.synthesis }),
    },
  );
  return found.filter(({ code, title }) => {
    if (knobs.synthesis !== null && aboutNaturalK.has(code)) return false;
    // Two groups differ on purpose; what each cannot bring together is a condition of its own.
    if (code === "T16" && title.startsWith("frequency disorder"))
      return groups.b.length === 0 && exchange_hz !== 0;
    return exchange_hz !== 0 || !aboutNaturalK.has(code);
  });
}
