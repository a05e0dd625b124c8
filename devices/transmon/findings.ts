import { EigenvalueDecomposition, inverse, Matrix } from "ml-matrix";
import { angularFromHz, formatQuantity, hzFromAngular } from "#core/units";
import type { Finding } from "#ir/finding";
import type { WantedModel } from "#ir/platform";
import { asymptoticDispersion } from "./circuit/charge-basis.ts";
import { largestFockState } from "./circuit/ladder.ts";
import { type Context, finding, hz, type Intent, n, type Rule } from "./finding-rule.ts";
import { biasedLevels, exchangeEntries, fockState, type TransmonKnobs } from "./forward.ts";
import { imperfectionRules } from "./imperfection-findings.ts";
import { intentRules } from "./intent-findings.ts";
import { reservoirRules } from "./reservoir-findings.ts";
import { assignmentMatrix, type TransmonProfile } from "./schema.ts";
import { circuitEnergies, isKerrElement } from "./site-schema.ts";
import { chargeDispersion, circuitFromLevels, squidJosephson } from "./spectrum.ts";
import { toneRules } from "./tone-findings.ts";

/** Bosonic threshold at γ₊ = γ₋ and |K| ≫ γ: V_c/|K| = 2n + 1 − 2√(n(n+1)), the Mott-lobe tip. */
export const naturalThreshold = 2 * fockState + 1 - 2 * Math.sqrt(fockState * (fockState + 1));
/** The same for the spin-1 ladder. */
const spinOneThreshold = 1 / 8;

/** Eigenvalues of the exchange matrix for unit exchange on every bond, ascending: V_k = J·λ_k. */
export function graphSpectrum(profile: TransmonProfile): number[] {
  const size = profile.sites.length;
  const matrix = Matrix.zeros(size, size);
  for (const { i, j } of exchangeEntries(profile, 1)) {
    matrix.set(i, j, 1);
    matrix.set(j, i, 1);
  }
  return new EigenvalueDecomposition(matrix, { assumeSymmetric: true }).realEigenvalues.toSorted(
    (a, b) => a - b,
  );
}

/**
 * Everything that stands in the way of a design, or that its reader must know. Codes and predicates are listed in
 * docs/findings.md.
 */
export function designFindings(
  profile: TransmonProfile,
  knobs: TransmonKnobs,
  wanted: WantedModel,
  intent: Intent = {},
): Finding[] {
  const levels = profile.sites.map((site, i) => biasedLevels(profile, site, knobs.sites[i]!.flux_quanta));
  const context: Context = {
    intent: { ...(wanted.observable === undefined ? {} : { observable: wanted.observable }), ...intent },
    profile,
    knobs,
    wanted,
    alphas: levels.map((level) => level.anharmonicity_hz),
    frequencies: levels.map((level) => level.frequency_hz),
    smallestRate_per_s: Math.min(wanted.gain_rate_per_s, wanted.loss_rate_per_s),
    largestExchange_hz: Math.max(...wanted.exchange_hz.map(Math.abs)),
    spectrum: graphSpectrum(profile),
  };
  return rules.flatMap((rule) => rule(context));
}

const dispersion: Rule = ({ profile, knobs, smallestRate_per_s, largestExchange_hz, spectrum }) => {
  const limit = 0.1 * hzFromAngular(smallestRate_per_s);
  const transmons = profile.sites.flatMap((site, i) => (isKerrElement(site) ? [] : [{ site, i }]));
  const values = transmons.map(({ site, i }) => {
    const atZero = site.circuit === undefined ? circuitFromLevels(site) : circuitEnergies(site.circuit);
    const circuit = {
      charging_hz: atZero.charging_hz,
      josephson_hz: squidJosephson(
        atZero.josephson_hz,
        profile.assumptions.squid_asymmetry.value,
        knobs.sites[i]!.flux_quanta,
      ),
    };
    // The asymptotic formula is never below the exact width: where it is small enough, that settles it.
    const bound = Math.abs(asymptoticDispersion(circuit, n)) + Math.abs(asymptoticDispersion(circuit, n + 1));
    return { circuit, site, width: bound <= limit ? bound : chargeDispersion(circuit, n) };
  });
  const worst = Math.max(0, ...values.map((v) => v.width));
  if (worst <= limit) return [];
  const coupling = largestExchange_hz * (spectrum.at(-1) ?? 0);
  const widest = values.reduce((a, b) => (b.width > a.width ? b : a));
  const ratio = widest.circuit.josephson_hz / widest.circuit.charging_hz;
  const largest = largestFockState(widest.circuit, smallestRate_per_s);
  return [
    finding(
      "T05",
      coupling !== 0 && worst > 0.2 * Math.abs(coupling) ? "error" : "warning",
      "charge dispersion",
      `Offset charge moves f12 by up to ${hz(worst)} (${widest.site.id}, E_J/E_C = ${ratio.toFixed(0)}), more than a tenth of γ/2π; ${largest === 0 ? "at this rate no Fock state is free of it" : `the largest Fock state free of it is ${largest}`}. Shots differ in K by that much; the phase of ρ12 in an unsynchronized state is scrambled between charge jumps. The emulator does not include this.`,
      { dispersion_hz: worst, limit_hz: limit, coupling_hz: coupling, largest_fock_state: largest },
      "Use transmons with E_J/E_C ≥ 60, or select shots by charge parity.",
      values.filter(({ width }) => width > limit).map(({ site }) => site.id),
    ),
  ];
};

const sign: Rule = ({ wanted, alphas, spectrum }) => {
  const k = alphas.reduce((sum, a) => sum + a, 0) / alphas.length;
  if (k === 0) return [];
  const values = wanted.exchange_hz.flatMap((j) => spectrum.map((lambda) => j * lambda));
  const large = values.filter((v) => Math.abs(v) > Math.abs(k) / 10);
  if (large.length === 0 || large.some((v) => k * v < 0)) return [];
  return [
    finding(
      "T08",
      "warning",
      "sign of the coupling",
      "Every strong collective coupling has the sign of K: this array never synchronizes, however strong the coupling.",
      {
        anharmonicity_hz: k,
        strongest_coupling_hz: large.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a), 0),
      },
      "Reverse the sign of the exchange (tunable couplers), or use a bipartite graph.",
    ),
  ];
};

const matrixElements: Rule = ({ alphas }) => {
  const k = Math.abs(alphas.reduce((sum, a) => sum + a, 0) / alphas.length);
  return [
    finding(
      "T09",
      "info",
      "matrix elements",
      `Thresholds are those of a boson (1, √2), V_c = ${naturalThreshold.toFixed(4)}|K| = ${hz(naturalThreshold * k)} at γ+ = γ−; the paper's spin-1 oscillator would have ${spinOneThreshold}|K| = ${hz(spinOneThreshold * k)}.`,
      { boson_threshold_hz: naturalThreshold * k, spin_one_threshold_hz: spinOneThreshold * k },
    ),
  ];
};

const blockadeWindow: Rule = ({ alphas, wanted, spectrum, largestExchange_hz }) => {
  const ratio = wanted.gain_rate_per_s / wanted.loss_rate_per_s;
  const strongest = largestExchange_hz * (spectrum.at(-1) ?? 0);
  const smallest = Math.min(...alphas.map(Math.abs));
  if (!(smallest < strongest && ratio >= n / (n + 1) && ratio <= (n + 1) / n)) return [];
  return [
    finding(
      "T10",
      "info",
      "blockade window",
      `γ+/γ− = ${ratio.toFixed(3)} lies in the bosonic blockade window ${(n / (n + 1)).toFixed(2)} … ${((n + 1) / n).toFixed(2)} and V exceeds |K|: at K = 0 there would be no threshold at all.`,
      { ratio, strongest_coupling_hz: strongest, anharmonicity_hz: smallest },
    ),
  ];
};

const truncation: Rule = ({ alphas, largestExchange_hz }) => {
  const smallest = Math.min(...alphas.map(Math.abs));
  const found: Finding[] = [];
  if (largestExchange_hz > smallest / 10) {
    found.push(
      finding(
        "T11",
        "warning",
        "three-level truncation",
        `J/2π reaches ${hz(largestExchange_hz)}, above |K|/10 = ${hz(smallest / 10)}: level 3 and dispersive shifts of order n(n+1)J²/K = ${hz((n * (n + 1) * largestExchange_hz ** 2) / smallest)} per bond begin to matter.`,
        { exchange_hz: largestExchange_hz, tenth_of_anharmonicity_hz: smallest / 10 },
        `Trust the upper end of the scan less, or stop at J/2π = ${hz(smallest / 10)}.`,
      ),
    );
  }
  return found;
};

const band: Rule = ({ profile, knobs }) => {
  const check = (
    name: string,
    values: readonly number[],
    [low, high]: readonly [number, number],
  ): Finding[] => {
    const outside = values.filter((f) => f < low || f > high);
    if (outside.length === 0) return [];
    const worst = outside.reduce((a, b) =>
      Math.abs(b - (low + high) / 2) > Math.abs(a - (low + high) / 2) ? b : a,
    );
    return [
      finding(
        "T14",
        "error",
        "band",
        `The ${name} at ${hz(worst)} lies outside its line's band of ${hz(low)} … ${hz(high)}.`,
        { frequency_hz: worst, band_low_hz: low, band_high_hz: high },
        "Choose an ancilla nearer to the transmons, a four-wave tone at half the frequency, or a wider line.",
        profile.sites.filter((_, i) => values[i]! < low || values[i]! > high).map((site) => site.id),
      ),
    ];
  };
  const flux = profile.assumptions.flux_band_hz.value;
  const drive = profile.assumptions.drive_band_hz.value;
  return [
    ...check(
      "gain tone (blue sideband)",
      knobs.sites.map((s) => s.gain_tone_hz),
      flux,
    ),
    ...check(
      "loss tone (red sideband)",
      knobs.sites.map((s) => s.loss_tone_hz),
      flux,
    ),
    ...check(
      "0↔1 drive",
      knobs.sites.map((s) => s.drive01_hz),
      drive,
    ),
    ...check(
      "1↔2 drive",
      knobs.sites.map((s) => s.drive12_hz),
      drive,
    ),
  ];
};

const disorder: Rule = ({ profile, frequencies, largestExchange_hz, spectrum, smallestRate_per_s }) => {
  const mean = frequencies.reduce((sum, f) => sum + f, 0) / frequencies.length;
  const scatter = Math.sqrt(frequencies.reduce((sum, f) => sum + (f - mean) ** 2, 0) / frequencies.length);
  // Below a hertz it is the rounding of the flux that was solved for.
  const spread = scatter < 1 ? 0 : scatter;
  const coupling = largestExchange_hz * (spectrum.at(-1) ?? 0);
  const found: Finding[] = [];
  const range = profile.assumptions.flux_tuning_range_hz.value;
  const bare = profile.sites.map((site) => site.frequency_hz);
  const needed = Math.max(...bare) - Math.min(...bare);
  if (spread > 0.2 * coupling) {
    found.push(
      finding(
        "T16",
        spread > coupling ? "error" : "warning",
        "frequency disorder",
        `The sites' frequencies spread by σ = ${hz(spread)}, while the strongest collective coupling is V/2π = ${hz(coupling)}: ${spread > coupling ? "they cannot lock" : "locking is marginal"}.`,
        { spread_hz: spread, coupling_hz: coupling, flux_tuning_range_hz: range },
        range < needed
          ? `Flux tuning over at least ${hz(needed)} would bring all sites to one frequency; the profile assumes ${hz(range)}.`
          : "Increase the exchange or choose sites that lie closer.",
      ),
    );
  } else if (range > 0 && needed > 0.2 * coupling) {
    found.push(
      finding(
        "T16",
        "info",
        "frequency disorder resolved",
        `As fabricated the sites span ${hz(needed)}, more than the coupling of ${hz(coupling)} tolerates; flux tuning (assumed range ${hz(range)}) leaves ${spread === 0 ? "less than 1 Hz" : `σ = ${hz(spread)}`}.`,
        { spread_hz: spread, fabricated_span_hz: needed, coupling_hz: coupling },
      ),
    );
  }
  const calibration = profile.assumptions.frequency_calibration_error_hz.value;
  if (calibration > 0.2 * hzFromAngular(smallestRate_per_s)) {
    found.push(
      finding(
        "T16",
        "warning",
        "frequency calibration",
        `Site frequencies are known to ${hz(calibration)} only, more than 0.2 γ/2π.`,
        { calibration_error_hz: calibration, rate_per_s: smallestRate_per_s },
        "Repeat the Ramsey calibration just before the run, or bias nearer to the sweet spot.",
      ),
    );
  }
  return found;
};

/** |K| ≫ V: from this ratio on. */
const mottRatio = 3;

const mottCoherence: Rule = ({ alphas, largestExchange_hz, spectrum }) => {
  const k = Math.min(...alphas.map(Math.abs));
  if (k <= mottRatio * largestExchange_hz * (spectrum.at(-1) ?? 0)) return [];
  const correlation = (2 * n * (n + 1) * largestExchange_hz) / k;
  return [
    finding(
      "T19",
      "info",
      "coherence without synchronization",
      `Nearest neighbours are correlated by up to 2n(n+1)J/|K| = ${correlation.toFixed(2)} even without synchronization (Mott physics); the seeded, site-resolved coherence measured here is not fooled by it.`,
      { correlation },
    ),
  ];
};

const phaseFrame: Rule = ({ profile, alphas }) => {
  const largest = Math.max(...alphas.map(Math.abs));
  const tick = 1 / profile.assumptions.clock_hz.value;
  const phase = angularFromHz(largest) * tick;
  if (phase <= 0.1) return [];
  return [
    finding(
      "T20",
      "warning",
      "phase frame",
      `ρ12 turns at K against ρ01: one clock tick of ${formatQuantity(tick, "time")} is ${phase.toFixed(2)} rad. Delays are fixed to the tick and their phase is accounted for, but a skew between the channels of more than ${formatQuantity(0.1 / angularFromHz(largest), "time", 2)} fakes or kills ⟨S⁺⟩.`,
      { phase_per_tick_rad: phase, anharmonicity_hz: largest },
      "Calibrate the 01/12 phase offset with a three-pulse Ramsey sequence.",
    ),
  ];
};

const readout: Rule = ({ profile }) => {
  const rows = profile.sites.map((site) => {
    const inverted = inverse(new Matrix(assignmentMatrix(profile, site))).to2DArray();
    return Math.max(...inverted.map((row) => Math.hypot(...row)));
  });
  const worst = Math.max(...rows);
  const third = profile.assumptions.third_level_assignment.value[2];
  if (worst <= 1.3 && third >= 0.9) return [];
  return [
    finding(
      "T21",
      "warning",
      "read-out",
      `Correcting the read-out amplifies noise by up to ${worst.toFixed(2)} (P(2|2) = ${third}).`,
      { largest_row_norm: worst, assignment_22: third },
      "Take more shots, or leave these sites out.",
      profile.sites.filter((_, i) => rows[i]! > 1.3).map((site) => site.id),
    ),
  ];
};

const rules: readonly Rule[] = [
  ...reservoirRules,
  ...toneRules,
  ...intentRules,
  ...imperfectionRules,
  dispersion,
  sign,
  band,
  disorder,
  truncation,
  phaseFrame,
  readout,
  blockadeWindow,
  matrixElements,
  mottCoherence,
];
