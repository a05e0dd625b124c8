import { formatQuantity, hzFromAngular } from "#core/units";
import type { Design, WantedModel } from "#ir/platform";
import { designNaturalGroup, sidebandFor, siteKnobs } from "./design.ts";
import { finding, hz, type Synthesis } from "./finding-rule.ts";
import { designFindings, graphSpectrum } from "./findings.ts";
import { reservoirTones, type SteppedKnobs, siteOscillator, type TransmonKnobs } from "./forward.ts";
import type { TransmonProfile } from "./schema.ts";

/** About a natural K, which K-synthesis replaces. */
const aboutNaturalK = new Set(["T08", "T09", "T10", "T19"]);

/**
 * Knobs of one group whose K is made by the couplers: J(t) = J₀ + J₁ cos ω_m t on all bonds with J₁ = 2J₀ and
 * ω_m = |ᾱ − K_eff|, the mean over sites of α with its light shifts at the middle of the scan. Where γ₊/γ₋ is scanned,
 * every ratio has tones of its own, settled with the shifts they cause.
 *
 * @source derivation of docs/design.md; test/unit/devices/transmon/inverse/k-synthesis.test.ts
 */
export function designSynthesisedGroup(profile: TransmonProfile, wanted: WantedModel): Design<TransmonKnobs> {
  const ratios = wanted.gain_ratio ?? [1];
  const group = designNaturalGroup(profile, wanted);
  const sitesAt = (ratio: number) =>
    profile.sites.map((site, i) =>
      siteKnobs(profile, site, group.knobs.sites[i]!.flux_quanta, {
        gain: sidebandFor(profile, "gain", Math.min(1, ratio) * wanted.gain_rate_per_s),
        loss: sidebandFor(profile, "loss", Math.min(1, 1 / ratio) * wanted.loss_rate_per_s),
      }),
    );
  const stepped: SteppedKnobs = { axis: "ratio", sites: ratios.map(sitesAt) };
  const middle = stepped.sites[Math.floor(ratios.length / 2)]!;
  const asymmetries = profile.sites.map((site, i) =>
    hzFromAngular(
      siteOscillator(profile, site, {
        flux_quanta: middle[i]!.flux_quanta,
        tones: reservoirTones(profile, middle[i]!),
        reference_hz: group.knobs.reference_hz,
      }).asymmetry,
    ),
  );
  const mean_hz = asymmetries.reduce((sum, value) => sum + value, 0) / asymmetries.length;
  const spread_hz = Math.max(...asymmetries) - Math.min(...asymmetries);
  const asymmetry_hz = wanted.asymmetry_hz ?? 0;
  const modulation_hz = Math.abs(mean_hz - asymmetry_hz);
  const static_hz = wanted.exchange_hz[0]!;
  const modulated_hz = 2 * static_hz;
  const knobs: TransmonKnobs = {
    ...group.knobs,
    modulation: {
      frequency_hz: modulation_hz,
      exchange_hz: modulated_hz,
      amplitude: modulated_hz / profile.assumptions.exchange_per_amplitude_hz.value,
    },
    ...(wanted.gain_ratio === undefined ? {} : { stepped }),
  };
  const synthesis: Synthesis = { modulation_hz, static_hz, modulated_hz, asymmetry_hz };
  const findings = designFindings(profile, knobs, wanted, { synthesis }).filter(
    ({ code }) => !aboutNaturalK.has(code),
  );
  const coupling_hz = Math.abs(static_hz) * Math.max(...graphSpectrum(profile).map(Math.abs));
  return {
    knobs,
    findings: [...findings, ...scattered(spread_hz, coupling_hz)],
    operating_point: [
      ...group.operating_point.filter(({ name }) => name !== "K/γ−"),
      {
        name: "γ+/γ−",
        value: Math.max(...ratios),
        unit: "",
        text: ratios.length === 1 ? ratios[0]!.toFixed(3) : `${Math.min(...ratios)} … ${Math.max(...ratios)}`,
        note: "the larger of the two held, the other by the amplitude of its sideband",
      },
      {
        name: "modulation ω_m/2π",
        value: modulation_hz,
        unit: "Hz",
        text: formatQuantity(modulation_hz, "frequency", 6),
        note: `every coupler, J1/2π = ${formatQuantity(modulated_hz, "frequency")}, amplitude ${knobs.modulation!.amplitude.toFixed(3)} of full scale`,
      },
      {
        name: "K_eff/2π",
        value: asymmetry_hz,
        unit: "Hz",
        text: `${formatQuantity(asymmetry_hz, "frequency")} ± ${formatQuantity(spread_hz / 2, "frequency", 2)}`,
        note: "mean and half the spread over the sites: the scatter of α stays",
      },
    ],
  };
}

/** Spread of K_eff over the sites, in units of V, from which sites that differ lock where equal ones are blocked. */
const tolerableSpread = 0.5;

function scattered(spread_hz: number, coupling_hz: number) {
  const limit_hz = tolerableSpread * coupling_hz;
  if (spread_hz <= limit_hz) return [];
  return [
    finding(
      "T35",
      "warning",
      "scatter of K",
      `K_eff of the sites spreads over ${hz(spread_hz)}, more than ${tolerableSpread} V/2π = ${hz(limit_hz)}: sites that differ synchronize where equal ones are blocked.`,
      { spread_hz, limit_hz },
      "Choose sites of equal anharmonicity, or a stronger exchange.",
    ),
  ];
}
