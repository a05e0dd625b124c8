import type { Network } from "#model/network";
import type { Finding } from "./finding.ts";
import type { Operation, Probe, Tones } from "./operations.ts";
import type { PlanEntry } from "./plan.ts";
import type { Axis } from "./scan.ts";
import type { Sequence } from "./sequence.ts";

/** What a protocol reads off; some limits hold for one of them only. */
export type Observable = "order-parameter" | "lifetime" | "pair-correlator";

/** The model that a protocol wants a device to realise; SI units. */
export interface WantedModel {
  /** Default: the order parameter. */
  readonly observable?: Observable;
  /** γ₊ and γ₋, 1/s. */
  readonly gain_rate_per_s: number;
  readonly loss_rate_per_s: number;
  /** Exchange J/2π of every bond, Hz, one entry for each index of the axis `exchange`; one when it is not swept. */
  readonly exchange_hz: readonly number[];
  /** δ/2π of a pair, Hz: first site at +δ/2, second at −δ/2, one entry for each index of the axis `detuning`. */
  readonly detuning_hz?: readonly number[];
  /** γ₊/γ₋, one entry for each index of the axis `ratio`; the larger of the two stays, both rates above. */
  readonly gain_ratio?: readonly number[];
  /** True for a protocol that measures from the ground state as the reset leaves it, without stabilising first. */
  readonly relies_on_reset?: boolean;
  /** K/2π that the device shall act with instead of its own, Hz. */
  readonly asymmetry_hz?: number;
}

/** What is switched on during a piece of a protocol. */
export interface Conditions {
  /** Engineered gain and loss. */
  readonly tones: Tones;
  /** Indices of the axes, for what the device itself steps through; absent where that does not matter. */
  readonly point?: Readonly<Record<string, number>>;
  /** J/2π of every bond, Hz; 0 when the couplers are off. */
  readonly exchange_hz: number;
  /** Bonds whose couplers are on; all when absent. */
  readonly bonds?: readonly (readonly [string, string])[];
  /** When it begins, s since the frames were zeroed; default 0. */
  readonly start_s?: number;
  /** Deviation of each site's frequency from what the plan assumes, Hz. */
  readonly frequency_error_hz?: readonly number[];
}

/** Where the drive frames of a site turn, relative to the network's common rotating frame. */
export interface Carriers {
  /** Drive frequency of 0↔1 minus the reference, Hz. */
  readonly offset01_hz: number;
  /** Drive frequency of 1↔2 minus the reference, Hz. */
  readonly offset12_hz: number;
  /** Frequency relative to the common frame at which ρ₁₂ counts into the amplitude, Hz; default 0, as ρ₀₁. */
  readonly ladder12_hz?: number;
}

export interface Design<Knobs> {
  readonly knobs: Knobs;
  readonly findings: readonly Finding[];
  readonly operating_point: readonly PlanEntry[];
}

/** Clock to which every duration of a platform is aligned. */
export interface Clock {
  readonly clock_hz: number;
  readonly granularity_ticks: number;
}

/**
 * A kind of hardware: what it can be told (knobs), what it then does (`network`), and how operations become
 * signals. `Profile` and `Knobs` are the platform's own.
 */
export interface Platform<Profile, Knobs> {
  readonly kind: string;
  readonly title: string;
  /** Checks a profile document and lays the experiment's assumptions over it. */
  parseProfile(document: unknown, overrides: Record<string, unknown>): Profile;
  /** Site ids, positions and bonds, in the order used everywhere. */
  layout(profile: Profile): {
    readonly sites: readonly string[];
    readonly positions: readonly (readonly [number, number])[];
    readonly bonds: readonly (readonly [string, string])[];
  };
  assumptions(profile: Profile): { readonly name: string; readonly value: string; readonly source: string }[];
  clock(profile: Profile): Clock;
  /** Inverse design: knobs that come nearest to the wanted model, and what stands in the way. */
  design(profile: Profile, wanted: WantedModel): Design<Knobs>;
  /** Forward physics: the network that the knobs realise, unwanted channels included; rates in 1/s, rad/s. */
  network(profile: Profile, knobs: Knobs, conditions: Conditions): Network;
  carriers(profile: Profile, knobs: Knobs): Carriers[];
  /**
   * How a rotation is spread over its pulse: duration in s, and the part of the angle in each equal slice. With
   * `whole_ladder` the pulse drives the other transition too, off resonance, in the ratio of the ladder's elements.
   */
  rotation(profile: Profile): {
    readonly duration_s: number;
    readonly slices: readonly number[];
    readonly whole_ladder?: boolean;
  };
  /** Populations of the levels when a shot begins; those of the reservoirs' absence where it is not said. */
  prepared?(profile: Profile): readonly [number, number, number];
  /** 1σ of what the plan cannot know about each site's frequency, Hz. */
  frequencyUncertainty(profile: Profile): number;
  /** 3 × 3 per site, rows assigned, columns prepared. */
  assignment(profile: Profile): number[][][];
  /** P(shown | level) of a sideband probe, 3 × 3, rows shown; absent where a platform has no sidebands to probe by. */
  probe?(profile: Profile, probe: Probe): number[][];
  /** Time a shot takes beside the operations: reset and read-out, s. */
  overhead(profile: Profile): number;
  lower(
    profile: Profile,
    knobs: Knobs,
    scan: { readonly axes: readonly Axis[]; readonly operations: readonly Operation[] },
    shots: number,
  ): Sequence;
}
