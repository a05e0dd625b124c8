import { EntrainError } from "#core/errors";
import { angularFromHz, formatQuantity } from "#core/units";
import type { PlanEntry } from "#ir/plan";
import type { Design, WantedModel } from "#ir/platform";
import { kerrLadder } from "./circuit/ladder.ts";
import { fluxBias, pumpOf, tonePhotons } from "./dressing.ts";
import { designFindings } from "./findings.ts";
import {
  ancilla,
  biasedLevels,
  fockState,
  type Reservoir,
  reservoirTones,
  type SiteKnobs,
  siteOscillator,
  squaredElements,
  type TransmonKnobs,
} from "./forward.ts";
import { type ReservoirRequest, settleTones } from "./reservoir/tones.ts";
import type { TransmonProfile, TransmonSite } from "./schema.ts";
import { blueToneFrequency, couplingForRate, eliminateAncilla, redToneFrequency } from "./sidebands.ts";
import { isKerrElement } from "./site-schema.ts";
import { fluxForFrequency } from "./spectrum.ts";

/** Levels kept while the tones settle: those whose rungs shift level 2, and some more. */
const keptLevels = 7;

/** Tones are settled to this part of the slower rate; fifty times as much is a fault (T13). */
const toneTolerance = 1e-3;

/**
 * Knobs of the preset "natural-K single group": every site tuned to one frequency, gain and loss by resonant
 * sidebands, all couplers at one exchange.
 *
 * The common frequency is that of the lowest site, which keeps its sweet spot; the others are tuned down to it
 * as far as the tuning range allows. Tone frequencies follow the level shifts that the tones themselves cause.
 */
export function designNaturalGroup(profile: TransmonProfile, wanted: WantedModel): Design<TransmonKnobs> {
  const biases = tuneToCommonFrequency(profile);
  const tuned = profile.sites.map((site, i) => biasedLevels(profile, site, biases[i]!));
  const reference_hz = tuned.reduce((sum, levels) => sum + levels.frequency_hz, 0) / tuned.length;
  const strengths = {
    gain: sidebandFor(profile, "gain", wanted.gain_rate_per_s),
    loss: sidebandFor(profile, "loss", wanted.loss_rate_per_s),
  };
  const sites = profile.sites.map((site, i) => siteKnobs(profile, site, biases[i]!, strengths));
  const perAmplitude = profile.assumptions.exchange_per_amplitude_hz.value;
  const knobs: TransmonKnobs = {
    reference_hz,
    sites,
    exchange_hz: wanted.exchange_hz,
    exchange_amplitude: wanted.exchange_hz.map((exchange) => exchange / perAmplitude),
  };
  return {
    knobs,
    findings: designFindings(profile, knobs, wanted),
    operating_point: operatingPoint(profile, knobs),
  };
}

function tuneToCommonFrequency(profile: TransmonProfile): number[] {
  const range = profile.assumptions.flux_tuning_range_hz.value;
  const target = Math.min(...profile.sites.map((site) => site.frequency_hz));
  return profile.sites.map((site) => {
    const reachable = Math.max(target, site.frequency_hz - range);
    return range === 0 || isKerrElement(site)
      ? 0
      : (fluxForFrequency(site, profile.assumptions.squid_asymmetry.value, reachable) ?? 0);
  });
}

/** g/2π for a wanted rate; beyond κ/2 the largest that still makes a bath, which the findings then refuse. */
export function sidebandFor(profile: TransmonProfile, reservoir: Reservoir, rate_per_s: number): number {
  const { linewidth_hz } = ancilla(profile.assumptions, reservoir);
  const element = Math.sqrt(squaredElements[reservoir === "gain" ? 0 : 1]);
  const coupling = couplingForRate(rate_per_s, linewidth_hz) ?? linewidth_hz / 4;
  return coupling / element;
}

export function siteKnobs(
  profile: TransmonProfile,
  site: TransmonSite,
  flux_quanta: number,
  strengths: Record<Reservoir, number>,
): SiteKnobs {
  const levels = biasedLevels(profile, site, flux_quanta);
  const f01 = levels.frequency_hz;
  const f12 = f01 + levels.anharmonicity_hz;
  const amplitude = (reservoir: Reservoir) =>
    strengths[reservoir] / profile.assumptions[`${reservoir}_sideband_per_amplitude_hz`].value;
  const tones = settledTones(profile, site, flux_quanta, strengths) ?? {
    gain: blueToneFrequency(f01, ancilla(profile.assumptions, "gain").frequency_hz),
    loss: redToneFrequency(f12, ancilla(profile.assumptions, "loss").frequency_hz),
  };
  return {
    site: site.id,
    flux_quanta,
    drive01_hz: f01,
    drive12_hz: f12,
    gain_tone_hz: tones.gain / tonePhotons(profile.assumptions, "gain"),
    gain_amplitude: amplitude("gain"),
    loss_tone_hz: tones.loss / tonePhotons(profile.assumptions, "loss"),
    loss_amplitude: amplitude("loss"),
  };
}

/** Frequencies of the sidebands; null where the tones cannot do what is asked, which the findings then refuse. */
function settledTones(
  profile: TransmonProfile,
  site: TransmonSite,
  flux_quanta: number,
  strengths: Record<Reservoir, number>,
): Record<Reservoir, number> | null {
  const request = (reservoir: Reservoir): ReservoirRequest => {
    const mode = ancilla(profile.assumptions, reservoir);
    const coupling = strengths[reservoir] * Math.sqrt(squaredElements[reservoir === "gain" ? 0 : 1]);
    return {
      ancilla: mode,
      rate_per_s: eliminateAncilla(coupling, 0, mode.linewidth_hz).rate_per_s,
      pump: pumpOf(profile.assumptions, reservoir, strengths[reservoir]),
    };
  };
  const [gain, loss] = [request("gain"), request("loss")];
  const modulated = gain.pump.kind === "flux" || loss.pump.kind === "flux";
  const flux = modulated ? fluxBias(profile, site, flux_quanta) : undefined;
  try {
    const settled = settleTones(
      {
        ladder: kerrLadder(biasedLevels(profile, site, flux_quanta), keptLevels),
        fockState,
        gain,
        loss,
        ...(flux === undefined ? {} : { flux }),
      },
      { tolerance: toneTolerance },
    );
    return { gain: settled.gain.sideband_frequency_hz, loss: settled.loss.sideband_frequency_hz };
  } catch (error) {
    if (error instanceof EntrainError && error.kind === "infeasible") return null;
    throw error;
  }
}

function operatingPoint(profile: TransmonProfile, knobs: TransmonKnobs): PlanEntry[] {
  const sites = profile.sites.map((site, i) =>
    siteOscillator(profile, site, {
      flux_quanta: knobs.sites[i]!.flux_quanta,
      tones: reservoirTones(profile, knobs.sites[i]!),
      reference_hz: knobs.reference_hz,
    }),
  );
  const mean = (values: number[]) => values.reduce((sum, v) => sum + v, 0) / values.length;
  const range = (values: number[]) => [Math.min(...values), Math.max(...values)] as const;
  const levels = profile.sites.map((site, i) => biasedLevels(profile, site, knobs.sites[i]!.flux_quanta));
  const fluxes = range(knobs.sites.map((s) => s.flux_quanta));
  const alphas = levels.map((l) => l.anharmonicity_hz);
  const gain = mean(sites.map((s) => s.gain));
  const loss = mean(sites.map((s) => s.loss));
  const entry = (name: string, value: number, unit: string, text: string, note: string): PlanEntry => ({
    name,
    value,
    unit,
    text,
    note,
  });
  const alphaMean = mean(alphas);
  const [alphaLow, alphaHigh] = range(alphas);
  return [
    entry(
      "sites",
      sites.length,
      "",
      String(sites.length),
      `${profile.bonds.length} ${profile.bonds.length === 1 ? "bond" : "bonds"}`,
    ),
    entry(
      "common frequency f01",
      knobs.reference_hz,
      "Hz",
      formatQuantity(knobs.reference_hz, "frequency", 5),
      `flux biases ${fluxes[0].toFixed(3)} … ${fluxes[1].toFixed(3)} Φ0`,
    ),
    entry(
      "asymmetry K/2π (= α)",
      alphaMean,
      "Hz",
      formatQuantity(alphaMean, "frequency"),
      `${formatQuantity(alphaLow, "frequency")} … ${formatQuantity(alphaHigh, "frequency")} over the sites`,
    ),
    entry(
      "gain γ+",
      gain,
      "1/s",
      formatQuantity(gain, "rate"),
      `blue sideband, amplitude ${amplitudes(knobs, "gain")}`,
    ),
    entry(
      "loss γ−",
      loss,
      "1/s",
      formatQuantity(loss, "rate"),
      `red sideband, amplitude ${amplitudes(knobs, "loss")}`,
    ),
    entry(
      "K/γ−",
      angularFromHz(alphaMean) / loss,
      "",
      (angularFromHz(alphaMean) / loss).toFixed(1),
      "natural anharmonicity",
    ),
    entry(
      "exchange J/2π",
      knobs.exchange_hz.at(-1)!,
      "Hz",
      [...new Set([knobs.exchange_hz[0]!, knobs.exchange_hz.at(-1)!])]
        .map((value) => formatQuantity(value, "frequency"))
        .join(" … "),
      knobs.exchange_hz.length === 1
        ? "every bond alike"
        : `${knobs.exchange_hz.length} points, every bond alike`,
    ),
  ];
}

function amplitudes(knobs: TransmonKnobs, reservoir: Reservoir): string {
  const value = knobs.sites[0]![`${reservoir}_amplitude`];
  return `${value.toFixed(3)} of full scale`;
}
