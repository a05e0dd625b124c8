import { angularFromHz, hzFromAngular } from "#core/units";
import { type IonFigures, type IonKnobs, latticeEta } from "./forward.ts";
import { hierarchy, type Inequality, scalesOf } from "./hierarchy.ts";
import { latticeLevels } from "./motion/lattice.ts";
import { rabiForRate } from "./reservoir/pumped-sideband.ts";
import type { IonProfile, IonTarget } from "./schema.ts";

/** The point of the hierarchy that lies closest to a target. */
export interface NearestPoint {
  /** The target to ask for instead; V·K keeps its sign. */
  readonly target: IonTarget;
  readonly repump_ratio: number;
  /** Sum of |ln| of the factors by which |K|/γ₋ and |V|/γ₋ had to give way. */
  readonly distance: number;
}

export interface Nearest {
  /** Null when no point in reach satisfies every inequality. */
  readonly point: NearestPoint | null;
  /** The inequality that fails by most at the best point in reach, when there is none. */
  readonly bottleneck: Inequality | null;
}

/** |K|/2π that the trap can make, from the least to the most. */
function reachableAsymmetries(profile: IonProfile, knobs: IonKnobs, made_hz: number): number[] {
  if (!knobs.lattice || profile.anharmonicity.kind !== "lattice") return [Math.abs(made_hz)];
  const depth = profile.anharmonicity.depth_max_hz;
  const deepest = latticeLevels(
    {
      trap_hz: profile.trap_frequency_hz,
      eta: latticeEta(profile),
      site: knobs.lattice.site,
      depth_hz: Math.sign(knobs.lattice.depth_hz) * depth,
    },
    profile.fock_state,
  );
  const largest = Math.max(Math.abs(deepest.asymmetry_hz), Math.abs(made_hz));
  // Twelve points a decade, three decades; the one in use among them.
  const grid = Array.from({ length: 37 }, (_, i) => largest * 10 ** (-i / 12));
  return [Math.abs(made_hz), ...grid];
}

/** The range of |V| that distance, axial frequency and angle allow, rad/s. */
function reachableCouplings(
  profile: IonProfile,
  knobs: IonKnobs,
  figures: IonFigures,
): readonly [number, number] {
  const { geometry } = profile;
  const now = Math.abs(figures.couplings.same);
  if (geometry.kind === "chain") {
    const scale = (axial: number) => now * (axial / knobs.axial_hz!) ** 2;
    return [scale(geometry.axial_frequency_min_hz), scale(geometry.axial_frequency_max_hz)];
  }
  const tilt = (angle: number) => Math.abs(1 - 3 * Math.cos(angle) ** 2);
  const straight = now * (tilt(geometry.motion_angle_rad) / tilt(knobs.motion_angle_rad));
  const scale = (spacing: number) => straight * (knobs.spacing_m! / spacing) ** 3;
  return [geometry.motion_angle_tunable ? 0 : scale(geometry.spacing_max_m), scale(geometry.spacing_min_m)];
}

/**
 * Searches |K|, |K|/γ₋ and the repump ratio for the point that satisfies the whole hierarchy and the reach of beams
 * and distances, closest to the target in |K|/γ₋ and |V|/γ₋; γ₊/γ₋ and δ/γ₋ are kept.
 *
 * Heating and dephasing by the lattice are scaled with |K|; the point is confirmed by designing it.
 */
export function nearestPoint(
  profile: IonProfile,
  target: IonTarget,
  knobs: IonKnobs,
  figures: IonFigures,
): Nearest {
  const { assumptions } = profile;
  const base = scalesOf(figures);
  const made = Math.abs(figures.asymmetry_rad_per_s);
  const [weakest, strongest] = reachableCouplings(profile, knobs, figures);
  const own = 1 / assumptions.motional_t2_s.value;
  const kappa = Math.abs(target.asymmetry_ratio);
  const ratios = Array.from({ length: 61 }, (_, i) => kappa * 10 ** ((i - 20) / 20));
  let point: NearestPoint | null = null;
  let best = Infinity;
  let bottleneck: Inequality | null = null;
  for (const asymmetry_hz of reachableAsymmetries(profile, knobs, hzFromAngular(made))) {
    const k = angularFromHz(asymmetry_hz);
    const share = k / made;
    for (const ratio of ratios) {
      const loss = k / ratio;
      const gain = loss * target.gain_ratio;
      for (const q of [assumptions.repump_ratio.value, 3, 4, 6, 10]) {
        const repump = q * Math.max(gain, loss);
        const inequalities = hierarchy(profile, {
          ...base,
          asymmetry_rad_per_s: k,
          gain_per_s: gain,
          loss_per_s: loss,
          repump_per_s: repump,
          heating_per_s:
            figures.heating_parts_per_s.trap +
            figures.heating_parts_per_s.lattice * share +
            figures.heating_parts_per_s.carrier * share,
          dephasing_per_s: own + (figures.dephasing_per_s - own) * share,
        });
        const worst = inequalities.reduce((a, b) => (b.margin < a.margin ? b : a));
        if (worst.margin < 1) {
          if (bottleneck === null || worst.margin > bottleneck.margin) bottleneck = worst;
          continue;
        }
        const rabi = Math.max(
          rabiForRate(gain, repump)! / figures.blue.element,
          rabiForRate(loss, repump)! / figures.red.element,
        );
        if (hzFromAngular(rabi) > assumptions.rabi_max_hz.value) continue;
        if (repump > assumptions.repump_rate_max_per_s.value) continue;
        const coupling = Math.min(strongest, Math.max(weakest, Math.abs(target.coupling_ratio) * loss));
        const distance =
          Math.abs(Math.log(ratio / kappa)) +
          Math.abs(Math.log(coupling / loss / Math.abs(target.coupling_ratio)));
        // Among equals, the scale and the repump that are in use.
        const cost =
          distance +
          0.02 * Math.abs(Math.log(share)) +
          0.02 * Math.abs(Math.log(q / assumptions.repump_ratio.value));
        if (cost >= best) continue;
        best = cost;
        point = {
          target: {
            ...target,
            asymmetry_ratio: Math.sign(target.asymmetry_ratio) * ratio,
            coupling_ratio: (Math.sign(target.coupling_ratio) * coupling) / loss,
            asymmetry_hz,
          },
          repump_ratio: q,
          distance,
        };
      }
    }
  }
  return { point, bottleneck: point ? null : bottleneck };
}
