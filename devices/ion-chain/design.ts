import { angularFromHz, formatQuantity, hzFromAngular } from "#core/units";
import type { Finding } from "#ir/finding";
import type { PlanEntry } from "#ir/plan";
import { synchronizationThresholds } from "#model/thresholds";
import type { Thresholds } from "./finding-rule.ts";
import { ionFindings } from "./findings.ts";
import { type IonFigures, type IonKnobs, ionFigures, nearestExchangeHz, networkOf } from "./forward.ts";
import { hierarchy, type Inequality, scalesOf } from "./hierarchy.ts";
import { idealSpacing, solveKnobs, type Wanted, wantedOf } from "./knobs.ts";
import { leakedPopulation, rungRatesOf } from "./leakage.ts";
import { type Nearest, nearestPoint } from "./nearest.ts";
import type { IonProfile, IonTarget } from "./schema.ts";
import { type Strategy, strategiesFor } from "./strategies.ts";

/** Knobs for a target, what they realise, and what stands in the way. */
export interface IonDesign {
  readonly wanted: Wanted;
  readonly knobs: IonKnobs;
  readonly figures: IonFigures;
  /** What is achieved, in the target's own units. */
  readonly achieved: {
    readonly gain_ratio: number;
    readonly asymmetry_ratio: number;
    readonly detuning_ratio: number;
    readonly coupling_ratio: number;
    /** V_AB/V; null with one group. */
    readonly between_over_within: number | null;
  };
  readonly thresholds: Thresholds;
  /** Population outside the three levels. */
  readonly leakage: number;
  readonly hierarchy: readonly Inequality[];
  readonly findings: readonly Finding[];
  readonly nearest: Nearest;
  /** Ways around, offered where selectivity or electrodes are what fails. */
  readonly strategies: readonly Strategy[];
  readonly operating_point: readonly PlanEntry[];
}

/**
 * Inverse design of a chain: |K| first, as it is hardest, then γ₋ = |K|/κ, the tones and the repump, V and the
 * distance, δ and the voltages; then every limit, all of them reported with their numbers, and the nearest point that
 * keeps the whole hierarchy.
 *
 * @param repumpRatio - γ_rp over the larger rate; the profile's when absent
 * @throws EntrainError `ion.barrier` when the electrodes' well has a barrier in reach of the levels
 */
export function designIonChain(profile: IonProfile, target: IonTarget, repumpRatio?: number): IonDesign {
  const wanted = wantedOf(profile, target, repumpRatio);
  const knobs = solveKnobs(profile, target, wanted);
  const figures = ionFigures(profile, knobs);
  const inequalities = hierarchy(profile, scalesOf(figures));
  const thresholds = thresholdsOf(figures, knobs);
  const leakage = leakedPopulation(
    {
      n: figures.n,
      asymmetry: figures.asymmetry_rad_per_s,
      coupling: figures.couplings.mean,
      ...rungRatesOf(knobs, figures),
      dephasing: figures.dephasing_per_s,
    },
    profile.assumptions.evolve_in_loss_times.value,
  );
  const findings = ionFindings({
    profile,
    target,
    wanted,
    knobs,
    figures,
    hierarchy: inequalities,
    thresholds,
    leakage,
    ideal_spacing_m: idealSpacing(profile, figures.levels.lower_hz, wanted.coupling_rad_per_s),
  });
  const stuck = findings.some(
    ({ code }) => code === "K_TOO_SMALL_FOR_SELECTIVITY" || code === "K_UNREACHABLE_ELECTRODES",
  );
  const loss = figures.red.rate_per_s;
  const { same, other } = figures.couplings;
  return {
    wanted,
    knobs,
    figures,
    achieved: {
      gain_ratio: figures.blue.rate_per_s / loss,
      asymmetry_ratio: figures.asymmetry_rad_per_s / loss,
      detuning_ratio: angularFromHz(knobs.detuning_hz) / loss,
      coupling_ratio: same / loss,
      between_over_within: other === null ? null : other / same,
    },
    thresholds,
    leakage,
    hierarchy: inequalities,
    findings,
    nearest: nearestPoint(profile, target, knobs, figures),
    strategies: stuck ? strategiesFor(profile, target, figures) : [],
    operating_point: operatingPoint(figures, knobs),
  };
}

/** Thresholds of the mean ion against the couplings of all collective patterns. */
function thresholdsOf(figures: IonFigures, knobs: IonKnobs): Thresholds {
  const [site] = networkOf(figures, knobs, { gain: true, loss: true, exchange: 0 }).sites;
  const sign = Math.sign(figures.couplings.same) || 1;
  // A negative V is a positive one of the complex conjugate, K → −K.
  const at = (k: number) => synchronizationThresholds({ ...site!, detuning: 0, asymmetry: k });
  const of = (side: 1 | -1) => {
    const found = at(figures.asymmetry_rad_per_s * sign * side);
    const sizes = figures.spectrum_rad_per_s.map((v) => v * sign * side).filter((v) => v > 0);
    return {
      found,
      strongest: Math.max(0, ...sizes),
      unstable: sizes.some((v) => found.windows.some(([from, to]) => v > from && (to === null || v < to))),
    };
  };
  const along = of(1);
  const against = of(-1);
  return {
    along: along.found,
    against: against.found,
    strongest: { along: along.strongest, against: against.strongest },
    unstable: { along: along.unstable, against: against.unstable },
  };
}

function operatingPoint(figures: IonFigures, knobs: IonKnobs): PlanEntry[] {
  const inHz = (name: string, rad: number, note: string): PlanEntry => ({
    name,
    value: hzFromAngular(rad),
    unit: "Hz",
    text: formatQuantity(hzFromAngular(rad), "frequency"),
    note,
  });
  const inRate = (name: string, value: number, note: string): PlanEntry => ({
    name,
    value,
    unit: "1/s",
    text: formatQuantity(value, "rate"),
    note,
  });
  const tone = (rabi_hz: number, offset_hz: number) =>
    `Ω0/2π = ${formatQuantity(rabi_hz, "frequency")} at ${formatQuantity(offset_hz, "frequency", 7)} from the carrier`;
  const place =
    knobs.spacing_m === null
      ? `axial trap at ${formatQuantity(knobs.axial_hz!, "frequency")}`
      : `distance ${(knobs.spacing_m * 1e6).toFixed(2)} µm`;
  const light = knobs.lattice
    ? `lattice of ${formatQuantity(knobs.lattice.depth_hz, "frequency")}, ions at its ${knobs.lattice.site}s`
    : "electrodes";
  return [
    { name: "ions", value: figures.groups.length, unit: "", text: figures.groups.join(""), note: place },
    inHz("mode f01", figures.mode_rad_per_s, `levels by ${figures.levels.method}`),
    inHz("asymmetry K/2π", figures.asymmetry_rad_per_s, light),
    inRate("gain γ+", figures.blue.rate_per_s, tone(knobs.blue.rabi_hz, knobs.blue.offset_hz)),
    inRate("loss γ−", figures.red.rate_per_s, tone(knobs.red.rabi_hz, knobs.red.offset_hz)),
    inRate("repump γ_rp", figures.repump_per_s, "emptying of the excited state"),
    inHz(
      "coupling V/2π",
      figures.couplings.same,
      `nearest neighbours ${formatQuantity(nearestExchangeHz(figures), "frequency")}`,
    ),
    inHz("spread of V/2π over the ions", figures.couplings.spread, "1σ"),
  ];
}
