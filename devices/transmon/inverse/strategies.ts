import { formatQuantity, hzFromAngular } from "#core/units";
import type { DesignTarget, StrategyName } from "#ir/design";
import { fockState } from "../forward.ts";
import type { Groups, Reach } from "./reach.ts";

/** A way of realising a model, and what it does to the model. */
export interface StrategyOffer {
  readonly strategy: StrategyName;
  readonly title: string;
  /** What it changes against the paper's model, in words. */
  readonly changes: readonly string[];
  /** What the hardware must have for it. */
  readonly needs: readonly string[];
}

const hz = (value: number) => formatQuantity(value, "frequency", 3);

export const natural: StrategyOffer = {
  strategy: "natural",
  title: "the transmons' own anharmonicity",
  changes: [
    "matrix elements are those of a boson, √n and √(n+1), not the spin-1 oscillator's √2 and √2",
    "K is α of each site, and scatters as α does",
  ],
  needs: ["two lossy ancillas a site", "tunable couplers"],
};

export const mirrored: StrategyOffer = {
  strategy: "mirrored",
  title: "the mirror image (K, V, δ) → (−K, −V, −δ)",
  changes: [
    "the array runs the complex conjugate of the wanted model: K, V and δ all reversed, gain and loss as they are",
    "order parameter and thresholds are the same; frequencies and relative phases are reversed",
  ],
  needs: [
    "couplers of the other sign where the graph is frustrated; on a bipartite graph the sign of J only staggers the order",
  ],
};

export function kSynthesis(
  reach: Reach,
  factors: { readonly within: number; readonly between: number },
): StrategyOffer {
  const j = reach.synthesis.exchange_hz / 2;
  const shift = (fockState * (fockState + 1) * j ** 2) / Math.abs(reach.asymmetry_hz);
  const degree = Math.max(factors.within, factors.between);
  return {
    strategy: "k-synthesis",
    title: "K made by modulating every coupler, J(t) = J0 + J1 cos ω_m t at ω_m = |α − K_eff|",
    changes: [
      "the sites keep their anharmonicity: K_eff acts in the exchange only, which is where the model has it",
      "J1/J0 is a further parameter; J1 = 2J0 is the paper's model",
      `exact up to terms of J/|α|: at the largest J0 a dispersive shift of about n(n+1)J0²/|α| = ${hz(shift)} a bond (${hz(degree * shift)} a site)`,
      "scatter of α stays as scatter of K_eff",
      "the ladder is read out in the frame of the modulation: ρ12 turns at K_eff + ω_m",
    ],
    needs: [
      "one clock and one phase of ω_m for all couplers",
      "couplers that can be modulated at ω_m (100–500 MHz)",
    ],
  };
}

/** Ways that need other hardware; named, with the numbers that decide, where the target calls for them. */
export function otherOffers(
  target: DesignTarget,
  reach: Reach,
  loss_per_s: number,
  groups: Groups,
): StrategyOffer[] {
  const ratio = target.asymmetry;
  const beyond =
    ratio !== undefined &&
    (Math.abs(ratio) < reach.smallestRatio || Math.sign(ratio) * Math.sign(reach.asymmetry_hz) < 0);
  if (!beyond) return [];
  const rate = hz(hzFromAngular(loss_per_s));
  const steps = Math.ceil(
    100 * Math.max(1, Math.abs(target.coupling ?? 0), Math.abs(target.detuning ?? 0), Math.abs(ratio)),
  );
  const sites = groups.a.length + groups.b.length;
  return [
    {
      strategy: "tunable-kerr",
      title: "elements of tunable Kerr shift (SNAIL near its Kerr-free point, flux qubit, fluxonium)",
      changes: [
        "K is set by flux, of either sign",
        "levels are no longer told apart by frequency where |K| is small: gain and loss act on both rungs unless they are χ-selective",
      ],
      needs: [
        `sites given by (ω, K) in the profile, K/2π = ${hz(hzFromAngular(ratio * loss_per_s))} at γ−/2π = ${rate}`,
      ],
    },
    {
      strategy: "chi-selective",
      title: "bosonic modes with number-selective gain and loss through a dispersive ancilla",
      changes: [
        "the oscillator is a cavity mode, K of kHz and independent of the selectivity",
        "gain and loss address one photon number by χ instead of K",
      ],
      needs: [
        `χ/2π well above γ−/2π = ${rate}, at least ${hz(10 * hzFromAngular(loss_per_s))}`,
        "one lossy transmon for each mode: small arrays",
      ],
    },
    {
      strategy: "digital",
      title: "Trotter steps with reset ancillas",
      changes: [
        "time runs in steps: rates and couplings hold up to the square of a step",
        "gate errors add channels that the model does not have",
      ],
      needs: [
        `about ${steps} steps for 10/γ− at a tenth of a radian each, ${sites} resets and one gate a bond in every step`,
      ],
    },
  ];
}
