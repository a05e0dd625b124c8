import { angularFromHz, hzFromAngular } from "#core/units";
import type { Conditions } from "#ir/platform";
import type { Network } from "#model/network";
import { type Oscillator, spinOneLadder } from "#model/oscillator";
import { type Bench, stepsOf } from "../bench.ts";
import type { DesignedExperiment } from "../plan.ts";

/**
 * What may differ between a device and the model of its plan. Factors are 1 and offsets 0 where they agree; what is
 * absent agrees.
 */
export interface Variation {
  /** Factor of γ₊, whatever causes it. */
  readonly gain?: number;
  /** Factor of γ₋. */
  readonly loss?: number;
  /** Factor of every exchange J (V of a group). */
  readonly exchange?: number;
  /** Added to K/2π of every site, Hz; the drives stay where the plan puts them. */
  readonly asymmetry_hz?: number;
  /** Factor of the detuning δ that an axis sweeps. */
  readonly detuning?: number;
  /** Factor of 1/T1: relaxation 1→0 and 2→1 that is there without tones. */
  readonly relaxation?: number;
  /** Factor of pure dephasing. */
  readonly dephasing?: number;
  /** The spin-1 ladder (√2, √2) instead of the device's. */
  readonly spinOne?: boolean;
  /** Added to the rate at which the frame of 1↔2 turns against that of 0↔1, Hz; the pulses keep their frequency. */
  readonly frame_drift_hz?: number;
}

/** A bench whose device is not quite what the plan assumes. Everything that the plan tells it to do stays. */
export function variedBench(bench: Bench, variation: Variation): Bench {
  const { frame_drift_hz: drift = 0 } = variation;
  return {
    ...bench,
    carriers: bench.carriers.map((carrier) => ({
      ...carrier,
      offset12_hz: carrier.offset12_hz + drift,
    })),
    network: (conditions) => variedNetwork(bench, variation, conditions),
  };
}

function variedNetwork(bench: Bench, variation: Variation, conditions: Conditions): Network {
  const network = bench.network(conditions);
  const { exchange = 1, detuning = 1, relaxation = 1 } = variation;
  const still =
    relaxation === 1 ? undefined : bench.network({ ...conditions, tones: "none", exchange_hz: 0 });
  const { point, ...unswept } = conditions;
  const swept = detuning !== 1 && point?.detuning !== undefined;
  const idle = swept ? bench.network(unswept) : undefined;
  const { coupling } = network;
  return {
    sites: network.sites.map((site, s) => variedSite(site, variation, still?.sites[s], idle?.sites[s])),
    coupling:
      exchange === 1
        ? coupling
        : { ...coupling, re: coupling.re.map((j) => j * exchange), im: coupling.im.map((j) => j * exchange) },
  };
}

function variedSite(
  site: Oscillator,
  variation: Variation,
  still: Oscillator | undefined,
  idle: Oscillator | undefined,
): Oscillator {
  const { gain = 1, loss = 1, asymmetry_hz = 0, detuning = 1, relaxation = 1, dephasing = 1 } = variation;
  const more = (rate: number) => (relaxation - 1) * rate;
  const { channels } = site;
  return {
    ...site,
    gain: site.gain * gain,
    loss: site.loss * loss,
    asymmetry: site.asymmetry + angularFromHz(asymmetry_hz),
    detuning: idle === undefined ? site.detuning : idle.detuning + detuning * (site.detuning - idle.detuning),
    ladder: variation.spinOne ? spinOneLadder : site.ladder,
    channels: {
      ...channels,
      relaxation10: Math.max(0, channels.relaxation10 + more(still?.channels.relaxation10 ?? 0)),
      relaxation21: Math.max(0, channels.relaxation21 + more(still?.channels.relaxation21 ?? 0)),
      dephasing: channels.dephasing * dephasing,
    },
  };
}

/** Something that a fit can determine: a number that stands for one kind of disagreement. */
export interface FitParameter {
  readonly id: keyof Variation;
  readonly symbol: string;
  readonly title: string;
  /** Value where device and plan agree. */
  readonly nominal: number;
  /** Unit of the value: empty for a factor. */
  readonly unit: "" | "Hz";
  /** Step of the finite differences, small against what the data resolve and large against the integration. */
  readonly step: number;
  /** How far it may plausibly be off before any data (1σ): what "undetermined" is measured by. */
  readonly plausible: number;
  /** What a factor multiplies, for people; null for an offset. */
  readonly planned: { readonly value: number; readonly unit: "Hz" | "1/s" } | null;
}

/** Whether couplers are ever on. */
export function isCoupled({ scan, bench }: DesignedExperiment): boolean {
  return bench.sites.length > 1 && stepsOf(scan).some((steps) => steps.some(({ kind }) => kind === "couple"));
}

/**
 * Parameters that mean something for an experiment: those that its steps use. K enters only where a coherence of 1↔2
 * or an exchange does.
 */
export function fitParameters(designed: DesignedExperiment): FitParameter[] {
  const { bench, scan } = designed;
  const mean = (values: readonly number[]) => values.reduce((sum, x) => sum + x, 0) / values.length;
  const driven = bench.network({ tones: "both", exchange_hz: 0 }).sites;
  const still = bench.network({ tones: "none", exchange_hz: 0 }).sites;
  const coupled = isCoupled(designed);
  const factor = (
    id: keyof Variation,
    symbol: string,
    title: string,
    planned: FitParameter["planned"],
    step = 0.02,
    plausible = 0.5,
  ): FitParameter => ({ id, symbol, title, nominal: 1, unit: "", step, plausible, planned });
  const rate = (of: (site: Oscillator) => number, sites: readonly Oscillator[]) =>
    ({ value: mean(sites.map(of)), unit: "1/s" }) as const;
  const exchange = scan.exchange_hz.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a), 0);
  return [
    factor(
      "gain",
      "γ₊",
      "gain",
      rate((s) => s.gain, driven),
    ),
    factor(
      "loss",
      "γ₋",
      "loss",
      rate((s) => s.loss, driven),
    ),
    ...(coupled && exchange !== 0
      ? [factor("exchange", "J", "exchange", { value: exchange, unit: "Hz" }, 0.01)]
      : []),
    ...(coupled
      ? [
          {
            id: "asymmetry_hz",
            symbol: "K",
            title: `asymmetry K/2π beyond ${(hzFromAngular(mean(driven.map((s) => s.asymmetry))) / 1e6).toFixed(1)} MHz`,
            nominal: 0,
            unit: "Hz",
            step: 2e4,
            plausible: 1e6,
            planned: null,
          } as const,
        ]
      : []),
    ...(scan.axes.some(({ name }) => name === "detuning")
      ? [factor("detuning", "δ", "detuning", null, 0.005, 0.2)]
      : []),
    factor(
      "relaxation",
      "1/T1",
      "relaxation",
      rate((s) => s.channels.relaxation10, still),
      0.2,
      1,
    ),
    ...(coupled
      ? [
          factor(
            "dephasing",
            "κφ",
            "dephasing",
            rate((s) => s.channels.dephasing, driven),
            0.2,
            1,
          ),
        ]
      : []),
  ];
}
