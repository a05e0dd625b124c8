import { formatQuantity } from "#core/units";
import type { Finding, Severity } from "#ir/finding";
import type { SynchronizationThresholds } from "#model/thresholds";
import type { IonFigures, IonKnobs } from "./forward.ts";
import type { Inequality } from "./hierarchy.ts";
import type { Wanted } from "./knobs.ts";
import type { IonProfile, IonTarget } from "./schema.ts";

/**
 * Where the unsynchronized state of the achieved ions is unstable, along |V| in rad/s, all unwanted channels included;
 * V may be any eigenvalue of the exchange matrix. At δ = 0, ions taken as equal.
 */
export interface Thresholds {
  /** For couplings of the sign of V·K that the uniform pattern has. */
  readonly along: SynchronizationThresholds;
  /** For couplings of the other sign, those of patterns with neighbours in opposition. */
  readonly against: SynchronizationThresholds;
  /** The largest couplings |λ| of either sign; 0 where there is none. */
  readonly strongest: { readonly along: number; readonly against: number };
  /** Whether a pattern of either sign is unstable. */
  readonly unstable: { readonly along: boolean; readonly against: boolean };
}

/** What a rule looks at. */
export interface Context {
  readonly profile: IonProfile;
  readonly target: IonTarget;
  readonly wanted: Wanted;
  readonly knobs: IonKnobs;
  readonly figures: IonFigures;
  readonly hierarchy: readonly Inequality[];
  readonly thresholds: Thresholds;
  /** Population outside the three levels. */
  readonly leakage: number;
  /** Distance that would give the wanted V, m. */
  readonly ideal_spacing_m: number;
}

/** One entry of the catalogue: what it finds, or nothing. */
export type Rule = (context: Context) => Finding[];

export const hz = (value: number) => formatQuantity(value, "frequency", 3);
export const perSecond = (value: number) => `${Number(value.toPrecision(3))}/s`;
export const percent = (value: number) => `${Number((100 * value).toPrecision(3))} %`;
export const micrometres = (value: number) => `${Number((value * 1e6).toPrecision(3))} µm`;

export function finding(
  code: string,
  severity: Severity,
  message: string,
  numbers: Record<string, number>,
  help = "",
  where: readonly string[] = [],
): Finding {
  return { code, severity, title: titles[code] ?? code, message, numbers, help, where: [...where] };
}

/** A warning above the limit, an error above the second. */
export function graded(value: number, limit: number, errorLimit: number): Severity | null {
  if (!(value > limit)) return null;
  return value > errorLimit ? "error" : "warning";
}

/** Every code that this platform raises, with what it is about. */
export const titles: Readonly<Record<string, string>> = {
  K_TOO_SMALL_FOR_SELECTIVITY: "selectivity of the sidebands",
  K_UNREACHABLE_ELECTRODES: "anharmonicity from electrodes",
  SIGN_VK_POSITIVE: "sign of V·K",
  INSIDE_BOSON_BLOCKADE_WINDOW: "bosonic blockade window",
  REPUMP_SATURATED: "repump saturated",
  NOT_MARKOV: "memory of the repump",
  HEATING_COMPETES: "heating",
  DEPHASING_COMPETES: "dephasing",
  SELF_SHIFT_DISORDER: "shifts by the neighbours",
  VAB_OVER_V: "coupling between the groups",
  COLLECTIVE_MODES_RESOLVED: "collective modes",
  RWA: "rotating wave",
  LAMB_DICKE: "Lamb–Dicke regime",
  LEAKAGE: "leakage above the triple",
  "AC_STARK_EXCEEDS_K/10": "Stark shift by the carrier",
  LIFETIME_TOO_SHORT: "lifetime of the phase",
  DDS_RESOLUTION: "frequency resolution",
  TIMING_RESOLUTION: "timing resolution",
  THRESHOLD: "synchronization threshold",
  DARK_STATE: "dark superposition",
  RECOIL: "recoil",
  DEBYE_WALLER: "spectator modes",
  LASER_LINEWIDTH: "laser linewidth",
  RUN_TOO_LONG: "length of a shot",
  MODE_TOO_SOFT: "mode frequency against K",
  ASYMMETRY_OUT_OF_REACH: "depth of the lattice",
  RABI_OUT_OF_REACH: "power of a tone",
  REPUMP_OUT_OF_REACH: "power of the repump",
  COUPLING_OUT_OF_REACH: "distance of the ions",
};
