import { formatQuantity, fullTurn, hzFromAngular } from "#core/units";
import { assumptionSets } from "./assumption-sets.ts";
import { fluxResponse, quasiStaticDetuning } from "./circuit/flux.ts";
import { finding, hz, type Rule } from "./finding-rule.ts";
import { isKerrElement } from "./site-schema.ts";
import { circuitFromLevels } from "./spectrum.ts";

/** Modulation of couplers that flux lines carry, where the profile does not say. */
export const defaultCouplerBand = [100e6, 500e6] as const;

const synthesisLimits: Rule = ({ profile, alphas, intent: { synthesis } }) => {
  if (synthesis === undefined) return [];
  const limit = Math.min(...alphas.map(Math.abs)) / 20;
  const strongest = Math.max(Math.abs(synthesis.static_hz), Math.abs(synthesis.modulated_hz));
  const [low, high] = profile.assumptions.coupler_band_hz?.value ?? defaultCouplerBand;
  const outside = synthesis.modulation_hz < low || synthesis.modulation_hz > high;
  if (strongest <= limit && !outside) return [];
  const reasons = [
    ...(strongest > limit ? [`J0/2π or J1/2π reaches ${hz(strongest)}, above |α|/20 = ${hz(limit)}`] : []),
    ...(outside
      ? [`ω_m/2π = ${hz(synthesis.modulation_hz)} lies outside the lines' ${hz(low)} … ${hz(high)}`]
      : []),
  ];
  return [
    finding(
      "T12",
      "warning",
      "K-synthesis",
      `${reasons.join("; ")}: the synthesised K holds only where the exchange is slow against α.`,
      {
        exchange_hz: strongest,
        exchange_limit_hz: limit,
        modulation_hz: synthesis.modulation_hz,
        band_low_hz: low,
        band_high_hz: high,
      },
      `Keep J0/2π and J1/2π below ${hz(limit)} and the modulation within the band.`,
    ),
  ];
};

/** Relative gain in lifetime per oscillator near the threshold; slope 0.045/γ₋ on a lifetime of 7.5/γ₋. */
const gainPerSite = 0.006;

/** Lifetime over that of uncoupled sites, minus one, as the paper's Fig. S4 has it at V = γ₋. */
export function paperLifetimeGain(sites: number): number {
  return gainPerSite * sites;
}

const finiteSize: Rule = ({ profile, intent }) => {
  const size = profile.sites.length;
  if (intent.observable !== "lifetime" || size >= 30) return [];
  const gain = intent.lifetime_gain ?? paperLifetimeGain(size);
  if (gain >= 0.15) return [];
  return [
    finding(
      "T17",
      "warning",
      "finite size",
      `With ${size} sites the coherence lives only about ${(100 * gain).toFixed(0)} % longer than without synchronization${intent.lifetime_gain === undefined ? " (rate of the paper's Fig. S4, V = γ−)" : ""}.`,
      { sites: size, lifetime_gain: gain, limit: 0.15 },
      "Use more sites, a stronger coupling, or the order parameter of seeded coherence instead of its lifetime.",
    ),
  ];
};

/** Sides of a graph whose every bond joins the two, or null. */
export function bipartition(
  sites: readonly string[],
  bonds: readonly (readonly [string, string])[],
): ReadonlyMap<string, 0 | 1> | null {
  const neighbours = new Map<string, string[]>(sites.map((id) => [id, []]));
  for (const [a, b] of bonds) {
    neighbours.get(a)!.push(b);
    neighbours.get(b)!.push(a);
  }
  const side = new Map<string, 0 | 1>();
  for (const start of sites) {
    if (side.has(start)) continue;
    side.set(start, 0);
    const open = [start];
    for (let id = open.pop(); id !== undefined; id = open.pop()) {
      for (const other of neighbours.get(id)!) {
        const opposite = side.get(id) === 0 ? 1 : 0;
        if (side.get(other) === undefined) {
          side.set(other, opposite);
          open.push(other);
        } else if (side.get(other) !== opposite) return null;
      }
    }
  }
  return side;
}

const pairCorrelator: Rule = ({ profile, alphas, intent, smallestRate_per_s }) => {
  if (intent.observable !== "pair-correlator" || profile.bonds.length === 0) return [];
  const effective = intent.synthesis?.asymmetry_hz ?? Math.min(...alphas.map(Math.abs));
  const limit = 0.1 * hzFromAngular(smallestRate_per_s);
  if (Math.abs(effective) >= limit) return [];
  const ids = profile.sites.map((site) => site.id);
  if (bipartition(ids, profile.bonds) === null) return [];
  return [
    finding(
      "T18",
      "error",
      "pair correlator",
      `K_eff/2π = ${hz(effective)} is below 0.1 γ/2π and the graph is bipartite: ⟨A†_iA_j⟩ across the two sublattices vanishes identically, synchronized or not.`,
      { asymmetry_hz: effective, limit_hz: limit },
      "Measure the seeded coherence, choose |K| ≥ 0.1 γ, or close an odd loop of bonds.",
    ),
  ];
};

/** Between calibrations and over a shot, s: the decades of flux noise that count as disorder. */
const calibrationInterval_s = 600;

const fluxNoise: Rule = ({ profile, knobs, smallestRate_per_s }) => {
  const noise = profile.assumptions.flux_noise_quanta?.value;
  if (noise === undefined) return [];
  const limit = 0.2 * hzFromAngular(smallestRate_per_s);
  const shot_s = 20 / smallestRate_per_s + profile.assumptions.reset_duration_s.value;
  const spreads = profile.sites.map((site, i) => {
    if (isKerrElement(site)) return 0;
    const { frequency } = fluxResponse(
      circuitFromLevels(site),
      profile.assumptions.squid_asymmetry.value,
      knobs.sites[i]!.flux_quanta,
    );
    return quasiStaticDetuning(frequency, noise, 1 / calibrationInterval_s, 1 / shot_s).deviation_hz;
  });
  const worst = Math.max(...spreads);
  if (worst <= limit) return [];
  return [
    finding(
      "T16",
      "warning",
      "flux noise",
      `Flux noise of ${noise} Φ0 moves site frequencies by σ = ${hz(worst)} between calibrations, more than 0.2 γ/2π = ${hz(limit)}.`,
      { deviation_hz: worst, limit_hz: limit },
      "Bias nearer to the sweet spot, or use a more asymmetric loop.",
      profile.sites.filter((_, i) => spreads[i]! > limit).map((site) => site.id),
    ),
  ];
};

/** Population of level 1 that the shot before may leave: to be said, and too much. */
const leftover = { said: 0.002, refused: 0.05 };

const passiveReset: Rule = ({ profile, wanted }) => {
  if (wanted.relies_on_reset !== true) return [];
  const reset_s = profile.assumptions.reset_duration_s.value;
  const left = profile.sites.map((site) => Math.exp(-(reset_s + site.readout.duration_s) / site.t1_s));
  const most = Math.max(...left);
  if (most <= leftover.said) return [];
  const slowest_s = Math.max(...profile.sites.map((site) => site.t1_s));
  const needed_s = -Math.log(leftover.said) * slowest_s;
  return [
    finding(
      "T36",
      most > leftover.refused ? "error" : "warning",
      "reset",
      `The protocol starts from level 0 as the reset leaves it; ${formatQuantity(reset_s, "time", 3)} of waiting leave up to ${(100 * most).toFixed(most > 0.1 ? 0 : 1)} % of what the shot before left in level 1.`,
      { reset_s, leftover: most, limit: leftover.said },
      `Wait ${formatQuantity(needed_s, "time", 2)}, or reset actively.`,
      profile.sites.filter((_, i) => left[i]! > leftover.said).map((site) => site.id),
    ),
  ];
};

/** A value this near to 2π times what is usual was probably typed in rad/s. */
const unitTolerance = 0.01;

const units: Rule = ({ profile }) => {
  const usual = assumptionSets["flux-tunable"]!;
  const suspect = (value: number, reference: number) =>
    Math.abs(Math.abs(value / reference) / fullTurn - 1) <= unitTolerance;
  const found: { readonly name: string; readonly value: number; readonly reference: number }[] = [];
  for (const [name, { value }] of Object.entries(profile.assumptions)) {
    const reference = usual[name as keyof typeof usual]?.value;
    if (!name.endsWith("_hz") || typeof value !== "number" || typeof reference !== "number") continue;
    if (suspect(value, reference)) found.push({ name, value, reference });
  }
  for (const field of ["frequency_hz", "anharmonicity_hz"] as const) {
    const typical = median(profile.sites.map((site) => Math.abs(site[field])));
    for (const site of profile.sites) {
      if (suspect(site[field], typical)) {
        found.push({ name: `${site.id}.${field}`, value: site[field], reference: typical });
      }
    }
  }
  if (found.length === 0) return [];
  return [
    finding(
      "T25",
      "info",
      "units",
      `${found.map(({ name, value, reference }) => `${name} = ${hz(value)} is 2π times the usual ${hz(reference)}`).join("; ")}: is it an angular frequency in rad/s?`,
      Object.fromEntries(found.map(({ name, value, reference }) => [name, value / reference])),
      "",
      found.map(({ name }) => name),
    ),
  ];
};

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)]!;
}

/** Rules on what is to be seen, and on slips of the pen. */
export const intentRules: readonly Rule[] = [
  synthesisLimits,
  finiteSize,
  pairCorrelator,
  fluxNoise,
  passiveReset,
  units,
];
