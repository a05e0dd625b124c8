import { coordinateCount } from "#model/generator";
import type { Oscillator } from "#model/oscillator";
import { emitVector } from "../compiled/emit-vector.ts";
import { createGraph, type Expression } from "../compiled/expression.ts";
import { rateNames, rateOf, type SiteRates, siteEquations } from "../compiled/site-equations.ts";
import type { Code } from "../wasm/assembler.ts";

/** Parameters that may differ from site to site; the ladder and the channels are those of all. */
export const disorderNames = ["gain", "loss", "asymmetry", "detuning"] as const;
export type DisorderName = (typeof disorderNames)[number];

/** Emits x' of two sites. */
export type EmitDerivative = (
  code: Code,
  at: {
    /** Vector locals of the eight coordinates. */
    readonly coordinates: readonly number[];
    /** Vector locals of the field F, real and imaginary part. */
    readonly field: readonly [re: number, im: number];
    /** Vector locals of the parameters that differ. */
    readonly disorder: ReadonlyMap<DisorderName, number>;
  },
  /** Vector locals for the result. */
  derivative: readonly number[],
) => void;

/** x' of a site in a field F, two sites per vector: constants of `site`, parameters for what differs. */
export function siteDerivative(site: Oscillator, differing: readonly DisorderName[]): EmitDerivative {
  const graph = createGraph();
  const field = [graph.parameter(0), graph.parameter(1)] as const;
  const rates = Object.fromEntries(
    rateNames.map((name) => {
      const place = differing.indexOf(name as DisorderName);
      return [name, place >= 0 ? graph.parameter(2 + place) : graph.constant(rateOf(site, name))];
    }),
  ) as SiteRates;
  const [lower, upper] = site.ladder.map((element) =>
    field.map((part) => graph.mul(graph.constant(element), part)),
  ) as [[Expression, Expression], [Expression, Expression]];
  const x = Array.from({ length: coordinateCount }, (_, c) => graph.state(c));
  const outputs = siteEquations(graph, rates, x, [lower, upper]);
  return (code, { coordinates, field: [re, im], disorder }, derivative) => {
    const parameters = [re, im, ...differing.map((name) => disorder.get(name)!)];
    emitVector(
      code,
      outputs,
      {
        state: (index) => code.get(coordinates[index]!),
        parameter: (index) => code.get(parameters[index]!),
        constant: (value) => code.f64x2(value, value),
      },
      (output) => code.set(derivative[output]!),
    );
  };
}
