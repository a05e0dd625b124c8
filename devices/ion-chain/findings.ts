import { angularFromHz, formatQuantity, fullTurn, hzFromAngular } from "#core/units";
import type { Finding } from "#ir/finding";
import { type Context, finding, graded, hz, micrometres, percent, type Rule } from "./finding-rule.ts";
import { lengthForAsymmetry } from "./motion/electrodes.ts";
import { reservoirRules } from "./reservoir-findings.ts";

/** Smallest ℓ₄ that electrodes are believed to make, m. */
const smallestElectrodeLength = 1e-5;

/** T_N·γ₋ of the synchronized phase: 7.5 without coupling, 30 at N = 500, linear in N between. */
export function phaseLifetime(count: number): number {
  return 7.5 + (22.5 * count) / 500;
}

/**
 * Everything that stands in the way of a design, or that its reader must know. Codes and predicates are listed in
 * docs/ion-chain.md.
 */
export function ionFindings(context: Context): Finding[] {
  return [...reservoirRules, ...rules].flatMap((rule) => rule(context));
}

const electrodes: Rule = ({ profile, target, figures }) => {
  if (profile.anharmonicity.kind !== "electrodes") return [];
  // Rates must outrun heating tenfold; selectivity then fixes K.
  const smallest = 10 * profile.assumptions.heating_rate_per_s.value * (2 * figures.n + 1);
  const slower = Math.min(1, target.gain_ratio);
  const needed = hzFromAngular(Math.abs(target.asymmetry_ratio) * (smallest / slower));
  if (needed === 0) return [];
  const length = lengthForAsymmetry(figures.mass_kg, needed);
  if (length >= smallestElectrodeLength) return [];
  const made = Math.abs(figures.levels.asymmetry_hz);
  return [
    finding(
      "K_UNREACHABLE_ELECTRODES",
      "error",
      `Rates that outrun heating tenfold need |K|/2π = ${hz(needed)} at |K|/γ− = ${Math.abs(target.asymmetry_ratio)}, that is ℓ4 = ${micrometres(length)}; electrodes give ℓ4 about as large as their distance, here ${hz(made)}.`,
      { needed_hz: needed, needed_length_m: length, made_hz: made },
      "Make K with light (standing wave, tweezer), or accept another kind of dissipation.",
    ),
  ];
};

const sign: Rule = ({ target, figures, thresholds }) => {
  const product = figures.couplings.same * figures.asymmetry_rad_per_s;
  if (target.expect !== "synchronization" || product <= 0) return [];
  const { critical } = thresholds.along;
  const { strongest, unstable } = thresholds;
  const opposed = unstable.against
    ? ` Patterns with neighbours in opposition have the other sign, |λ|/2π up to ${hz(hzFromAngular(strongest.against))}, and do synchronize; the mean amplitude stays zero in them.`
    : "";
  return [
    finding(
      "SIGN_VK_POSITIVE",
      "error",
      `V and K have the same sign (V/2π = ${hz(hzFromAngular(figures.couplings.same))}, K/2π = ${hz(hzFromAngular(figures.asymmetry_rad_per_s))}): ${
        critical === null
          ? "the blockade of a common phase is not lifted at any strength"
          : `there is no common phase below V/2π = ${hz(hzFromAngular(critical))}`
      }. Axial exchange is negative, transverse positive.${opposed}`,
      {
        coupling_hz: hzFromAngular(figures.couplings.same),
        asymmetry_hz: hzFromAngular(figures.asymmetry_rad_per_s),
        opposed_hz: hzFromAngular(strongest.against),
      },
      "Use the other direction of motion, the other site of the lattice, or electrodes of the other sign.",
    ),
  ];
};

const blockadeWindow: Rule = ({ target, figures, thresholds }) => {
  const { n } = figures;
  const ratio = target.gain_ratio;
  if (!(ratio > n / (n + 1) && ratio < (n + 1) / n)) return [];
  const edge = thresholds.along.critical;
  const lifted = edge !== null;
  return [
    finding(
      "INSIDE_BOSON_BLOCKADE_WINDOW",
      target.expect === "synchronization" && !lifted ? "warning" : "info",
      `γ+/γ− = ${ratio.toFixed(3)} lies between ${(n / (n + 1)).toFixed(3)} and ${((n + 1) / n).toFixed(3)}: motion is not a spin 1, and without K this whole window is blocked. ${
        lifted ? `K lifts it from V/2π = ${hz(hzFromAngular(edge))} on.` : "At this K it stays blocked."
      }`,
      { ratio, ...(lifted ? { critical_hz: hzFromAngular(edge) } : {}) },
      lifted ? "" : "Choose a ratio outside the window, or a larger |K| with V·K < 0.",
    ),
  ];
};

const threshold: Rule = ({ target, thresholds }) => {
  const { along, strongest, unstable } = thresholds;
  const expected = target.expect === "synchronization";
  if (expected ? unstable.along : !unstable.along && !unstable.against) return [];
  const windows = along.windows
    .map(([from, to]) => `${hz(hzFromAngular(from))} … ${to === null ? "∞" : hz(hzFromAngular(to))}`)
    .join(", ");
  return [
    finding(
      "THRESHOLD",
      "warning",
      `The strongest pattern of a common phase couples with |λ|/2π = ${hz(hzFromAngular(strongest.along))}; the unsynchronized state is unstable ${windows === "" ? "at no coupling of this sign" : `for ${windows}`}${unstable.against ? ", and patterns with neighbours in opposition are unstable" : ""}. ${expected ? "Synchronization" : "A blockade"} is not to be expected.`,
      {
        strongest_hz: hzFromAngular(strongest.along),
        ...(along.critical === null ? {} : { critical_hz: hzFromAngular(along.critical) }),
      },
      "Change V or K; thresholds are those of the bosonic ladder with all unwanted channels.",
    ),
  ];
};

const disorder: Rule = ({ figures }) => {
  const shifts = figures.residual_shifts_rad_per_s;
  const sigma = Math.sqrt(shifts.reduce((sum, s) => sum + s * s, 0) / shifts.length);
  const v = Math.abs(figures.couplings.same);
  const severity = graded(sigma, 0.2 * v, v);
  if (!severity) return [];
  return [
    finding(
      "SELF_SHIFT_DISORDER",
      severity,
      `The ions' fields shift each other's modes by σ = ${hz(hzFromAngular(sigma))} around the mean, against V/2π = ${hz(hzFromAngular(v))}: ions at the ends lag behind.`,
      { spread_hz: hzFromAngular(sigma), coupling_hz: hzFromAngular(v) },
      "Tune the wells one by one (self_shift_compensation), or leave out the ends.",
    ),
  ];
};

const groups: Rule = ({ figures, profile }) => {
  const { same, other } = figures.couplings;
  if (other === null) return [];
  const ratio = other / same;
  if (Math.abs(ratio) <= 1) return [];
  return [
    finding(
      "VAB_OVER_V",
      "warning",
      `The arrangement ${profile.ions.groups} couples the groups to each other ${ratio.toFixed(2)} times as strongly as within: beyond what the model was studied for.`,
      { between_over_within: ratio },
      "Put more neighbours of one group together: AABB 1.21, AAABBB 0.65 of an endless chain.",
    ),
  ];
};

const collective: Rule = ({ figures }) => {
  const bandwidth = 4 * Math.abs(figures.nearest_rad_per_s);
  if (figures.repump_per_s >= bandwidth) return [];
  return [
    finding(
      "COLLECTIVE_MODES_RESOLVED",
      "warning",
      `The pumped line (γ_rp/2π = ${hz(hzFromAngular(figures.repump_per_s))}) is narrower than the band of collective modes, 4J/2π = ${hz(hzFromAngular(bandwidth))}: beams begin to address modes instead of ions, and dissipation becomes collective.`,
      { repump_per_s: figures.repump_per_s, bandwidth_rad_per_s: bandwidth },
      "Repump faster (costs selectivity), or couple more weakly.",
    ),
  ];
};

const rotatingWave: Rule = ({ figures }) => {
  const ratio = Math.abs(figures.nearest_rad_per_s) / figures.mode_rad_per_s;
  if (ratio <= 0.01) return [];
  return [
    finding(
      "RWA",
      "warning",
      `J/ω = ${ratio.toPrecision(2)}: terms that create or destroy two quanta matter.`,
      { ratio },
      "Use a stiffer mode or a larger distance.",
    ),
  ];
};

const softMode: Rule = ({ figures }) => {
  const ratio = Math.abs(figures.asymmetry_rad_per_s) / figures.mode_rad_per_s;
  if (ratio <= 0.1) return [];
  return [
    finding(
      "MODE_TOO_SOFT",
      "warning",
      `|K| is ${percent(ratio)} of the mode's frequency: the levels are no longer those of an oscillator with a small asymmetry.`,
      { ratio },
      "Use a stiffer mode.",
    ),
  ];
};

const leakage: Rule = ({ figures, leakage: population }) => {
  const severity = graded(population, 0.01, 0.05);
  if (!severity) return [];
  return [
    finding(
      "LEAKAGE",
      severity,
      `In the coupled motion ${percent(population)} of the population is outside |${figures.n - 1}⟩ … |${figures.n + 1}⟩, above which nothing brings it back selectively.`,
      { population },
      "Add red tones for the transitions above, or make |K| larger against V.",
    ),
  ];
};

const lifetime: Rule = ({ profile, figures }) => {
  const life = phaseLifetime(figures.groups.length);
  const evolve = profile.assumptions.evolve_in_loss_times.value;
  if (life >= evolve) return [];
  return [
    finding(
      "LIFETIME_TOO_SHORT",
      "warning",
      `With ${figures.groups.length} ions a seeded phase lives about ${life.toFixed(1)}/γ−, less than the evolution of ${evolve}/γ−; averaged over shots its amplitude vanishes.`,
      { lifetime: life, evolve },
      "Read pair correlations of single shots, or the decay of a seeded phase within its lifetime.",
    ),
  ];
};

const resolution: Rule = ({ profile, figures }) => {
  const step = profile.assumptions.dds_clock_hz.value / 2 ** 32;
  const k = Math.abs(hzFromAngular(figures.asymmetry_rad_per_s));
  const severity = graded(step, k / 10, k);
  const tick = profile.assumptions.update_tick_s.value;
  const phase = figures.mode_rad_per_s * tick;
  return [
    ...(severity
      ? [
          finding(
            "DDS_RESOLUTION",
            severity,
            `The synthesiser steps by ${hz(step)}, against |K|/2π = ${hz(k)}: tones cannot be placed on one transition.`,
            { step_hz: step, asymmetry_hz: k },
            "Use a lower system clock or a wider tuning word.",
          ),
        ]
      : []),
    ...(phase > 0.1
      ? [
          finding(
            "TIMING_RESOLUTION",
            "warning",
            `One update tick of ${formatQuantity(tick, "time")} is ${((phase / fullTurn) * 360).toFixed(1)}° of the mode: phases between tones are known to that only.`,
            { phase_rad: phase, tick_s: tick },
            "Align every edge to whole ticks and account for its phase, or use a finer clock.",
          ),
        ]
      : []),
  ];
};

const reach: Rule = ({ profile, wanted, figures, ideal_spacing_m }) => {
  const made = Math.abs(figures.levels.asymmetry_hz);
  const found: Finding[] = [];
  if (profile.anharmonicity.kind === "lattice" && made < wanted.asymmetry_hz * (1 - 1e-6)) {
    found.push(
      finding(
        "ASYMMETRY_OUT_OF_REACH",
        "error",
        `|K|/2π = ${hz(wanted.asymmetry_hz)} is wanted; at its full depth of ${hz(profile.anharmonicity.depth_max_hz)} the lattice gives ${hz(made)}.`,
        { wanted_hz: wanted.asymmetry_hz, made_hz: made },
        "A deeper lattice, a shorter wavelength, or a softer trap (larger η).",
      ),
    );
  }
  const got = Math.abs(figures.couplings.same);
  const asked = Math.abs(wanted.coupling_rad_per_s);
  if (Math.abs(got / asked - 1) > 0.01) {
    found.push(
      finding(
        "COUPLING_OUT_OF_REACH",
        "error",
        `V/2π = ${hz(hzFromAngular(asked))} needs a distance of ${micrometres(ideal_spacing_m)}, which the trap does not reach; it gives V/2π = ${hz(hzFromAngular(got))}.`,
        { wanted_hz: hzFromAngular(asked), made_hz: hzFromAngular(got), needed_spacing_m: ideal_spacing_m },
        got > asked
          ? "Separate wells farther apart, tilt the motion towards 54.7°, or faster rates."
          : "Wells closer together, or slower rates.",
      ),
    );
  }
  return found;
};

const duration: Rule = ({ profile, figures }) => {
  const needed = profile.assumptions.evolve_in_loss_times.value / figures.red.rate_per_s;
  const longest = profile.assumptions.run_time_max_s.value;
  if (needed <= longest) return [];
  return [
    finding(
      "RUN_TOO_LONG",
      "error",
      `${profile.assumptions.evolve_in_loss_times.value}/γ− takes ${formatQuantity(needed, "time", 3)}; a shot may last ${formatQuantity(longest, "time", 3)}.`,
      { needed_s: needed, longest_s: longest },
      `γ− of at least ${(profile.assumptions.evolve_in_loss_times.value / longest).toPrecision(3)}/s.`,
    ),
  ];
};

/** 1σ of what calibration leaves, against the slower rate: kept with disorder, for it acts alike. */
const calibration: Rule = ({ profile, figures }) => {
  const error = angularFromHz(profile.assumptions.mode_calibration_error_hz.value);
  const v = Math.abs(figures.couplings.same);
  const severity = graded(error, 0.2 * v, v);
  if (!severity) return [];
  return [
    finding(
      "SELF_SHIFT_DISORDER",
      severity,
      `Mode frequencies are known to ${hz(hzFromAngular(error))} only, against V/2π = ${hz(hzFromAngular(v))}.`,
      { spread_hz: hzFromAngular(error), coupling_hz: hzFromAngular(v) },
      "Calibrate every ion's mode just before the run.",
    ),
  ];
};

const rules: readonly Rule[] = [
  electrodes,
  sign,
  blockadeWindow,
  threshold,
  disorder,
  calibration,
  groups,
  collective,
  rotatingWave,
  softMode,
  leakage,
  lifetime,
  resolution,
  reach,
  duration,
];
