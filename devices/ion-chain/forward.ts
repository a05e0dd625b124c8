import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { angularFromHz, hzFromAngular } from "#core/units";
import { createCoupling, type Network } from "#model/network";
import { bosonLadder, type Oscillator } from "#model/oscillator";
import {
  type Group,
  type MeanFieldCouplings,
  meanFieldCouplings,
  parseArrangement,
} from "./crystal/arrangement.ts";
import { chainLength, equilibriumPlaces } from "./crystal/equilibrium.ts";
import {
  coulombAnharmonicity,
  exchangeMatrix,
  motionDirection,
  selfShifts,
  type Vector,
} from "./crystal/exchange.ts";
import { debyeWaller, displacementElement } from "./motion/displacement.ts";
import { type MotionalLevels, perturbedLevels, quarticFromLength, wellLevels } from "./motion/electrodes.ts";
import {
  type LatticeSite,
  latticeLevels,
  latticeNoiseSensitivity,
  latticeScatteringRate,
} from "./motion/lattice.ts";
import { lambDicke, zeroPointLength } from "./motion/oscillator.ts";
import { pumpedRate } from "./reservoir/pumped-sideband.ts";
import {
  carrierStarkShift,
  type OffResonantLine,
  offResonantLines,
  recoilProbability,
  type Scattering,
} from "./reservoir/side-effects.ts";
import type { IonProfile } from "./schema.ts";
import { driveWaveNumber, findLine, findSpecies, ionMass, type Species, waveNumber } from "./species.ts";

/** One tone on a first sideband. */
export interface ToneKnobs {
  /** Carrier Rabi frequency Ω₀/2π. */
  readonly rabi_hz: number;
  /** From the unshifted carrier, sign included. */
  readonly offset_hz: number;
}

/** Settings of a chain. */
export interface IonKnobs {
  readonly blue: ToneKnobs;
  readonly red: ToneKnobs;
  readonly repump_rate_per_s: number;
  /** Standing wave; null where electrodes make the asymmetry. */
  readonly lattice: { readonly depth_hz: number; readonly site: LatticeSite } | null;
  /** c₄ of the electrodes; 0 with a lattice. */
  readonly quartic_j_per_m4: number;
  /** Distance of neighbours in an array, axial frequency of a chain. */
  readonly spacing_m: number | null;
  readonly axial_hz: number | null;
  readonly motion_angle_rad: number;
  /** δ/2π between the groups, and the relative change of the trap voltage that makes it: ΔV/V = 2Δω/ω. */
  readonly detuning_hz: number;
  readonly voltage_change: { readonly A: number; readonly B: number };
  /** δ/2π of two wells at the points of a scan, Hz, as their lines make it. */
  readonly detunings_hz?: readonly number[];
}

/** What a tone does, wanted and not. */
export interface ToneFigures {
  /** Element of the wanted transition, spectators included. */
  readonly element: number;
  /** Rate of the wanted transition. */
  readonly rate_per_s: number;
  /** Squared element of the neighbouring transition over that of the wanted one. */
  readonly neighbour_ratio: number;
  readonly off_resonant: readonly OffResonantLine[];
  readonly stark_rad_per_s: number;
}

/** Everything that follows from profile and knobs; angular frequencies in rad/s, rates in 1/s. */
export interface IonFigures {
  readonly n: number;
  readonly groups: readonly Group[];
  readonly mass_kg: number;
  readonly eta: number;
  readonly eta_scattered: number;
  /** The motional levels with light and electrodes, before the neighbours. */
  readonly levels: MotionalLevels;
  /** ω of n−1 ↔ n. */
  readonly mode_rad_per_s: number;
  /** K of each ion, its neighbours' contribution included, and the mean. */
  readonly asymmetries_rad_per_s: readonly number[];
  readonly asymmetry_rad_per_s: number;
  readonly blue: ToneFigures;
  readonly red: ToneFigures;
  readonly repump_per_s: number;
  readonly exchange_rad_per_s: readonly (readonly number[])[];
  readonly nearest_rad_per_s: number;
  readonly couplings: MeanFieldCouplings;
  /**
   * Eigenvalues of J, ascending: the coupling of every collective pattern. One sign belongs to the patterns in which
   * neighbours swing together, the other to those in which they oppose each other.
   */
  readonly spectrum_rad_per_s: readonly number[];
  /** What is left of the neighbours' shifts after compensation, each ion's deviation from the mean. */
  readonly residual_shifts_rad_per_s: readonly number[];
  /** Quanta per second: electric noise, photons off the carrier and other modes, lattice photons. */
  readonly heating_per_s: number;
  readonly heating_parts_per_s: { readonly trap: number; readonly carrier: number; readonly lattice: number };
  /** Decay rate of neighbouring coherences: 1/T2 and the lattice's intensity noise. */
  readonly dephasing_per_s: number;
  /** Probability that the photons of one gain or loss cycle move the motion. */
  readonly recoil: { readonly up: number; readonly down: number; readonly total: number };
}

/** Places of the ions in metres: on the x axis, or as the profile lays them out in the plane of x and y. */
export function ionPositions(profile: IonProfile, knobs: Pick<IonKnobs, "spacing_m" | "axial_hz">): Vector[] {
  const count = profile.ions.groups.length;
  if (knobs.spacing_m !== null) {
    const spacing = knobs.spacing_m;
    const shape = profile.geometry.kind === "array" ? profile.geometry.shape : undefined;
    if (shape) return shape.map(([x, y]) => [x * spacing, y * spacing, 0]);
    return Array.from({ length: count }, (_, i) => [(i - (count - 1) / 2) * spacing, 0, 0]);
  }
  const length = chainLength(ionMass(findSpecies(profile.ions.species)), knobs.axial_hz!);
  return equilibriumPlaces(count).map((u) => [u * length, 0, 0]);
}

/** η of the lattice with the zero-point length of the trap without light. */
export function latticeEta(profile: IonProfile): number {
  if (profile.anharmonicity.kind !== "lattice") return 0;
  const mass = ionMass(findSpecies(profile.ions.species));
  const { wavelength_m, light_angle_rad } = profile.anharmonicity;
  return lambDicke(
    waveNumber(wavelength_m),
    zeroPointLength(mass, profile.trap_frequency_hz),
    light_angle_rad,
  );
}

/** Motional levels of one ion with its light or its electrodes. */
export function motionalLevels(profile: IonProfile, knobs: IonKnobs): MotionalLevels {
  const n = profile.fock_state;
  if (knobs.lattice) {
    return latticeLevels(
      { trap_hz: profile.trap_frequency_hz, eta: latticeEta(profile), ...knobs.lattice },
      n,
    );
  }
  return wellLevels(
    {
      mass_kg: ionMass(findSpecies(profile.ions.species)),
      frequency_hz: profile.trap_frequency_hz,
      cubic_j_per_m3: 0,
      quartic_j_per_m4: knobs.quartic_j_per_m4,
    },
    n,
  );
}

/** c₄ of a trap whose electrodes make the asymmetry, J/m⁴; 0 with a lattice. */
export function electrodeQuartic(profile: IonProfile): number {
  if (profile.anharmonicity.kind !== "electrodes") return 0;
  const { quartic_length_m, shape } = profile.anharmonicity;
  const mass = ionMass(findSpecies(profile.ions.species));
  const quartic = quarticFromLength(mass, profile.trap_frequency_hz, quartic_length_m);
  return shape === "hardening" ? quartic : -quartic;
}

/** η of the sideband drive at a mode frequency. */
export function driveEta(profile: IonProfile, mode_hz: number): number {
  const species = findSpecies(profile.ions.species);
  const k = driveWaveNumber(findLine(species, profile.beams.line), profile.beams.raman_angle_rad);
  return lambDicke(k, zeroPointLength(ionMass(species), mode_hz), profile.beams.beam_angle_rad);
}

function toneFigures(
  profile: IonProfile,
  tone: "blue" | "red",
  settings: ToneKnobs,
  context: {
    readonly eta: number;
    readonly mode: number;
    readonly asymmetry: number;
    readonly repump: number;
  },
): ToneFigures {
  const n = profile.fock_state;
  const factor = debyeWaller(profile.assumptions.spectators.value);
  const element = (from: number, to: number) =>
    to < 0 || from < 0 ? 0 : Math.abs(displacementElement(context.eta, to, from)) * factor;
  const up = tone === "blue";
  const wanted = up ? element(n - 1, n) : element(n + 1, n);
  const neighbour = up ? element(n, n + 1) : element(n, n - 1);
  const second = up ? element(n + 1, n + 2) : element(n - 1, n - 2);
  const opposite = up ? element(n, n - 1) : element(n, n + 1);
  const carrier = angularFromHz(settings.rabi_hz);
  return {
    element: wanted,
    rate_per_s: pumpedRate({ rabi: carrier * wanted, repump: context.repump }),
    neighbour_ratio: (neighbour / wanted) ** 2,
    off_resonant: offResonantLines({
      tone,
      carrier,
      repump: context.repump,
      mode: context.mode,
      asymmetry: context.asymmetry,
      elements: { neighbour, second, opposite, carrier: element(n, n) },
      // A first sideband of a thermal mode: √(n̄+1) up, √n̄ down.
      others: profile.assumptions.spectators.value.map((other) => ({
        mode: angularFromHz(other.mode_frequency_hz),
        element: element(n, n) * other.eta * Math.sqrt(other.occupation + (up ? 1 : 0)),
      })),
    }),
    stark_rad_per_s: carrierStarkShift(carrier, up ? context.mode : -context.mode),
  };
}

/** Works out what the knobs realise. */
export function ionFigures(profile: IonProfile, knobs: IonKnobs): IonFigures {
  const { assumptions, fock_state: n } = profile;
  const species = findSpecies(profile.ions.species);
  const mass = ionMass(species);
  const groups = parseArrangement(profile.ions.groups);
  const levels = motionalLevels(profile, knobs);
  const mode = angularFromHz(levels.lower_hz);
  const positions = ionPositions(profile, knobs);
  const motion = motionDirection(knobs.motion_angle_rad);
  const frequencies = groups.map(
    (group) => levels.lower_hz + (group === "A" ? knobs.detuning_hz : -knobs.detuning_hz) / 2,
  );
  const exchange = exchangeMatrix(positions, motion, mass, frequencies);
  const asymmetries = coulombAnharmonicity(positions, motion).map((terms) =>
    angularFromHz(
      levels.asymmetry_hz +
        perturbedLevels({ mass_kg: mass, frequency_hz: levels.lower_hz, ...terms }, n).asymmetry_hz,
    ),
  );
  const asymmetry = mean(asymmetries);
  const eta = driveEta(profile, levels.lower_hz);
  const repump = knobs.repump_rate_per_s;
  const context = { eta, mode, asymmetry, repump };
  const blue = toneFigures(profile, "blue", knobs.blue, context);
  const red = toneFigures(profile, "red", knobs.red, context);
  const shifts = selfShifts(positions, motion, mass, frequencies);
  const left = 1 - assumptions.self_shift_compensation.value;
  const scattering = scatteringOf(profile, levels.lower_hz);
  const kick = recoilProbability(scattering, 0).up;
  const parts = {
    trap: assumptions.heating_rate_per_s.value,
    carrier: scatteredRate([blue, red]) * kick,
    lattice: latticeHeating(profile, knobs.lattice),
  };
  return {
    n,
    groups,
    mass_kg: mass,
    eta,
    eta_scattered: scattering.eta,
    levels,
    mode_rad_per_s: mode,
    asymmetries_rad_per_s: asymmetries,
    asymmetry_rad_per_s: asymmetry,
    blue,
    red,
    repump_per_s: repump,
    exchange_rad_per_s: exchange,
    nearest_rad_per_s: strongest(exchange),
    couplings: meanFieldCouplings(exchange, groups),
    spectrum_rad_per_s: new EigenvalueDecomposition(new Matrix(exchange), {
      assumeSymmetric: true,
    }).realEigenvalues.toSorted((a, b) => a - b),
    residual_shifts_rad_per_s: shifts.map((shift) => (shift - mean(shifts)) * left),
    heating_per_s: parts.trap + parts.carrier + parts.lattice,
    heating_parts_per_s: parts,
    dephasing_per_s: 1 / assumptions.motional_t2_s.value + latticeDephasing(profile, knobs.lattice),
    recoil: recoilProbability(scattering, n),
  };
}

/** Cycles per second that leave the mode itself as it is: off the carrier and off other modes. */
function scatteredRate(tones: readonly ToneFigures[]): number {
  return tones
    .flatMap((tone) => tone.off_resonant)
    .filter(({ line }) => line === "carrier" || line === "other mode")
    .reduce((sum, line) => sum + line.rate_per_s, 0);
}

/** What the photons of one pumping cycle do to a mode. */
export function scatteringOf(profile: IonProfile, mode_hz: number): Scattering {
  const species = findSpecies(profile.ions.species);
  const mass = ionMass(species);
  return {
    eta: scatteredEta(species, mass, mode_hz),
    pattern: profile.assumptions.emission_pattern.value,
    absorbedEta: repumpEta(profile, species, mass, mode_hz),
    photons: profile.assumptions.photons_per_cycle.value,
  };
}

function scatteredEta(species: Species, mass_kg: number, mode_hz: number): number {
  return lambDicke(waveNumber(species.scattered.wavelength_m), zeroPointLength(mass_kg, mode_hz));
}

function repumpEta(profile: IonProfile, species: Species, mass_kg: number, mode_hz: number): number {
  if (!species.repump) return 0;
  const k = waveNumber(species.repump.wavelength_m);
  return lambDicke(k, zeroPointLength(mass_kg, mode_hz), profile.assumptions.repump_angle_rad.value);
}

/** Quanta per second by photons scattered from the lattice, absorbed along it and emitted anywhere. */
export function latticeHeating(profile: IonProfile, lattice: IonKnobs["lattice"]): number {
  if (!lattice || profile.anharmonicity.kind !== "lattice") return 0;
  const eta = latticeEta(profile);
  const rate = latticeScatteringRate(
    { eta, ...lattice },
    {
      linewidth_per_s: profile.anharmonicity.light_linewidth_per_s,
      detuning_hz: profile.anharmonicity.light_detuning_hz,
    },
    profile.fock_state,
  );
  return rate * eta * eta * (1 + profile.assumptions.emission_pattern.value);
}

/** Gaussian dephasing by slow intensity noise, as the rate that its 1/e time has: σ_ω/√2. */
export function latticeDephasing(profile: IonProfile, light: IonKnobs["lattice"]): number {
  const noise = profile.assumptions.intensity_noise.value;
  if (!light || noise === 0) return 0;
  const lattice = { trap_hz: profile.trap_frequency_hz, eta: latticeEta(profile), ...light };
  return (angularFromHz(Math.abs(latticeNoiseSensitivity(lattice, profile.fock_state))) * noise) / Math.SQRT2;
}

/** What is on during a piece of an experiment. */
export interface IonConditions {
  /** Blue and red tone, each with the repump. */
  readonly gain: boolean;
  readonly loss: boolean;
  /** Factor on all exchanges: 1 as designed, 0 apart. */
  readonly exchange: number;
  /** Factor on what compensation leaves of the neighbours' shifts; 1 when absent. */
  readonly shifts?: number;
  /** Deviation of each ion's mode from what the plan assumes, Hz. */
  readonly frequency_error_hz?: readonly number[];
  /** Shift of each ion's mode with its tones, Hz: wells that are detuned against each other. */
  readonly well_shifts_hz?: readonly number[];
}

/**
 * The network that figures stand for: boson ladder of the stabilised Fock state, rates in 1/s, energies in rad/s
 * relative to the mean mode.
 *
 * Neighbouring transitions, opposite sidebands, heating of every origin and dephasing are channels. A photon kick
 * that undoes its own cycle lowers gain and loss; one that overshoots (n−1 → n+1) is only in the figures.
 */
export function networkOf(figures: IonFigures, knobs: IonKnobs, conditions: IonConditions): Network {
  const { n, blue, red, recoil } = figures;
  const lit = [conditions.gain ? blue : null, conditions.loss ? red : null].filter((tone) => tone !== null);
  const rate = (tone: ToneFigures, name: OffResonantLine["line"]) =>
    lit.includes(tone) ? tone.off_resonant.find((line) => line.line === name)!.rate_per_s : 0;
  const { trap, lattice, carrier } = figures.heating_parts_per_s;
  const all = scatteredRate([blue, red]);
  const heating = trap + lattice + (all === 0 ? 0 : (carrier * scatteredRate(lit)) / all);
  const split = angularFromHz(knobs.detuning_hz) / 2;
  // The neighbours' fields go as their exchange does.
  const shifts = conditions.shifts ?? 1;
  const sites = figures.groups.map(
    (group, i): Oscillator => ({
      gain: conditions.gain ? blue.rate_per_s * (1 - recoil.down) : 0,
      loss: conditions.loss ? red.rate_per_s * (1 - recoil.up) : 0,
      asymmetry: figures.asymmetries_rad_per_s[i]!,
      detuning:
        (group === "A" ? split : -split) +
        figures.residual_shifts_rad_per_s[i]! * shifts +
        angularFromHz((conditions.frequency_error_hz?.[i] ?? 0) + (conditions.well_shifts_hz?.[i] ?? 0)),
      ladder: bosonLadder(n),
      channels: {
        heating01: heating * n,
        relaxation10: heating * n + rate(red, "neighbour") + rate(blue, "opposite sideband"),
        heating12: heating * (n + 1) + rate(blue, "neighbour") + rate(red, "opposite sideband"),
        relaxation21: heating * (n + 1),
        dephasing: 2 * figures.dephasing_per_s,
      },
    }),
  );
  const entries = figures.exchange_rad_per_s.flatMap((row, i) =>
    row.flatMap((j, k) =>
      k > i && conditions.exchange !== 0 ? [{ i, j: k, re: j * conditions.exchange, im: 0 }] : [],
    ),
  );
  return { sites, coupling: createCoupling(sites.length, entries) };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, v) => sum + v, 0) / values.length;
}

/** The exchange of largest size, with its sign. */
function strongest(matrix: readonly (readonly number[])[]): number {
  return matrix.flat().reduce((best, j) => (Math.abs(j) > Math.abs(best) ? j : best), 0);
}

/** J/2π of the closest pair, Hz. */
export function nearestExchangeHz(figures: IonFigures): number {
  return hzFromAngular(figures.nearest_rad_per_s);
}
