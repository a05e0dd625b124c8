import { formatQuantity } from "#core/units";
import type { Finding, Severity } from "#ir/finding";
import type { Observable, WantedModel } from "#ir/platform";
import { fockState, type Reservoir, type TransmonKnobs } from "./forward.ts";
import type { TransmonProfile } from "./schema.ts";

/** K made by modulating the couplers: J(t) = static + modulated·cos(ω_m t). */
export interface Synthesis {
  readonly modulation_hz: number;
  readonly static_hz: number;
  readonly modulated_hz: number;
  /** K_eff/2π = α + ω_m. */
  readonly asymmetry_hz: number;
}

/** What beside profile, knobs and model decides about a finding. */
export interface Intent {
  /** Default: that of the wanted model. */
  readonly observable?: Observable;
  /** Relative gain in coherence lifetime over uncoupled sites that a simulation predicts. */
  readonly lifetime_gain?: number;
  readonly synthesis?: Synthesis;
}

/** What a rule looks at. */
export interface Context {
  readonly intent: Intent;
  readonly profile: TransmonProfile;
  readonly knobs: TransmonKnobs;
  readonly wanted: WantedModel;
  /** α at bias, Hz, by site. */
  readonly alphas: readonly number[];
  readonly frequencies: readonly number[];
  readonly smallestRate_per_s: number;
  readonly largestExchange_hz: number;
  readonly spectrum: readonly number[];
}

/** One entry of the catalogue: what it finds, or nothing. */
export type Rule = (context: Context) => Finding[];

export const reservoirs: readonly Reservoir[] = ["gain", "loss"];
export const n = fockState;
export const hz = (value: number) => formatQuantity(value, "frequency", 3);

export function finding(
  code: string,
  severity: Severity,
  title: string,
  message: string,
  numbers: Record<string, number>,
  help = "",
  where: readonly string[] = [],
): Finding {
  return { code, severity, title, message, numbers, help, where: [...where] };
}
