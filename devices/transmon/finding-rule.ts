import { formatQuantity } from "#core/units";
import type { Finding, Severity } from "#ir/finding";
import type { WantedModel } from "#ir/platform";
import { fockState, type Reservoir, type TransmonKnobs } from "./forward.ts";
import type { TransmonProfile } from "./schema.ts";

/** What a rule looks at. */
export interface Context {
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
