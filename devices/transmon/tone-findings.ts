import { formatQuantity, hzFromAngular } from "#core/units";
import type { Finding } from "#ir/finding";
import { type EnergyLadder, kerrLadder, transitionFrequency, transmonLadder } from "./circuit/ladder.ts";
import { dressSite, fluxBias, purcellDecay, tonePhotons } from "./dressing.ts";
import { type Context, finding, hz, n, type Rule, reservoirs } from "./finding-rule.ts";
import { ancilla, biasedLevels, type Reservoir, reservoirTones, sidebandStrength } from "./forward.ts";
import { excursionForSideband, gainOverPurcell } from "./reservoir/flux-modulation.ts";
import { bosonicRelaxation, reductionCheck } from "./reservoir/multi-level.ts";
import { fluxAmplitude } from "./reservoir/pump-shifts.ts";
import { blueToneFrequency, redToneFrequency } from "./sidebands.ts";
import { circuitEnergies, isKerrElement } from "./site-schema.ts";
import { squidJosephson } from "./spectrum.ts";

const strengthOf = ({ profile, knobs }: Context, reservoir: Reservoir, i: number) =>
  sidebandStrength(profile.assumptions, reservoir, knobs.sites[i]![`${reservoir}_amplitude`]);

const toneOf = ({ knobs }: Context, reservoir: Reservoir, i: number) =>
  knobs.sites[i]![`${reservoir}_tone_hz`];

const purcell: Rule = (context) => {
  const { profile, frequencies, smallestRate_per_s, knobs } = context;
  const rates = frequencies.map((f) => n * purcellDecay(profile.assumptions, f));
  const worst = Math.max(...rates);
  if (worst <= 0.1 * smallestRate_per_s) return [];
  const at = rates.indexOf(worst);
  const ratios = reservoirs.flatMap((reservoir) => {
    const pump = profile.assumptions[`${reservoir}_pump`]?.value;
    if (pump?.kind !== "flux") return [];
    const frequency = toneOf(context, reservoir, at) * tonePhotons(profile.assumptions, reservoir);
    const excursion = excursionForSideband(pump.static_hz, strengthOf(context, reservoir, at), frequency);
    if (excursion === null) return [];
    const mode = ancilla(profile.assumptions, reservoir);
    const detuning = frequencies[at]! - mode.frequency_hz;
    return [{ reservoir, ratio: gainOverPurcell(excursion / frequency, detuning, mode.linewidth_hz) }];
  });
  const compared = ratios.map(
    ({ reservoir, ratio }) => `γ/Γ_P = ${ratio.toPrecision(3)} for the ${reservoir} ancilla`,
  );
  return [
    finding(
      "T04",
      "warning",
      "Purcell decay",
      `The static couplings to the ancillas empty |${n}⟩ at Γ_P = ${formatQuantity(worst, "rate", 3)}, more than a tenth of the slower engineered rate${compared.length > 0 ? ` (${compared.join(", ")})` : ""}.`,
      {
        purcell_per_s: worst,
        limit_per_s: 0.1 * smallestRate_per_s,
        ...Object.fromEntries(ratios.map(({ reservoir, ratio }) => [`${reservoir}_over_purcell`, ratio])),
      },
      "Narrow the ancilla, move it away, put a Purcell filter in front of it, or modulate a coupler instead of the site.",
      knobs.sites.filter((_, i) => rates[i]! > 0.1 * smallestRate_per_s).map(({ site }) => site),
    ),
  ];
};

const reach: Rule = (context) =>
  reservoirs.flatMap((reservoir) => {
    const { profile, knobs } = context;
    const pump = profile.assumptions[`${reservoir}_pump`]?.value;
    if (pump?.kind !== "flux") return [];
    const far = knobs.sites.filter((site, i) => {
      const bias = fluxBias(profile, profile.sites[i]!, site.flux_quanta);
      const frequency = toneOf(context, reservoir, i) * tonePhotons(profile.assumptions, reservoir);
      const rung = reservoir === "gain" ? 0 : 1;
      return !bias || fluxAmplitude(bias, rung, pump, strengthOf(context, reservoir, i), frequency) === null;
    });
    if (far.length === 0) return [];
    const strength = Math.max(...knobs.sites.map((_, i) => strengthOf(context, reservoir, i)));
    return [
      finding(
        "T30",
        "error",
        "sideband out of reach",
        `Modulating the flux of ${far.length} sites cannot make a ${reservoir} sideband of g/2π = ${hz(strength)} from a static coupling of ${hz(pump.static_hz)} through the ${pump.lever} of f(Φ).`,
        { sideband_hz: strength, largest_hz: 0.5819 * pump.static_hz },
        "At most 0.58 g_s is reached, and only where the flux has that lever: bias off the sweet spot for the slope.",
        far.map(({ site }) => site),
      ),
    ];
  });

const sharedAncilla: Rule = (context) => {
  const { profile, knobs, frequencies, alphas, smallestRate_per_s, wanted } = context;
  if (profile.assumptions.shared_ancilla?.value !== true) return [];
  const rate = Math.max(wanted.gain_rate_per_s, wanted.loss_rate_per_s);
  const limit = 10 * hzFromAngular(rate);
  const gain = ancilla(profile.assumptions, "gain").frequency_hz;
  const loss = ancilla(profile.assumptions, "loss").frequency_hz;
  const distances = knobs.sites.map((site, i) => {
    const blue = site.gain_tone_hz * tonePhotons(profile.assumptions, "gain") - frequencies[i]!;
    const red = site.loss_tone_hz * tonePhotons(profile.assumptions, "loss");
    const f12 = frequencies[i]! + alphas[i]!;
    return Math.abs(blue - (loss >= f12 ? f12 + red : f12 - red));
  });
  const nearest = Math.min(...distances);
  if (nearest >= limit) return [];
  return [
    finding(
      "T06",
      "error",
      "shared ancilla",
      `Gain and loss empty into one mode with emission lines ${hz(nearest)} apart, less than ten times γ/2π: the two jumps add coherently to √γ+|1⟩⟨0| + e^{iφ}√γ−|1⟩⟨2|, which fixes the phase 2φ and breaks the symmetry that the model is about.`,
      {
        emission_distance_hz: nearest,
        limit_hz: limit,
        gain_line_hz: gain,
        loss_line_hz: loss,
        smallest_rate_per_s: smallestRate_per_s,
      },
      "Use two ancillas, or detune the tones so that the lines lie more than 10 γ/2π but less than κ/2π apart.",
      profile.sites.filter((_, i) => distances[i]! < limit).map((site) => site.id),
    ),
  ];
};

const coherentPump: Rule = (context) => {
  const { profile, frequencies, alphas, wanted } = context;
  const linewidth = hzFromAngular(wanted.gain_rate_per_s + wanted.loss_rate_per_s);
  return reservoirs.flatMap((reservoir) =>
    ([1, 2] as const).flatMap((photons) => {
      const misses = profile.sites.map((_, i) =>
        Math.abs(photons * toneOf(context, reservoir, i) - (2 * frequencies[i]! + alphas[i]!)),
      );
      const nearest = Math.min(...misses);
      if (nearest >= 10 * linewidth) return [];
      return [
        finding(
          "T07",
          "error",
          "coherent pump",
          `${photons === 1 ? "The" : "Two photons of the"} ${reservoir} tone come within ${hz(nearest)} of E${n + 1} − E${n - 1}: that drives |${n - 1}⟩↔|${n + 1}⟩ coherently and gives every site a phase reference of order two.`,
          { distance_hz: nearest, limit_hz: 10 * linewidth, photons },
          `Move the ${reservoir} ancilla by ${hz(10 * linewidth)} or more.`,
          profile.sites.filter((_, i) => misses[i]! < 10 * linewidth).map((site) => site.id),
        ),
      ];
    }),
  );
};

const stark: Rule = (context) => {
  const { profile, knobs, smallestRate_per_s } = context;
  const limit = 0.05 * hzFromAngular(smallestRate_per_s);
  const gain = ancilla(profile.assumptions, "gain").frequency_hz;
  const loss = ancilla(profile.assumptions, "loss").frequency_hz;
  const misses = profile.sites.map((site, i) => {
    const settings = knobs.sites[i]!;
    const tones = reservoirTones(profile, settings);
    const levels = biasedLevels(profile, site, settings.flux_quanta);
    const dressed = dressSite(profile, site, settings.flux_quanta, levels, tones);
    if (dressed.mixed) return Number.POSITIVE_INFINITY;
    const [f01, f12] = dressed.transitions_hz;
    const [blue, red] = tones.map((tone) => tone.frequency_hz);
    return Math.max(
      Math.abs(blue! - blueToneFrequency(f01, gain)),
      Math.abs(red! - redToneFrequency(f12, loss)),
    );
  });
  const worst = Math.max(...misses);
  if (worst <= limit) return [];
  const where = profile.sites.filter((_, i) => misses[i]! > limit).map((site) => site.id);
  if (worst === Number.POSITIVE_INFINITY) {
    return [
      finding(
        "T13",
        "error",
        "Stark and rectification shifts",
        "A tone mixes levels by a quarter or more: there are no shifted levels to follow.",
        { limit_hz: limit },
        "Weaken the tone, or move it away from every transition.",
        where,
      ),
    ];
  }
  return [
    finding(
      "T13",
      "error",
      "Stark and rectification shifts",
      `With everything on, a tone misses its sideband by ${hz(worst)}, more than 0.05 γ/2π = ${hz(limit)}.`,
      { miss_hz: worst, limit_hz: limit },
      "The tones do not settle: weaken the one whose shift depends on its own frequency, or move its ancilla away.",
      where,
    ),
  ];
};

const collisions: Rule = (context) => {
  const { profile, knobs, frequencies, alphas } = context;
  const { assumptions } = profile;
  const lines: { readonly name: string; readonly frequency_hz: number }[] = [
    ...profile.sites.flatMap((site, i) =>
      [0, 1, 2].map((m) => ({
        name: `f${m}${m + 1} of ${site.id}`,
        frequency_hz: frequencies[i]! + m * alphas[i]!,
      })),
    ),
    ...reservoirs.map((r) => ({
      name: `the ${r} ancilla`,
      frequency_hz: ancilla(assumptions, r).frequency_hz,
    })),
    { name: "the read-out resonator", frequency_hz: assumptions.readout_frequency_hz.value },
    ...(assumptions.coupler_idle_frequency_hz === undefined
      ? []
      : [{ name: "an idle coupler", frequency_hz: assumptions.coupler_idle_frequency_hz.value }]),
  ];
  return reservoirs.flatMap((reservoir) => {
    const { linewidth_hz } = ancilla(assumptions, reservoir);
    let worst: { room: number; distance: number; margin: number; line: string } | undefined;
    const where: string[] = [];
    knobs.sites.forEach((site, i) => {
      const margin = 5 * Math.max(linewidth_hz, strengthOf(context, reservoir, i));
      const tone = toneOf(context, reservoir, i);
      let hit = false;
      for (const { name, frequency_hz } of lines) {
        const distance = Math.abs(tone - frequency_hz);
        if (distance >= margin) continue;
        hit = true;
        if (!worst || distance - margin < worst.room) {
          worst = { room: distance - margin, distance, margin, line: name };
        }
      }
      if (hit) where.push(site.site);
    });
    if (!worst) return [];
    const { distance, margin, line } = worst;
    return [
      finding(
        "T15",
        "error",
        "collision",
        `The ${reservoir} tone comes within ${hz(distance)} of ${line}; it must keep ${hz(margin)}, five times κ or g.`,
        { distance_hz: distance, limit_hz: margin },
        `Move the ${reservoir} ancilla, which moves its tone, or tune the site.`,
        where,
      ),
    ];
  });
};

const heating: Rule = ({ profile }) =>
  reservoirs.flatMap((reservoir): Finding[] => {
    const { thermal_population: thermal } = ancilla(profile.assumptions, reservoir);
    if (thermal <= 0.02) return [];
    return [
      finding(
        "T24",
        "warning",
        "warm ancilla",
        `The ${reservoir} ancilla holds ${thermal.toPrecision(3)} thermal photons: its jump runs backwards at ${(100 * thermal).toPrecision(3)} % of its rate.`,
        { thermal_population: thermal, limit: 0.02 },
        "Thermalise the pump line, or lower the tone's power.",
      ),
    ];
  });

/** Levels kept when the reduction to three is checked. */
const checkedLevels = 6;

/** The site whose reservoirs are least selective, by all its levels and both ancillas. */
const reduction: Rule = (context) => {
  const { profile, knobs, alphas } = context;
  const i = alphas.reduce((best, a, k) => (Math.abs(a) < Math.abs(alphas[best]!) ? k : best), 0);
  const site = profile.sites[i]!;
  const settings = knobs.sites[i]!;
  const levels = biasedLevels(profile, site, settings.flux_quanta);
  const ladder = biasedLadder(context, i);
  // The closed form and the exact ladder differ by a few kHz; the tones are tuned to the latter on the device.
  const offset = transitionFrequency(ladder, 0) - levels.frequency_hz;
  const [gain, loss] = reservoirTones(profile, settings);
  const red = redToneFrequency(
    transitionFrequency(ladder, 1),
    ancilla(profile.assumptions, "loss").frequency_hz,
  );
  const plain = redToneFrequency(
    levels.frequency_hz + levels.anharmonicity_hz,
    ancilla(profile.assumptions, "loss").frequency_hz,
  );
  const check = reductionCheck(
    {
      ladder,
      gain: {
        tone: { ...gain!, frequency_hz: gain!.frequency_hz + offset },
        ancilla: ancilla(profile.assumptions, "gain"),
      },
      loss: {
        tone: { ...loss!, frequency_hz: loss!.frequency_hz + red - plain },
        ancilla: ancilla(profile.assumptions, "loss"),
      },
      ...bosonicRelaxation(checkedLevels, site.t1_s, profile.assumptions.thermal_population.value),
      dephasing_per_s: 0,
    },
    n,
  );
  const found: Finding[] = [];
  const above = check.populations[n + 2]!;
  if (above > 0.01) {
    found.push(
      finding(
        "T11",
        "warning",
        "leakage above the triple",
        `Level ${n + 2} of ${site.id} holds ${(above * 100).toFixed(1)} % of the population, all levels outside ${n - 1}, ${n}, ${n + 1} together ${(check.leakage * 100).toFixed(1)} % (${checkedLevels} levels and both ancillas solved).`,
        { population: above, leakage: check.leakage, limit: 0.01 },
        "Narrow the gain ancilla, or add a repump tone.",
        [site.id],
      ),
    );
  }
  if (check.discrepancy > reductionLimit) {
    found.push(
      finding(
        "T33",
        "warning",
        "reduction to three levels",
        `Six levels and both ancillas give ${site.id} populations ${check.populations
          .slice(n - 1, n + 2)
          .map((p) => p.toFixed(3))
          .join(
            ", ",
          )}; the three-level model that plans use gives ${check.predicted.map((p) => p.toFixed(3)).join(", ")}.`,
        { discrepancy: check.discrepancy, limit: reductionLimit },
        "Lower the rates against κ (T02), or narrow the ancillas against K (T01).",
        [site.id],
      ),
    );
  }
  return found;
};

/** Largest difference of a population that passes without a word. */
const reductionLimit = 0.02;

function biasedLadder({ profile, knobs }: Context, i: number): EnergyLadder {
  const site = profile.sites[i]!;
  const { flux_quanta } = knobs.sites[i]!;
  if (site.circuit === undefined || isKerrElement(site)) {
    return kerrLadder(biasedLevels(profile, site, flux_quanta), checkedLevels);
  }
  const { charging_hz, josephson_hz } = circuitEnergies(site.circuit);
  const d = profile.assumptions.squid_asymmetry.value;
  return transmonLadder(
    { charging_hz, josephson_hz: squidJosephson(josephson_hz, d, flux_quanta) },
    checkedLevels,
    0.25,
  );
}

/** Rules on what the tones do beside what they are for. */
export const toneRules: readonly Rule[] = [
  purcell,
  reach,
  sharedAncilla,
  coherentPump,
  stark,
  collisions,
  heating,
  reduction,
];
