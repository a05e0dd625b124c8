import { EntrainError } from "#core/errors";
import { fullTurn } from "#core/units";
import type { SeriesDeclaration } from "#ir/analysis";
import { type BitTerm, outcomeWeights } from "#ir/bit-terms";
import type { Measured } from "#ir/estimate";
import type { Measurement } from "#ir/plan";
import {
  type ComplexFunctional,
  combineFunctionals,
  evaluate,
  type Functional,
  varianceOf,
} from "./tomography.ts";

/** Whether a series is real: its value may be negative and it has no phase. */
export function isReal(kind: SeriesDeclaration["kind"]): boolean {
  return ["population", "leakage", "phase_distribution", "correlator"].includes(kind);
}

/** A sum of terms over measured bits as a functional of their joint outcomes. */
function functionalOf(measurement: Measurement, terms: readonly BitTerm[], offset: number): Functional {
  const bits = measurement.sites.map(({ id }) => id);
  const assignment = measurement.sites.map((site) => site.assignment);
  const weight = measurement.settings.map(() => new Array<number>(2 ** bits.length).fill(0));
  for (const term of terms) {
    outcomeWeights(term, bits, assignment).forEach((w, outcome) => {
      weight[term.setting]![outcome]! += w;
    });
  }
  return { offset, weight };
}

type Wanted = Pick<Extract<SeriesDeclaration, { sites: readonly string[] }>, "sites"> & {
  readonly kind: "amplitude" | "population" | "harmonic" | "leakage" | "pair";
  readonly level?: number;
};

/**
 * An observable of circuits as functionals of the joint outcomes of all bits.
 *
 * @throws EntrainError `analysis.incomplete_settings` when the measurement does not tell it
 */
export function bitFunctionals(measurement: Measurement, { kind, sites, level }: Wanted): ComplexFunctional {
  const found = measurement.observables?.find(
    (o) => o.kind === kind && o.level === level && o.sites.join() === sites.join(),
  );
  if (found === undefined) {
    throw new EntrainError("analysis.incomplete_settings", {
      path: "measurement.observables",
      message: "the read-out does not tell what is to be estimated",
      found: measurement.observables?.map((o) => `${o.kind} of ${o.sites.join(", ")}`).join("; "),
      expected: `${kind} of ${sites.join(", ")}`,
    });
  }
  return {
    re: functionalOf(measurement, found.re, found.offset),
    im: functionalOf(measurement, found.im, 0),
  };
}

/**
 * s(φ) − 1/2π of a site: (3/16)·Re[⟨S⁺⟩e^{−iφ}] + (1/2π)·Re[ρ₀₂e^{−2iφ}].
 *
 * @source Nadolny & Bruder, supplement: Husimi function integrated over θ
 */
export function phaseDistribution(measurement: Measurement, site: string, phi: number): Functional {
  const [first, second] = harmonicsOf(measurement, site);
  return turned(first, second, phi, [1, 0]);
}

const harmonicsOf = (measurement: Measurement, site: string) =>
  [
    bitFunctionals(measurement, { kind: "amplitude", sites: [site] }),
    bitFunctionals(measurement, { kind: "harmonic", sites: [site] }),
  ] as const;

/** value·s(φ) + slope·s′(φ). */
function turned(
  first: ComplexFunctional,
  second: ComplexFunctional,
  phi: number,
  [value, slope]: readonly [number, number],
): Functional {
  const [c1, s1] = [Math.cos(phi), Math.sin(phi)];
  const [c2, s2] = [Math.cos(2 * phi), Math.sin(2 * phi)];
  return combineFunctionals([
    [(3 / 16) * (value * c1 - slope * s1), first.re],
    [(3 / 16) * (value * s1 + slope * c1), first.im],
    [(value * c2 - 2 * slope * s2) / fullTurn, second.re],
    [(value * s2 + 2 * slope * c2) / fullTurn, second.im],
  ]);
}

/** Points of the search for the highest peak. */
const grid = 720;

/**
 * Height, or place in (−π, π], of the highest peak of a site's phase distribution, with its 1σ error to first order. No
 * place where the other peak is as high within 2σ.
 */
export function highestPeak(
  measurement: Measurement,
  { site, quantity }: { readonly site: string; readonly quantity: "height" | "phase" },
  frequencies: readonly (readonly number[])[],
  shots: number,
): Measured | null {
  const [first, second] = harmonicsOf(measurement, site);
  const [a, b, c, d] = [first.re, first.im, second.re, second.im].map((f) => evaluate(f, frequencies)) as [
    number,
    number,
    number,
    number,
  ];
  const s = (phi: number, order: 0 | 1 | 2) => {
    const [f1, f2] = [3 / 16, 1 / fullTurn];
    const at = phi + (order * Math.PI) / 2;
    const twice = 2 * phi + (order * Math.PI) / 2;
    return (
      f1 * (a * Math.cos(at) + b * Math.sin(at)) +
      f2 * 2 ** order * (c * Math.cos(twice) + d * Math.sin(twice))
    );
  };
  let phi = 0;
  for (let k = 1; k <= grid; k++) {
    const at = fullTurn * (k / grid - 0.5);
    if (s(at, 0) > s(phi, 0)) phi = at;
  }
  for (let k = 0; k < 5; k++) if (s(phi, 2) < 0) phi -= s(phi, 1) / s(phi, 2);
  const error = (weights: readonly [number, number]) =>
    Math.sqrt(Math.max(0, varianceOf(turned(first, second, phi, weights), frequencies, shots)));
  if (quantity === "height") return { value: s(phi, 0), error: error([1, 0]) };
  // s(φ) has at most two peaks; the other one is sought half a turn away.
  let other = phi + Math.PI;
  for (let k = -grid / 4; k <= grid / 4; k++) {
    const at = phi + Math.PI + (fullTurn * k) / grid;
    if (s(at, 0) > s(other, 0)) other = at;
  }
  const difference = combineFunctionals([
    [1, turned(first, second, phi, [1, 0])],
    [-1, turned(first, second, other, [1, 0])],
  ]);
  const doubt = 2 * Math.sqrt(Math.max(0, varianceOf(difference, frequencies, shots)));
  if (s(phi, 0) - s(other, 0) < doubt) return null;
  return {
    value: phi - fullTurn * Math.round(phi / fullTurn),
    error: Math.min(Math.PI, error([0, 1]) / Math.max(1e-12, -s(phi, 2))),
  };
}
