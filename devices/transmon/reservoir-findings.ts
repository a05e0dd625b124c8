import { angularFromHz, formatQuantity } from "#core/units";
import type { Finding } from "#ir/finding";
import { finding, hz, n, type Rule, reservoirs } from "./finding-rule.ts";
import { ancilla, sidebandStrength, squaredElements } from "./forward.ts";

const selectivity: Rule = ({ profile, alphas }) =>
  reservoirs.flatMap((reservoir) => {
    const half = ancilla(profile.assumptions, reservoir).linewidth_hz / 2;
    const smallest = Math.min(...alphas.map(Math.abs));
    const leak = half ** 2 / (smallest ** 2 + half ** 2);
    if (leak <= 0.01) return [];
    return [
      finding(
        "T01",
        leak > 0.05 ? "error" : "warning",
        "selectivity",
        `The ${reservoir} sideband drives the neighbouring transition with ${(leak * 100).toFixed(2)} % of its strength: κ/2 = ${hz(half)} against |K|/2π = ${hz(smallest)}.`,
        { leakage: leak, half_linewidth_hz: half, anharmonicity_hz: smallest },
        `Narrow the ${reservoir} ancilla to κ/2π ≤ ${hz(2 * smallest * Math.sqrt(0.01 / 0.99))}.`,
      ),
    ];
  });

const adiabaticity: Rule = ({ profile, knobs, wanted }) =>
  reservoirs.flatMap((reservoir) => {
    const kappa = ancilla(profile.assumptions, reservoir).linewidth_hz;
    const rate = reservoir === "gain" ? wanted.gain_rate_per_s : wanted.loss_rate_per_s;
    const element = Math.sqrt(squaredElements[reservoir === "gain" ? 0 : 1]);
    const coupling =
      element * sidebandStrength(profile.assumptions, reservoir, knobs.sites[0]![`${reservoir}_amplitude`]);
    const ratio = (4 * coupling) / kappa;
    const numbers = { ratio, rate_per_s: rate, linewidth_hz: kappa };
    const help = `Keep γ${reservoir === "gain" ? "+" : "−"}/2π below ${hz(0.09 * kappa)}, or widen the ancilla.`;
    if (rate >= angularFromHz(kappa) / 2) {
      return [
        finding(
          "T02",
          "error",
          "adiabaticity",
          `A ${reservoir} rate of ${formatQuantity(rate, "rate")} cannot come from an ancilla of κ/2π = ${hz(kappa)}: at Γ ≥ κ/2 it rings instead of damping.`,
          numbers,
          help,
        ),
      ];
    }
    if (ratio <= 0.6) return [];
    return [
      finding(
        "T02",
        ratio >= 1 ? "error" : "warning",
        "adiabaticity",
        `4G/κ = ${ratio.toFixed(2)} on the ${reservoir} ancilla: it is no longer a memoryless bath, and Γ = 4G²/κ is off by more than 11 %.`,
        numbers,
        help,
      ),
    ];
  });

const intrinsicLoss: Rule = ({ profile, wanted }) => {
  const offenders = profile.sites.map((site) => wanted.gain_rate_per_s * site.t1_s);
  const worst = Math.min(...offenders);
  if (worst >= 20 * n) return [];
  const where = profile.sites.filter((_, i) => offenders[i]! < 20 * n).map((site) => site.id);
  return [
    finding(
      "T03",
      worst < 5 * n ? "error" : "warning",
      "intrinsic loss",
      `Relaxation competes with the gain: γ+·T1 = ${worst.toPrecision(3)} at worst, where ${20 * n} keeps p0 below 5 %.`,
      { gain_times_t1: worst },
      `Raise γ+ to at least ${formatQuantity((20 * n) / Math.min(...profile.sites.map((s) => s.t1_s)), "rate", 3)}.`,
      where,
    ),
  ];
};

const fullScale: Rule = ({ profile, knobs, wanted, largestExchange_hz }) => {
  const found: Finding[] = [];
  for (const reservoir of reservoirs) {
    const amplitude = Math.max(...knobs.sites.map((s) => s[`${reservoir}_amplitude`]));
    if (amplitude <= 1) continue;
    const rate = reservoir === "gain" ? wanted.gain_rate_per_s : wanted.loss_rate_per_s;
    found.push(
      finding(
        "T30",
        "error",
        "tone amplitude",
        `The ${reservoir} rate of ${formatQuantity(rate, "rate")} needs ${amplitude.toFixed(2)} of full scale on its tone.`,
        { amplitude, rate_per_s: rate },
        `Lower γ${reservoir === "gain" ? "+" : "−"} or supply a stronger sideband.`,
      ),
    );
  }
  const limit = profile.assumptions.exchange_max_hz.value;
  if (largestExchange_hz > limit || Math.max(...knobs.exchange_amplitude.map(Math.abs)) > 1) {
    found.push(
      finding(
        "T31",
        "error",
        "exchange",
        `The scan asks for J/2π = ${hz(largestExchange_hz)}; the couplers are assumed to reach ${hz(limit)}.`,
        { exchange_hz: largestExchange_hz, exchange_max_hz: limit },
        "End the scan lower, or choose a graph with more neighbours per site.",
      ),
    );
  }
  return found;
};

const bathBandwidth: Rule = ({ profile, largestExchange_hz, spectrum }) => {
  const coupling = largestExchange_hz * (spectrum.at(-1) ?? 0);
  const narrow = Math.min(...reservoirs.map((r) => ancilla(profile.assumptions, r).linewidth_hz));
  if (coupling <= narrow / 2) return [];
  return [
    finding(
      "T32",
      "warning",
      "bath bandwidth",
      `The coupling spreads the collective excitations over V/2π = ${hz(coupling)}, more than κ/2 = ${hz(narrow / 2)}: the reservoirs address sites, not modes, only approximately. Plan and emulator both take them as flat.`,
      { coupling_hz: coupling, half_linewidth_hz: narrow / 2 },
      "Widen the ancillas as far as selectivity (T01) allows.",
    ),
  ];
};

/** Rules on gain, loss and the strengths asked for. */
export const reservoirRules: readonly Rule[] = [
  fullScale,
  selectivity,
  adiabaticity,
  intrinsicLoss,
  bathBandwidth,
];
