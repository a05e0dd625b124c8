import { formatQuantity } from "#core/units";
import type { Finding } from "#ir/finding";
import type { Design, WantedModel } from "#ir/platform";
import { designNaturalGroup, sidebandFor, siteKnobs } from "./design.ts";
import { finding, hz } from "./finding-rule.ts";
import { biasedLevels, type SiteKnobs, type TransmonKnobs } from "./forward.ts";
import { fluxPerAmplitude_quanta } from "./pulses.ts";
import type { TransmonProfile } from "./schema.ts";
import { fluxForFrequency } from "./spectrum.ts";

/**
 * Knobs of a detuned pair: as the natural group where it idles and is read out; while gain, loss and exchange are on,
 * the first site lies δ above the second. The upper one stays where it idles, the lower one is pulsed down by |δ|, as
 * flux only lowers a frequency. Tones follow the site they belong to.
 */
export function designDetunedPair(profile: TransmonProfile, wanted: WantedModel): Design<TransmonKnobs> {
  const idle = designNaturalGroup(profile, wanted);
  const strengths = {
    gain: sidebandFor(profile, "gain", wanted.gain_rate_per_s),
    loss: sidebandFor(profile, "loss", wanted.loss_rate_per_s),
  };
  const deltas = wanted.detuning_hz ?? [];
  const missed: { site: string; wanted_hz: number }[] = [];
  const detuned = deltas.map((delta) =>
    profile.sites.map((site, i): SiteKnobs => {
      const resting = idle.knobs.sites[i]!;
      const down = i === 0 ? Math.max(0, -delta) : Math.max(0, delta);
      if (down === 0) return resting;
      const from = biasedLevels(profile, site, resting.flux_quanta).frequency_hz;
      const target = from - down;
      const flux = fluxForFrequency(site, profile.assumptions.squid_asymmetry.value, target);
      const depth = site.frequency_hz - target;
      const reach = profile.assumptions.flux_tuning_range_hz.value;
      const pulse = flux === null ? Number.POSITIVE_INFINITY : Math.abs(flux - resting.flux_quanta);
      if (flux === null || depth > reach || pulse > fluxPerAmplitude_quanta) {
        missed.push({ site: site.id, wanted_hz: depth });
        return resting;
      }
      return siteKnobs(profile, site, flux, strengths);
    }),
  );
  const range = [Math.min(...deltas), Math.max(...deltas)] as const;
  return {
    knobs: { ...idle.knobs, stepped: { axis: "detuning", sites: detuned } },
    findings: [...idle.findings.map(readAsCorrelation), ...unreached(profile, missed)],
    operating_point: [
      ...idle.operating_point,
      {
        name: "detuning δ/2π",
        value: range[1],
        unit: "Hz",
        text: `${formatQuantity(range[0], "frequency")} … ${formatQuantity(range[1], "frequency")}`,
        note: `${deltas.length} points; the lower site is pulsed down by flux, both idle and are read at one frequency`,
      },
    ],
  };
}

/** What the natural group says of its seeded amplitude does not hold for a correlation. */
function readAsCorrelation(found: Finding): Finding {
  if (found.code !== "T19") return found;
  return {
    ...found,
    severity: "warning",
    message: found.message.replace(
      /;.*$/s,
      ": about what a scan of the correlation shows at δ = 0. Only what rises above it is synchronization.",
    ),
  };
}

function unreached(
  profile: TransmonProfile,
  missed: readonly { readonly site: string; readonly wanted_hz: number }[],
): Finding[] {
  if (missed.length === 0) return [];
  const deepest = Math.max(...missed.map(({ wanted_hz }) => wanted_hz));
  const range = profile.assumptions.flux_tuning_range_hz.value;
  return [
    finding(
      "T34",
      "error",
      "detuning out of reach",
      `${missed.length} points of the scan ask a site to be tuned down by up to ${hz(deepest)}; the flux tuning range is ${hz(range)}.`,
      { tuning_hz: deepest, flux_tuning_range_hz: range },
      "Scan a smaller detuning, or choose sites with a wider tuning range.",
      [...new Set(missed.map(({ site }) => site))],
    ),
  ];
}
