import { type AffineMap, bareGenerator, coordinateCount, driveGenerators } from "#model/generator";
import { type Channels, noChannels, type Oscillator, spinOneLadder } from "#model/oscillator";
import type { Expression, ExpressionGraph } from "./expression.ts";

/** Rates and energies of an oscillator, in all of which its generator is linear. */
export const rateNames = [
  "gain",
  "loss",
  "asymmetry",
  "detuning",
  "relaxation10",
  "relaxation21",
  "heating01",
  "heating12",
  "dephasing",
] as const;

export type RateName = (typeof rateNames)[number];

/** Rates and energies as expressions; those left out are zero. */
export type SiteRates = Readonly<Partial<Record<RateName, Expression>>>;

/** Real and imaginary part. */
export type ComplexExpression = readonly [re: Expression, im: Expression];

const idle: Oscillator = {
  gain: 0,
  loss: 0,
  asymmetry: 0,
  detuning: 0,
  ladder: spinOneLadder,
  channels: noChannels,
};

const unitGenerators = new Map<RateName, AffineMap>();

/** Generator of one rate or energy alone, at the value one. */
function unitGenerator(name: RateName): AffineMap {
  const known = unitGenerators.get(name);
  if (known) return known;
  const channels = name in noChannels ? { ...noChannels, [name]: 1 } : noChannels;
  const made = bareGenerator({ ...idle, ...(channels === noChannels && { [name]: 1 }), channels });
  unitGenerators.set(name, made);
  return made;
}

/** Value of a rate or energy of an oscillator. */
export function rateOf(site: Oscillator, name: RateName): number {
  return name in noChannels
    ? site.channels[name as keyof Channels]
    : site[name as Exclude<RateName, keyof Channels>];
}

/**
 * x' of one site: its uncoupled generator and the Hamiltonian F₀₁|1⟩⟨0| + F₁₂|2⟩⟨1| + h.c. of the field it is in.
 *
 * Linear in the rates, whose generators come from the operators of `#model`; nothing of the physics is written here.
 *
 * @param x - the eight coordinates of `#model/generator`
 * @param drives - F₀₁ and F₁₂; a field F that couples through the ladder has F₀₁ = a₁F, F₁₂ = a₂F
 * @returns eight expressions
 */
export function siteEquations(
  graph: ExpressionGraph,
  rates: SiteRates,
  x: readonly Expression[],
  drives: readonly [ComplexExpression, ComplexExpression],
): Expression[] {
  const bare = rateNames.flatMap((name) => {
    const rate = rates[name];
    return rate === undefined ? [] : [{ factor: rate, map: unitGenerator(name) }];
  });
  const generators = driveGenerators();
  const driven = drives.flat().map((factor, q) => ({ factor, map: generators[q]! }));
  return Array.from({ length: coordinateCount }, (_, row) => {
    const own: Expression[] = [
      graph.sum(bare.map(({ factor, map }) => graph.mul(factor, graph.constant(map.constant[row]!)))),
    ];
    for (let column = 0; column < coordinateCount; column++) {
      const entry = row * coordinateCount + column;
      const rate = graph.sum(
        bare.map(({ factor, map }) => graph.mul(factor, graph.constant(map.linear[entry]!))),
      );
      own.push(graph.mul(rate, x[column]!));
    }
    // The field comes last: it is known last.
    return graph.add(graph.sum(own), drivenRow(graph, driven, row, x));
  });
}

/** Rates at which ρ₀₁ and ρ₁₂ of the uncoupled site turn: its two level spacings. */
export function rungFrequencies(graph: ExpressionGraph, rates: SiteRates): [Expression, Expression] {
  const turning = (re: number) =>
    graph.sum(
      rateNames.flatMap((name) => {
        const rate = rates[name];
        // d Im/dt = frequency·Re
        const entry = unitGenerator(name).linear[(re + 1) * coordinateCount + re]!;
        return rate === undefined ? [] : [graph.mul(rate, graph.constant(entry))];
      }),
    );
  return [turning(2), turning(4)];
}

interface DrivenPart {
  readonly factor: Expression;
  readonly map: AffineMap;
}

/** Σ factor·(map x)[row], every factor once, a scale common to all terms outside. */
function drivenRow(
  graph: ExpressionGraph,
  parts: readonly DrivenPart[],
  row: number,
  x: readonly Expression[],
): Expression {
  // Coefficients of x and, last, of one.
  const forms = new Map<Expression, number[]>();
  for (const { factor, map } of parts) {
    if (factor.kind === "constant" && factor.value === 0) continue;
    const form = forms.get(factor) ?? Array<number>(coordinateCount + 1).fill(0);
    for (let c = 0; c < coordinateCount; c++) form[c]! += map.linear[row * coordinateCount + c]!;
    form[coordinateCount]! += map.constant[row]!;
    forms.set(factor, form);
  }
  const sizes = new Set([...forms.values()].flat().filter(Boolean).map(Math.abs));
  const scale = sizes.size === 1 ? [...sizes][0]! : 1;
  const terms = [...forms].map(([factor, form]) =>
    graph.mul(
      factor,
      linearForm(
        graph,
        form.map((c) => c / scale),
        x,
      ),
    ),
  );
  return graph.mul(graph.constant(scale), graph.sum(terms));
}

/**
 * Σ c_k x_k + c_last. Coefficients ±2 are split in two of ±1, the second ones added last but before the coherences,
 * so that differences of populations share p₁ = 1 − p₀ − p₂.
 */
function linearForm(
  graph: ExpressionGraph,
  coefficients: readonly number[],
  x: readonly Expression[],
): Expression {
  const populations = 2;
  const first: Expression[] = [graph.constant(coefficients[coordinateCount]!)];
  const second: Expression[] = [];
  const coherences: Expression[] = [];
  for (let k = 0; k < coordinateCount; k++) {
    const c = coefficients[k]!;
    const term = (value: number) => graph.mul(graph.constant(value), x[k]!);
    if (k >= populations) coherences.push(term(c));
    else if (Math.abs(c) === 2) {
      first.push(term(c / 2));
      second.push(term(c / 2));
    } else first.push(term(c));
  }
  return graph.sum([...first, ...second, ...coherences]);
}
