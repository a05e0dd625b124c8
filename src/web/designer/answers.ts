import type { AchievedModel, Inequality, NearestPoint } from "#ir/design";
import type { Finding } from "#ir/finding";

/** What the server says about the knobs: see GET /v1/designer/… in its description. */

export interface SiteKnobs {
  readonly site: string;
  readonly flux_quanta: number;
  readonly drive01_hz: number;
  readonly gain_tone_hz: number;
  readonly gain_amplitude: number;
  readonly loss_tone_hz: number;
  readonly loss_amplitude: number;
}

export interface BondKnobs {
  readonly bond: readonly [string, string];
  readonly exchange_hz: number;
  readonly amplitude: number;
  readonly coupler_hz: number | null;
  readonly modulation: { readonly frequency_hz: number; readonly exchange_hz: number } | null;
}

export interface PointAnswer {
  readonly role: string;
  readonly feasible: boolean;
  readonly strategy: string;
  readonly title: string;
  readonly changes: readonly string[];
  readonly groups: { readonly a: readonly string[]; readonly b: readonly string[] };
  readonly target: Readonly<Record<string, number>>;
  readonly inequalities: readonly Inequality[];
  readonly nearest: NearestPoint;
  readonly achieved: AchievedModel;
  readonly knobs: { readonly sites: readonly SiteKnobs[]; readonly bonds: readonly BondKnobs[] };
  readonly findings: readonly Finding[];
  readonly stability: {
    readonly growth_rate: number;
    readonly growth_rate_without_scatter: number;
    readonly threshold: number | null;
    readonly margin: number | null;
  };
  readonly synchronized: { readonly amplitude: number } | null;
}

export interface GoalAnswer {
  readonly feasible: boolean;
  readonly points: readonly PointAnswer[];
  readonly checks: readonly {
    readonly text: string;
    readonly value: number;
    readonly relation: "<" | ">";
    readonly limit: number;
    readonly passed: boolean;
  }[];
  readonly notes: readonly string[];
}

interface HertzSpan {
  readonly low: number;
  readonly high: number;
}

export interface RegionAnswer {
  readonly rows: readonly {
    readonly loss_hz: number;
    readonly asymmetry: number;
    readonly reach_hz: number;
    readonly threshold_hz: number | null;
    readonly synthesis_hz: number;
  }[];
  readonly loss_hz: HertzSpan;
  readonly chosen_hz: number;
  readonly detuning_hz: HertzSpan;
  readonly asymmetry_hz: HertzSpan;
  readonly coupling_hz: number;
  readonly natural_hz: number;
}

export type Standing = "feasible" | "warned" | "infeasible" | "unknown";

/** How an operating point stands: a mark and a word beside its colour. */
export function standingOf(answer: PointAnswer | null): Standing {
  if (answer === null) return "unknown";
  if (!answer.feasible) return "infeasible";
  return answer.findings.some((finding) => finding.severity === "warning") ? "warned" : "feasible";
}

export const standingTexts: Readonly<Record<Standing, { readonly mark: string; readonly text: string }>> = {
  feasible: { mark: "✓", text: "Feasible" },
  warned: { mark: "!", text: "Feasible, with warnings" },
  infeasible: { mark: "✕", text: "Infeasible as asked" },
  unknown: { mark: "·", text: "Model only" },
};
