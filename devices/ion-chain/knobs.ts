import { angularFromHz, hzFromAngular } from "#core/units";
import { meanFieldCouplings, parseArrangement } from "./crystal/arrangement.ts";
import { equilibriumPlaces } from "./crystal/equilibrium.ts";
import { exchangeMatrix, motionDirection } from "./crystal/exchange.ts";
import {
  driveEta,
  electrodeQuartic,
  type IonKnobs,
  ionPositions,
  latticeEta,
  motionalLevels,
  type ToneKnobs,
} from "./forward.ts";
import { debyeWaller, displacementElement } from "./motion/displacement.ts";
import { asymmetryFromLength } from "./motion/electrodes.ts";
import { depthForAsymmetry, type LatticeSite } from "./motion/lattice.ts";
import { rabiForRate } from "./reservoir/pumped-sideband.ts";
import { carrierStarkShift } from "./reservoir/side-effects.ts";
import type { IonProfile, IonTarget } from "./schema.ts";
import { findSpecies, ionMass } from "./species.ts";

/** What a target asks of a profile in physical units, before any limit is looked at. */
export interface Wanted {
  /** |K|/2π, Hz. */
  readonly asymmetry_hz: number;
  readonly gain_rate_per_s: number;
  readonly loss_rate_per_s: number;
  readonly repump_rate_per_s: number;
  /** V of a group, rad/s, with the sign that the geometry gives it where that is fixed. */
  readonly coupling_rad_per_s: number;
  readonly detuning_hz: number;
}

/** |K|/2π that the trap is run at when a target does not say. */
export function operatingAsymmetry(profile: IonProfile): number {
  if (profile.anharmonicity.kind === "lattice") return profile.anharmonicity.operate_at_hz;
  return asymmetryFromLength(
    ionMass(findSpecies(profile.ions.species)),
    profile.anharmonicity.quartic_length_m,
  );
}

export function wantedOf(profile: IonProfile, target: IonTarget, repumpRatio?: number): Wanted {
  const asymmetry_hz = target.asymmetry_hz ?? operatingAsymmetry(profile);
  const loss = angularFromHz(asymmetry_hz) / Math.abs(target.asymmetry_ratio);
  const gain = target.gain_ratio * loss;
  return {
    asymmetry_hz,
    loss_rate_per_s: loss,
    gain_rate_per_s: gain,
    repump_rate_per_s: (repumpRatio ?? profile.assumptions.repump_ratio.value) * Math.max(gain, loss),
    coupling_rad_per_s: target.coupling_ratio * loss,
    detuning_hz: hzFromAngular(target.detuning_ratio * loss),
  };
}

/** V of a group over the exchange at unit distance, per (rad/s)·m³: how the geometry turns distance into coupling. */
function couplingAt(
  profile: IonProfile,
  mode_hz: number,
  geometry: Parameters<typeof ionPositions>[1],
  angle: number,
) {
  const groups = parseArrangement(profile.ions.groups);
  const exchange = exchangeMatrix(
    ionPositions(profile, geometry),
    motionDirection(angle),
    ionMass(findSpecies(profile.ions.species)),
    groups.map(() => mode_hz),
  );
  return meanFieldCouplings(exchange, groups).same;
}

/** Distance (or axial frequency) and angle that give |V|; clipped to the reach of the trap. */
function solveGeometry(
  profile: IonProfile,
  mode_hz: number,
  coupling: number,
): Pick<IonKnobs, "spacing_m" | "axial_hz" | "motion_angle_rad"> {
  const { geometry } = profile;
  const angle = geometry.motion_angle_rad;
  if (geometry.kind === "chain") {
    // V ∝ 1/d³ ∝ ω_z²
    const reference = geometry.axial_frequency_max_hz;
    const at = couplingAt(profile, mode_hz, { spacing_m: null, axial_hz: reference }, angle);
    const axial = reference * Math.sqrt(Math.abs(coupling / at));
    return {
      spacing_m: null,
      axial_hz: clip(axial, geometry.axial_frequency_min_hz, geometry.axial_frequency_max_hz),
      motion_angle_rad: angle,
    };
  }
  const reference = geometry.spacing_min_m;
  const at = couplingAt(profile, mode_hz, { spacing_m: reference, axial_hz: null }, angle);
  const wanted = at === 0 ? geometry.spacing_max_m : reference * Math.cbrt(Math.abs(at / coupling));
  const spacing = clip(wanted, geometry.spacing_min_m, geometry.spacing_max_m);
  if (!geometry.motion_angle_tunable || wanted <= spacing * (1 + 1e-12)) {
    return { spacing_m: spacing, axial_hz: null, motion_angle_rad: angle };
  }
  // Farthest and still too strong: tilt towards the magic angle, 1 − 3cos²θ shrunk in proportion.
  const shrink = (spacing / wanted) ** 3;
  const direction = 1 - 3 * Math.cos(angle) ** 2;
  const cosine = Math.sqrt((1 - direction * shrink) / 3) * Math.sign(Math.cos(angle) || 1);
  return { spacing_m: spacing, axial_hz: null, motion_angle_rad: Math.acos(Math.min(1, cosine)) };
}

/** Distance that would give |V| without any limit, in metres; for a chain, its smallest spacing. */
export function idealSpacing(profile: IonProfile, mode_hz: number, coupling: number): number {
  const { geometry } = profile;
  if (geometry.kind === "array") {
    const reference = geometry.spacing_min_m;
    const at = couplingAt(
      profile,
      mode_hz,
      { spacing_m: reference, axial_hz: null },
      geometry.motion_angle_rad,
    );
    return reference * Math.cbrt(Math.abs(at / coupling));
  }
  const reference = geometry.axial_frequency_max_hz;
  const at = couplingAt(
    profile,
    mode_hz,
    { spacing_m: null, axial_hz: reference },
    geometry.motion_angle_rad,
  );
  const places = equilibriumPlaces(profile.ions.groups.length);
  const smallest = Math.min(...places.slice(1).map((u, i) => u - places[i]!));
  const positions = ionPositions(profile, { spacing_m: null, axial_hz: reference });
  const unit = (positions[1]![0] - positions[0]![0]) / (places[1]! - places[0]!);
  return smallest * unit * Math.cbrt(Math.abs(at / coupling));
}

/** Sign of V as the direction of motion gives it, whatever the distance. */
export function couplingSign(profile: IonProfile): number {
  const { geometry } = profile;
  const place =
    geometry.kind === "array"
      ? { spacing_m: geometry.spacing_min_m, axial_hz: null }
      : { spacing_m: null, axial_hz: geometry.axial_frequency_max_hz };
  return Math.sign(couplingAt(profile, profile.trap_frequency_hz, place, geometry.motion_angle_rad)) || 1;
}

/** Site of the lattice that gives K the sign that V·K shall have, given the sign of V. */
function latticeSite(detuning_hz: number, sign: number): LatticeSite {
  // K has the sign of F at the antinode; light to the blue repels, F > 0.
  return Math.sign(detuning_hz) === sign ? "antinode" : "node";
}

/** The light that makes |K| with the wanted sign; null where electrodes make it. */
export function standingWave(profile: IonProfile, asymmetry_hz: number, sign: number): IonKnobs["lattice"] {
  const { anharmonicity, trap_frequency_hz, fock_state } = profile;
  if (anharmonicity.kind !== "lattice") return null;
  const site = latticeSite(anharmonicity.light_detuning_hz, sign);
  const attractive = anharmonicity.light_detuning_hz < 0;
  const depth =
    depthForAsymmetry(
      { trap_hz: trap_frequency_hz, eta: latticeEta(profile), site, attractive },
      asymmetry_hz,
      anharmonicity.depth_max_hz,
      fock_state,
    ) ?? anharmonicity.depth_max_hz;
  return { depth_hz: attractive ? -depth : depth, site };
}

/**
 * Knobs that come nearest to what is wanted. Limits of the trap clip distance, angle and depth; a rate that its
 * repump cannot give is asked for at 0.49 γ_rp. The findings say so.
 */
export function solveKnobs(profile: IonProfile, target: IonTarget, wanted: Wanted): IonKnobs {
  const n = profile.fock_state;
  const quartic_j_per_m4 = electrodeQuartic(profile);
  const vSign = couplingSign(profile);
  const kSign = Math.sign(target.asymmetry_ratio * target.coupling_ratio) * vSign;
  const lattice = standingWave(profile, wanted.asymmetry_hz, kSign);
  const bare: IonKnobs = {
    blue: { rabi_hz: 0, offset_hz: 0 },
    red: { rabi_hz: 0, offset_hz: 0 },
    repump_rate_per_s: wanted.repump_rate_per_s,
    lattice,
    quartic_j_per_m4,
    spacing_m: null,
    axial_hz: null,
    motion_angle_rad: profile.geometry.motion_angle_rad,
    detuning_hz: wanted.detuning_hz,
    voltage_change: { A: 0, B: 0 },
  };
  const levels = motionalLevels(profile, bare);
  const eta = driveEta(profile, levels.lower_hz);
  const factor = debyeWaller(profile.assumptions.spectators.value);
  const carrier = (rate: number, from: number, to: number) => {
    const reachable = Math.min(rate, 0.49 * wanted.repump_rate_per_s);
    const rabi = rabiForRate(reachable, wanted.repump_rate_per_s)!;
    return hzFromAngular(rabi) / (Math.abs(displacementElement(eta, to, from)) * factor);
  };
  const blueRabi = carrier(wanted.gain_rate_per_s, n - 1, n);
  const redRabi = carrier(wanted.loss_rate_per_s, n + 1, n);
  // Both tones shift the carrier, and both sidebands move with it.
  const stark = carrierStarkShift(blueRabi, levels.lower_hz) + carrierStarkShift(redRabi, -levels.lower_hz);
  const upper = levels.lower_hz + levels.asymmetry_hz;
  const tone = (rabi_hz: number, offset_hz: number): ToneKnobs => ({ rabi_hz, offset_hz });
  // ω ∝ √V: ΔV/V = 2Δω/ω, each group taking half of δ.
  const change = wanted.detuning_hz / levels.lower_hz;
  return {
    ...bare,
    ...solveGeometry(profile, levels.lower_hz, wanted.coupling_rad_per_s),
    blue: tone(blueRabi, levels.lower_hz + stark),
    red: tone(redRabi, -upper + stark),
    voltage_change: { A: change, B: -change },
  };
}

function clip(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
