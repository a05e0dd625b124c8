import { angularFromHz, hzFromAngular } from "#core/units";
import { finding, graded, hz, percent, perSecond, type Rule } from "./finding-rule.ts";
import type { ToneFigures } from "./forward.ts";
import { debyeWallerSpread } from "./motion/displacement.ts";
import { neighbourRatio, selectiveRepumpRatio } from "./reservoir/pumped-sideband.ts";

/** Unwanted over wanted rate of the neighbouring transition, at the repump in use and at the best one. */
function selectivityOf(tone: ToneFigures, wantedRate: number, asymmetry: number, repump: number) {
  const q = repump / wantedRate;
  return {
    actual: q > 2 ? neighbourRatio(tone.neighbour_ratio, wantedRate, asymmetry, q) : Infinity,
    best: neighbourRatio(tone.neighbour_ratio, wantedRate, asymmetry, selectiveRepumpRatio),
  };
}

const selectivity: Rule = ({ profile, wanted, figures }) => {
  const limit = profile.assumptions.selectivity_limit.value;
  const k = figures.asymmetry_rad_per_s;
  const tones = [
    ["blue", figures.blue, wanted.gain_rate_per_s],
    ["red", figures.red, wanted.loss_rate_per_s],
  ] as const;
  return tones.flatMap(([name, tone, rate]) => {
    const { actual, best } = selectivityOf(tone, rate, k, figures.repump_per_s);
    const severity = graded(actual, limit, 0.2);
    if (!severity || !Number.isFinite(actual)) return [];
    const needed = rate * Math.sqrt((6.75 * tone.neighbour_ratio) / limit);
    return [
      finding(
        "K_TOO_SMALL_FOR_SELECTIVITY",
        severity,
        `The ${name} tone also drives the neighbouring transition, at ${percent(actual)} of its rate (r = ${tone.neighbour_ratio.toFixed(2)}, |K|/γ = ${(Math.abs(k) / rate).toFixed(1)}); no repump brings it below ${percent(best)}.`,
        { unwanted_ratio: actual, best_ratio: best, limit, asymmetry_over_rate: Math.abs(k) / rate },
        `|K|/2π of ${hz(hzFromAngular(needed))} or rates ${(needed / Math.abs(k)).toFixed(1)} times slower are needed at the best repump; or another way of selecting, which changes the model.`,
      ),
    ];
  });
};

const saturation: Rule = ({ wanted }) => {
  const rate = Math.max(wanted.gain_rate_per_s, wanted.loss_rate_per_s);
  if (2 * rate < wanted.repump_rate_per_s) return [];
  return [
    finding(
      "REPUMP_SATURATED",
      "error",
      `A rate of ${perSecond(rate)} cannot come from a repump of ${perSecond(wanted.repump_rate_per_s)}: no drive gives more than half of it.`,
      { rate_per_s: rate, repump_per_s: wanted.repump_rate_per_s },
      `Repump at ${perSecond(3 * rate)}.`,
    ),
  ];
};

const memory: Rule = ({ figures }) => {
  const share = Math.max(figures.blue.rate_per_s, figures.red.rate_per_s) / figures.repump_per_s;
  // 1e-9: a share set to the limit does not exceed it by rounding.
  if (share <= 0.1 * (1 + 1e-9)) return [];
  const slower = Math.sqrt(neighbourRatio(1, 1, 1, 10) / neighbourRatio(1, 1, 1, selectiveRepumpRatio));
  return [
    finding(
      "NOT_MARKOV",
      "warning",
      `While pumping, ${percent(share)} of the time passes in the excited state: gain and loss are not the instantaneous jumps of the model.`,
      { excited_share: share },
      `A repump of ten times the rates avoids it and costs selectivity: then |K|/γ must grow ${slower.toFixed(1)}-fold.`,
    ),
  ];
};

const darkState: Rule = ({ profile, figures }) => {
  if (profile.assumptions.excited_states.value === "separate") return [];
  return [
    finding(
      "DARK_STATE",
      "error",
      `Both tones end in the same excited state: a superposition of |${figures.n - 1}⟩ and |${figures.n + 1}⟩ that no light touches traps the ion, instead of |${figures.n}⟩ being stabilised.`,
      { repump_over_rate: figures.repump_per_s / figures.blue.rate_per_s },
      "Let the tones end in different Zeeman levels, or detune them against each other by several γ.",
    ),
  ];
};

const recoil: Rule = ({ figures }) => {
  const { total } = figures.recoil;
  if (total <= 0.05) return [];
  return [
    finding(
      "RECOIL",
      total > 0.3 ? "error" : "warning",
      `The photons of one cycle move the motion with probability ${percent(total)}: cycles miss |${figures.n}⟩ that often.`,
      { probability: total, eta_scattered: figures.eta_scattered },
      "Use a stiffer mode, or a repump scheme with fewer photons.",
    ),
  ];
};

const heating: Rule = ({ figures }) => {
  const rate = figures.heating_per_s * (2 * figures.n + 1);
  const smaller = Math.min(figures.blue.rate_per_s, figures.red.rate_per_s);
  const severity = graded(rate, 0.1 * smaller, smaller);
  if (!severity) return [];
  const { trap, carrier, lattice } = figures.heating_parts_per_s;
  return [
    finding(
      "HEATING_COMPETES",
      severity,
      `Heating takes |${figures.n}⟩ away at ${perSecond(rate)}, against gain and loss of ${perSecond(smaller)}: ${perSecond(trap)} quanta from the trap, ${perSecond(carrier)} from photons off the carrier and other modes, ${perSecond(lattice)} from the lattice.`,
      { heating_per_s: figures.heating_per_s, leaving_per_s: rate, rate_per_s: smaller },
      `Heating below ${perSecond((0.1 * smaller) / (2 * figures.n + 1))} quanta, or rates above ${perSecond(10 * rate)}.`,
    ),
  ];
};

const dephasing: Rule = ({ figures, profile }) => {
  const smaller = Math.min(figures.blue.rate_per_s, figures.red.rate_per_s);
  const severity = graded(figures.dephasing_per_s, 0.1 * smaller, smaller);
  if (!severity) return [];
  const own = 1 / profile.assumptions.motional_t2_s.value;
  return [
    finding(
      "DEPHASING_COMPETES",
      severity,
      `Motional coherence is lost at ${perSecond(figures.dephasing_per_s)} (${perSecond(own)} by itself, ${perSecond(figures.dephasing_per_s - own)} by the lattice's intensity noise), against rates of ${perSecond(smaller)}.`,
      { dephasing_per_s: figures.dephasing_per_s, rate_per_s: smaller },
      "Steady the trap voltage or the lattice; a larger η of the lattice needs less of its shift for the same K.",
    ),
  ];
};

const stark: Rule = ({ figures }) => {
  const largest = Math.max(Math.abs(figures.blue.stark_rad_per_s), Math.abs(figures.red.stark_rad_per_s));
  const limit = Math.abs(figures.asymmetry_rad_per_s) / 10;
  if (largest <= limit) return [];
  return [
    finding(
      "AC_STARK_EXCEEDS_K/10",
      "warning",
      `A tone shifts its own line by ${hz(hzFromAngular(largest))} through the carrier, against |K|/2π = ${hz(hzFromAngular(10 * limit))}. The offsets of the tones contain it; a drift of its power moves the line.`,
      { stark_hz: hzFromAngular(largest), limit_hz: hzFromAngular(limit) },
      "Steady the power, compensate with a third tone, or use a stiffer mode.",
    ),
  ];
};

const lambDicke: Rule = ({ figures }) => {
  const value = figures.eta ** 2 * (2 * figures.n + 1);
  if (value <= 0.1) return [];
  return [
    finding(
      "LAMB_DICKE",
      "warning",
      `η²(2n+1) = ${value.toFixed(2)}: sidebands of higher order and changed ratios matter. The exact elements are used throughout.`,
      { eta: figures.eta, value },
      "Use a stiffer mode or a beam at a larger angle to the motion.",
    ),
  ];
};

const spectators: Rule = ({ profile }) => {
  const value = profile.assumptions.spectators.value.reduce(
    (sum, { eta, occupation }) => sum + eta ** 2 * (2 * occupation + 1),
    0,
  );
  if (value <= 0.1) return [];
  const spread = debyeWallerSpread(profile.assumptions.spectators.value);
  return [
    finding(
      "DEBYE_WALLER",
      "warning",
      `Other modes shake the ions by Ση²(2n̄+1) = ${value.toFixed(2)}: Rabi frequencies differ by ${percent(spread)} from shot to shot.`,
      { value, rabi_spread: spread },
      "Cool the other modes, or turn the beam away from them.",
    ),
  ];
};

const linewidth: Rule = ({ profile, figures }) => {
  const width = angularFromHz(profile.assumptions.laser_linewidth_hz.value);
  const limit = figures.repump_per_s / 3;
  if (width <= limit) return [];
  return [
    finding(
      "LASER_LINEWIDTH",
      "warning",
      `The sideband laser is ${hz(hzFromAngular(width))} wide, more than a third of the pumped line's ${hz(hzFromAngular(figures.repump_per_s))}: rates and selectivity are those of the laser.`,
      { linewidth_hz: hzFromAngular(width), limit_hz: hzFromAngular(limit) },
      "Narrow the laser, or repump faster.",
    ),
  ];
};

const power: Rule = ({ profile, knobs, wanted }) => {
  const { rabi_max_hz, repump_rate_max_per_s } = profile.assumptions;
  const rabi = Math.max(knobs.blue.rabi_hz, knobs.red.rabi_hz);
  return [
    ...(rabi > rabi_max_hz.value
      ? [
          finding(
            "RABI_OUT_OF_REACH",
            "error",
            `A tone needs a carrier Rabi frequency of ${hz(rabi)}; the profile gives ${hz(rabi_max_hz.value)}.`,
            { rabi_hz: rabi, rabi_max_hz: rabi_max_hz.value },
            "Lower the rates, or raise the power.",
          ),
        ]
      : []),
    ...(wanted.repump_rate_per_s > repump_rate_max_per_s.value
      ? [
          finding(
            "REPUMP_OUT_OF_REACH",
            "error",
            `The repump must empty the excited state at ${perSecond(wanted.repump_rate_per_s)}; the profile gives ${perSecond(repump_rate_max_per_s.value)}.`,
            { repump_per_s: wanted.repump_rate_per_s, repump_max_per_s: repump_rate_max_per_s.value },
            "Lower the rates, or raise the power.",
          ),
        ]
      : []),
  ];
};

/** Rules on gain, loss and what disturbs a single ion. */
export const reservoirRules: readonly Rule[] = [
  selectivity,
  saturation,
  memory,
  darkState,
  recoil,
  heating,
  dephasing,
  stark,
  lambDicke,
  spectators,
  linewidth,
  power,
];
